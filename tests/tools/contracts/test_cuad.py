"""Real contracts with labels (CUAD) are read; the benchmark measures all of them."""

import subprocess
import sys
from pathlib import Path

import pytest
from countersign.tools.contracts.citations import check_citations
from countersign.tools.contracts.reader import read_contract
from countersign.tools.contracts.risks import find_risks

ROOT = Path(__file__).parents[3]
CUAD = ROOT / ".." / "shared" / "data" / "cuad"
SAMPLES = [
    ("GopageCorp_20140221", ("PSiTech Corporation", "Empirical Ventures, Inc."), "Nevada", "2014-02-10"),
    ("CytodynInc_20200109", ("Vyera Pharmaceuticals, LLC", "CytoDyn Inc."), "New York", "2019-12-17"),
    ("ENERGYXXILTD_05_08_2015", ("ENERGY XXI GULF COAST, INC.", "ENERGY XXI USA, INC."), "Texas", "2015-03-11"),
    ("INTERSECTENT_INC_05_11_2020", ("HOVIONE INTER AG", "INTERSECT ENT, Inc."), "New York", "2020-01-20"),
    ("ASIANDRAGONGROUPINC", ("695014 B.C. Ltd.", "Galaxy Telnet SRL"), "British Columbia", "2004-06-01"),
    ("CANOPETROLEUM_INC", ("R. C. Boyd Enterprises, LLC", "Cano Petroleum, Inc."), "Texas", "2007-12-05"),
]


@pytest.mark.skipif(not CUAD.is_dir(), reason="the labelled contracts (CUAD) are not beside this checkout")
@pytest.mark.parametrize(("file", "parties", "law", "day"), SAMPLES)
def test_real_contracts_are_read(file: str, parties: tuple[str, ...], law: str, day: str) -> None:
    """What works on our own snippets would fail on contracts as they are filed."""
    (place,) = (CUAD / "contracts").glob(f"{file}*")
    text = place.read_text(encoding="utf-8")
    reading = read_contract(text)
    assert tuple(" ".join(party.name.split()) for party in reading.parties) == parties
    assert reading.governing_law is not None
    assert reading.governing_law.value == law
    assert reading.agreement_date is not None
    assert str(reading.agreement_date.value) == day
    assert len(reading.findings) >= 10
    assert all(text[one.start : one.end] == one.quote for one in reading.findings)
    assert all(one.start is None or text[one.start : one.end] == one.quote for one in find_risks(text, reading))
    assert all(text[one.start : one.end] == one.text for one in check_citations(text, reading.sections).issues)


def test_the_benchmark_says_when_its_data_are_missing(tmp_path: Path) -> None:
    """`make eval` would end with a stack trace, or with a good result over nothing."""
    command = [sys.executable, str(ROOT / "benchmarks" / "contracts.py"), "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--data" in done.stderr
    assert "Traceback" not in done.stderr
