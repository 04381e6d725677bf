"""Contracts are cut into sections, whatever their numbering and layout."""

from countersign.tools.contracts.sections import format_section_title, get_section_at, split_sections
from countersign.tools.extraction.folding import fold_text
from countersign.tools.extraction.sentences import split_sentences
from hypothesis import given
from hypothesis import strategies as st

CONTRACT = """Exhibit 10.1

SUPPLY AGREEMENT

This Supply Agreement is made by and between A, Inc. and B Ltd.

ARTICLE I
DEFINITIONS

1.1 "Goods" means what is ordered.

1.2 Interpretation. Headings do not matter.

ARTICLE II TERM AND TERMINATION

2.1Term. This Agreement runs for two years as said in Section 1.2 and 2 more.

- 2 -

2.2 Termination.

(a) Either party may terminate it.

(b) It ends with the death of a party.

3. Fees and payment

Fees are due in 30 days.

EXHIBIT A
Price list
"""


def test_headings_numbers_items_and_exhibits_are_found() -> None:
    """A clause would be quoted without saying where it stands."""
    found = [(section.kind, section.number, section.title) for section in split_sections(CONTRACT)]
    assert ("article", "I", "DEFINITIONS") in found
    assert ("section", "1.2", "Interpretation") in found
    assert ("article", "II", "TERM AND TERMINATION") in found
    assert ("section", "2.1", "Term") in found
    assert ("section", "2.2", "Termination") in found
    assert ("item", "(b)", "") in found
    assert ("section", "3", "Fees and payment") in found
    assert ("exhibit", "Exhibit A", "Price list") in found or ("exhibit", "Exhibit A", "") in found
    assert not any(number == "2" and kind == "section" for kind, number, _ in found), "a page number or a count"


def test_sections_inside_one_long_line_are_found_only_in_sequence() -> None:
    """Converted filings lose their line breaks; and "paid 3. Later" must not become section 3."""
    text = (
        "1. Term. It runs on. 2. Fees. The fee is 7. Payments follow. 2.1 Due Date. In a month. "
        "2.2 Interest. None is paid. 3. Law. German law."
    )
    assert [(s.number, s.title) for s in split_sections(text)] == [
        ("1", "Term"), ("2", "Fees"), ("2.1", "Due Date"), ("2.2", "Interest"), ("3", "Law"),
    ]  # fmt: skip


def test_a_table_of_contents_does_not_shadow_the_sections() -> None:
    """Clauses would be looked for in the table of contents."""
    body = "\n".join(f"{n}. Heading {name}\n\nText of it. " + "More words. " * 30 for n, name in enumerate("ABC", 1))
    contents = "\n".join(f"{n}. Heading {name}" for n, name in enumerate("ABC", 1))
    numbers = [section.number for section in split_sections(contents + "\n\n" + body) if section.number]
    assert numbers == ["1", "2", "3"]


def test_an_item_is_named_after_its_section() -> None:
    """The reviewer would read "(b)" and not know of what."""
    sections = split_sections(CONTRACT)
    at = get_section_at(sections, CONTRACT.index("death"))
    assert format_section_title(sections, at) == "2.2 Termination (b)"


@given(st.text(alphabet='AaBIVX1.() \n-"§Section', max_size=400))
def test_sections_cover_the_text_without_gaps(text: str) -> None:
    """A part of a contract would belong to no section, or odd text would crash the splitter."""
    sections = split_sections(text)
    if text:
        assert "".join(text[section.start : section.end] for section in sections) == text
    for index, section in enumerate(sections):
        assert section.start <= section.body
        assert section.parent is None or section.parent < index


@given(st.text(max_size=300))
def test_folded_positions_lead_back_to_the_same_words(text: str) -> None:
    """A quote would not be verbatim."""
    folded = fold_text(text)
    assert len(folded.lower) == len(folded.flat)
    for start, end in split_sentences(folded):
        first, last = folded.origin(start, end)
        assert fold_text(text[first:last]).flat == folded.flat[start:end]
    for position in range(len(folded.flat)):
        assert folded.position(folded.origin(position, position + 1)[0]) <= position


def test_abbreviations_and_page_breaks_do_not_end_a_sentence() -> None:
    """A quote would stop in the middle of the clause."""
    long = "The Supplier delivers the goods that the Customer has ordered in writing and pays the freight to Acme"
    text = f'Acme Inc. (the "Buyer") buys from J. Doe. It pays.\n\n{long}\n\nwarehouses in Berlin.'
    folded = fold_text(text)
    sentences = [folded.flat[start:end] for start, end in split_sentences(folded)]
    assert sentences == ['Acme Inc. (the "Buyer") buys from J. Doe.', "It pays.", f"{long} warehouses in Berlin."]
