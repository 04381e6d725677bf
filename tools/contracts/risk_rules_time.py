"""These are the firm's rules on renewal, notice, confidentiality and data processing (legal handbook, section 3.2)."""

import re
from collections.abc import Iterator
from decimal import Decimal

from ..extraction.quantities import Duration, find_durations
from .clauses import ClauseFinding
from .risk_case import Risk, RiskCase

MAX_RENEWAL_MONTHS = 12
NOTICE_DAYS = (30, 90)
MIN_SURVIVAL_MONTHS = 24
_AUTOMATIC = re.compile(
    r"\bautomatic\w*\b|\b(?:shall|will) (?:be )?(?:renew|extend)(?:ed)?\b|\bunless\b[^.]{0,160}\bnotice\b",
    re.IGNORECASE,
)
_RENEWS_FOR = re.compile(
    r"\b(?:successive|additional|consecutive|further|renew\w*|extend\w*|extension|subsequent|same)\b[^.;]{0,70}$",
    re.IGNORECASE,
)
_NOTICE_AFTER = re.compile(
    r"^['’\s)]{0,3}(?:of |prior |advance |written |[,a-z]+ ){0,5}notice|"
    r"^['’\s)]{0,3}[^.;]{0,40}\b(?:prior to|before)\b",
    re.IGNORECASE,
)
_NOTICE_BEFORE = re.compile(r"\bnotice\b[^.;]{0,60}$", re.IGNORECASE)
_CAUSE = re.compile(r"\b(?:breach|default|cure|remed|insolven|bankrupt|fail)\w*", re.IGNORECASE)
_PROCESSING = re.compile(
    r"\b(?:personal data|personal information|personally identifiable|data subjects?|protected health information)\b",
    re.IGNORECASE,
)
_AGREED_PROCESSING = re.compile(
    r"\bdata (?:processing|protection) (?:agreement|addendum|annex|terms|clause)\b|\bArt(?:icle|\.) ?28\b|\bDPA\b|"
    r"\bprocess\w*\b[^.]{0,160}\b(?:on (?:documented )?instructions?|only for|on behalf of)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"[^.;]{0,30}\b(?:not (?:required|needed|necessary)|excluded|waived)\b", re.IGNORECASE)
_AFTER_END = re.compile(
    r"\b(?:surviv|after|following|thereafter|from the (?:date|time)|terminat|expir|disclos)\w*", re.IGNORECASE
)
_FOREVER = re.compile(r"\b(?:indefinite\w*|perpetu\w*|at all times|surviv\w*)\b", re.IGNORECASE)


def check_renewal(case: RiskCase) -> Iterator[Risk]:
    """No automatic renewal for more than twelve months."""
    for clause in case.reading.of_kind("renewal_term"):
        if not _AUTOMATIC.search(clause.quote):
            continue
        terms = [length for length in find_durations(clause.quote) if _RENEWS_FOR.search(clause.quote[: length.start])
                 and not _NOTICE_AFTER.match(clause.quote[length.end :])]  # fmt: skip
        if terms and max(length.months for length in terms) > MAX_RENEWAL_MONTHS:
            longest = max(terms, key=lambda length: length.months)
            yield case.make_risk(
                "renewal-too-long",
                "high",
                clause,
                f"It renews by itself for {longest.text}; at most twelve months are allowed.",
                "Shorten the renewal to twelve months, or renew by agreement only.",
            )
        elif not terms:
            yield case.make_risk(
                "renewal-unclear",
                "low",
                clause,
                "It renews by itself, for a time that could not be read.",
                "Check that no renewal is longer than twelve months.",
            )


def check_notice(case: RiskCase) -> Iterator[Risk]:
    """A right to terminate with a notice of 30 to 90 days."""
    clauses = case.reading.of_kind("termination_for_convenience")
    for clause in (*clauses, *case.reading.of_kind("notice_to_terminate_renewal")):
        for length in find_durations(clause.quote):
            before, after = clause.quote[: length.start], clause.quote[length.end :]
            if not (_NOTICE_AFTER.match(after) or _NOTICE_BEFORE.search(before)) or _CAUSE.search(after[:90]):
                continue
            days = compute_calendar_days(length)
            if not NOTICE_DAYS[0] <= days <= NOTICE_DAYS[1]:
                yield case.make_risk(
                    "notice-period",
                    "medium",
                    clause,
                    f"The notice is {length.text} (about {days:.0f} days); the rule is 30 to 90 days.",
                    "Ask for a notice of 30 to 90 days.",
                )
                break
    if not clauses:
        yield case.make_missing_risk(
            "notice-period",
            "medium",
            "termination_for_convenience",
            "No right to terminate with notice was found.",
            "Ask for a right to terminate with 30 to 90 days' notice.",
        )


def check_data_processing(case: RiskCase) -> Iterator[Risk]:
    """Processing of personal data needs a data processing clause."""
    touching = case.reading.of_kind("data_protection")
    clauses = [f for f in touching if _PROCESSING.search(f.quote)]
    agreed = any(not _DENIED.match(case.text, match.end()) for match in _AGREED_PROCESSING.finditer(case.text))
    if clauses and not agreed:
        yield case.make_risk(
            "data-processing",
            "high",
            clauses[0],
            "Personal data are processed, but nothing agrees how (no data processing clause).",
            "Add a data processing agreement.",
        )
    elif not clauses and not agreed:
        yield case.make_missing_risk(
            "data-processing",
            "low",
            "data_protection",
            "Data protection is mentioned, but no clause on the processing of personal data was found."
            if touching
            else "No data processing clause was found.",
            "Confirm that no personal data are processed, or add a data processing agreement.",
        )


def check_confidentiality(case: RiskCase) -> Iterator[Risk]:
    """Confidentiality lasts at least two years after the end."""
    clauses = case.reading.of_kind("confidentiality")
    ask = "Ask that confidentiality lasts at least two years after the end."
    if not clauses:
        yield case.make_missing_risk(
            "confidentiality-survival",
            "medium",
            "confidentiality",
            "No confidentiality clause was found.",
            "Add a confidentiality clause that lasts at least two years after the end.",
        )
        return
    lengths: list[tuple[Duration, ClauseFinding]] = []
    for clause in clauses:
        section = case.read_section(clause)
        for length in find_durations(section):
            around = section[max(0, length.start - 120) : length.end + 120]
            if length.unit in {"month", "quarter", "year"} and _AFTER_END.search(around):
                lengths.append((length, clause))
    if lengths:
        longest, clause = max(lengths, key=lambda pair: pair[0].months)
        if longest.months < MIN_SURVIVAL_MONTHS:
            yield case.make_risk(
                "confidentiality-survival",
                "medium",
                clause,
                f"Confidentiality ends after {longest.text}; the rule is at least two years.",
                ask,
            )
    elif not any(_FOREVER.search(case.read_section(clause)) for clause in clauses):
        yield case.make_risk(
            "confidentiality-survival",
            "medium",
            clauses[0],
            "It is not said how long confidentiality lasts after the end.",
            ask,
        )


def compute_calendar_days(length: Duration) -> Decimal:
    """Business days count seven for five."""
    return length.days * 7 / 5 if length.business else length.days
