"""Whatever stands in a pack, in a condition or in the evidence: no crash, and nothing is allowed by accident."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.errors import BadInput, CountersignError, PolicyError
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.loader import DEFAULT_PACKS, load_packs
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
SPEC = {"name": "pay.out", "version": "1", "effect": "write", "owner": "till", "critical": []}
MARA = Principal("mara", "acme", frozenset({"clerk"}))
ONE_FILE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
STRICT = """pack: till
version: "1"
owner: boss
description: A pack that lets nothing through by itself.
rules:
  - id: till.never
    description: Never.
    owner: boss
    source: book#1
    tools: [pay.out]
    when: args.amount_minor > 100 && principal.roles.exists(role, role == "clerk")
    effect: deny
    reason: Never {args.amount_minor:money}.
  - id: till.signed
    description: Signed.
    owner: boss
    source: book#2
    tools: ["pay.*"]
    effect: review
    reviewers: [controller]
    deadline: 2d
    reason: A controller signs.
tables:
  - id: till.table
    description: A table.
    owner: boss
    source: book#3
    tools: [pay.out]
    reason: By the table.
    columns: [args.amount_minor]
    rows:
      - {when: ["<= 5"], effect: deny}
      - {when: ["-"], effect: review, reviewers: [controller]}
"""
Edit = tuple[str, int, int, str]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "copy", "swap"]),
        st.integers(0, len(STRICT)),
        st.integers(1, 60),
        st.text(st.characters(codec="utf-8"), max_size=8)
        | st.sampled_from(["\n", "  ", "- ", ": ", "true", "||", "!", "~", "null", "effect: ", "{", "]", "&a", "*a"]),
    ),
    min_size=1,
    max_size=6,
)


def edited(text: str, edits: list[Edit]) -> str:
    """The text after small accidents."""
    for kind, at, size, more in edits:
        at %= len(text) + 1
        part = text[at : at + size]
        match kind:
            case "delete":
                text = text[:at] + text[at + size :]
            case "insert":
                text = text[:at] + more + text[at:]
            case "copy":
                text = text[:at] + part + text[at:]
            case _:
                text = text[:at] + part[::-1] + text[at + size :]
    return text


def named(error: PolicyError, file: Path) -> None:
    """Fails when a refusal does not say which file it is about."""
    if file.name not in str(error):
        pytest.fail(f"it does not say where: {error}")


def ask(policy: Any, arguments: str, records: Any = None) -> Verdict:
    """What policy says of a payment."""
    proposal = Proposal("pay.out", "1", arguments, "a", "mara", "acme", "t", "r", policy.revision, planned=True)
    return decide(policy, proposal, Facts(MARA, SPEC, records or {}, NOW)).verdict


@ONE_FILE
@given(EDITS)
def test_an_accident_in_a_pack_allows_nothing(tmp_path: Path, edits: list[Edit]) -> None:
    """A pack in which nobody wrote allow lets nothing through, however it was mangled; and what is wrong is said."""
    text = edited(STRICT, edits)
    if "allow" in text.lower():
        return
    file = tmp_path / "till.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        policy = load_packs([file])
    except PolicyError as error:
        named(error, file)
        return
    for amount in (-1, 0, 5, 100, 101, 10**12):
        assert ask(policy, canonicalize({"amount_minor": amount})) is not Verdict.ALLOW
    assert ask(policy, "{}") is not Verdict.ALLOW


@ONE_FILE
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_crash_the_loader(tmp_path: Path, content: bytes) -> None:
    """Also what is no text, no YAML or no mapping."""
    file = tmp_path / "till.yaml"
    file.write_bytes(content)
    with pytest.raises(PolicyError):
        load_packs([file])


@ONE_FILE
@given(st.sampled_from(sorted(DEFAULT_PACKS.glob("*.yaml"))), EDITS)
def test_an_accident_in_a_real_pack_is_said_or_harmless(tmp_path: Path, pack: Path, edits: list[Edit]) -> None:
    """Real packs use the whole language; whatever happens to them, the loader answers in words."""
    file = tmp_path / pack.name
    file.write_text(edited(pack.read_text(), edits), encoding="utf-8", newline="")
    try:
        load_packs([file])
    except PolicyError as error:
        named(error, file)


# A small language of conditions, each with what it means; ERROR is what CEL cannot evaluate.
Meaning = Callable[[dict[str, Any]], Any]
ERROR = object()
VALUES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
ARGS = st.dictionaries(st.sampled_from(["x", "y", "z"]), VALUES)


def compared(name: str, sign: str, number: int) -> tuple[str, Meaning]:
    """A comparison of an argument with a number."""

    def meaning(args: dict[str, Any]) -> Any:
        value = args.get(name, ERROR)
        if value is ERROR:
            return ERROR
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if sign in ("==", "!="):
            return (is_number and value == number) is (sign == "==")
        if not is_number:
            return ERROR
        return {"<": value < number, "<=": value <= number, ">": value > number, ">=": value >= number}[sign]

    return f"args.{name} {sign} {number}", meaning


def negated(inner: tuple[str, Meaning]) -> tuple[str, Meaning]:
    """Not."""

    def meaning(args: dict[str, Any]) -> Any:
        value = inner[1](args)
        return ERROR if value is ERROR else not value

    return f"!({inner[0]})", meaning


def joined(sign: str, left: tuple[str, Meaning], right: tuple[str, Meaning]) -> tuple[str, Meaning]:
    """And, or; an error is swallowed by what settles the matter, on either side (CEL, "Logical operators")."""
    settles = sign == "||"

    def meaning(args: dict[str, Any]) -> Any:
        values = left[1](args), right[1](args)
        if settles in values:
            return settles
        return ERROR if ERROR in values else not settles

    return f"({left[0]}) {sign} ({right[0]})", meaning


COMPARED = st.builds(
    compared, st.sampled_from(["x", "y", "z"]), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(-3, 3)
)
CONDITIONS = st.recursive(
    COMPARED, lambda inner: st.builds(negated, inner) | st.builds(joined, st.sampled_from(["&&", "||"]), inner, inner),
    max_leaves=6,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["allow", "deny"]), CONDITIONS), min_size=1, max_size=3), ARGS)
def test_conditions_mean_what_they_say(rules: list[tuple[str, tuple[str, Meaning]]], args: dict[str, Any]) -> None:
    """Allowed exactly when some rule that allows holds, none that denies does, and each could be evaluated."""
    made = tuple(
        Rule(
            id=f"r.{number}", description="one rule", owner="boss", source="b#1", reason="so it is", tools=("pay.out",),
            effect=RuleEffect(effect), when=when,
        )
        for number, (effect, (when, _)) in enumerate(rules)
    )  # fmt: skip
    policy = assemble_policy_set([Pack(pack="p", version="1", owner="boss", description="a pack", rules=made)])
    found = [(effect, meaning(args)) for effect, (_, meaning) in rules]
    allowed = ("allow", True) in found and ("deny", True) not in found and all(value is not ERROR for _, value in found)
    assert (ask(policy, canonicalize(args)) is Verdict.ALLOW) is allowed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
READS = (
    "records.r.v > 1",
    "records.r.v == 'a'",
    "records.r.v.w[0] > 1",
    "records.r.v.exists(k, k == 1)",
    "has(records.r.v)",
)


@given(st.sampled_from(READS), JSON, st.sampled_from(["allow", "deny", "review"]))
def test_no_evidence_crashes_or_opens_the_engine(when: str, value: Any, effect: str) -> None:
    """Records come from systems that nobody here wrote; with no rule that allows, nothing they hold allows."""
    reviewers = ("boss",) if effect == "review" else ()
    rule = Rule(
        id="r.1", description="one rule", owner="boss", source="b#1", reason="for {records.r.v}", tools=("pay.out",),
        effect=RuleEffect(effect), when=when, reviewers=reviewers,
    )  # fmt: skip
    policy = assemble_policy_set([Pack(pack="p", version="1", owner="boss", description="a pack", rules=(rule,))])
    verdict = ask(policy, "{}", {"r": {"v": value}})
    assert effect == "allow" or verdict is not Verdict.ALLOW


@given(JSON)
def test_the_canonical_form_is_exact_or_refused(value: Any) -> None:
    """What is signed must have one spelling; what has none is refused in words."""
    try:
        form = canonicalize(value)
    except BadInput:
        return
    except CountersignError as error:
        pytest.fail(f"another refusal than expected: {error}")
    assert canonicalize(value) == form
