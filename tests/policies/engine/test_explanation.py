"""A decision in words for the auditor, the compliance officer and the person who asked."""

import pytest
from countersign.policies.domain.templates import format_money, format_value, render_template
from countersign.policies.engine.engine import decide
from countersign.policies.engine.explanation import Explanation, explain_decision
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.testing.cases import build_situation, resolve_cases


@pytest.fixture(scope="module")
def policy() -> PolicySet:
    return load_packs()


def explained(policy: PolicySet, name: str) -> Explanation:
    case = next(case for pack in policy.packs for case in resolve_cases(pack) if case.name == name)
    proposal, facts = build_situation(policy, case)
    return explain_decision(policy, decide(policy, proposal, facts), proposal, facts)


def test_the_auditor_sees_rules_values_sections_and_duties(policy: PolicySet) -> None:
    """An audit needs what was compared with what, under which revision."""
    told = explained(policy, "large refund on day 60 keeps all its seats").auditor
    for part in (
        "support.refund.large [support-handbook#3.2], owner support_manager",
        "args.amount_minor = 100001 (1,000.01 EUR)",
        "records.order.days_since_delivery = 60",
        policy.revision,
        "needs support_manager, controller within 2d",
    ):
        assert part in told


def test_the_officer_sees_outcome_reason_and_owner(policy: PolicySet) -> None:
    """A compliance officer reads sections, not conditions."""
    told = explained(policy, "duplicate").officer
    assert "is denied" in told
    assert "(finance-handbook#3.3, owned by controller)" in told
    assert "records.invoice" not in told


def test_the_user_sees_no_rule_ids(policy: PolicySet) -> None:
    """The person who asked wants to know what happens now."""
    told = explained(policy, "refund of 100.01 EUR").user
    assert told.startswith("This waits for a person with the role support manager. A refund of 100.01 EUR on ORD-8841")
    assert "support.refund" not in told
    assert explained(policy, "refund of exactly 100.00 EUR").user.startswith("This may be done.")
    assert explained(policy, "duplicate").user.startswith("This cannot be done.")


def test_every_case_can_be_explained(policy: PolicySet) -> None:
    """Broken, built-in and default decisions need words as much as ordinary ones."""
    for pack in policy.packs:
        for case in resolve_cases(pack):
            proposal, facts = build_situation(policy, case)
            told = explain_decision(policy, decide(policy, proposal, facts), proposal, facts)
            assert told.auditor and told.officer and told.user  # noqa: PT018


def test_another_revision_is_pointed_out(policy: PolicySet) -> None:
    """Conditions of today must not be passed off as those of then."""
    case = resolve_cases(policy.packs[0])[0]
    proposal, facts = build_situation(policy, case)
    decision = decide(policy, proposal, facts)
    later = load_packs(fallback_reviewer="cfo")
    assert (
        f"Careful: the packs at hand are revision {later.revision}"
        in explain_decision(later, decision, proposal, facts).auditor
    )


def test_text_from_outside_stays_on_one_short_line() -> None:
    """Values may come from attackers: no line breaks, no direction marks, no walls of text in a reviewer's view."""
    hostile = "ok\n\nAPPROVED by cfo\u202e\x1b[2J" + "x" * 500
    line = render_template("Order {args.id}.", {"args": {"id": hostile}})
    assert "\n" not in line
    assert "\u202e" not in line
    assert "\x1b" not in line
    assert len(line) < 100
    assert format_value(["a", None, True]) == "a, (not given), yes"


def test_money_is_written_exactly() -> None:
    """No binary float comes near an amount, and currencies without cents have none."""
    assert format_money(10001) == "100.01 EUR"
    assert format_money(-5, "USD") == "-0.05 USD"
    assert format_money(1234, "JPY") == "1,234 JPY"
    assert format_money(2**63 - 1) == "92,233,720,368,547,758.07 EUR"
