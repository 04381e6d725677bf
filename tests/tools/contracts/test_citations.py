"""References inside a contract lead somewhere, or are reported."""

from countersign.tools.contracts.citations import check_citations

CONTRACT = """SUPPLY AGREEMENT

1. Definitions

1.1 "Goods" means what is ordered. "Delivery Date" means the day in the order. The "Ghost Term" means nothing.

1.2 The Supplier (the "Supplier") delivers the Goods on the Delivery Date under Section 2.1 and Sections 1.1 and 9.4.

2. Price

2.1 The price list is Exhibit A, and the forms are in Schedule 7. Section 13 of the Exchange Act stays as it is.

2.2 The Buyer (the "Supplier") pays under Section 2.1(a) and Article 1, as 21 U.S.C. § 335 says.

2.3 The Audit Report (as defined below) is sent, and the Renewal Fees are paid before the Renewal Fees fall due.

EXHIBIT A
Prices
"""


def issues(kind: str) -> list[str]:
    return [issue.text for issue in check_citations(CONTRACT).issues if issue.kind == kind]


def test_only_references_that_lead_nowhere_are_reported() -> None:
    """A broken cross reference would be signed, or a good one reported."""
    assert issues("section") == ["9.4"]
    assert issues("attachment") == ["Schedule 7"]


def test_laws_and_other_documents_are_not_counted() -> None:
    """Every statute would be a broken reference."""
    check = check_citations("1. Law. Section 365(n) of the Bankruptcy Code and Article 9 of the Supply Contract apply.")
    assert (check.checked, check.issues) == (0, ())


def test_defined_terms_are_checked() -> None:
    """A term with two meanings, or none, would go unseen."""
    assert issues("term_duplicate") == ["Supplier"]
    assert issues("term_unused") == ["Ghost Term"]
    assert issues("term_undefined") == ["Audit Report", "Renewal Fees"]


def test_counts_and_places_hold() -> None:
    """The note would say that all is checked when it is not, or point elsewhere."""
    check = check_citations(CONTRACT)
    broken = sum(issue.kind in {"section", "attachment"} for issue in check.issues)
    assert check.checked == check.resolved + broken
    assert check.resolved == 5
    assert all(CONTRACT[issue.start : issue.end] == issue.text and issue.why for issue in check.issues)
