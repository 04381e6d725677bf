"""A risk is one finding of a contract review; a risk case is the contract that the rules look at."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .clauses import ClauseFinding
from .reader import ContractReading
from .sections import get_section_at

RiskLevel = Literal["low", "medium", "high"]
MISSING_KIND = "missing"
RISK_SECTION = "legal-handbook#3.2"


@dataclass(frozen=True, slots=True)
class Risk:
    """A clause that breaks a rule of the firm, or one that the rules want and that is missing.

    `section` is the handbook section that the rule stands in. `quote` is exactly `text[start:end]`, or
    "missing" with no span. `why` says what the rule wants, `ask` what to ask the other side for.
    """

    rule_id: str
    section: str
    level: RiskLevel
    kind: str
    quote: str
    start: int | None
    end: int | None
    why: str
    ask: str


@dataclass(frozen=True, slots=True)
class RiskCase:
    """One contract under review, and how a rule states what it found in it."""

    text: str
    reading: ContractReading
    annual_fees: Decimal | None

    def make_risk(
        self, rule: str, level: RiskLevel, finding: ClauseFinding, why: str, ask: str, kind: str = ""
    ) -> Risk:
        """A risk at a clause that was found."""
        return Risk(
            rule, RISK_SECTION, level, kind or finding.kind, finding.quote, finding.start, finding.end, why, ask
        )

    def read_section(self, finding: ClauseFinding, limit: int = 8_000) -> str:
        """The whole numbered section in which a clause stands, at most `limit` characters of it."""
        sections = self.reading.sections
        section = get_section_at(sections, finding.start)
        while section.parent is not None:
            section = sections[section.parent]
        first = sections.index(section)
        after = next((other for other in sections[first + 1 :] if other.level <= section.level), None)
        end = after.start if after else len(self.text)
        return self.text[max(section.start, finding.start - limit // 2) : min(end, finding.end + limit // 2)]

    def make_missing_risk(self, rule: str, level: RiskLevel, kind: str, why: str, ask: str) -> Risk:
        """A risk because no wording of the kind was found; at the sentence that is likely one, if there is such."""
        likely = self.reading.find_likely(kind)
        if likely is not None:
            return self.make_risk(
                rule, level, likely, f"{why} This sentence may be it, in other words than usual.", ask
            )
        return Risk(rule, RISK_SECTION, level, kind, MISSING_KIND, None, None, why, ask)
