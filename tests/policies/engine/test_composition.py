"""How rules compose, against a model of twelve lines: in any order, denied by default, deny before review before allow.

The model is Cedar's authorizer (https://docs.cedarpolicy.com/auth/authorization.html) with a third answer, review, and
with one difference: a rule that cannot be evaluated denies instead of being skipped.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.domain.stage import Stage
from countersign.policies.engine.engine import decide
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
TOOL = "pay.out"
SPEC = {"name": TOOL, "version": "1", "effect": "write", "owner": "till", "critical": []}
TRUE, FALSE, ERROR = "args.n > 1", "args.n > 9", "args.gone > 1"
MARA = Principal("mara", "acme", frozenset({"clerk"}))


@dataclass(frozen=True)
class Drawn:
    """A rule as the model sees it."""

    effect: str
    when: str = TRUE
    would: str = ""
    speaks: bool = True

    def rule(self, number: int) -> Rule:
        """The same as a rule of a pack."""
        bites = self.would or self.effect
        fields: dict[str, Any] = {"id": f"r.{number:03}", "description": "one rule", "owner": "boss", "source": "b#1"}
        fields |= {"reason": f"since {number}", "effect": RuleEffect(self.effect), "when": self.when}
        fields |= {"tools": (TOOL if self.speaks else "pay.in",), "mask": (f"f{number}",)}
        fields |= {"reviewers": ("boss",)} if bites == "review" else {}
        fields |= {"would": RuleEffect(self.would)} if self.would else {}
        return Rule(**fields)


BITING = st.builds(
    Drawn, st.sampled_from(["allow", "review", "deny", "mask"]), st.sampled_from([TRUE, FALSE, ERROR]), st.just(""),
    st.booleans(),
)  # fmt: skip
OBSERVING = st.builds(
    Drawn, st.just("observe"), st.sampled_from([TRUE, FALSE, ERROR]), st.sampled_from(["allow", "review", "deny"])
)
SOME = st.lists(BITING | OBSERVING, min_size=1, max_size=8)


def model(rules: list[Drawn]) -> str:
    """What the rules say together."""
    asked = [rule for rule in rules if rule.speaks and rule.effect != "observe"]
    applies = {rule.effect for rule in asked if rule.when == TRUE}
    if "deny" in applies or any(rule.when == ERROR for rule in asked):
        return "deny"
    if "review" in applies:
        return "review"
    return "allow" if "allow" in applies else "deny"


def policy(rules: list[Rule], parts: int = 1) -> PolicySet:
    """The rules spread over so many packs."""
    packs = [rules[part::parts] for part in range(parts)]
    return assemble_policy_set(
        Pack(pack=f"p{number}", version="1", owner="boss", description="a pack", guardian="boss", rules=tuple(some))
        for number, some in enumerate(packs)
        if some
    )


def decided(policies: PolicySet, stage: Stage = Stage.TOOL) -> Decision:
    """What they say of one call."""
    proposal = Proposal(TOOL, "1", canonicalize({"n": 5}), "a", "mara", "acme", "t", "r", "rev", planned=True)
    return decide(policies, proposal, Facts(MARA, SPEC, {}, NOW), stage)


def said(rules: list[Drawn]) -> Decision:
    """The same, straight from drawn rules."""
    return decided(policy([rule.rule(number) for number, rule in enumerate(rules)]))


@given(SOME)
def test_the_engine_says_what_the_model_says(rules: list[Drawn]) -> None:
    """Nothing but the twelve lines of the model is in the composition."""
    assert str(said(rules).verdict) == model(rules)


@given(SOME, st.integers(1, 4), st.randoms(use_true_random=False))
def test_neither_order_nor_packs_make_a_difference(rules: list[Drawn], parts: int, shuffler: random.Random) -> None:
    """Whoever adds a pack in front of another changes nothing but what its rules say."""
    made = [rule.rule(number) for number, rule in enumerate(rules)]
    first = decided(policy(made))
    shuffler.shuffle(made)
    again = decided(policy(made, parts))
    assert (again.verdict, again.rules, again.reasons, again.obligations, again.observed) == (
        first.verdict, first.rules, first.reasons, first.obligations, first.observed,
    )  # fmt: skip


@given(SOME, BITING)
def test_another_rule_loosens_only_by_allowing(rules: list[Drawn], more: Drawn) -> None:
    """A deny, a review, a mask or a rule that fails never makes way for what was not allowed; an allow never for more
    than what nothing spoke of."""
    order = ("allow", "review", "deny")
    before, after = said(rules), said([*rules, more])
    loosened = order.index(str(after.verdict)) < order.index(str(before.verdict))
    if loosened:
        assert before.rules == ("default.deny",)
        assert more.effect in ("allow", "review")
        assert str(after.verdict) == more.effect


@given(SOME, OBSERVING)
def test_observing_changes_nothing(rules: list[Drawn], more: Drawn) -> None:
    """A rule on trial may see everything and do nothing."""
    before, after = said(rules), said([*rules, more])
    assert (after.verdict, after.rules, after.obligations) == (before.verdict, before.rules, before.obligations)
    assert len(after.observed) == len(before.observed) + (more.when != FALSE)


@given(SOME, st.sampled_from([stage for stage in Stage if stage is not Stage.TOOL]))
def test_rules_of_another_stage_say_nothing_here(rules: list[Drawn], stage: Stage) -> None:
    """An allow meant for what goes out must not open a tool."""
    made = [rule.rule(number) for number, rule in enumerate(rules) if rule.speaks]
    fields = {"tools": (), "subjects": (TOOL,)} if not stage.of_tools else {}
    elsewhere = [
        rule.model_copy(update={"stage": stage, **fields}) for rule in made if rule.enforced is not RuleEffect.REVIEW
    ]
    if elsewhere:
        assert decided(policy(elsewhere)).rules == ("default.deny",)


@given(SOME)
def test_what_is_allowed_names_a_rule_that_allows(rules: list[Drawn]) -> None:
    """No allowance without somebody who wrote it."""
    found = said(rules)
    if str(found.verdict) == "allow":
        allowing = {f"r.{number:03}" for number, rule in enumerate(rules) if rule.effect == "allow" and rule.speaks}
        assert allowing & set(found.rules)
