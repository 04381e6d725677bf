"""Special categories of personal data: what the list of phrases sees, and what it lets pass."""

import csv
import json
import time
from pathlib import Path

import pytest
from countersign.policies.filters.detectors.special_categories import find_special_categories

DATA = Path(__file__).parents[4] / "../shared/data"
SEEN = [
    ("health", "Ann was diagnosed with diabetes."),
    ("health", "He's on sick leave until May"),
    ("health", "the customer\nsuffers from   depression"),
    ("health", "the customer is preg\u200bnant"),
    ("belief", "Tom is a practising Muslim."),
    ("politics", "he is a member of the Green Party"),
    ("union", "she belongs to a union"),
    ("origin", "he is of Turkish descent"),
    ("sexuality", "Kim is gay"),
    ("genes", "a genetic test was made"),
    ("pay", "Ann’s salary is 5,000 EUR"),
]
PASSED = [
    "I am sick of waiting for my parcel",
    "the European Union changed the rules, and the party of the first part agrees",
    "the order came with the wrong lens; the customer wants a refund of 38.90 EUR",
]


@pytest.mark.parametrize(("category", "text"), SEEN)
def test_what_is_said_of_somebody_is_seen(category: str, text: str) -> None:
    """A rule that keeps such things out of memory rests on this alone."""
    assert category in find_special_categories(text)


@pytest.mark.parametrize("text", PASSED)
def test_ordinary_words_pass(text: str) -> None:
    """What is seen where nothing is said is a note that the assistant loses."""
    assert find_special_categories(text) == ()


def test_hardly_anything_is_seen_in_everyday_messages() -> None:
    """28,000 messages to banks and assistants: beside pay, which people do speak of there, next to nothing is found."""
    banking, clinc = DATA / "banking77/train.csv", DATA / "clinc150/train_val.json"
    if not (banking.exists() and clinc.exists()):
        pytest.skip("needs ../shared/data/banking77 and clinc150")
    with banking.open(encoding="utf-8") as lines:
        texts = [row[0] for row in csv.reader(lines)]
    for part in json.loads(clinc.read_text(encoding="utf-8")).values():
        texts += [text for text, _ in part]
    assert len(texts) > 25_000
    found = [text for text in texts if set(find_special_categories(text)) - {"pay"}]
    assert len(found) <= 10, found


def test_long_and_odd_texts_take_no_longer_than_they_are_long() -> None:
    """Nobody can make memory slow by what they bring."""
    start = time.perf_counter()
    for piece in ("is a ", "his ", "member of the a b c ", "has a the ", "\u200b"):
        find_special_categories(piece * (200_000 // len(piece)))
    assert time.perf_counter() - start < 20
