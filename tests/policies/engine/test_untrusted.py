"""Invariant 11, built into the engine: untrusted text gives no orders."""

from datetime import UTC, datetime
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Expiry, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect

ARGS = {"order_id": "ORD-1", "amount_minor": 100, "lines": [{"sku": "a"}, {"sku": "b"}]}


def decided(
    *, effect: str = "allow", guardian: str | None = None, spec: dict[str, Any] | None = None, **more: Any
) -> Decision:
    rule = Rule(
        id="r.one",
        description="one rule",
        owner="boss",
        source="book#1",
        tools=("refunds.issue",),
        effect=RuleEffect(effect),
        reason="because",
        reviewers=("cfo",) if effect == "review" else (),
        on_expiry=Expiry.ALLOW if effect == "review" else Expiry.DENY,
    )
    pack = Pack(pack="support", version="1", owner="boss", description="a pack", guardian=guardian, rules=(rule,))
    tool = {"name": "refunds.issue", "version": "1", "effect": "write", "owner": "x", "critical": ["amount_minor"]}
    fields: dict[str, Any] = {"tainted": True, "planned": True, "provenance": {}} | more
    proposal = Proposal("refunds.issue", "1", canonicalize(ARGS), "support", "mara", "acme", "t", "r", "", **fields)
    principal = Principal("mara", "acme", frozenset({"clerk"}))
    found = Facts(principal, tool if spec is None else spec, {}, datetime(2026, 1, 1, tzinfo=UTC))
    return decide(assemble_policy_set([pack]), proposal, found)


GOOD = {"amount_minor": "user", "order_id": "trusted", "lines": "trusted"}


def test_a_clean_thread_and_good_sources_pass() -> None:
    """The rule must not make people sign what nobody outside could have influenced."""
    assert decided(tainted=False, planned=False).verdict is Verdict.ALLOW
    assert decided(provenance=GOOD).verdict is Verdict.ALLOW


@pytest.mark.parametrize("source", ["untrusted", "model", "", "USER", None])
def test_a_critical_argument_from_outside_or_nowhere_needs_a_person(source: str | None) -> None:
    """A captured model could otherwise copy an attacker's amount; an unknown source counts as nowhere."""
    provenance = {} if source is None else {"amount_minor": source}
    decision = decided(provenance=provenance)
    assert (decision.verdict, decision.rules) == (Verdict.REVIEW, ("builtin.untrusted",))
    assert "amount_minor" in decision.reasons[0]


def test_a_tool_outside_the_plan_needs_a_person() -> None:
    """An injected order to use another tool must not run, however clean its arguments look."""
    assert decided(provenance=GOOD, planned=False).rules == ("builtin.untrusted",)


def test_an_argument_that_is_not_critical_may_be_the_models_own() -> None:
    """A comment's wording is the model's work; only what the spec calls critical is guarded."""
    assert decided(provenance={"amount_minor": "user", "order_id": "model"}).verdict is Verdict.ALLOW


def test_every_leaf_of_a_critical_argument_counts() -> None:
    """One bad line among good ones is enough, and a container's bad source stains what is in it."""
    spec = {"name": "refunds.issue", "version": "1", "effect": "write", "owner": "x", "critical": ["lines", "missing"]}
    good = {"lines.0.sku": "user", "lines.1.sku": "trusted"}
    assert decided(spec=spec, provenance=good).verdict is Verdict.ALLOW
    assert decided(spec=spec, provenance=good | {"lines.1.sku": "untrusted"}).verdict is Verdict.REVIEW
    assert decided(spec=spec, provenance={"lines.0.sku": "user"}).verdict is Verdict.REVIEW
    assert decided(spec=spec, provenance=good | {"lines": "untrusted"}).verdict is Verdict.REVIEW


def test_reads_are_left_alone_and_an_incomplete_spec_is_not() -> None:
    """A spec that forgets its effect or its critical arguments is taken for the worst."""
    base = {"name": "refunds.issue", "version": "1"}
    assert decided(spec=base | {"effect": "read"}, planned=False).verdict is Verdict.ALLOW
    assert decided(spec=base | {"critical": []}, planned=False).verdict is Verdict.REVIEW
    assert decided(spec=base | {"effect": "write"}, provenance={"amount_minor": "user"}).verdict is Verdict.REVIEW
    assert decided(spec=base | {"effect": "irreversible"}, provenance=GOOD).verdict is Verdict.ALLOW


def test_who_reviews_the_rules_reviewers_else_the_guardian_else_the_fallback() -> None:
    """There is always somebody to ask, and the rule's own choice comes first."""
    assert decided(effect="review").obligations.seats == ("cfo",)
    assert decided(guardian="support_manager").obligations.seats == ("support_manager",)
    assert decided().obligations.seats == ("controller",)


def test_doubt_turns_an_expiry_into_a_denial_and_never_softens_a_denial() -> None:
    """A rule that lets unanswered reviews pass must not do so for an attacker's call."""
    assert decided(effect="review").obligations.on_expiry is Expiry.DENY
    assert decided(effect="review", tainted=False).obligations.on_expiry is Expiry.ALLOW
    assert decided(effect="deny").verdict is Verdict.DENY
