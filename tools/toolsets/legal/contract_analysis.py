"""A contract is read once: the analysis holds what reader, firm's rules and citation check say about one text.

A reading costs tens of milliseconds and policy asks for the risks at every decision, so the last ones are kept.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ...connectors.port import BusinessRecord
from ...contracts.citations import CitationCheck, check_citations
from ...contracts.reader import ContractReading, read_contract
from ...contracts.risks import Risk, find_risks

_CACHE_SIZE = 128
_LONGEST_CACHED = 300_000
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class ContractAnalysis:
    """All that is known about one contract text."""

    reading: ContractReading
    risks: tuple[Risk, ...]
    citations: CitationCheck

    @property
    def high_risks(self) -> int:
        """How many findings are grave."""
        return sum(risk.level == "high" for risk in self.risks)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of clauses that were found."""
        return frozenset(finding.kind for finding in self.reading.findings)


def examine_contract_text(text: str, annual_fees: Decimal | None = None) -> ContractAnalysis:
    """Reads a contract and holds it against the firm's rules.

    Args:
        annual_fees: twelve months' fees in the contract's currency, when they are known.
    """
    return _examine_cached(text, annual_fees) if len(text) <= _LONGEST_CACHED else _examine(text, annual_fees)


def _examine(text: str, annual_fees: Decimal | None) -> ContractAnalysis:
    reading = read_contract(text)
    risks = find_risks(text, reading, annual_fees=annual_fees)
    return ContractAnalysis(reading, risks, check_citations(text, reading.sections))


_examine_cached = lru_cache(maxsize=_CACHE_SIZE)(_examine)


def compute_annual_fees(contract: BusinessRecord) -> Decimal:
    """Twelve months' share of the contract's value, in whole units of its currency."""
    months = (contract["ends_on"] - contract["starts_on"]).days * _MONTHS_A_YEAR // 365 or 1
    return Decimal(contract["value_minor"]) / 100 * _MONTHS_A_YEAR / max(months, _MONTHS_A_YEAR)


def examine_contract(contract: BusinessRecord) -> ContractAnalysis:
    """The reading of a contract in the store."""
    return examine_contract_text(contract["text"], compute_annual_fees(contract))
