"""Cutting documents along their structure."""

from pathlib import Path

import pytest
from countersign.memory.ingest.chunking import chunk_document, get_section_name
from hypothesis import given, settings
from hypothesis import strategies as st

CONTRACTS = Path(__file__).parents[3] / "../shared/data/cuad/contracts"

HANDBOOK = """# Support handbook

Who answers, and when.

## 3 Refunds

### 3.2 Limits

Up to 100 euros an agent decides.

Above that, a manager signs.

```
# not a heading
```

## Frequent questions

### 3.2 Limits

Again.
"""


def test_sections_paths_and_citations() -> None:
    """A citation would name the wrong section, and two sections would share one name."""
    found = [(chunk.section, chunk.path, chunk.text) for chunk in chunk_document(HANDBOOK)]
    assert found[0] == ("support-handbook", ("Support handbook",), "Who answers, and when.")
    section, path, text = found[1]
    assert (section, path) == ("3.2", ("Support handbook", "3 Refunds", "3.2 Limits"))
    assert text.startswith("Up to 100")
    assert text.endswith("# not a heading\n```")
    assert found[2] == ("3.2~2", ("Support handbook", "Frequent questions", "3.2 Limits"), "Again.")
    assert len(found) == 3


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("3.2 Refund limits", "3.2"),
        ("§ 4 Term", "4"),
        ("Section 12.1: Fees", "12.1"),
        ("ARTICLE IV Payment", "IV"),
        ("IT access", "it-access"),
        ("Who pays?", "who-pays"),
        ("???", "section"),
    ],
)
def test_section_names(heading: str, name: str) -> None:
    """What people write in a citation."""
    assert get_section_name(heading) == name


def test_contract_clauses_are_sections() -> None:
    """A contract without Markdown would be one long piece without clause numbers."""
    text = "AGREEMENT\n\n1. Term\nFive years.\n\n2. Payment\n2.1 Net 30.\n2.2 In euros.\n"
    found = {chunk.section: chunk.text for chunk in chunk_document(text)}
    assert found == {
        "": "AGREEMENT",
        "1": "1. Term\nFive years.",
        "2": "2. Payment",
        "2.1": "2.1 Net 30.",
        "2.2": "2.2 In euros.",
    }


def check(text: str, limit: int) -> None:
    last = 0
    for chunk in chunk_document(text, limit):
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.text.strip() == chunk.text != ""
        assert len(chunk.text) <= limit
        assert chunk.start >= last
        last = chunk.end


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab.#\n 1`é2\t", max_size=300), st.integers(5, 60))
def test_every_piece_is_verbatim_short_and_in_order(text: str, limit: int) -> None:
    """A span that is off by one makes a quote wrong; overlapping pieces would be cited twice."""
    check(text, limit)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab .\n", max_size=300), st.integers(5, 60))
def test_nothing_is_lost(text: str, limit: int) -> None:
    """A clause that is in no piece can never be found."""
    pieces = "".join(chunk.text for chunk in chunk_document(text, limit))
    assert "".join(pieces.split()) == "".join(text.split())


def test_real_contracts() -> None:
    """Real layouts: page numbers, tables, tabs, clauses in the middle of lines."""
    files = sorted(CONTRACTS.glob("*.txt"))[:12]
    if not files:
        pytest.skip("the contracts of ../shared/data/cuad are not here")
    for file in files:
        text = file.read_text(errors="replace")
        check(text, 900)
        pieces = "".join(chunk.text for chunk in chunk_document(text))
        assert "".join(pieces.split()) == "".join(text.split())
