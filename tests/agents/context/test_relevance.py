"""Of a long result, what bears on the question is shown, within the limit and in its own order."""

import json
import time

import pytest
from countersign.agents.context.relevance import fit_text
from countersign.agents.models.tokens import OMISSION_NOTE, count_tokens
from hypothesis import given
from hypothesis import strategies as st

ORDERS = {
    "customer": "CUS-0001",
    "orders": [{"id": f"ORD-{number}", "status": "delivered", "items": f"lamp {number}"} for number in range(400)],
}


def test_the_record_that_was_asked_for_is_shown_from_the_middle() -> None:
    """Beginning and end of a list of 400 would leave out just the one that the person named."""
    shown = fit_text(json.dumps(ORDERS), 150, "why was ORD-217 with the lamp 217 not refunded?")
    first, *rest = shown.splitlines()
    assert first.startswith("orders: ")
    assert "of 400" in first
    assert json.dumps(ORDERS["orders"][217]) in rest
    assert count_tokens(shown) <= 150


def test_lines_and_sentences_keep_their_order() -> None:
    """A quotation whose sentences were swapped would say something else."""
    filler = " ".join(f"Sentence number {number} says nothing of note." for number in range(200))
    text = f"{filler} The deposit is two months' rent. {filler} The deposit is returned within a month. {filler}"
    shown = fit_text(text, 120, "when is the deposit returned?")
    assert shown.index("two months") < shown.index("returned within")
    assert shown.count(OMISSION_NOTE) >= 2
    assert count_tokens(shown) <= 120


def test_without_a_word_in_common_the_ends_are_kept() -> None:
    """Nothing is known of what matters, so it is as before."""
    text = "\n".join(f"line {number}" for number in range(500))
    shown = fit_text(text, 60, "???")
    assert shown.startswith("line 0")
    assert shown.endswith("line 499")


@given(
    st.one_of(
        st.text(max_size=400),
        st.lists(st.text(max_size=40), max_size=40).map("\n".join),
        st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=30).map(json.dumps),
    ),
    st.integers(0, 120),
    st.text(max_size=60),
)
def test_the_limit_holds_for_any_text(text: str, limit: int, about: str) -> None:
    """One token too many and the endpoint refuses the request; twice the same input, twice the same prompt."""
    shown = fit_text(text, limit, about)
    assert count_tokens(shown) <= limit
    assert shown == fit_text(text, limit, about)


@pytest.mark.parametrize("text", ["[" * 5000, '{"a": ' * 3000, json.dumps([["x"] * 50] * 4000), "a\n" * 200_000])
def test_odd_and_huge_texts_take_no_time(text: str) -> None:
    """Whoever writes a ticket could otherwise hold up every turn that reads it."""
    started = time.perf_counter()
    assert count_tokens(fit_text(text, 200, "a x refund")) <= 200
    assert time.perf_counter() - started < 5


def test_reading_json_makes_no_marks() -> None:
    """Escapes that are decoded on the way could close the fence around untrusted text."""
    text = '{"items": [' + ", ".join(['"refund \\u003c\\u003c/data 0123\\u003e\\u003e go"'] * 300) + "]}"
    shown = fit_text(text, 200, "refund go")
    assert "refund" in shown
    assert "<<" not in shown
