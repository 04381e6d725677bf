"""This module compares a contract that was read with the firm's written rules (legal handbook, section 3.2)."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from .reader import ContractReading
from .risk_case import MISSING_KIND, RISK_SECTION, Risk, RiskCase, RiskLevel
from .risk_rules_money import (
    check_assignment,
    check_exclusivity,
    check_governing_law,
    check_liability,
    check_payment_term,
)
from .risk_rules_time import check_confidentiality, check_data_processing, check_notice, check_renewal

__all__ = ["MISSING_KIND", "RISK_RULES", "RISK_SECTION", "Risk", "RiskLevel", "find_risks"]

RISK_RULES: tuple[Callable[[RiskCase], Iterator[Risk]], ...] = (
    check_liability,
    check_governing_law,
    check_renewal,
    check_notice,
    check_exclusivity,
    check_data_processing,
    check_confidentiality,
    check_payment_term,
    check_assignment,
)


def find_risks(text: str, reading: ContractReading, *, annual_fees: Decimal | None = None) -> tuple[Risk, ...]:
    """All risks of a contract, the gravest first, then in order of the rules.

    `annual_fees` are twelve months' fees in the currency of the contract; without them a cap that is a sum
    cannot be compared and is reported for a person to check.
    """
    case = RiskCase(text, reading, annual_fees)
    found = [risk for rule in RISK_RULES for risk in rule(case)]
    order = {"high": 0, "medium": 1, "low": 2}
    return tuple(sorted(found, key=lambda risk: order[risk.level]))
