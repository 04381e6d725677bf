"""Hold a contract that was read against the firm's written rules (legal handbook, section 3.2)."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from .reader import ContractReading
from .risk_case import MISSING, SECTION, Case, Level, Risk
from .risk_rules_money import assignment_rule, exclusivity_rule, law_rule, liability_rule, payment_rule
from .risk_rules_time import confidentiality_rule, data_rule, notice_rule, renewal_rule

__all__ = ["MISSING", "RULES", "SECTION", "Level", "Risk", "find_risks"]

RULES: tuple[Callable[[Case], Iterator[Risk]], ...] = (
    liability_rule,
    law_rule,
    renewal_rule,
    notice_rule,
    exclusivity_rule,
    data_rule,
    confidentiality_rule,
    payment_rule,
    assignment_rule,
)


def find_risks(text: str, reading: ContractReading, *, annual_fees: Decimal | None = None) -> tuple[Risk, ...]:
    """All risks of a contract, the gravest first, then in order of the rules.

    `annual_fees` are twelve months' fees in the currency of the contract; without them a cap that is a sum
    cannot be compared and is reported for a person to check.
    """
    case = Case(text, reading, annual_fees)
    found = [risk for rule in RULES for risk in rule(case)]
    order = {"high": 0, "medium": 1, "low": 2}
    return tuple(sorted(found, key=lambda risk: order[risk.level]))
