"""This module runs the test cases that live in packs: is policy still what its owners meant?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..domain.canonical import canonicalize
from ..domain.decision import Decision
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..domain.stage import Stage
from ..engine.engine import decide
from ..errors import PolicyError
from ..rules.evidence import Facts
from ..rules.inheritance import find_replaced_cases
from ..rules.pack import Pack, PackCase
from ..rules.policy_set import PolicySet
from ..rules.vocabulary import normalize_work_name

CASE_TIME = datetime(2026, 1, 15, 12, tzinfo=UTC)
CASE_TENANT = "case-tenant"
_OVERLAID = ("principal", "args", "records", "scores", "provenance", "history")
_EXPECTED = ("expect", "rules", "seats")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case and what policy said.

    Attributes:
        problems: in plain words; empty when the case passed.
    """

    pack: str
    case: PackCase
    decision: Decision
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether policy said what the case expects."""
        return not self.problems


def run_cases(
    policy: PolicySet, tools: Mapping[str, Mapping[str, Any]] | None = None, now: datetime = CASE_TIME
) -> list[CaseResult]:
    """Decides every case of every pack.

    Args:
        tools: what rules may see of each registered tool; without it, a case's own ``effect`` and ``critical`` count.
        now: the time of the decisions.

    Raises:
        PolicyError: a case is like one that does not stand before it, overrides one that is not there, or holds what
            cannot be recorded.
    """
    replaced = find_replaced_cases(policy.packs)
    return [
        run_case(policy, pack.pack, case, tools, now)
        for pack in policy.packs
        for case in resolve_cases(pack)
        if (pack.pack, case.name) not in replaced
    ]


def run_case(
    policy: PolicySet,
    pack: str,
    case: PackCase,
    tools: Mapping[str, Mapping[str, Any]] | None = None,
    now: datetime = CASE_TIME,
) -> CaseResult:
    """Decides one resolved case."""
    proposal, facts = build_situation(policy, case, tools, now)
    decision = decide(policy, proposal, facts, case.stage)
    return CaseResult(pack, case, decision, tuple(_problems(case, decision)))


def resolve_cases(pack: Pack) -> list[PackCase]:
    """The cases of a pack with ``like`` filled in: mappings merge key by key, what else is given replaces.

    Raises:
        PolicyError: a case is like one that does not stand before it.
    """
    done: dict[str, PackCase] = {}
    for case in pack.cases:
        if case.like:
            base = done.get(case.like)
            if base is None:
                raise PolicyError(f"The case {case.name!r} is like {case.like!r}, which does not stand before it.")
            case = _overlay(base, case)
        done[case.name] = case
    return list(done.values())


def build_situation(
    policy: PolicySet, case: PackCase, tools: Mapping[str, Mapping[str, Any]] | None = None, now: datetime = CASE_TIME
) -> tuple[Proposal, Facts]:
    """The proposal and the facts that a resolved case describes."""
    case = _normalize_names(case) if case.stage is Stage.ROUTE else case
    named = case.tool if case.stage.of_tools else case.subject
    spec = (tools or {}).get(named) or {
        "name": named,
        "version": "1",
        "effect": case.effect,
        "owner": "",
        "system": "",
        "critical": list(case.critical),
    }
    who = case.principal
    proposal = Proposal(
        tool=named,
        version=str(spec["version"]),
        arguments=canonicalize(case.args),
        agent=case.agent,
        user_id=who.user,
        tenant=CASE_TENANT,
        thread="case",
        run="case",
        policy_revision=policy.revision,
        provenance=dict(case.provenance),
        planned=case.planned,
        tainted=case.tainted,
    )
    past = dict.fromkeys(policy.histories, 0)
    principal = Principal(
        user_id=who.user,
        tenant=CASE_TENANT,
        roles=frozenset(who.roles),
        person=who.person,
        manager=who.manager,
        limit_minor=who.limit_minor,
    )
    return proposal, Facts(principal, spec, case.records, now, case.scores, past | dict(case.history))


def _normalize_names(case: PackCase) -> PackCase:
    """A case at the stage ``route`` in the words of what is put to the rules there."""
    work = case.args.get("work")
    args = {**case.args, "work": normalize_work_name(work)} if isinstance(work, str) else case.args
    names = {"subject": normalize_work_name(case.subject), "agent": normalize_work_name(case.agent)}
    return case.model_copy(update={**names, "args": args})


def _overlay(base: PackCase, case: PackCase) -> PackCase:
    given = case.model_fields_set - {"like"}
    changes: dict[str, Any] = {name: getattr(case, name) for name in given}
    for name in given & set(_OVERLAID):
        if name == "principal":
            own = {key: getattr(case.principal, key) for key in case.principal.model_fields_set}
            changes[name] = base.principal.model_copy(update=own)
        else:
            changes[name] = _merge(getattr(base, name), getattr(case, name))
    for name in _EXPECTED[1:]:
        changes.setdefault(name, type(case).model_fields[name].default)
    return base.model_copy(update=changes)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        below = both.get(key)
        both[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return both


def _problems(case: PackCase, decision: Decision) -> Sequence[str]:
    found = []
    if decision.verdict is not case.expect:
        found.append(f"expected {case.expect}, got {decision.verdict}: {' '.join(decision.reasons)}")
    if case.rules and tuple(sorted(case.rules)) != decision.rules:
        found.append(f"expected the rules {', '.join(sorted(case.rules))}, got {', '.join(decision.rules)}")
    if case.seats is not None and sorted(case.seats) != sorted(decision.obligations.seats):
        got = ", ".join(sorted(decision.obligations.seats)) or "nobody"
        found.append(f"expected {', '.join(sorted(case.seats)) or 'nobody'} to sign, got {got}")
    kept = decision.obligations.retain
    if case.retain is not None and case.retain is not kept:
        found.append(f"expected to be kept as {case.retain}, got {kept or 'its own class'}")
    return found
