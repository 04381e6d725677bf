"""The calculator: exact, bounded, and never executing text."""

from decimal import Decimal
from fractions import Fraction

import pytest
from countersign.policies.errors import BadInput
from countersign.tools.toolsets.arithmetic import MOST_DEPTH, evaluate
from hypothesis import given
from hypothesis import strategies as st

CENTS = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", "7"),
        ("(1+2)*3", "9"),
        ("10-4-3", "3"),
        ("2*-3", "-6"),
        ("--2", "2"),
        ("0.1+0.2", "0.3"),
        ("1,234.50 * 2", "2469"),
        ("7 % 3", "1"),
        ("7 % (1+2)", "1"),
        ("19%", "0.19"),
        ("19% of 200", "38"),
        ("200 * 19 %", "38"),
        ("(1,200.50 - 100) * 19%", "209.095"),
        ("100 / 8", "12.5"),
        ("12 × 3 ÷ 4 − 1", "8"),
        (".5 + .5", "1"),
        ("50% % 3", "0.5"),
    ],
)
def test_values(text: str, value: str) -> None:
    """A wrong sum would stand in an answer as a fact."""
    found = evaluate(text)
    assert found.value == Decimal(value)
    assert found.exact


@given(CENTS, CENTS, CENTS, st.sampled_from("+-*"), st.sampled_from("+-*"))
def test_sums_agree_with_fractions(a: int, b: int, c: int, first: str, second: str) -> None:
    """Precedence and exactness hold for any numbers, compared with Python's own grammar over exact fractions."""
    numbers = [f"{Decimal(n) / 100:f}" for n in (a, b, c)]
    text = f"{numbers[0]} {first} {numbers[1]} {second} {numbers[2]}"
    exact = {"a": Fraction(a, 100), "b": Fraction(b, 100), "c": Fraction(c, 100)}
    expected = eval(f"a {first} b {second} c", {"__builtins__": {}}, exact)  # noqa: S307 - the oracle; our own text
    assert Fraction(evaluate(text).value) == expected


def test_a_rounded_result_says_so() -> None:
    """A third is no decimal; an answer must not call it exact."""
    found = evaluate("1/3")
    assert not found.exact
    assert str(found.value).startswith("0.3333333333")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1/0", "divides by zero"),
        ("0/0", "no value"),
        ("7 % 0", "no value"),
        ("", "missing at the end"),
        ("1 +", "missing at the end"),
        ("(1", "not closed"),
        ("1)", "goes on"),
        ("1 2", "goes on"),
        ("1,23 + 1", "cannot be read|goes on"),
        ("2 ** 9", "missing before"),
        ("__import__('os')", "cannot be read"),
        ("x + 1", "cannot be read"),
        ("1e9", "cannot be read"),
        ("9" * 200, "digits before the point"),
        ("1" * 301, "at most 300"),
        ("(" * (MOST_DEPTH + 2) + "1" + ")" * (MOST_DEPTH + 2), "parentheses"),
        ("-" * 200 + "1", "signs in a row"),
        ("*".join(["999999999999999"] * 18), "digits before the point"),
    ],
)
def test_what_cannot_be_calculated_is_refused_in_words(text: str, words: str) -> None:
    """Odd input would end in a stack trace, a hang or a silent wrong number."""
    with pytest.raises(BadInput, match=words):
        evaluate(text)
