"""An evidence record keeps what a decision rested on in the log, so that it can be decided again.

Everything is kept as it was then: roles change, limits change, tools change, and records do so all the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from ..domain.decision import Decision
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..domain.stage import Stage
from ..errors import BadInput
from ..rules.evidence import Facts
from ..rules.policy_set import PolicySet
from .decision_change import find_amount
from .edits import decide_edit
from .engine import decide
from .stages import StageQuestion, decide_stage

BEFORE_RULES = frozenset({"builtin.arguments", "builtin.facts"})
"""What the registry itself denies before any rule is asked; no pack can change it."""
_MAPPINGS = tuple(item.name for item in fields(Facts) if item.name not in ("principal", "tool", "records", "now"))


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """All that one decision rested on.

    Attributes:
        editor: the reviewer whose edit the proposal is, as the directory knew them.
    """

    proposal: Proposal
    facts: Facts
    editor: Principal | None = None

    @property
    def subject(self) -> str:
        """The tool."""
        return self.proposal.tool

    @property
    def user_id(self) -> str:
        """For whom it was asked."""
        return self.proposal.user_id

    @property
    def amount(self) -> tuple[int, str] | None:
        """What it is about, in minor units, and the currency."""
        args = self.proposal.args
        return find_amount(args if isinstance(args, Mapping) else {}, self.facts.records)

    def find_missing_histories(self, policy: PolicySet) -> list[str]:
        """The histories that these packs ask for and that were not written down."""
        return [name for name in policy.histories_about(self.subject) if name not in self.facts.history]

    def decide(self, policy: PolicySet) -> Decision:
        """What these packs say of it."""
        if self.proposal.edited_by:
            return decide_edit(policy, self.proposal, self.facts, self.editor)
        return decide(policy, self.proposal, self.facts)


@dataclass(frozen=True, slots=True)
class StageRecord:
    """All that an answer at another stage rested on."""

    question: StageQuestion
    amount: None = None

    @property
    def subject(self) -> str:
        """The stage and what its rules were asked about."""
        return f"{self.question.stage}:{self.question.subject}"

    @property
    def user_id(self) -> str:
        """On whose behalf."""
        return self.question.principal.user_id if self.question.principal else "nobody"

    def find_missing_histories(self, policy: PolicySet) -> list[str]:  # noqa: ARG002 - rules of these stages see no history
        """No histories: the rules of these stages see none."""
        return []

    def decide(self, policy: PolicySet) -> Decision:
        """What these packs say of it."""
        return decide_stage(policy, self.question)


def dump_facts(facts: Facts, editor: Principal | None = None) -> dict[str, Any]:
    """The facts as part of a decision's event, ``records`` and ``facts``.

    :func:`parse_decision_record` reads them back.
    """
    kept: dict[str, Any] = {"at": facts.now.astimezone(UTC).isoformat(), "principal": _dump_principal(facts.principal)}
    kept["tool"] = dict(facts.tool) if facts.tool else None
    for name in _MAPPINGS:
        if value := getattr(facts, name):
            kept[name] = dict(value)
    if editor is not None:
        kept["editor"] = _dump_principal(editor)
    if times := ["/".join(path) for path in _find_times(facts.records)]:
        kept["times"] = times
    return {"records": dict(facts.records), "facts": kept}


def dump_question(moment: StageQuestion) -> dict[str, Any]:
    """A moment as part of a stage's event; :func:`parse_stage_record` reads it back.

    What a tool gave is not written down a second time, and unmasked, so an answer that could rest on it says nothing.
    """
    body: dict[str, Any] = {"stage": str(moment.stage), "subject": moment.subject, "args": dict(moment.values)}
    if moment.records:
        return body
    kept = {"at": moment.now.astimezone(UTC).isoformat(), "principal": _dump_principal(moment.principal)}
    return body | {"facts": kept | {"agent": moment.agent, "tainted": moment.tainted}}


def parse_decision_record(body: Mapping[str, Any]) -> DecisionRecord | None:
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
        facts = Facts(
            _parse_principal(kept["principal"]), kept["tool"], records, datetime.fromisoformat(kept["at"]), **more
        )
        proposal = Proposal.from_record(body["proposal"])
        # Known already, and hashing is dear; a cached property keeps its value here.
        proposal.__dict__["digest"] = body["digest"]
        return DecisionRecord(proposal, facts, _parse_principal(kept.get("editor")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"The evidence of a decision cannot be read ({type(error).__name__}: {error}).") from error


def parse_stage_record(body: Mapping[str, Any]) -> StageRecord | None:
    """What the event of another stage says its answer rested on; ``None`` for one that does not say.

    Raises:
        BadInput: it says something that cannot be read.
    """
    kept = body.get("facts")
    if not isinstance(kept, Mapping):
        return None
    try:
        stage, at = Stage(body["stage"]), datetime.fromisoformat(kept["at"])
        who, values = _parse_principal(kept["principal"]), body["args"]
        moment = StageQuestion(stage, body["subject"], who, at, values, agent=kept["agent"], tainted=kept["tainted"])
        return StageRecord(moment)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"The evidence of a stage cannot be read ({type(error).__name__}: {error}).") from error


def _dump_principal(principal: Principal | None) -> dict[str, Any] | None:
    if principal is None:
        return None
    found = {item.name: getattr(principal, item.name) for item in fields(principal)}
    return found | {"roles": sorted(principal.roles), "teams": sorted(principal.teams)}


def _parse_principal(kept: Mapping[str, Any] | None) -> Principal | None:
    if kept is None:
        return None
    return Principal(**{**kept, "roles": frozenset(kept["roles"]), "teams": frozenset(kept["teams"])})


def _find_times(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where moments stand, which JSON knows only as text; rules tell the two apart."""
    if isinstance(value, datetime):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(item, str | int):
                yield from _find_times(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            if not isinstance(item, str | int):
                yield from _find_times(item, (*path, str(place)))


def _put_time(records: Any, path: Sequence[str]) -> None:
    *above, last = path
    for part in above:
        records = records[int(part)] if isinstance(records, list) else records[part]
    key: Any = int(last) if isinstance(records, list) else last
    records[key] = datetime.fromisoformat(records[key])
