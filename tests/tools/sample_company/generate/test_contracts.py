"""The contracts: what was planted stands in the text, and the record agrees with it."""

import re
from datetime import date
from typing import Any

import pytest
from countersign.tools.sample_company.generate.company import generate_company
from countersign.tools.sample_company.generate.contracts import (
    PlantedClause,
    find_clause_wording,
    generate_contracts,
    plant_clauses,
)
from countersign.tools.sample_company.texts.clause_library import load_clause_library

TODAY = date(2026, 3, 16)


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in generate_company(7, TODAY)["contract"]}


def flat(text: str) -> str:
    """The text without paragraph numbers and line breaks."""
    return " ".join(re.sub(r"\n\n\d+\.\d+ ", " ", text).split())


def anchor(clause: PlantedClause) -> str:
    """The longest part of a wording that no placeholder interrupts."""
    wording = find_clause_wording(clause)
    assert wording is not None
    return max(re.split(r"\{\w+\}", wording.text), key=len).strip()


def test_contracts_are_full_documents(rows: dict[str, dict[str, Any]]) -> None:
    """A review of a stub proves nothing."""
    assert list(rows) == [f"CON-{n:04d}" for n in range(1, 61)]
    for row in rows.values():
        assert 800 <= len(row["text"].split()) <= 3000
        assert row["counterparty"] in row["text"]
        assert "Halden & Birch" in row["text"]
        assert "Recitals" in row["text"]
        assert row["text"].count("Signed for the") == 2
        assert not re.search(r"\{\w+\}", row["text"])
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", row["text"], re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("seed", [7, 31])
def test_what_was_planted_is_there_and_nothing_else(seed: int) -> None:
    """Evaluation compares findings with this truth; a wording that is not in the text would count as missed."""
    tables = generate_company(seed, TODAY)
    library = load_clause_library()
    for row in tables["contract"]:
        text = flat(row["text"])
        planted = {clause.type: clause for clause in plant_clauses(seed)[row["id"]]}
        for clause in planted.values():
            assert (clause.variant == "missing") != (library[clause.type].heading in text)
            assert clause.variant == "missing" or anchor(clause) in text
        for name, kind in library.items():
            for number in range(len(kind.risky)):
                there = anchor(PlantedClause(name, "risky", number)) in text
                mine = planted.get(name)
                assert there == (mine == PlantedClause(name, "risky", number))


def test_record_and_text_agree(rows: dict[str, dict[str, Any]]) -> None:
    """ "Which contracts renew?" is answered from the columns; they must say what the text says."""
    for row in rows.values():
        text = flat(row["text"])
        assert f"{row['value_minor'] // 100:,}.00 EUR" in text
        assert f"ends on {row['ends_on']:%d %B %Y}" in text
        if row["auto_renew"]:
            assert f"({row['renewal_months']}) months" in text or f"{row['renewal_months']} months" in text
        else:
            assert row["renews_on"] is None
        for clause in plant_clauses(7)[row["id"]]:
            if clause.type == "termination" and clause.variant == "ordinary":
                assert f"{row['notice_days']} days" in text
                assert 30 <= row["notice_days"] <= 90
        assert row["starts_on"] < row["ends_on"]
        assert (row["starts_on"] > TODAY) == (row["status"] not in ("active", "expired"))
        assert (row["ends_on"] < TODAY) == (row["status"] == "expired")
        assert (row["customer_id"] is None) != (row["supplier_id"] is None)


def test_ordinary_risky_and_missing_all_occur() -> None:
    """A reviewer that calls everything risky, or nothing, must be caught by the truth."""
    truth = plant_clauses(7)
    variants = [clause.variant for clauses in truth.values() for clause in clauses]
    assert variants.count("risky") >= 60
    assert variants.count("missing") >= 20
    assert sum(all(c.variant == "ordinary" for c in clauses) for clauses in truth.values()) >= 15
    risky_types = {c.type for clauses in truth.values() for c in clauses if c.variant == "risky"}
    assert len(risky_types) >= 18


def test_the_shown_contract_has_the_flaws_the_documents_name(rows: dict[str, dict[str, Any]]) -> None:
    """`CON-0031` is the contract of the demo."""
    flaws = {c.type: c.variant for c in plant_clauses(3)["CON-0031"] if c.variant != "ordinary"}
    assert flaws == {
        "liability_cap": "risky",
        "renewal": "risky",
        "payment_terms": "risky",
        "data_protection": "missing",
    }
    assert (rows["CON-0031"]["status"], rows["CON-0031"]["value_minor"]) == ("in_review", 18_000_000)


def test_contracts_renew_all_over_the_year() -> None:
    """ "Which renew in March?" should have an answer in most months."""
    months = {row["renews_on"].month for row in generate_company(7, TODAY)["contract"] if row["renews_on"]}
    assert len(months) >= 9


def test_the_library_is_complete() -> None:
    """Contract review offers a fallback for every type; one without would leave a finding without an answer."""
    library = load_clause_library()
    assert len(library) >= 20
    for kind in library.values():
        assert kind.ordinary, kind.id
        assert kind.risky, kind.id
        assert all(wording.why for wording in kind.risky), kind.id
        assert len(kind.fallback.split()) >= 20, kind.id
        assert kind.severity in ("high", "medium", "low")
        texts = [wording.text for wording in (*kind.ordinary, *kind.risky)] + [kind.fallback]
        assert len(set(texts)) == len(texts)


def test_other_parties_do_not_change_the_truth() -> None:
    """The truth depends on the seed alone, so that it can be computed without the company."""
    tables = generate_company(7, TODAY)
    buyers = list(reversed(tables["customer"]))
    again = generate_contracts(7, TODAY, buyers, tables["supplier"])
    assert [row["renewal_months"] for row in again] == [row["renewal_months"] for row in tables["contract"]]
