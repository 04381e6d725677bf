"""Scores of trained models in rules: they only make policy stricter, and a paused model's rules go to people."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.errors import PolicyError
from countersign.policies.rules.evidence import OWN_SCORES, Facts
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
HEAD = 'pack: p\nversion: "1"\nowner: owner\nguardian: guard\ndescription: A pack.\nrules:\n'
ALLOW = "{id: a.small, tools: [pay], when: args.amount <= 100, effect: allow}"
REVIEW = "{id: a.fraud, tools: [pay], when: scores.fraud >= 50, effect: review, reviewers: [lead]}"
DENY = "{id: a.sure, tools: [pay], when: scores.fraud >= 90, effect: deny}"
"""Rules without the fields that all have."""


def packs(tmp_path: Path, *rules: str) -> PolicySet:
    file = tmp_path / "p.yaml"
    more = "owner: owner, source: book#1, description: A rule of ours, reason: Because it is so"
    file.write_text(HEAD + "".join(f"  - {{{more}, {rule[1:]}\n" for rule in rules))
    return load_packs([file])


def asked(policy: PolicySet, amount: int = 50, *, proposed: int | None = None, **scores: int) -> Decision:
    proposal = Proposal("pay", "1", canonicalize({"amount": amount}), "x", "u", "t", "th", "r", policy.revision)
    if proposed is not None:
        proposal = replace(proposal, scores={"fraud": proposed})
    tool = {"name": "pay", "version": "1", "effect": "write", "critical": []}
    return decide(policy, proposal, Facts(Principal("u", "t", frozenset()), tool, {}, NOW, scores))


def test_every_score_but_the_assistants_own_comes_from_a_model(tmp_path: Path) -> None:
    """A model that policy does not know by name could be asked for with has() and pass while paused."""
    assert {"confidence", "cost_micros"} == OWN_SCORES
    with pytest.raises(PolicyError, match=r"has\(scores\.late_delivery\) would let a call pass"):
        packs(tmp_path, ALLOW, REVIEW.replace("scores.fraud >= 50", "has(scores.late_delivery)"))
    policy = packs(tmp_path, ALLOW, REVIEW.replace("scores.fraud", "scores.late_delivery"))
    assert asked(policy, late_delivery=49).verdict is Verdict.ALLOW
    assert asked(policy, late_delivery=50).verdict is Verdict.REVIEW
    assert asked(policy).verdict is Verdict.REVIEW


def test_a_score_sends_to_people_and_never_around_them(tmp_path: Path) -> None:
    """The point of a score: more care where it is high, none taken away where it is low."""
    policy = packs(tmp_path, ALLOW, REVIEW)
    assert asked(policy, fraud=49).verdict is Verdict.ALLOW
    high = asked(policy, fraud=50)
    assert (high.verdict, high.obligations.seats) == (Verdict.REVIEW, ("lead",))
    assert asked(policy, amount=101, fraud=0).verdict is Verdict.DENY


def test_while_a_model_is_paused_its_rule_goes_to_people(tmp_path: Path) -> None:
    """A model that is not good enough must neither let through nor shut out: a person decides (and is told why)."""
    found = asked(packs(tmp_path, ALLOW, REVIEW))
    assert (found.verdict, found.rules, found.obligations.seats) == (Verdict.REVIEW, ("a.fraud",), ("lead",))
    assert "gives no score now" in found.reasons[0]
    denied = asked(packs(tmp_path, ALLOW, DENY))
    assert (denied.verdict, denied.rules, denied.obligations.seats) == (Verdict.REVIEW, ("a.sure",), ("guard",))
    both = asked(packs(tmp_path, ALLOW, REVIEW, DENY))
    assert set(both.obligations.seats) == {"lead", "guard"}


def test_nothing_else_that_is_missing_hides_behind_a_paused_model(tmp_path: Path) -> None:
    """A condition that is broken in another way denies, paused or not."""
    rule = (
        "{id: a.fraud, tools: [pay], when: args.nothing > 1 && scores.fraud >= 50, effect: review, reviewers: [lead]}"
    )
    assert asked(packs(tmp_path, ALLOW, rule)).verdict is Verdict.DENY
    assert asked(packs(tmp_path, ALLOW, rule), fraud=60).verdict is Verdict.DENY


def test_a_condition_that_is_false_whatever_the_score_stays_false(tmp_path: Path) -> None:
    """A pause must not send to people what its rule never spoke of."""
    rule = (
        "{id: a.fraud, tools: [pay], when: args.amount > 60 && scores.fraud >= 50, effect: review, reviewers: [lead]}"
    )
    policy = packs(tmp_path, ALLOW, rule)
    assert asked(policy, 50).verdict is Verdict.ALLOW
    assert asked(policy, 70).verdict is Verdict.REVIEW


def test_a_rule_on_a_score_allows_nothing_by_itself(tmp_path: Path) -> None:
    """Without the model this would be denied; a score must not open a door that no rule opens."""
    low = "{id: a.low, tools: [pay], when: scores.fraud < 50, effect: review, reviewers: [lead]}"
    policy = packs(tmp_path, ALLOW, low)
    assert asked(policy, 500, fraud=1).verdict is Verdict.DENY
    assert asked(policy, 500).verdict is Verdict.DENY
    assert asked(policy, 50, fraud=1).verdict is Verdict.REVIEW


def test_whoever_proposes_cannot_bring_a_score(tmp_path: Path) -> None:
    """A score that came with the proposal would be the model's word without the model."""
    policy = packs(tmp_path, ALLOW, REVIEW)
    assert asked(policy, proposed=0).verdict is Verdict.REVIEW
    assert asked(policy, proposed=0, fraud=80).verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{id: a.b, tools: [pay], when: scores.fraud < 10, effect: allow}", "may only make policy stricter"),
        (
            "{id: a.b, tools: [pay], when: 'has(scores.fraud) && scores.fraud > 9', effect: deny}",
            "while the model is paus",
        ),
        ("{id: a.b, tools: [pay], when: '\"fraud\" in scores', effect: deny}", "read by name"),
        ("{id: a.b, tools: [pay], when: 'scores[\"fraud\"] > 5', effect: deny}", "read by name"),
        ("{id: a.b, tools: [pay], when: '[scores].exists(s, has(s.fraud))', effect: deny}", "read by name"),
        ("{id: a.b, stage: route, subjects: [x], when: scores.fraud > 9, effect: deny}", "at the stage tool only"),
    ],
)
def test_rules_that_would_let_a_model_loosen_policy_are_refused(tmp_path: Path, rule: str, says: str) -> None:
    """Each of these would pass calls while the model is paused, or allow by what it says."""
    with pytest.raises(PolicyError, match=says):
        packs(tmp_path, rule)


def test_an_observing_rule_on_a_paused_model_breaks_nothing(tmp_path: Path) -> None:
    """Trying a rule on live work must not change what happens."""
    rule = "{id: a.try, tools: [pay], when: scores.fraud >= 50, effect: observe, would: deny}"
    found = asked(packs(tmp_path, ALLOW, rule))
    assert (found.verdict, found.observed) == (Verdict.ALLOW, ("a.try: review",))


def test_which_of_our_own_rules_read_scores() -> None:
    """Each must hold without its score; a new one needs a test in ``tests/tools/scoring/test_score_rules.py``."""
    assert load_packs().learned_rules == {
        "support.refund.fraud",
        "support.tickets.displeased",
        "support.tickets.urgent",
        "finance.invoice.post.risk",
        "finance.payment.release.risk",
    }
