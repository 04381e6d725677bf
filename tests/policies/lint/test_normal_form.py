"""Conditions taken apart: what is called impossible or implied must be so."""

import itertools

import pytest
from countersign.policies.lint.normal_form import conjoin_clauses, find_possible, negate_condition, parse_condition
from countersign.policies.rules.expressions import compile_expression, make_context
from hypothesis import given, settings
from hypothesis import strategies as st

NUMBERS = st.integers(-2, 2)
ATOMS = st.one_of(
    st.builds("args.n {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS),
    st.builds("{} {} args.m".format, NUMBERS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="])),
    st.builds("args.n in [{}, {}]".format, NUMBERS, NUMBERS),
    st.sampled_from(['args.t == "a"', 'args.t != "a"', 'args.t in ["a", "b"]', 'args.t == "b && (c"', "true", "false"]),
    st.sampled_from(['args.t.startsWith("a")', "size(args.t) > 1", "args.n + args.m > 1", "args.n == args.m"]),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda below: st.one_of(
        st.builds("!({})".format, below),
        st.builds("({}) && ({})".format, below, below),
        st.builds("({}) || ({})".format, below, below),
        st.builds("({}) && {}".format, below, ATOMS),
        st.builds("{} || ({})".format, ATOMS, below),
    ),
    max_leaves=6,
)
VALUES = [
    {"args": {"n": n, "m": m, "t": t}}
    for n, m, t in itertools.product(range(-3, 4), range(-3, 4), ("a", "b", "b && (c", "ab", ""))
]


def worlds(condition: str) -> set[int]:
    """In which of the sample worlds a condition holds, by the real evaluator."""
    program = compile_expression(condition)
    return {number for number, world in enumerate(VALUES) if program.holds(make_context(world, frozenset()))}


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_what_is_impossible_never_holds(condition: str) -> None:
    """A live rule that was called dead would be removed by its owner."""
    found, opposite = parse_condition(condition), negate_condition(condition)
    holds = worlds(condition)
    if found is not None and not find_possible(found):
        assert not holds
    if opposite is not None and not find_possible(opposite):
        assert len(holds) == len(VALUES)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, CONDITIONS)
def test_what_is_implied_is_so(one: str, other: str) -> None:
    """A rule that was called overruled must always hold together with the other."""
    own, opposite = parse_condition(one), negate_condition(other)
    both = conjoin_clauses(own, opposite) if own is not None and opposite is not None else None
    if both is not None and not find_possible(both):
        assert worlds(one) <= worlds(other)


@pytest.mark.parametrize(
    "condition",
    [
        "args.n > 5 && args.n < 6",
        "!(args.n <= 5) && !(args.n > 5)",
        'args.t == "a" && args.t == "b"',
        'args.t in ["a", "b"] && !(args.t in ["a"]) && args.t != "b"',
        "args.n >= 0 && args.n <= 1 && args.n != 0 && args.n != 1",
        "has(args.x) && !has(args.x)",
        "(args.m == 1 || args.m == 2) && args.m > 2",
        "!(true)",
        "args.n in []",
    ],
)
def test_contradictions_are_found(condition: str) -> None:
    """A check that finds nothing would be passed by every pack."""
    found = parse_condition(condition)
    assert found is not None
    assert not find_possible(found)


def test_a_condition_with_too_many_alternatives_is_left_alone() -> None:
    """Half of the alternatives prove nothing, and all of them would never end."""
    assert parse_condition(" && ".join(f"(args.a{n} == 1 || args.b{n} == 2)" for n in range(12))) is None
