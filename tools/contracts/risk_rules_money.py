"""These are the firm's rules on liability, law, exclusivity, payment and assignment (legal handbook, section 3.2)."""

import re
from collections.abc import Iterator

from ..extraction.money import find_money
from ..extraction.quantities import find_durations
from .clauses import ClauseFinding
from .risk_case import Risk, RiskCase, RiskLevel
from .risk_rules_time import compute_calendar_days

ACCEPTED_LAWS = frozenset({"Germany", "England", "England and Wales", "New York"})
MIN_CAP_MONTHS = 12
MAX_PAYMENT_DAYS = 45
_UNLIMITED = re.compile(
    r"\bliab\w*\b[^.;]{0,80}\b(?:unlimited|uncapped|not (?:be )?(?:limited|capped)(?! to\b)|without (?:any )?limit\b)|"
    r"\b(?:unlimited|uncapped) (?:\w+ ){0,2}liab",
    re.IGNORECASE,
)
# Intent, gross negligence, injury and fraud are taken out of every limit; this is more.
_UNUSUAL = re.compile(
    r"\b(?:indemni\w*|infring\w*|intellectual property|data protection|"
    r"confidential\w*(?![^.;]{0,30}on purpose))",
    re.IGNORECASE,
)
_FEES = re.compile(
    r"\b(?:fees?|amounts?|payments?|sums?|price|royalt\w+|consideration|compensation|remuneration|charges)\b",
    re.IGNORECASE,
)
_CAPS = re.compile(r"\b(?:exceed\w*|limited to|greater than|in excess of|capped at|maximum)\b", re.IGNORECASE)
_PAY_BEFORE = re.compile(
    r"\b(?:within|net|no(?:t)? later than|in|after|of|at|due|payable)\b[^.;]{0,25}$|\bpa(?:y|id|yable|"
    r"yment)\w*\b[^.;]{0,40}$",
    re.IGNORECASE,
)
_FREELY = re.compile(
    r"\b(?:may(?! not)|right to|entitled to|free to|can(?! ?not))\b[^.;]{0,60}\b(?:assign|"
    r"transfer)\b[^.;]{0,140}\bwithout\b[^.;]{0,40}\b(?:consent|approval)\b|\bfreely (?:assign|transfer)",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\b(?:neither|no party|nor|not)\b[^.;]{0,40}$", re.IGNORECASE)
_SOME = re.compile(r"\b(?:provided|except|affiliate|successor|merger)\w*", re.IGNORECASE)


def check_liability(case: RiskCase) -> Iterator[Risk]:
    """No unlimited liability; a limit of at least twelve months' fees."""
    caps = [f for f in case.reading.of_kind("cap_on_liability") if _CAPS.search(f.quote)]
    both = (*case.reading.of_kind("uncapped_liability"), *case.reading.of_kind("cap_on_liability"))
    open_ended = [finding for finding in both if _UNLIMITED.search(finding.quote)]
    if open_ended:
        yield case.make_risk(
            "liability-unlimited",
            "high",
            open_ended[0],
            "Liability may not be unlimited.",
            "Limit liability to at least twelve months' fees.",
        )
    elif not caps:
        yield case.make_missing_risk(
            "liability-unlimited",
            "high",
            "cap_on_liability",
            "No sentence was found that limits the amount of liability; without one it is unlimited.",
            "Add a limit of liability of at least twelve months' fees.",
        )
    for cap in caps[:2]:
        yield from _check_cap(case, cap)
    uncapped = case.reading.of_kind("uncapped_liability")
    carve_outs = [f for f in uncapped if f not in open_ended and _UNUSUAL.search(f.quote)]
    if caps and carve_outs:
        yield case.make_risk(
            "liability-carve-out",
            "low",
            carve_outs[0],
            "Some liability is taken out of the limit.",
            "Check that only intent, gross negligence, injury and the like are taken out of the limit.",
        )


def _check_cap(case: RiskCase, cap: ClauseFinding) -> Iterator[Risk]:
    place = _CAPS.search(cap.quote)
    if place is None:
        return
    rest = cap.quote[place.end() : place.end() + 400]
    months = [length.months for length in find_durations(rest) if length.unit in {"month", "quarter", "year"}]
    if months and _FEES.search(rest):
        if max(months) < MIN_CAP_MONTHS:
            yield case.make_risk(
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
    if case.annual_fees is None:
        yield case.make_risk(
            "liability-cap-unclear",
            "medium",
            cap,
            f"The limit is a sum ({highest.text}); the rule is at least twelve months' fees.",
            "Compare the sum with twelve months' fees.",
        )
    elif highest.amount < case.annual_fees:
        yield case.make_risk(
            "liability-cap-low",
            "high",
            cap,
            f"The limit of {highest.text} is below twelve months' fees.",
            "Raise the limit to at least twelve months' fees.",
        )


def check_governing_law(case: RiskCase) -> Iterator[Risk]:
    """The law of Germany, England or New York, else counsel."""
    law, clauses = case.reading.governing_law, case.reading.of_kind("governing_law")
    ask = "Ask for the law of Germany, England or New York, or take it to counsel."
    if law is not None and law.value not in ACCEPTED_LAWS:
        clause = next((f for f in clauses if f.start <= law.start < f.end), None)
        if clause is not None:
            yield case.make_risk(
                "governing-law",
                "high",
                clause,
                f"The law of {law.value} governs; accepted are Germany, England and New York.",
                ask,
            )
    elif law is None and clauses:
        yield case.make_risk("governing-law", "medium", clauses[0], "The clause names no law that could be read.", ask)
    elif law is None:
        yield case.make_missing_risk("governing-law", "medium", "governing_law", "No governing law is named.", ask)


def check_exclusivity(case: RiskCase) -> Iterator[Risk]:
    """No exclusivity without counsel."""
    for clause in case.reading.of_kind("exclusivity")[:2]:
        yield case.make_risk(
            "exclusivity",
            "high",
            clause,
            "Exclusivity is agreed only by counsel.",
            "Take the exclusivity out, or take it to counsel.",
        )


def check_payment_term(case: RiskCase) -> Iterator[Risk]:
    """Payment within at most 45 days."""
    clauses = case.reading.of_kind("payment_terms")
    for clause in clauses:
        for length in find_durations(clause.quote):
            ordinary = length.unit in {"day", "week", "month"} and _PAY_BEFORE.search(clause.quote[: length.start])
            if ordinary and compute_calendar_days(length) > MAX_PAYMENT_DAYS:
                yield case.make_risk(
                    "payment-term",
                    "medium",
                    clause,
                    f"The payment term is {length.text}; at most {MAX_PAYMENT_DAYS} days are allowed.",
                    f"Ask for payment within {MAX_PAYMENT_DAYS} days.",
                )
                break
    if not clauses:
        yield case.make_missing_risk(
            "payment-term",
            "medium",
            "payment_terms",
            "No term of payment was found.",
            f"Agree on payment within at most {MAX_PAYMENT_DAYS} days.",
        )


def check_assignment(case: RiskCase) -> Iterator[Risk]:
    """No assignment without consent."""
    clauses = case.reading.of_kind("anti_assignment")
    for clause in clauses:
        free = [m for m in _FREELY.finditer(clause.quote) if not _NOBODY.search(clause.quote[: m.start()])]
        if free:
            # Assignment to an affiliate or a successor is usual; to anyone it is not.
            level: RiskLevel = "low" if _SOME.search(clause.quote) else "high"
            yield case.make_risk(
                "assignment",
                level,
                clause,
                "It can be assigned without consent, at least in some cases.",
                "Ask that every assignment needs consent.",
            )
            return
    if not clauses:
        yield case.make_missing_risk(
            "assignment",
            "medium",
            "anti_assignment",
            "Nothing forbids assignment without consent.",
            "Add that assignment needs consent.",
        )
