"""What rules can say besides allow, review and deny: stages, masks, observing, tables, packs that build on others."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.domain.stage import Stage
from countersign.policies.engine.engine import decide
from countersign.policies.engine.stages import StageQuestion, decide_stage
from countersign.policies.errors import PolicyError
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.testing.cases import run_cases

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
MARA = Principal("mara", "acme", frozenset({"clerk"}))
SPEC = {"name": "pay.out", "version": "1", "effect": "write", "owner": "till", "critical": []}
HEAD = """
pack: {name}
version: "1"
owner: boss
description: A pack of the tests.
{rest}
"""
RULE = """
  - id: {id}
    description: One rule.
    owner: boss
    source: book#1
    reason: Since {id}.
"""


def rule(name: str, **fields: str) -> str:
    """One rule as YAML."""
    return RULE.format(id=name) + "".join(f"    {key}: {value}\n" for key, value in fields.items())


def load(folder: Path, **packs: str) -> PolicySet:
    """Packs, each the rest after its head."""
    for name, rest in packs.items():
        (folder / f"{name}.yaml").write_text(HEAD.format(name=name, rest=rest))
    return load_packs([folder])


def asked(policy: PolicySet, who: Principal = MARA, **args: Any) -> Decision:
    """Policy's answer to a payment."""
    proposal = Proposal(
        "pay.out", "1", canonicalize(args), "finance", who.user_id, "acme", "t", "r", policy.revision, planned=True
    )
    return decide(policy, proposal, Facts(who, SPEC, {}, NOW))


ALLOW = rule("till.pay", tools="[pay.out]", effect="allow", mask="[iban]")


def test_a_mask_hides_and_allows_nothing(tmp_path: Path) -> None:
    """Whoever writes a mask must not open a door by it."""
    mask = rule("till.hide", tools='["pay.*"]', effect="mask", mask="[email, who.phone]")
    alone = load(tmp_path, till="rules:" + mask)
    assert asked(alone).verdict is Verdict.DENY
    both = asked(load(tmp_path, till="rules:" + mask + ALLOW))
    assert (both.verdict, both.obligations.mask) == (Verdict.ALLOW, ("email", "iban", "who.phone"))
    assert both.rules == ("till.hide", "till.pay")


@pytest.mark.parametrize("would", ["deny", "allow", "mask"])
@pytest.mark.parametrize(("when", "seen"), [("args.n > 5", True), ("args.n > 50", False), ("args.gone == 1", None)])
def test_what_observes_changes_nothing(tmp_path: Path, would: str, when: str, seen: bool | None) -> None:
    """A rule that is tried on live work must not bite, also when it cannot be evaluated, and must leave a trace."""
    trial = rule("till.trial", tools="[pay.out]", effect="observe", would=would, when=when, mask="[name]")
    without = asked(load(tmp_path, till="rules:" + ALLOW), n=9)
    found = asked(load(tmp_path, till="rules:" + ALLOW + trial), n=9)
    assert (found.verdict, found.rules, found.obligations) == (without.verdict, without.rules, without.obligations)
    wanted = {True: (f"till.trial: {would}",), False: (), None: ("till.trial: deny",)}[seen]
    assert found.observed == wanted
    assert found.record().get("observed", []) == list(wanted)


def test_what_observes_breaks_nothing_by_what_it_reads(tmp_path: Path) -> None:
    """The evidence that only an observing rule reads may be unfit; the decision does not notice."""
    trial = rule("till.trial", tools="[pay.out]", effect="observe", would="deny", when="records.odd.price > 1")
    policy = load(tmp_path, till="rules:" + ALLOW + trial)
    proposal = Proposal("pay.out", "1", "{}", "finance", "mara", "acme", "t", "r", policy.revision)
    found = decide(policy, proposal, Facts(MARA, SPEC, {"odd": {"price": 1.5}}, NOW))
    assert (found.verdict, found.observed) == (Verdict.ALLOW, ("till.trial: deny",))


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.of_tools])
def test_other_stages_are_open_until_an_allow_rule_names_the_subject(tmp_path: Path, stage: Stage) -> None:
    """Without rules work goes on; where an owner wrote who may, nobody else may."""

    def verdict(rest: str, who: Principal | None = MARA, subject: str = "refund", **values: Any) -> str:
        policy = load(tmp_path, till="rules:" + ALLOW + rest)
        return str(decide_stage(policy, StageQuestion(stage, subject, who, NOW, values)).verdict)

    clerks = rule("till.clerks", stage=str(stage), subjects="[refund]", roles="[clerk]", effect="allow")
    boss = Principal("boss", "acme", frozenset({"boss"}))
    small = rule("till.small", stage=str(stage), effect="deny", when="args.n > 5")
    assert verdict("") == "allow"
    assert (verdict(clerks), verdict(clerks, boss), verdict(clerks, boss, "other")) == ("allow", "deny", "allow")
    assert (verdict(small, n=5), verdict(small, n=6), verdict(small)) == ("allow", "deny", "deny")
    assert verdict(clerks, None) == "deny"
    elsewhere = rule("till.tool", tools="[refund]", effect="allow")
    assert verdict(elsewhere, boss) == "allow", "a rule about a tool says nothing about a subject"


TABLE = """
rules:
  - {{id: till.never, description: One rule., owner: boss, source: book#1, reason: Never., tools: [x.y], effect: deny}}
tables:
  - id: till.limits
    description: Amount and tier say who signs.
    owner: boss
    source: book#3.2
    tools: [pay.out]
    roles: [clerk]
    reason: "{{args.amount_minor:money}} for a {{args.tier}} customer."
    columns: [args.amount_minor, args.tier]
    rows:
{rows}
"""
ROWS = """
      - {when: ["<= 0", "-"], effect: deny, reason: Nothing to pay.}
      - {when: ["<= 10000", "-"], effect: allow}
      - {when: ["10001..50000", [gold, silver]], effect: allow, id: friends}
      - {when: ["-", gold], effect: review, reviewers: [manager], deadline: 1d}
      - {when: ["-", "-"], effect: review, reviewers: [manager, controller]}
"""


@pytest.mark.parametrize(
    ("amount", "tier", "row", "verdict", "seats"),
    [
        (0, "gold", "row-1", "deny", 0),
        (1, "new", "row-2", "allow", 0),
        (10000, "gold", "row-2", "allow", 0),
        (10001, "gold", "friends", "allow", 0),
        (50000, "silver", "friends", "allow", 0),
        (50001, "gold", "row-4", "review", 1),
        (50001, "silver", "row-5", "review", 2),
        (10001, "new", "row-5", "review", 2),
    ],
)
def test_the_first_row_that_fits_applies(
    tmp_path: Path, amount: int, tier: str, row: str, verdict: str, seats: int
) -> None:
    """Read from the top, as people read tables, though the engine knows no order."""
    found = asked(load(tmp_path, till=TABLE.format(rows=ROWS)), amount_minor=amount, tier=tier)
    assert (found.rules, str(found.verdict)) == ((f"till.limits.{row}",), verdict)
    assert (len(found.obligations.seats), found.sections) == (seats, ("book#3.2",))


def test_a_table_fails_closed(tmp_path: Path) -> None:
    """A value that is missing or of another kind fits no row, and is denied for it."""
    policy = load(tmp_path, till=TABLE.format(rows=ROWS))
    for args in ({"amount_minor": 20000}, {"tier": "gold"}, {"amount_minor": "5", "tier": "gold"}):
        assert asked(policy, **args).verdict is Verdict.DENY, args


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{when: ["<= 1"], effect: allow}', "row 1 has 1 cells for 2 columns"),
        ('{when: ["<= ten", "-"], effect: allow}', "'<= ten' cannot be read"),
        ('{when: ["9..1", "-"], effect: allow}', "write the smaller number first"),
        ('{when: ["-", "-"], effect: review}', "asks for a review by nobody"),
        ('{when: ["-", "-"], effekt: allow}', "did you mean 'effect'?"),
        ('{when: [1.5, "-"], effect: allow}', "1.5 is not a plain whole number"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(tmp_path: Path, row: str, said: str) -> None:
    """A table is written by people who are no programmers."""
    with pytest.raises(PolicyError) as refusal:
        load(tmp_path, till=TABLE.format(rows=f"      - {row}"))
    assert said in str(refusal.value)
    assert "till.yaml:" in str(refusal.value)


BASE = "rules:" + rule("base.limit", tools="[pay.out]", effect="allow", when="args.n <= 10") + "{more}"
CASES = """
cases:
  - {name: eleven is too much, tool: pay.out, args: {n: 11}, expect: deny}
"""


def test_a_pack_overrides_another_by_name(tmp_path: Path) -> None:
    """A department raises a limit of the company's; both the rule and the case that no longer holds are named."""
    own = rule("own.limit", tools="[pay.out]", effect="allow", when="args.n <= 20", overrides="base.limit")
    cases = """
cases:
  - {name: eleven is fine, overrides: eleven is too much, tool: pay.out, args: {n: 11}, expect: allow}
"""
    policy = load(tmp_path, base=BASE.format(more=CASES), own="extends: [base]\nrules:" + own + cases)
    assert [rule.id for rule in policy.rules] == ["own.limit"]
    assert asked(policy, n=20).rules == ("own.limit",)
    assert [(result.case.name, result.passed) for result in run_cases(policy)] == [("eleven is fine", True)]


@pytest.mark.parametrize(
    ("extends", "more", "said"),
    [
        ("[]", {"overrides": "base.limit"}, "add base to extends of own"),
        ("[bas]", {"overrides": "base.limit"}, "did you mean 'base'?"),
        ("[base]", {"overrides": "base.limits"}, "did you mean 'base.limit'?"),
        ("[base]", {"overrides": "base.final"}, "is final"),
        ("[own]", {}, "extends itself"),
    ],
)
def test_nothing_is_overridden_by_accident(tmp_path: Path, extends: str, more: dict[str, str], said: str) -> None:
    """What replaces a rule of another's must say so, must be allowed to, and must mean an existing one."""
    final = rule("base.final", tools="[pay.out]", effect="deny", when="args.n > 99", final="true")
    own = rule("own.limit", tools="[pay.out]", effect="allow", **more)
    with pytest.raises(PolicyError) as refusal:
        load(tmp_path, base=BASE.format(more=final), own=f"extends: {extends}\nrules:" + own)
    assert said in str(refusal.value)


def test_a_case_that_is_overridden_must_exist(tmp_path: Path) -> None:
    """A misspelt name would leave the old case standing, or hide that nobody tests the rule."""
    cases = "\ncases:\n  - {name: it is fine, overrides: eleven, tool: pay.out, args: {n: 11}, expect: deny}\n"
    own = "extends: [base]\nrules:" + rule("own.more", tools="[pay.in]", effect="allow") + cases
    policy = load(tmp_path, base=BASE.format(more=CASES), own=own)
    with pytest.raises(PolicyError, match="did you mean 'eleven is too much'"):
        run_cases(policy)


def test_two_cannot_override_one(tmp_path: Path) -> None:
    """Which of the two holds would depend on who asks."""
    packs = {
        name: "extends: [base]\nrules:"
        + rule(f"{name}.limit", tools="[pay.out]", effect="deny", overrides="base.limit")
        for name in ("one", "two")
    }
    with pytest.raises(PolicyError, match="both override"):
        load(tmp_path, base=BASE.format(more=""), **packs)


def remembered(policy: PolicySet, **values: Any) -> Decision:
    """Policy's answer to a note that somebody wants kept."""
    return decide_stage(policy, StageQuestion(Stage.MEMORY_WRITE, "note", MARA, NOW, {"provenance": "user"} | values))


def test_rules_choose_how_long_something_is_remembered(tmp_path: Path) -> None:
    """The strictest of those that apply, whatever their order; and whoever writes one opens and closes nothing."""
    fields = {"stage": "memory_write", "subjects": "[note]", "effect": "retain"}
    case = rule("till.case", **fields, retain="case")
    short = rule("till.short", **fields, retain="temporary", when="args.provenance == 'untrusted'")
    law = rule("till.law", **fields, retain="must-log", when="args.length > 100")
    never = rule("till.never", **fields, retain="never", when="args.length > 200")
    for order in ((case, short, law, never), (never, law, short, case)):
        policy = load(tmp_path, till="rules:" + "".join(order))
        chosen = [
            remembered(policy, length=length, provenance=source).obligations.retain
            for length, source in ((1, "user"), (1, "untrusted"), (150, "untrusted"), (250, "untrusted"))
        ]
        assert chosen == ["case", "temporary", "must-log", "never"]
        assert remembered(policy, length=1).verdict is Verdict.ALLOW
        assert remembered(policy, length=1).record()["retain"] == "case"
    cases = "cases:\n  - {name: a note, stage: memory_write, subject: note, args: {length: 1}, "
    for expected, passes in (("case", True), ("temporary", False)):
        tried = "rules:" + case + cases + f"expect: allow, retain: {expected}}}\n"
        assert [result.passed for result in run_cases(load(tmp_path, till=tried))] == [passes]
    closed = rule("till.deny", stage="memory_write", subjects="[note]", effect="deny", when="args.length > 0")
    assert remembered(load(tmp_path, till="rules:" + case + closed), length=1).verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stage": "memory_write", "effect": "retain"}, "needs both"),
        ({"stage": "memory_write", "effect": "allow", "retain": "case"}, "needs both"),
        ({"stage": "memory_read", "effect": "retain", "retain": "case"}, "only memory_write"),
        ({"stage": "memory_write", "effect": "retain", "retain": "forever"}, "retain"),
    ],
)
def test_a_class_belongs_to_what_is_kept(tmp_path: Path, fields: dict[str, str], said: str) -> None:
    """A rule that could never bite, or names no class, is an error with a place."""
    with pytest.raises(PolicyError, match=said):
        load(tmp_path, till="rules:" + rule("till.bad", **fields))
