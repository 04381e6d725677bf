"""The firm's rules (legal handbook, section 3.2) are held against a contract that was read."""

from decimal import Decimal

import pytest
from countersign.tools.contracts.reader import read_contract
from countersign.tools.contracts.risks import Risk, find_risks

GOOD = {
    "Liability": "The total liability of each party shall not exceed the Fees of the preceding twelve (12) months.",
    "Governing law": "This Agreement is governed by the laws of Germany.",
    "Renewal": "This Agreement renews automatically for successive terms of twelve (12) months.",
    "Termination": "Either party may terminate this Agreement for convenience on sixty (60) days' written notice.",
    "Exclusivity": "This Agreement is not exclusive. Neither party owes the other exclusivity.",
    "Data protection": "The Supplier processes personal data only under the attached data processing agreement.",
    "Confidentiality": "Each party shall keep Confidential Information secret. They last three years after the end.",
    "Payment": "Each invoice is payable within thirty (30) days of its receipt.",
    "Assignment": "Neither party may assign this Agreement without the prior written consent of the other.",
}


def contract(**changes: str | None) -> str:
    clauses = {name: changes.get(name.replace(" ", "_"), words) for name, words in GOOD.items()}
    body = [f"{name}\n\n{words}" for name, words in clauses.items() if words is not None]
    head = 'SUPPLY AGREEMENT between Nord GmbH (the "Supplier") and Süd AG (the "Customer")\n\n'
    return head + "\n\n".join(f"{number}. {clause}" for number, clause in enumerate(body, 1))


def risks(text: str, annual_fees: Decimal | None = None) -> tuple[Risk, ...]:
    return find_risks(text, read_contract(text), annual_fees=annual_fees)


def test_a_contract_within_the_rules_has_no_risk() -> None:
    """Every contract would go to counsel, and people would stop reading the findings."""
    assert risks(contract()) == ()


@pytest.mark.parametrize(
    ("clause", "words", "rule", "level"),
    [
        ("Liability", "The Customer bears unlimited liability for every loss.", "liability-unlimited", "high"),
        ("Liability", "The Supplier is liable without any limit for all damage.", "liability-unlimited", "high"),
        ("Liability", None, "liability-unlimited", "high"),
        (
            "Liability",
            "The total liability of a party shall not exceed the Fees paid in three (3) months.",
            "liability-cap-low",
            "high",
        ),
        (
            "Liability",
            "The total liability of a party shall not exceed EUR 5,000.00.",
            "liability-cap-unclear",
            "medium",
        ),
        ("Governing_law", "This Agreement is governed by the laws of Singapore.", "governing-law", "high"),
        ("Governing_law", None, "governing-law", "medium"),
        (
            "Renewal",
            "This Agreement renews automatically for successive terms of thirty-six (36) months.",
            "renewal-too-long",
            "high",
        ),
        ("Renewal", "This Agreement is extended automatically by two years at a time.", "renewal-too-long", "high"),
        (
            "Termination",
            "Either party may terminate this Agreement for convenience on seven (7) days' notice.",
            "notice-period",
            "medium",
        ),
        (
            "Termination",
            "Either party may terminate this Agreement for convenience on 120 days' notice.",
            "notice-period",
            "medium",
        ),
        ("Termination", None, "notice-period", "medium"),
        (
            "Exclusivity",
            "The Supplier appoints the Customer as its exclusive distributor in the territory.",
            "exclusivity",
            "high",
        ),
        (
            "Data_protection",
            "The Supplier may use personal data of the Customer's staff for its own purposes.",
            "data-processing",
            "high",
        ),
        (
            "Data_protection",
            "The Supplier processes personal data. A data processing agreement is not required.",
            "data-processing",
            "high",
        ),
        ("Data_protection", None, "data-processing", "low"),
        (
            "Confidentiality",
            "The Confidential Information shall be kept secret. These duties end six months after the end.",
            "confidentiality-survival",
            "medium",
        ),
        (
            "Confidentiality",
            "Each party shall keep the Confidential Information secret.",
            "confidentiality-survival",
            "medium",
        ),
        ("Confidentiality", None, "confidentiality-survival", "medium"),
        ("Payment", "Each invoice is payable within sixty (60) days of its receipt.", "payment-term", "medium"),
        ("Payment", None, "payment-term", "medium"),
        (
            "Assignment",
            "The Supplier may assign this Agreement to anyone without the Customer's consent.",
            "assignment",
            "high",
        ),
        ("Assignment", None, "assignment", "medium"),
    ],
)
def test_each_broken_rule_is_found_and_nothing_else(clause: str, words: str | None, rule: str, level: str) -> None:
    """A contract against the firm's rules would pass, or be reported for the wrong reason."""
    text = contract(**{clause: words})
    found = risks(text)
    assert [(risk.rule_id, risk.level) for risk in found] == [(rule, level)]
    (risk,) = found
    assert risk.section == "legal-handbook#3.2"
    assert risk.why
    assert risk.ask
    if words is None:
        assert (risk.quote, risk.start, risk.end) == ("missing", None, None)
    else:
        assert text[risk.start : risk.end] == risk.quote


@pytest.mark.parametrize(("days", "broken"), [(29, True), (30, False), (90, False), (91, True)])
def test_the_bounds_of_the_notice_period_are_inside(days: int, broken: bool) -> None:
    """A notice of exactly 30 or 90 days would be refused, or 29 accepted."""
    text = contract(Termination=f"Either party may terminate this Agreement for convenience on {days} days' notice.")
    assert bool(risks(text)) is broken


@pytest.mark.parametrize(("days", "broken"), [("45 days", False), ("46 days", True), ("40 business days", True)])
def test_the_bound_of_the_payment_term_is_inside(days: str, broken: bool) -> None:
    """45 days would be refused; or business days would be counted as calendar days."""
    assert bool(risks(contract(Payment=f"Each invoice is payable within {days} of its receipt."))) is broken


def test_a_limit_in_money_is_compared_with_the_fees_of_a_year() -> None:
    """A limit far below a year's fees would only be "unclear" although the fees are known."""
    text = contract(Liability="The total liability of a party shall not exceed EUR 5,000.00.")
    assert [risk.rule_id for risk in risks(text, Decimal("60000"))] == ["liability-cap-low"]
    assert risks(text, Decimal("5000")) == ()


def test_the_gravest_come_first() -> None:
    """What counsel must see would stand below trifles."""
    levels = [risk.level for risk in risks("AGREEMENT between A Ltd. and B Ltd. about personal data.")]
    assert levels == sorted(levels, key=["high", "medium", "low"].index)
    assert levels[0] == "high"
