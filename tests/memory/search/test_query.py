"""Reading a question before searching."""

import time

import pytest
from countersign.memory.search.query import MAX_NAMES, MAX_PARTS, find_query_names, split_query, wants_current
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        (
            "What is the notice period of Brandt Tools, and who signed for Ruiz?",
            [("What is the notice period of Brandt Tools", ("Brandt Tools",)), ("who signed for Ruiz", ("Ruiz",))],
        ),
        (
            "When did Ruiz deliver and what was missing?",
            [("When did Ruiz deliver", ("Ruiz",)), ("what was missing", ("Ruiz",))],
        ),
        (
            "Who pays sooner, Brandt Tools or Ruiz?",
            [
                ("Who pays sooner, Brandt Tools or Ruiz?", ("Brandt Tools",)),
                ("Who pays sooner, Brandt Tools or Ruiz?", ("Ruiz",)),
            ],
        ),
        (
            "For the file of Ruiz: the discount, the address and who signed",
            [
                ("the discount of Ruiz", ("Ruiz",)),
                ("the address of Ruiz", ("Ruiz",)),
                ("who signed of Ruiz", ("Ruiz",)),
            ],
        ),
        ("How long does a refund take?", [("How long does a refund take?", ())]),
        ("What did Ruiz say about ORD-8841?", [("What did Ruiz say about ORD-8841?", ("Ruiz", "ORD-8841"))]),
        ("terms and conditions for search and rescue", [("terms and conditions for search and rescue", ())]),
    ],
)
def test_a_question_is_cut_where_it_asks_for_another_fact(query: str, parts: list[tuple[str, tuple[str, ...]]]) -> None:
    """One fact would crowd the other out, or a simple question would fall apart."""
    assert [(part.text, part.names) for part in split_query(query)] == parts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What did Tanaka Optics's auditors find?", ["Tanaka Optics"]),
        ("Is Castell Foods liable?", ["Castell Foods"]),
        ("refund order 8841 within 30 days of 2026", ["8841"]),
        ("Please look at INV-20931 in March", ["INV-20931"]),
        ("Refunds are slow", []),
        ("WHAT IS THE LIMIT OF REFUNDS", []),
        ("what discount does ruiz give", []),
    ],
)
def test_names_and_ids_are_told_from_words(text: str, names: list[str]) -> None:
    """A question word or a count taken for a name would rank by accident."""
    assert find_query_names(text) == names


def test_the_topic_is_what_is_asked_without_the_name() -> None:
    """The name would drown what is asked about it."""
    (part,) = split_query("Which of Ruiz's terms apply?")
    assert part.topic == "Which of their terms apply?"


def test_a_question_of_the_present_is_heard() -> None:
    """An old answer would be as good as the new one."""
    assert wants_current("What is the limit now?")
    assert not wants_current("I know the limit, do you?")


@given(st.text(max_size=300))
def test_any_text_is_read(query: str) -> None:
    """Some input would raise, or make a search of a hundred parts."""
    parts = split_query(query)
    assert len(parts) <= MAX_PARTS
    assert all(part.text for part in parts)
    assert bool(parts) == bool(query.split())


@pytest.mark.parametrize("unit", ["a-", "A ", "A1-", " ", ", ", "Ann and ", "who, ", "x: ", "'s ", "Is Ruiz? "])
def test_long_texts_are_read_at_once(unit: str) -> None:
    """A pasted letter, or one made for it, would hold a thread for minutes."""
    started = time.perf_counter()
    parts = split_query(unit * (60_000 // len(unit)))
    assert time.perf_counter() - started < 5
    assert all(len(part.names) <= MAX_NAMES for part in parts)
