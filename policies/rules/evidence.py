"""The evidence is what rules see of one call: the variables of their conditions and the fields of their reasons.

| name | what it holds |
|---|---|
| ``principal`` | ``user_id``, ``human``, ``tenant``, ``roles``, ``teams``, ``limit_minor``, ``manager`` |
| ``tool`` | ``name``, ``version``, ``effect``, ``owner``, ``system``, ``critical`` |
| ``args`` | the arguments of the call |
| ``provenance`` | the source of each argument by dotted path |
| ``planned``, ``tainted`` | whether the plan allows the tool; whether untrusted text is in the thread |
| ``records`` | the records the call touches, loaded by the registry |
| ``history`` | what happened before, by the names that packs declare (see :mod:`.history`) |
| ``scores`` | whole numbers: what trained models say in per cent, by the names that departments give |
| | (see :mod:`.model_scores`); ``confidence`` of the route in per cent, ``cost_micros`` of the case |
| ``now``, ``today`` | the time and the midnight before it, UTC |
| ``agent``, ``thread`` | who proposes, and where |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..errors import BadInput

MAX_VALUES = 20_000
MAX_DEPTH = 32
_LEAST, _MOST = -(2**63), 2**63 - 1
REASON_FIELDS = frozenset({"args", "history", "principal", "records", "scores", "tool"})
OWN_SCORES = frozenset({"confidence", "cost_micros"})
"""The scores that the assistant itself gives. Every other comes from a trained model, in whole per cent."""
_STATED_SCORES = frozenset({"confidence"})
"""What a proposal says of itself; whoever proposes cannot say what a trained model thinks of it, or what it costs."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the registry knows when a proposal is decided.

    Attributes:
        principal: the proposal's user as the directory knows it now; ``None`` when it does not.
        tool: the spec of the registered tool (see :mod:`.evidence`); ``None`` when there is none. A missing
            ``effect`` counts as irreversible, a missing ``critical`` as all arguments.
        records: the records that the call touches, by name.
        now: the time, timezone-aware.
        scores: extra whole numbers for rules.
        history: counts and sums over the past, by name.
    """

    principal: Principal | None
    tool: Mapping[str, Any] | None
    records: Mapping[str, Mapping[str, Any]]
    now: datetime
    scores: Mapping[str, int] = field(default_factory=dict)
    history: Mapping[str, int] = field(default_factory=dict)


def gather_evidence(proposal: Proposal, facts: Facts, names: frozenset[str]) -> dict[str, Any]:
    """The variables with these names as plain data.

    Raises:
        BadInput: a value that cannot be compared exactly: a binary float, a decimal, a number beyond 64 bits, data
            nested too deep or too large.
    """
    try:
        return _walk({name: _SOURCES[name](proposal, facts) for name in names}, 0, [MAX_VALUES])
    except _UnfitValue as unfit:
        raise BadInput(f"The value at {'.'.join(reversed(unfit.path))} {unfit}.") from unfit


def _principal(_proposal: Proposal, facts: Facts) -> Any:
    found = facts.principal
    if found is None:
        return _NOTHING
    return {
        "user_id": found.user_id,
        "human": found.human,
        "name": found.name,
        "tenant": found.tenant,
        "roles": sorted(found.roles),
        "teams": sorted(found.teams),
        "limit_minor": found.limit_minor,
        "manager": found.manager,
    }


def _now(_proposal: Proposal, facts: Facts) -> datetime:
    if facts.now.tzinfo is None:
        raise BadInput("The time of the decision has no time zone; pass datetime.now(UTC).")
    return facts.now.astimezone(UTC)


def _scores(proposal: Proposal, facts: Facts) -> Mapping[str, int]:
    said = {name: value for name, value in proposal.scores.items() if name in _STATED_SCORES}
    return {**said, **facts.scores}


_SOURCES: Mapping[str, Callable[[Proposal, Facts], Any]] = {
    "agent": lambda proposal, _: proposal.agent,
    "args": lambda proposal, _: proposal.args,
    "history": lambda _, facts: facts.history,
    "now": _now,
    "planned": lambda proposal, _: proposal.planned,
    "principal": _principal,
    "provenance": lambda proposal, _: proposal.provenance,
    "records": lambda _, facts: facts.records,
    "scores": _scores,
    "tainted": lambda proposal, _: proposal.tainted,
    "thread": lambda proposal, _: proposal.thread,
    "today": lambda proposal, facts: _now(proposal, facts).replace(hour=0, minute=0, second=0, microsecond=0),
    "tool": lambda _, facts: facts.tool or _NOTHING,
}


class _UnfitValue(Exception):
    """A value that cannot be compared exactly; the path to it grows on the way out, so that good data costs nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.path: list[str] = []


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        # Beyond 64 bits CEL would silently go on with a binary float.
        if not _LEAST <= value <= _MOST:
            raise _UnfitValue("is a number beyond 64 bits; no amount is that large")
        return value
    if kind is dict:
        return _walk(value, depth, budget)
    if kind is list or kind is tuple:
        return list(_walk(dict(enumerate(value)), depth, budget).values())
    return _unusual(value, depth, budget)


def _walk(value: dict[Any, Any], depth: int, budget: list[int]) -> dict[str, Any]:
    budget[0] -= len(value)
    if depth > MAX_DEPTH or budget[0] < 0:
        raise _UnfitValue("is too deep or too large to decide on; send less")
    found = {}
    for key, item in value.items():
        if type(item) is str:
            found[str(key)] = item
            continue
        try:
            found[str(key)] = _plain(item, depth + 1, budget)
        except _UnfitValue as unfit:
            unfit.path.append(str(key))
            raise
    return found


def _unusual(value: Any, depth: int, budget: list[int]) -> Any:
    """Types that are rare in evidence; apart, because every decision walks all values."""
    match value:
        case str():
            return str(value)
        case int():
            return _plain(int(value), depth, budget)
        case Mapping():
            return _plain(dict(value), depth, budget)
        case set() | frozenset():
            return _plain(sorted(value, key=str), depth, budget)
        case list() | tuple():
            return _plain(list(value), depth, budget)
        case datetime():
            if value.tzinfo is None:
                raise _UnfitValue("is a time without a time zone")
            return value
        case date():
            return value.isoformat()
        case _:
            raise _UnfitValue(
                f"is a {type(value).__name__}, which rules cannot compare exactly; "
                "use text, whole numbers (money in minor units), yes/no, lists or mappings"
            )
