"""A history is what conditions may ask of the past: counts and sums over the ledger, declared in packs by name.

```yaml
history:
  refunds_to_customer: {tools: [refunds.issue], same: records.customer.customer_id, within: 30d}
  released_today: {tools: [payments.release], same: tenant, within: day, sum: records.invoice.total_minor}
```

A rule then says ``history.refunds_to_customer >= 2``. What counts is every effect of these tools that was begun, unless
it is known to have failed: also one that is in doubt, and one that was taken back later. The call that is being judged
never counts itself.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ..domain.canonical import compute_digest
from ..domain.proposal import Proposal
from ..domain.templates import look_up_field
from ..errors import PolicyError
from .fields import NamePattern, StrictModel, read_deadline

ComparedField = Annotated[
    str, Field(pattern=r"^(thread|user|tenant|(args|records)(\.[A-Za-z0-9_]+)+)$", max_length=200)
]
AmountField = Annotated[str, Field(pattern=r"^(args|records)(\.[A-Za-z0-9_]+)+$", max_length=200)]
HistoryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


_SINCE = ("day", "month", "ever")


def _within(value: str) -> str:
    if value not in _SINCE:
        try:
            read_deadline(value)
        except ValueError as error:
            raise ValueError(f"{error}; or one of {', '.join(_SINCE)}") from error
    return value


class History(StrictModel):
    """One question about what happened before.

    Attributes:
        tools: exact names or globs of the tools whose effects count.
        same: what those calls must have in common with the one that is judged: a field of the arguments or of the
            records, or ``thread``, ``user`` or ``tenant``.
        within: a span such as ``30d`` that ends now; or since the beginning (UTC) of the ``day`` or ``month``; or
            ``ever``.
        sum: the field of the arguments or records to add up, whole numbers; without it calls are counted.
    """

    tools: tuple[NamePattern, ...] = Field(min_length=1)
    same: ComparedField
    within: Annotated[str, AfterValidator(_within)]
    sum: AmountField | None = None

    @property
    def mark(self) -> str:
        """Under which its effects are found; histories that differ only in time share it."""
        return compute_digest({"tools": sorted(self.tools), "same": self.same, "sum": self.sum or ""})[:16]

    def speaks_of(self, tool: str) -> bool:
        """Whether the effects of a tool count."""
        return any(fnmatchcase(tool, pattern) for pattern in self.tools)

    def since(self, now: datetime) -> datetime | None:
        """From when on effects count; ``None`` for always."""
        if self.within not in _SINCE:
            span: timedelta = read_deadline(self.within)
            return now - span
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return {"day": midnight, "month": midnight.replace(day=1), "ever": None}[self.within]

    def value_in(self, proposal: Proposal, records: Mapping[str, Any]) -> str:
        """What a call has at ``same``, as text; empty when it has nothing there, so that it is like no other call."""
        own = {"thread": proposal.thread, "user": proposal.user_id, "tenant": proposal.tenant}
        if self.same in own:
            return own[self.same]
        root, _, _ = self.same.partition(".")
        found = look_up_field(self.same, {root: proposal.args if root == "args" else records})
        if found is None or found == "":
            return ""
        return found if isinstance(found, str) else json.dumps(found, sort_keys=True, ensure_ascii=False)

    def amount_in(self, proposal: Proposal, records: Mapping[str, Any]) -> int | None:
        """What a call adds; ``None`` where the field to add up is no whole number."""
        found = look_up_field(self.sum, {"args": proposal.args, "records": records}) if self.sum else 1
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def can_tell(self, proposal: Proposal, records: Mapping[str, Any]) -> bool:
        """Whether a call can be compared with others, and added up where it will itself count."""
        counts = not self.speaks_of(proposal.tool) or self.amount_in(proposal, records) is not None
        return counts and bool(self.value_in(proposal, records))


@dataclass(frozen=True, slots=True)
class HistoryMark:
    """One effect as a history finds it again.

    Attributes:
        value: what it has at ``same``.
        amount: what it adds to a sum; 1 where calls are counted.
    """

    mark: str
    value: str
    amount: int


def compute_history_marks(
    histories: Iterable[History], proposal: Proposal, records: Mapping[str, Any]
) -> tuple[HistoryMark, ...]:
    """Under which marks an effect is to be found again."""
    found = {
        item.mark: HistoryMark(item.mark, value, item.amount_in(proposal, records) or 0)
        for item in histories
        if item.speaks_of(proposal.tool) and (value := item.value_in(proposal, records))
    }
    return tuple(found.values())


def merge_histories(packs: Iterable[tuple[str, Mapping[str, History]]]) -> dict[str, History]:
    """The histories of all packs by name.

    Raises:
        PolicyError: two packs declare one name.
    """
    found: dict[str, History] = {}
    owners: dict[str, str] = {}
    for pack, histories in packs:
        for name, history in histories.items():
            if name in found:
                raise PolicyError(f"The history {name!r} is in two packs, {owners[name]} and {pack}; rename one.")
            found[name], owners[name] = history, pack
    return found
