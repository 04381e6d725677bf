"""Hold a contract that was read against the firm's written rules (legal handbook, section 3.2)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .clauses import Finding
from .contracts import ContractReading
from .money import find_money
from .quantities import Duration, find_durations

Level = Literal["low", "medium", "high"]
MISSING = "missing"
SECTION = "legal-handbook#3.2"

ACCEPTED_LAWS = frozenset({"Germany", "England", "England and Wales", "New York"})
MAX_RENEWAL_MONTHS = 12
MIN_CAP_MONTHS = 12
NOTICE_DAYS = (30, 90)
MIN_SURVIVAL_MONTHS = 24
MAX_PAYMENT_DAYS = 45

_UNLIMITED = re.compile(
    r"\bliab\w*\b[^.;]{0,80}\b(?:unlimited|uncapped|not (?:be )?(?:limited|capped)(?! to\b)|without (?:any )?limit\b)|"
    r"\b(?:unlimited|uncapped) (?:\w+ ){0,2}liab",
    re.IGNORECASE,
)
_FEES = re.compile(
    r"\b(?:fees?|amounts?|payments?|sums?|price|royalt\w+|consideration|compensation|remuneration|charges)\b",
    re.IGNORECASE,
)
_CAPS = re.compile(r"\b(?:exceed\w*|limited to|greater than|in excess of|capped at|maximum)\b", re.IGNORECASE)
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
_AFTER_END = re.compile(
    r"\b(?:surviv|after|following|thereafter|from the (?:date|time)|terminat|expir|disclos)\w*", re.IGNORECASE
)
_FOREVER = re.compile(r"\b(?:indefinite\w*|perpetu\w*|at all times|surviv\w*)\b", re.IGNORECASE)
_PAY_BEFORE = re.compile(
    r"\b(?:within|net|no(?:t)? later than|in|after|of)\b[^.;]{0,25}$|\bpa(?:y|id|yable|yment)\w*\b[^.;]{0,40}$",
    re.IGNORECASE,
)
_FREELY = re.compile(
    r"\b(?:may|right to|entitled to|free to|can)\b[^.;]{0,60}\b(?:assign|"
    r"transfer)\b[^.;]{0,140}\bwithout\b[^.;]{0,40}\b(?:consent|approval)\b|\bfreely (?:assign|transfer)",
    re.IGNORECASE,
)
_NOT_FREELY = re.compile(
    r"\b(?:neither|may not|shall not|will not|not be)\b[^.;]{0,80}\b(?:assign|transfer)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Risk:
    """A clause that breaks a rule of the firm, or one that the rules want and that is missing.

    `section` is the handbook section that the rule stands in. `quote` is exactly `text[start:end]`, or
    "missing" with no span. `why` says what the rule wants, `ask` what to ask the other side for.
    """

    rule_id: str
    section: str
    level: Level
    kind: str
    quote: str
    start: int | None
    end: int | None
    why: str
    ask: str


def find_risks(text: str, reading: ContractReading, *, annual_fees: Decimal | None = None) -> tuple[Risk, ...]:
    """All risks of a contract, the gravest first, then in order of the rules.

    `annual_fees` are twelve months' fees in the currency of the contract; without them a cap that is a sum
    cannot be compared and is reported for a person to check.
    """
    context = _Context(text, reading, annual_fees)
    found = [risk for rule in RULES for risk in rule(context)]
    order = {"high": 0, "medium": 1, "low": 2}
    return tuple(sorted(found, key=lambda risk: order[risk.level]))


@dataclass(frozen=True, slots=True)
class _Context:
    text: str
    reading: ContractReading
    annual_fees: Decimal | None

    def at(self, rule: str, level: Level, finding: Finding, why: str, ask: str, kind: str = "") -> Risk:
        return Risk(rule, SECTION, level, kind or finding.kind, finding.quote, finding.start, finding.end, why, ask)

    def missing(self, rule: str, level: Level, kind: str, why: str, ask: str) -> Risk:
        return Risk(rule, SECTION, level, kind, MISSING, None, None, why, ask)


def _liability(context: _Context) -> Iterator[Risk]:
    caps = [f for f in context.reading.of_kind("cap_on_liability") if _CAPS.search(f.quote)]
    both = (*context.reading.of_kind("uncapped_liability"), *context.reading.of_kind("cap_on_liability"))
    open_ended = [finding for finding in both if _UNLIMITED.search(finding.quote)]
    if open_ended:
        yield context.at(
            "liability-unlimited",
            "high",
            open_ended[0],
            "Liability may not be unlimited.",
            "Limit liability to at least twelve months' fees.",
        )
    elif not caps:
        yield context.missing(
            "liability-unlimited",
            "high",
            "cap_on_liability",
            "No sentence was found that limits the amount of liability; without one it is unlimited.",
            "Add a limit of liability of at least twelve months' fees.",
        )
    for cap in caps[:2]:
        yield from _cap(context, cap)
    carve_outs = [f for f in context.reading.of_kind("uncapped_liability") if f not in open_ended]
    if caps and carve_outs:
        yield context.at(
            "liability-carve-out",
            "low",
            carve_outs[0],
            "Some liability is taken out of the limit.",
            "Check that only intent, gross negligence, injury and the like are taken out.",
        )


def _cap(context: _Context, cap: Finding) -> Iterator[Risk]:
    place = _CAPS.search(cap.quote)
    if place is None:
        return
    rest = cap.quote[place.end() : place.end() + 400]
    months = [length.months for length in find_durations(rest) if length.unit in {"month", "quarter", "year"}]
    if months and _FEES.search(rest):
        if max(months) < MIN_CAP_MONTHS:
            yield context.at(
                "liability-cap-low",
                "high",
                cap,
                f"The limit is {max(months):.0f} months' fees; the rule is at least twelve.",
                "Raise the limit to at least twelve months' fees.",
            )
        return
    sums = [money for money in find_money(rest) if money.amount > 0]
    if not sums:
        return
    highest = max(sums, key=lambda money: money.amount)
    if context.annual_fees is None:
        yield context.at(
            "liability-cap-unclear",
            "medium",
            cap,
            f"The limit is a sum ({highest.text}); the rule is at least twelve months' fees.",
            "Compare the sum with twelve months' fees.",
        )
    elif highest.amount < context.annual_fees:
        yield context.at(
            "liability-cap-low",
            "high",
            cap,
            f"The limit of {highest.text} is below twelve months' fees.",
            "Raise the limit to at least twelve months' fees.",
        )


def _law(context: _Context) -> Iterator[Risk]:
    law, clauses = context.reading.governing_law, context.reading.of_kind("governing_law")
    ask = "Ask for the law of Germany, England or New York, or take it to counsel."
    if law is not None and law.value not in ACCEPTED_LAWS:
        clause = next((f for f in clauses if f.start <= law.start < f.end), None)
        if clause is not None:
            yield context.at(
                "governing-law",
                "high",
                clause,
                f"The law of {law.value} governs; accepted are Germany, England and New York.",
                ask,
            )
    elif law is None and clauses:
        yield context.at("governing-law", "medium", clauses[0], "The clause names no law that could be read.", ask)
    elif law is None:
        yield context.missing("governing-law", "medium", "governing_law", "No governing law is named.", ask)


def _renewal(context: _Context) -> Iterator[Risk]:
    for clause in context.reading.of_kind("renewal_term"):
        if not _AUTOMATIC.search(clause.quote):
            continue
        terms = [length for length in find_durations(clause.quote) if _RENEWS_FOR.search(clause.quote[: length.start])
                 and not _NOTICE_AFTER.match(clause.quote[length.end :])]  # fmt: skip
        if terms and max(length.months for length in terms) > MAX_RENEWAL_MONTHS:
            longest = max(terms, key=lambda length: length.months)
            yield context.at(
                "renewal-too-long",
                "high",
                clause,
                f"It renews by itself for {longest.text}; at most twelve months are allowed.",
                "Shorten the renewal to twelve months, or renew by agreement only.",
            )
        elif not terms:
            yield context.at(
                "renewal-unclear",
                "low",
                clause,
                "It renews by itself, for a time that could not be read.",
                "Check that no renewal is longer than twelve months.",
            )


def _notice(context: _Context) -> Iterator[Risk]:
    clauses = context.reading.of_kind("termination_for_convenience")
    for clause in (*clauses, *context.reading.of_kind("notice_to_terminate_renewal")):
        for length in find_durations(clause.quote):
            before, after = clause.quote[: length.start], clause.quote[length.end :]
            if not (_NOTICE_AFTER.match(after) or _NOTICE_BEFORE.search(before)) or _CAUSE.search(after[:90]):
                continue
            days = _calendar_days(length)
            if not NOTICE_DAYS[0] <= days <= NOTICE_DAYS[1]:
                yield context.at(
                    "notice-period",
                    "medium",
                    clause,
                    f"The notice is {length.text} (about {days:.0f} days); the rule is 30 to 90 days.",
                    "Ask for a notice of 30 to 90 days.",
                )
                break
    if not clauses:
        yield context.missing(
            "notice-period",
            "medium",
            "termination_for_convenience",
            "No right to terminate with notice was found.",
            "Ask for a right to terminate with 30 to 90 days' notice.",
        )


def _exclusivity(context: _Context) -> Iterator[Risk]:
    for clause in context.reading.of_kind("exclusivity")[:2]:
        yield context.at(
            "exclusivity",
            "high",
            clause,
            "Exclusivity is agreed only by counsel.",
            "Take the exclusivity out, or take it to counsel.",
        )


def _data(context: _Context) -> Iterator[Risk]:
    clauses = [f for f in context.reading.of_kind("data_protection") if _PROCESSING.search(f.quote)]
    if clauses and not _AGREED_PROCESSING.search(context.text):
        yield context.at(
            "data-processing",
            "high",
            clauses[0],
            "Personal data are processed, but nothing agrees how (no data processing clause).",
            "Add a data processing agreement.",
        )
    elif not clauses:
        yield context.missing(
            "data-processing",
            "low",
            "data_protection",
            "No data processing clause was found.",
            "Confirm that no personal data are processed, or add a data processing agreement.",
        )


def _confidentiality(context: _Context) -> Iterator[Risk]:
    clauses = context.reading.of_kind("confidentiality")
    ask = "Ask that confidentiality lasts at least two years after the end."
    if not clauses:
        yield context.missing(
            "confidentiality-survival",
            "medium",
            "confidentiality",
            "No confidentiality clause was found.",
            "Add a confidentiality clause that lasts at least two years after the end.",
        )
        return
    lengths: list[tuple[Duration, Finding]] = []
    for clause in clauses:
        for length in find_durations(clause.quote):
            around = clause.quote[max(0, length.start - 120) : length.end + 120]
            if length.unit in {"month", "quarter", "year"} and _AFTER_END.search(around):
                lengths.append((length, clause))
    if lengths:
        longest, clause = max(lengths, key=lambda pair: pair[0].months)
        if longest.months < MIN_SURVIVAL_MONTHS:
            yield context.at(
                "confidentiality-survival",
                "medium",
                clause,
                f"Confidentiality ends after {longest.text}; the rule is at least two years.",
                ask,
            )
    elif not any(_FOREVER.search(clause.quote) for clause in clauses):
        yield context.at(
            "confidentiality-survival",
            "medium",
            clauses[0],
            "It is not said how long confidentiality lasts after the end.",
            ask,
        )


def _payment(context: _Context) -> Iterator[Risk]:
    for clause in context.reading.of_kind("payment_terms"):
        for length in find_durations(clause.quote):
            days = _calendar_days(length)
            if (
                days > MAX_PAYMENT_DAYS
                and length.unit in {"day", "week", "month"}
                and _PAY_BEFORE.search(clause.quote[: length.start])
            ):
                yield context.at(
                    "payment-term",
                    "medium",
                    clause,
                    f"The payment term is {length.text}; at most {MAX_PAYMENT_DAYS} days are allowed.",
                    f"Ask for payment within {MAX_PAYMENT_DAYS} days.",
                )
                break


def _assignment(context: _Context) -> Iterator[Risk]:
    clauses = context.reading.of_kind("anti_assignment")
    for clause in clauses:
        if _FREELY.search(clause.quote):
            level: Level = "low" if _NOT_FREELY.search(clause.quote) else "high"
            yield context.at(
                "assignment",
                level,
                clause,
                "It can be assigned without consent, at least in some cases.",
                "Ask that every assignment needs consent.",
            )
            return
    if not clauses:
        yield context.missing(
            "assignment",
            "medium",
            "anti_assignment",
            "Nothing forbids assignment without consent.",
            "Add that assignment needs consent.",
        )


def _calendar_days(length: Duration) -> Decimal:
    """Business days count seven for five."""
    return length.days * 7 / 5 if length.business else length.days


RULES: tuple[Callable[[_Context], Iterator[Risk]], ...] = (
    _liability,
    _law,
    _renewal,
    _notice,
    _exclusivity,
    _data,
    _confidentiality,
    _payment,
    _assignment,
)
