"""What a decision rested on, as it is written into the log, and back: so that it can be decided again.

Everything is kept as it was then: roles change, limits change, tools change, and records do so all the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from .decision import Decision
from .editing import decide_edit
from .engine import decide
from .errors import BadInput
from .evidence import Facts
from .policyset import PolicySet
from .principal import Principal
from .proposal import Proposal

BEFORE_RULES = frozenset({"builtin.arguments", "builtin.facts"})
"""What the registry itself denies before any rule is asked; no pack can change it."""
_MAPPINGS = tuple(item.name for item in fields(Facts) if item.name not in ("principal", "tool", "records", "now"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that one decision rested on.

    Attributes:
        editor: the reviewer whose edit the proposal is, as the directory knew them.
    """

    proposal: Proposal
    facts: Facts
    editor: Principal | None = None

    def decide(self, policy: PolicySet) -> Decision:
        """What these packs say of it."""
        if self.proposal.edited_by:
            return decide_edit(policy, self.proposal, self.facts, self.editor)
        return decide(policy, self.proposal, self.facts)


def recorded(facts: Facts, editor: Principal | None = None) -> dict[str, Any]:
    """The facts as part of a decision's event: ``records`` and ``facts``; :func:`evidence_of` reads them back."""
    kept: dict[str, Any] = {"at": facts.now.astimezone(UTC).isoformat(), "principal": _written(facts.principal)}
    kept["tool"] = dict(facts.tool) if facts.tool else None
    for name in _MAPPINGS:
        if value := getattr(facts, name):
            kept[name] = dict(value)
    if editor is not None:
        kept["editor"] = _written(editor)
    if times := ["/".join(path) for path in _times(facts.records)]:
        kept["times"] = times
    return {"records": dict(facts.records), "facts": kept}


def evidence_of(body: Mapping[str, Any]) -> Evidence | None:
    """What the event of a decision says it rested on; ``None`` for an old event that does not say.

    Args:
        body: of the event, as read from the log.

    Raises:
        BadInput: it says something that cannot be read.
    """
    kept = body.get("facts")
    if not isinstance(kept, Mapping) or "proposal" not in body:
        return None
    try:
        records = body.get("records") or {}
        for path in kept.get("times", ()):
            _put_time(records, path.split("/"))
        more = {name: kept.get(name) or {} for name in _MAPPINGS}
        facts = Facts(_read(kept["principal"]), kept["tool"], records, datetime.fromisoformat(kept["at"]), **more)
        proposal = Proposal.from_record(body["proposal"])
        # Known already, and hashing is dear; a cached property keeps its value here.
        proposal.__dict__["digest"] = body["digest"]
        return Evidence(proposal, facts, _read(kept.get("editor")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"The evidence of a decision cannot be read ({type(error).__name__}: {error}).") from error


def _written(principal: Principal | None) -> dict[str, Any] | None:
    if principal is None:
        return None
    found = {item.name: getattr(principal, item.name) for item in fields(principal)}
    return found | {"roles": sorted(principal.roles), "teams": sorted(principal.teams)}


def _read(kept: Mapping[str, Any] | None) -> Principal | None:
    if kept is None:
        return None
    return Principal(**{**kept, "roles": frozenset(kept["roles"]), "teams": frozenset(kept["teams"])})


def _times(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where moments stand, which JSON knows only as text; rules tell the two apart."""
    if isinstance(value, datetime):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(item, str | int):
                yield from _times(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            if not isinstance(item, str | int):
                yield from _times(item, (*path, str(place)))


def _put_time(records: Any, path: Sequence[str]) -> None:
    *above, last = path
    for part in above:
        records = records[int(part)] if isinstance(records, list) else records[part]
    key: Any = int(last) if isinstance(records, list) else last
    records[key] = datetime.fromisoformat(records[key])
