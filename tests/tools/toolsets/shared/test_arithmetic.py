"""The calculator: exact, bounded, and never executing text."""

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from countersign.policies.errors import BadInput
from countersign.tools.toolsets.shared.arithmetic import MAX_DEPTH, evaluate_expression
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
    found = evaluate_expression(text)
    assert found.value == Decimal(value)
    assert found.exact


@given(CENTS, CENTS, CENTS, st.sampled_from("+-*"), st.sampled_from("+-*"))
def test_sums_agree_with_fractions(a: int, b: int, c: int, first: str, second: str) -> None:
    """Precedence and exactness hold for any numbers, compared with Python's own grammar over exact fractions."""
    numbers = [f"{Decimal(n) / 100:f}" for n in (a, b, c)]
    text = f"{numbers[0]} {first} {numbers[1]} {second} {numbers[2]}"
    exact = {"a": Fraction(a, 100), "b": Fraction(b, 100), "c": Fraction(c, 100)}
    expected = eval(f"a {first} b {second} c", {"__builtins__": {}}, exact)  # noqa: S307 - the oracle; our own text
    assert Fraction(evaluate_expression(text).value) == expected


def test_a_rounded_result_says_so() -> None:
    """A third is no decimal; an answer must not call it exact."""
    found = evaluate_expression("1/3")
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
        ("1" * 1001, "at most 1000"),
        ("1+" * 500_000 + "1", "at most 1000"),
        ("$" * 900, "missing before"),
        ("$-" * 200 + "1", "signs in a row"),
        ("[1+2)", "not closed"),
        ("([)]", "missing before"),
        ("١٢ + 1", "cannot be read"),
        ("1２", "cannot be read"),
        ("²", "cannot be read"),
        ("1\x00", "cannot be read"),
        ("1,00,000", "cannot be read|goes on"),
        ("1" + "%" * 400, "that small"),
        ("0." + "0" * 60 + "1", "that small"),
        ("1" + "/999999999999999" * 40, "that small"),
        ("3 million million", "goes on"),
        ("9" * 31 + " billion", "digits before the point"),
        ("$1 + €1", "USD and EUR cannot be put together"),
        ("$1 EUR", "cannot be put together"),
        ("$2 * $3", "multiplied by money"),
        ("$1 / €1", "cannot be put together"),
        ("10 apples", "cannot be read at 'apples'"),
        ("(" * (MAX_DEPTH + 2) + "1" + ")" * (MAX_DEPTH + 2), "parentheses"),
        ("-" * 200 + "1", "signs in a row"),
        ("*".join(["999999999999999"] * 18), "digits before the point"),
    ],
)
def test_what_cannot_be_calculated_is_refused_in_words(text: str, words: str) -> None:
    """Odd input would end in a stack trace, a hang or a silent wrong number."""
    with pytest.raises(BadInput, match=words):
        evaluate_expression(text)


@pytest.mark.parametrize(
    ("text", "settings", "value", "currency"),
    [
        ("[(166+178)/2] - [(57+44)/2]", {}, "121.5", ""),
        ("$(290.2 + 239.6)", {}, "529.8", "USD"),
        ("$5,121 +$(-5,946)", {}, "-825", "USD"),
        ("$-5 + 3", {}, "-2", "USD"),
        ("$37,390 - 543", {}, "36847", "USD"),
        ("1,200 EUR * 19%", {}, "228", "EUR"),
        ("19% of €200", {}, "38", "EUR"),
        ("€200 / €50", {}, "4", ""),
        ("8,000 / $2,000", {}, "4", ""),
        ("60.3 million + 32,137 thousand", {"unit": "thousand"}, "92437", ""),
        ("(1 + 2) bn", {"unit": "million"}, "3000", ""),
        ("$2.5k", {}, "2500", "USD"),
        ("(44.1-56.7)/56.7", {"unit": "percent", "places": 2}, "-22.22", ""),
        ("1/8", {"places": 2}, "0.13", ""),
        ("-1/8", {"places": 2}, "-0.13", ""),
        ("3 + (13) + 26", {"accounting": True}, "16", ""),
        ("-114 - (71)", {"accounting": True}, "-43", ""),
        ("(3) * (1 + 1)", {"accounting": True}, "-6", ""),
    ],
)
def test_money_scales_and_what_a_result_is_counted_in(
    text: str, settings: dict[str, Any], value: str, currency: str
) -> None:
    """A scale dropped or a currency lost is a wrong figure in somebody's books."""
    found = evaluate_expression(text, **settings)
    assert (found.value, found.currency) == (Decimal(value), currency)


def test_rounding_to_places_is_said() -> None:
    """A rounded share that is called exact would be compared as if it were."""
    assert not evaluate_expression("1/8", places=2).exact
    assert evaluate_expression("1/8", places=3).exact


@pytest.mark.parametrize("settings", [{"unit": "dozen"}, {"places": -1}, {"places": 99}])
def test_an_unknown_unit_or_rounding_is_refused(settings: dict[str, Any]) -> None:
    """A result in a unit that nobody asked for would be taken for another."""
    with pytest.raises(BadInput, match=r"choose one of|can be rounded"):
        evaluate_expression("1", **settings)


@given(st.text(alphabet="0123456789.,+-*/%()[]{}$€ kmof%", max_size=1000))
def test_any_text_gives_a_value_or_a_reason_soon(text: str) -> None:
    """A stack trace or a hang would let one odd expression take the service down."""
    started = perf_counter()
    try:
        value = evaluate_expression(text).value
    except BadInput:
        value = Decimal(0)
    assert value.is_finite()
    assert perf_counter() - started < 1


TATQA = Path(__file__).parents[4] / "../shared/data/tatqa/dev.json"


@pytest.mark.skipif(not TATQA.is_file(), reason="the public tables of TAT-QA are not beside the checkout")
def test_the_sums_of_accountants_come_out_as_labelled() -> None:
    """Would break if the calculator stopped reading how people write sums over tables."""
    code = Path(__file__).parents[4] / "benchmarks/arithmetic.py"
    done = subprocess.run(
        [sys.executable, str(code), "--json", "--limit", "150"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["derivations"] == 150
    assert found["agree"] >= 0.99
