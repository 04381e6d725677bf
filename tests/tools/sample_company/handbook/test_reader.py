"""The handbooks: every section that a pack cites exists, and states the amounts that the packs apply."""

import re
from collections import Counter

import pytest
from countersign.memory.ingest.handbooks import list_handbook_sections
from countersign.tools.sample_company.handbook import HANDBOOKS

BOOKS = sorted(HANDBOOKS.glob("*.md"))
CITED = {
    "support": "2.1 2.2 3.1 3.2 3.3 3.4 4.1 4.2",
    "finance": "2.1 3.1 3.2 3.3 3.4 4.1 4.2 5.1 6.1 6.2",
    "legal": "2.1 3.1 3.2 3.3 3.4 4.1",
    "it": "2.1",
    "people": "2.1",
}


def test_every_cited_section_exists() -> None:
    """A rule that cites a section nobody can read is a rule without a ground."""
    ids = {part.id for part in list_handbook_sections(BOOKS)}
    for book, numbers in CITED.items():
        assert {f"{book}-handbook#{number}" for number in numbers.split()} <= ids


def test_sections_are_unique_and_in_order() -> None:
    """A number used twice would make a citation ambiguous."""
    ids = [part.id for part in list_handbook_sections(BOOKS)]
    assert len(set(ids)) == len(ids)
    for book in CITED:
        numbers = [tuple(map(int, i.split("#")[1].split("."))) for i in ids if i.startswith(f"{book}-")]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("cited", "phrases"),
    [
        ("support-handbook#3.1", ["30 days", "31st and the 60th", "60 days", "support manager", "lost"]),
        (
            "support-handbook#3.2",
            ["100.00 EUR", "1,000.00 EUR", "support manager", "controller"],
        ),
        ("support-handbook#3.4", ["third refund", "90 days", "whatever the amount"]),
        ("support-handbook#4.2", ["25.00 EUR"]),
        ("finance-handbook#3.1", ["2 % or 50.00 EUR", "smaller", "same invoice date", "goods received"]),
        ("finance-handbook#3.2", ["5,000.00 EUR", "50,000.00 EUR", "chief financial officer"]),
        ("finance-handbook#3.3", ["duplicate is never posted", "controller"]),
        ("finance-handbook#4.1", ["50,000.00 EUR", "250,000.00 EUR", "cannot be undone", "may not release"]),
        ("finance-handbook#6.1", ["200.00 EUR"]),
        ("finance-handbook#6.2", ["5 %", "15 %"]),
        ("legal-handbook#3.1", ["100,000.00 EUR", "500,000.00 EUR"]),
        ("legal-handbook#3.2", ["twelve months' fees", "12 months", "30 and at most 90", "two years", "45 days"]),
        ("it-handbook#2.1", ["line manager", "Nobody grants their own access"]),
        ("people-handbook#2.1", ["Salary data and health data", "never shown to an agent"]),
    ],
)
def test_sections_state_the_limits(cited: str, phrases: list[str]) -> None:
    """Prose and packs must agree to the cent."""
    (section,) = (part for part in list_handbook_sections(BOOKS) if part.id == cited)
    text = " ".join(section.text.split())
    for phrase in phrases:
        assert phrase.lower() in text.lower()


def test_handbooks_have_a_readable_length() -> None:
    """Each is long enough to be retrieved from and short enough to be read."""
    words: Counter[str] = Counter()
    for part in list_handbook_sections(BOOKS):
        assert part.text
        assert not re.search(r"^#", part.text, re.MULTILINE)
        words[part.id.split("-handbook#")[0]] += len(part.text.split())
    assert set(words) == set(CITED)
    assert all(550 <= count <= 1500 for count in words.values()), words
