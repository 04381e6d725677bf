"""Reading takes time in proportion to the text, even for texts that are made to slow it down."""

import subprocess
import sys

PROGRAM = """
from countersign.tools.contracts.citations import check_citations
from countersign.tools.contracts.reader import read_contract
from countersign.tools.extraction.extract import extract_mentions
from countersign.tools.contracts.risks import find_risks

TEXTS = {
    "parentheses": "(" * 100_000,
    "items": "(a) " * 40_000,
    "one long line": "word " * 40_000,
    "no space": "a" * 300_000,
    "only spaces": " " * 100_000,
    "only line ends": "\\n" * 100_000,
    "one long number": "9" * 300_000,
    "groups of digits": "1,234," * 20_000,
    "nested numbering": "1." * 60_000,
    "number words": "one hundred " * 8_000,
    "references": "Section 5.2, 5.3 and " * 5_000,
    "definitions": "".join(f'(the "Term{i}") ' for i in range(8_000)),
    "cue words": "shall not terminate agreement confidential governed by the laws of " * 2_000,
    "addresses": "a@b." * 20_000 + "@",
    "exhibits": "Exhibit A\\n" * 8_000,
    "quotes": '"Term" ' * 15_000,
}
for name, text in TEXTS.items():
    print(name, flush=True)
    reading = read_contract(text)
    find_risks(text, reading)
    check_citations(text, reading.sections)
    extract_mentions(text)
    assert all(text[one.start : one.end] == one.quote for one in reading.findings)
print("all read")
"""


def test_hostile_texts_do_not_hold_the_machine() -> None:
    """One uploaded file would stop the assistant for everybody.

    All together take a few seconds; the bound is generous on purpose. A single pattern that backtracks over a
    whole text takes hours on at least one of them.
    """
    try:
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired as error:
        reached = (error.stdout or b"").decode().split("\n")
        raise AssertionError(f"reading did not end; the last text begun: {reached[-2:]}") from error
    assert done.stdout.strip().endswith("all read"), done.stderr[-500:]
