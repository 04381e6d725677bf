"""Text from outsiders must not steer a terminal or deceive the person who signs it."""

import json

import pytest
from countersign.app.terminal.unicode_safety import escape_json, escape_unsafe, expose_unseen, find_suspicions
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\rb", "a<U+000D>b"),
        ("pay \u202e0001", "pay <U+202E>0001"),
        ("a\u2028b", "a<U+2028>b"),
    ],
)
def test_nothing_steers_the_terminal(hostile: str, shown: str) -> None:
    """An escape sequence in a ticket could repaint the screen of whoever reads the reply."""
    assert escape_unsafe(hostile) == shown


def test_ordinary_text_is_left_alone() -> None:
    """Umlauts, tabs, line breaks and other scripts are no attack."""
    text = "Müller\tzahlt 5 €\r\nдля Ивана\n東京"
    assert escape_unsafe(text) == text.replace("\r\n", "\n")


def test_invisible_characters_are_shown_to_who_signs() -> None:
    """A zero-width space makes another account id that looks the same."""
    assert expose_unseen("ORD\u200b-1\nx") == "ORD<U+200B>-1⏎x"


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("p\u0430ypal", "mixes CYRILLIC and LATIN"),
        ("abc\u202edef", "reading direction"),
        ("abc\u200bdef", "invisible"),
        ("abc\x1bdef", "control characters"),
        ("ＤＥ00", "in disguise"),
        ("\u0661\u0662", "digits of another script"),
        ("ACME Ελλάς", "several scripts"),
    ],
)
def test_what_could_deceive_is_named(value: str, finding: str) -> None:
    """A reviewer cannot see these by looking."""
    assert [line for line in find_suspicions({"to": [value]}) if line.startswith("to.0: ") and finding in line]


def test_honest_values_carry_no_warning() -> None:
    """Warnings that are always there are not read."""
    args = {"order_id": "ORD-8841", "amount_minor": 4500, "reason": "Gerät defekt – 東京\n2nd line", "when": None}
    assert find_suspicions(args) == []


def test_a_name_can_deceive_as_well_as_a_value() -> None:
    """Keys of free-form arguments may come from outside too."""
    assert find_suspicions({"ib\u0430n": "x"})


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=4))
def test_escaped_json_means_the_same(value: dict[str, str]) -> None:
    """A program must read exactly what was recorded."""
    document = json.dumps(value, ensure_ascii=False)
    if any("\ud800" <= char <= "\udfff" for char in document):
        return
    escaped = escape_json(document)
    assert json.loads(escaped) == value
    assert escape_unsafe(escaped) == escaped
