"""Who must sign: roles, single persons whom a record names, and both persons' rights when a reviewer edits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Priority, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.edits import decide_edit
from countersign.policies.engine.engine import decide
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect
from pydantic import ValidationError

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
SPEC = {"name": "expense.approve", "version": "1", "effect": "write", "owner": "till", "critical": ["amount"]}
MARA = Principal("mara", "acme", frozenset({"clerk"}), person="mara.human", manager="tom")
TOM = Principal("tom", "acme", frozenset({"lead"}))


def rule(name: str, effect: str, when: str = "true", **more: Any) -> Rule:
    fields: dict[str, Any] = {"description": "one rule", "owner": "boss", "source": "book#1", "reason": f"since {name}"}
    fields |= {"id": name, "tools": ("expense.approve",), "effect": RuleEffect(effect), "when": when}
    return Rule(**fields | more)


def policy(*rules: Rule) -> PolicySet:
    pack = Pack(pack="till", version="1", owner="boss", description="a pack", guardian="controller", rules=rules)
    return assemble_policy_set([pack])


def proposal(**more: Any) -> Proposal:
    told: dict[str, Any] = {"arguments": canonicalize({"amount": 5, "manager": "mara.friend"}), "planned": True}
    fixed = ("support", "mara", "acme", "t", "r", "")
    agent, user_id, tenant, thread, run, revision = fixed
    return Proposal(
        "expense.approve",
        "1",
        agent=agent,
        user_id=user_id,
        tenant=tenant,
        thread=thread,
        run=run,
        policy_revision=revision,
        **told | more,
    )


def decided(rules: PolicySet, manager: Any = "tom") -> Decision:
    records = {"expense": {"manager": manager}} if manager != "absent" else {"expense": {}}
    return decide(rules, proposal(), Facts(principal=MARA, tool=SPEC, records=records, now=NOW))


@pytest.mark.parametrize(
    ("manager", "seat"),
    [
        ("tom", "user:tom"),
        ("mara", "controller"),
        ("mara.human", "controller"),
        (None, "controller"),
        ("", "controller"),
        (7, "controller"),
        ("absent", "controller"),
    ],
)
def test_a_record_names_the_person_and_the_guardian_steps_in(manager: Any, seat: str) -> None:
    """Who has no line manager, or is their own, still needs somebody; and never themselves."""
    rules = policy(rule("r.line", "review", reviewers=("{records.expense.manager}",)))
    assert decided(rules, manager).obligations.seats == (seat,)


def test_no_argument_names_a_reviewer() -> None:
    """Arguments come from whoever asks, perhaps from a captured model; they may not choose who signs."""
    for path in ("{args.manager}", "{scores.x}", "{tool.owner}", "user:mara.friend", "{records}"):
        with pytest.raises(ValidationError):
            rule("r.line", "review", reviewers=(path,))


def test_the_most_urgent_rule_sets_priority_and_reminder() -> None:
    """A call that two rules hold up is as urgent as the more urgent of them."""
    rules = policy(
        rule("r.a", "review", reviewers=("boss",), priority=Priority.HIGH, deadline="2d", owner="owner_a"),
        rule("r.b", "review", reviewers=("boss",), priority=Priority.LOW, deadline="3d", remind="4h"),
    )
    duties = decided(rules).obligations
    assert (duties.priority, duties.remind, duties.owner) == (Priority.HIGH, timedelta(hours=4), "owner_a")
    record = decided(rules).record()
    assert (record["priority"], record["remind_seconds"], record["owner"]) == ("high", 4 * 3600, "owner_a")


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": "allow", "priority": Priority.HIGH},
        {"effect": "allow", "remind": "1h"},
        {"effect": "review", "reviewers": ("boss",), "remind": "2d", "deadline": "1d"},
    ],
)
def test_reminders_make_sense(fields: dict[str, Any]) -> None:
    """A reminder after the deadline, or of no review, is a slip of the pen."""
    with pytest.raises(ValidationError):
        rule("r.a", **fields)


def edit(mine: str, theirs: str, editor: Principal | None = TOM) -> Decision:
    """Decides an edit under a policy that says one thing to clerks and another to leads."""
    seats: dict[str, dict[str, Any]] = {"review": {"reviewers": ("boss",)}}
    other: dict[str, dict[str, Any]] = {"review": {"reviewers": ("boss", "cfo")}}
    rules = policy(
        rule("r.clerk", mine, roles=("clerk",), **seats.get(mine, {})),
        rule("r.lead", theirs, roles=("lead",), **other.get(theirs, {})),
    )
    facts = Facts(principal=MARA, tool=SPEC, records={}, now=NOW)
    return decide_edit(rules, proposal(edited_by="tom"), facts, editor)


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict", "seats"),
    [
        ("allow", "allow", "allow", ()),
        ("allow", "deny", "deny", ()),
        ("deny", "allow", "deny", ()),
        ("allow", "review", "review", ("boss", "cfo")),
        ("review", "allow", "review", ("boss",)),
        ("review", "review", "review", ("boss", "cfo")),
    ],
)
def test_an_edit_has_no_more_rights_than_either_person(
    mine: str, theirs: str, verdict: str, seats: tuple[str, ...]
) -> None:
    """Who may not pay must not pay by editing what somebody else asked for."""
    found = edit(mine, theirs)
    assert (found.verdict, found.obligations.seats) == (Verdict(verdict), seats)
    assert found.digest == proposal(edited_by="tom").digest, "the decision is about the edited proposal itself"


def test_an_unknown_editor_denies() -> None:
    """Who has left, or is of another tenant, has no rights to decide under."""
    for editor in (None, replace(TOM, tenant="other")):
        assert edit("allow", "allow", editor).verdict is Verdict.DENY
