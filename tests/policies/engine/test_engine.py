"""The engine's rule of composition, through its one public function."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Expiry, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
SPEC = {"name": "pay.out", "version": "1", "effect": "write", "owner": "till", "system": "bank", "critical": ["amount"]}


def rule(name: str, effect: str, when: str = "true", **more: Any) -> Rule:
    fields: dict[str, Any] = {"id": name, "description": "one rule", "owner": "boss", "source": "book#1"}
    if effect == "review":
        fields |= {"reviewers": ("boss",)}
    fields |= {"tools": ("pay.out",), "effect": RuleEffect(effect), "when": when, "reason": f"because {name}"}
    return Rule(**fields | more)


def policy(*rules: Rule, name: str = "till", guardian: str | None = None) -> PolicySet:
    pack = Pack(pack=name, version="1", owner="boss", description="a pack", guardian=guardian, rules=rules)
    return assemble_policy_set([pack])


def proposal(args: Any = None, **more: Any) -> Proposal:
    fields: dict[str, Any] = {
        "tool": "pay.out",
        "version": "1",
        "arguments": args if isinstance(args, str) else canonicalize({"amount": 5} if args is None else args),
        "agent": "support",
        "user_id": "mara",
        "tenant": "acme",
        "thread": "t",
        "run": "r",
        "policy_revision": "",
        "planned": True,
    }
    return Proposal(**(fields | more))


def facts(roles: tuple[str, ...] = ("clerk",), **more: Any) -> Facts:
    principal = Principal("mara", "acme", frozenset(roles), manager="tom", person="mara.human", limit_minor=700)
    fields: dict[str, Any] = {"principal": principal, "tool": SPEC, "records": {}, "now": NOW}
    return Facts(**fields | more)


EFFECTS = st.sampled_from(["allow", "review", "deny"])
CONDITIONS = st.sampled_from(["true", "false", "args.amount > 3", "args.amount > 9", "args.missing > 1", "args.amount"])


@given(st.lists(st.tuples(EFFECTS, CONDITIONS), min_size=1, max_size=6), st.randoms())
def test_order_of_rules_and_packs_makes_no_difference(drawn: list[tuple[str, str]], shuffler: random.Random) -> None:
    """If order mattered, moving a rule in a file would silently change policy."""
    rules = [rule(f"r.n{number}", effect, when) for number, (effect, when) in enumerate(drawn)]
    packs = [
        Pack(pack=f"p{n}", version="1", owner="boss", description="a pack", rules=(r,)) for n, r in enumerate(rules)
    ]
    one = decide(assemble_policy_set(packs), proposal(), facts())
    shuffler.shuffle(packs)
    assert decide(assemble_policy_set(packs), proposal(), facts()) == one
    shuffler.shuffle(rules)
    other = decide(policy(*rules), proposal(), facts())
    assert (other.verdict, other.rules, other.reasons, other.obligations) == (
        one.verdict,
        one.rules,
        one.reasons,
        one.obligations,
    )


@given(st.lists(st.tuples(EFFECTS, CONDITIONS), max_size=6))
def test_deny_beats_review_beats_allow_and_nothing_is_denied(drawn: list[tuple[str, str]]) -> None:
    """Cedar's composition, with errors on the side of denial: the verdict is what the strongest finding says."""
    holds = {"true": True, "false": False, "args.amount > 3": True, "args.amount > 9": False}
    broken = any(when not in holds for _, when in drawn)
    matched = {effect for effect, when in drawn if holds.get(when)}
    expected = "deny" if broken or "deny" in matched or not matched else "review" if "review" in matched else "allow"
    rules = [rule(f"r.n{number}", effect, when) for number, (effect, when) in enumerate(drawn)]
    # A pack has at least one rule, so one stands by that speaks of another tool.
    decision = decide(policy(rule("r.other", "allow", tools=("other.tool",)), *rules), proposal(), facts())
    assert decision.verdict == expected
    assert "r.other" not in decision.rules
    if not broken and not matched:
        assert decision.rules == ("default.deny",)


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_no_arguments_crash_the_engine_or_get_in_by_accident(args: dict[str, Any]) -> None:
    """Arguments come from a model: whatever they hold, only a whole number up to 10 may pass this rule."""
    try:
        call = proposal(args)
    except Exception:  # noqa: BLE001 - canonical refuses lone surrogates before there is a proposal
        return
    decision = decide(policy(rule("r.small", "allow", "args.amount <= 10")), call, facts())
    amount = args.get("amount")
    if decision.verdict is Verdict.ALLOW:
        assert type(amount) is int
        assert amount <= 10
    else:
        assert decision.verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("args.order.id == 'x'", "the field args.order is missing"),
        ("records.order.paid > 1", "the field records.order is missing"),
        ("args.amount > 'x'", "compares values of different kinds (args.amount)"),
        ("args.amount", "gave int instead of true or false"),
        ("args.amount / 0 == 1", "cannot be calculated"),
        ("args.list[7] == 1", "cannot be calculated"),
        ("args.amount + 9223372036854775807 > 0", "cannot be calculated"),
        ("timestamp(args.word) < now", "failed"),
        ("days_between(args.word, '2026-01-01') > 0", "failed"),
    ],
)
def test_a_rule_that_errors_denies_and_is_named_with_its_field(when: str, said: str) -> None:
    """An erroring rule that were skipped would let a call through that it was written to stop."""
    rules = policy(rule("r.yes", "allow"), rule("r.broken", "allow", when))
    decision = decide(rules, proposal({"amount": 5, "list": [1], "word": "soon"}), facts())
    assert decision.verdict is Verdict.DENY
    assert decision.rules == ("r.broken",)
    assert "r.broken" in decision.reasons[0]
    assert said in decision.reasons[0]


def test_a_broken_rule_and_a_denying_rule_are_both_named() -> None:
    """The reader must see everything that stands in the way, not only the first."""
    rules = policy(rule("r.no", "deny"), rule("r.broken", "allow", "args.gone"), rule("r.ask", "review"))
    assert decide(rules, proposal(), facts()).rules == ("r.broken", "r.no")


@pytest.mark.parametrize(("cents", "verdict"), [(9999, "allow"), (10000, "allow"), (10001, "review")])
def test_the_boundary_is_exact_to_the_cent(cents: int, verdict: str) -> None:
    """A threshold that is off by one cent is a different policy."""
    rules = policy(rule("r.small", "allow", "args.amount <= 10000"), rule("r.large", "review", "args.amount > 10000"))
    assert decide(rules, proposal({"amount": cents}), facts()).verdict == verdict


@pytest.mark.parametrize("amount", [2**53 + 1, 2**63 - 1])
def test_large_numbers_are_compared_exactly(amount: int) -> None:
    """A binary float would take 2**53 and 2**53 + 1 for the same."""
    rules = policy(rule("r.exact", "allow", f"args.amount > {amount - 1}"))
    assert decide(rules, proposal({"amount": amount}), facts()).verdict is Verdict.ALLOW
    assert decide(rules, proposal({"amount": amount - 1}), facts()).verdict is Verdict.DENY


@pytest.mark.parametrize(
    "arguments", ['{"amount": 1.5}', "[1]", "{", '"x"', '{"amount": 1e400}', '{"a": "\\ud800"}', ""]
)
def test_arguments_that_are_no_exact_json_object_are_denied(arguments: str) -> None:
    """They have no digest, so nothing that is signed could be bound to them."""
    decision = decide(policy(rule("r.yes", "allow")), proposal(arguments), facts())
    assert (decision.verdict, decision.rules, decision.digest) == (Verdict.DENY, ("builtin.evidence",), "")


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, 1.5, object(), NOW.replace(tzinfo=None)],
    ids=["big", "small", "float", "object", "naive"],
)
def test_records_that_cannot_be_compared_exactly_are_denied(value: Any) -> None:
    """CEL would go on with a binary float for a number beyond 64 bits; the engine must not."""
    rules = policy(rule("r.yes", "allow", "records.order.paid != 1"))
    decision = decide(rules, proposal(), facts(records={"order": {"paid": value}}))
    assert (decision.verdict, decision.rules) == (Verdict.DENY, ("builtin.evidence",))
    assert "records.order.paid" in decision.reasons[0]


def test_deep_and_huge_data_is_denied_not_crashed_on() -> None:
    """Nested comprehensions over attacker-sized data would stall every decision."""
    rules = policy(rule("r.yes", "allow", "size(args.a) > 0"))
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    huge = {"a": list(range(50_000))}
    for args in (deep, huge):
        assert decide(rules, proposal(args), facts()).rules == ("builtin.evidence",)


def test_unknown_principals_tools_and_versions_are_denied() -> None:
    """Deny by default: what the registry or the directory does not know never runs."""
    rules = policy(rule("r.yes", "allow"))
    other = Principal("eve", "acme", frozenset({"clerk"}))
    elsewhere = Principal("mara", "acme-two", frozenset({"clerk"}))
    for principal in (None, other, elsewhere):
        decision = decide(rules, proposal(), facts(principal=principal))
        assert (decision.verdict, decision.rules) == (Verdict.DENY, ("builtin.principal",))
    for spec in (None, {}, SPEC | {"name": "pay.in"}, SPEC | {"version": "2"}):
        assert decide(rules, proposal(), facts(tool=spec)).rules == ("builtin.tool",)


def test_rules_speak_only_of_their_tools_agents_and_roles() -> None:
    """A rule for one role or agent must not reach another."""
    rules = policy(
        rule("r.role", "allow", roles=("boss", "clerk")),
        rule("r.agent", "allow", agents=("playbook:*", "legal")),
        rule("r.glob", "allow", tools=("pay.*",)),
        rule("r.part", "allow", tools=("pay",)),
        rule("r.dot", "allow", tools=("payxout",)),
    )
    assert decide(rules, proposal(), facts()).rules == ("r.glob", "r.role")
    assert decide(rules, proposal(agent="playbook:refund"), facts(())).rules == ("r.agent", "r.glob")


def test_reviews_merge_to_the_strictest() -> None:
    """Two rules that ask for a signature need one each of what they ask, and the shorter deadline."""
    rules = policy(
        rule("r.a", "review", reviewers=("boss", "cfo"), deadline="4h", escalate=("cfo",), on_expiry=Expiry.ALLOW),
        rule("r.b", "review", reviewers=("boss", "boss"), deadline="2d", escalate=("owner", "cfo"), mask=("iban",)),
        rule("r.c", "allow", mask=("name", "iban")),
    )
    duty = decide(rules, proposal(), facts()).obligations
    assert duty.seats == ("boss", "boss", "cfo")
    assert duty.deadline.total_seconds() == 4 * 3600
    assert duty.escalate == ("cfo", "owner")
    assert duty.on_expiry is Expiry.DENY
    assert duty.mask == ("iban", "name")


def test_conditions_see_what_is_promised() -> None:
    """Each documented name must be there under its name."""
    when = (
        "principal.user_id == 'mara' && principal.human == 'mara.human' && principal.tenant == 'acme' "
        "&& 'clerk' in principal.roles && size(principal.teams) == 0 && principal.limit_minor == 700 "
        "&& principal.manager == 'tom' && tool.name == 'pay.out' && tool.owner == 'till' && args.amount == 5 "
        "&& provenance.amount == 'user' && planned && !tainted && records.order.paid == 3 && scores.confidence < 80 "
        "&& now > timestamp('2026-03-04T10:00:00Z') && now - today == duration('10h30m') "
        "&& days_between(records.order.on, today) == 3 && agent == 'support' && thread == 't'"
    )
    found = facts(records={"order": {"paid": 3, "on": "2026-03-01"}}, scores={"confidence": 79})
    decision = decide(policy(rule("r.all", "allow", when)), proposal(provenance={"amount": "user"}), found)
    assert decision.verdict is Verdict.ALLOW, decision.reasons


def test_a_reason_whose_fields_are_missing_does_not_break_the_decision() -> None:
    """Descriptions are for people; a decision must not depend on them."""
    rules = policy(rule("r.yes", "allow", reason="{args.order_id} for {args.amount:money} at {records.shop.name}"))
    decision = decide(rules, proposal({"amount": 123456, "currency": "USD"}), facts())
    assert decision.reasons == ("(not given) for 1,234.56 USD at (not given)",)
    unfit = facts(records={"shop": {"name": 1.5}})
    assert decide(rules, proposal(), unfit).verdict is Verdict.ALLOW


def test_the_time_must_have_a_zone() -> None:
    """A naive time would shift deadlines by the machine's zone."""
    naive = facts(now=NOW.replace(tzinfo=None))
    assert decide(
        policy(rule("r.yes", "allow", "now > timestamp('2020-01-01T00:00:00Z')")), proposal(), naive
    ).rules == ("builtin.evidence",)
