"""Reading a contract once: what the reader, the firm's rules and the citation check say about one text.

A reading costs tens of milliseconds and policy asks for the risks at every decision, so the last ones are kept.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ...connectors.port import Record
from ...contracts.citations import CitationCheck, check_citations
from ...contracts.reader import ContractReading, read_contract
from ...contracts.risks import Risk, find_risks

_KEPT = 128
_LONGEST_KEPT = 300_000
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Reviewed:
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


def reviewed(text: str, annual_fees: Decimal | None = None) -> Reviewed:
    """Reads a contract and holds it against the firm's rules.

    Args:
        annual_fees: twelve months' fees in the contract's currency, when they are known.
    """
    return _kept(text, annual_fees) if len(text) <= _LONGEST_KEPT else _read(text, annual_fees)


def _read(text: str, annual_fees: Decimal | None) -> Reviewed:
    reading = read_contract(text)
    risks = find_risks(text, reading, annual_fees=annual_fees)
    return Reviewed(reading, risks, check_citations(text, reading.sections))


_kept = lru_cache(maxsize=_KEPT)(_read)


def annual_fees(contract: Record) -> Decimal:
    """Twelve months' share of the contract's value, in whole units of its currency."""
    months = (contract["ends_on"] - contract["starts_on"]).days * _MONTHS_A_YEAR // 365 or 1
    return Decimal(contract["value_minor"]) / 100 * _MONTHS_A_YEAR / max(months, _MONTHS_A_YEAR)


def review_of(contract: Record) -> Reviewed:
    """The reading of a contract in the store."""
    return reviewed(contract["text"], annual_fees(contract))
