"""This handler finds contracts by counterparty, dates, status, type, value, and clauses with or without."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ....policies.domain.proposal import Provenance
from ....tools.extraction.extract import find_dates, find_durations
from ...language.formatting import format_bullets, format_day, format_minor_amount, format_plain_name, format_words
from ...language.party_names import find_party_names
from ...language.request_values import MoneyAmount, Problem, parse_request_amount
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest
from .contract_questions import find_asked_kinds

OUTLINE, RULES = "legal-handbook#2.1", "legal-handbook#3.2"
MOST = 50
_RENEW = re.compile(r"\brenew|\bup for renewal", re.IGNORECASE)
_WITHOUT = re.compile(r"\b(?:without|no|missing|lack(?:s|ing)?|not have)\b(?P<rest>.*)", re.IGNORECASE)
_HAVING = re.compile(
    r"\bwith (?:an? )?(?P<rest>[\w -]{0,40}?(?:clause|liability|renewal|exclusiv\w+|DPA|"
    r"confidential\w+|assignment|indemni\w+))|\ballow (?P<more>.*)",
    re.IGNORECASE,
)
_STATUS = {
    "draft": "draft",
    "in review": "in_review",
    "waiting for counsel": "in_review",
    "approved": "approved",
    "sent": "sent",
    "active": "active",
    "expired": "expired",
}
_TYPES = (
    "supply",
    "service",
    "licence",
    "license",
    "distribution",
    "logistics",
    "maintenance",
    "reseller",
    "lease",
    "nda",
    "consult",
)
_CONDITION = {
    "counterparty": "with {}",
    "renews_month": "that renew in {}",
    "renews_from": "that renew from {}",
    "renews_to": "to {}",
    "ends_from": "that end from {}",
    "ends_to": "to {}",
    "status": "that are {}",
    "type": "of type {}",
    "missing_clause": "without {}",
    "min_value_minor": "of at least {}",
    "max_value_minor": "of at most {}",
}
_ABOVE = re.compile(r"\b(?:above|over|more than|exceed\w*|at least|larger)\b", re.IGNORECASE)
_BELOW = re.compile(r"\b(?:below|under|less than|at most|up to)\b", re.IGNORECASE)
_NOT_SEARCHABLE = re.compile(r"\b(?:high[- ]risk|governed by|owned by|signed|law\b)", re.IGNORECASE)


def begin_contract_search(case: StepContext[HandlerRequest]) -> StepResult:
    """Turn the words into conditions; ask when a date or an amount cannot be used."""
    wanted = parse_conditions(case.input.text, case.today)
    if isinstance(wanted, Ask):
        return wanted
    having = _parse_clause(case.input.text)
    calls = [_call("all", wanted)]
    if having and "missing_clause" not in wanted:
        # The tool finds what is missing; what has the clause is the rest. Two halves, because a list has an end.
        pivot = case.today + timedelta(days=365)
        halves = ({"ends_to": pivot.isoformat()}, {"ends_from": (pivot + timedelta(days=1)).isoformat()})
        calls = [
            _call(f"{name}{number}", wanted | half | clause)
            for number, half in enumerate(halves)
            for name, clause in (("all", {}), ("missing", {"missing_clause": having}))
        ]
    return Calls(tuple(calls))


def tell_contracts(case: StepContext[HandlerRequest]) -> Finish:
    """List what was found."""
    for key in case.outcomes:
        if stop := case.stop(key, "search the contracts"):
            return Finish(stop.text, stop.status, (OUTLINE,))
    rows = {
        row["contract_id"]: row
        for key in case.outcomes
        if key.startswith("all")
        for row in case.value(key)["contracts"]
    }
    missing = {
        row["contract_id"] for key in case.outcomes if key.startswith("missing") for row in case.value(key)["contracts"]
    }
    kept = [row for id, row in rows.items() if id not in missing]
    total = case.value("all")["total"] if "all" in case.outcomes else len(kept)
    note = _explain_not_searched(case.input.text)
    shown = parse_conditions(case.input.text, case.today)
    said = _describe_search(shown if isinstance(shown, dict) else {}, _parse_clause(case.input.text))
    head = (
        f"**{total}** {'contract' if total == 1 else 'contracts'}{said and f' {said}'}:"
        if kept
        else f"No contract fits ({said or 'no condition'})."
    )
    text = "\n".join(filter(None, [head, format_bullets([_line(row) for row in kept], total=total) if kept else ""]))
    ids = [row["contract_id"] for row in kept]
    return Finish(
        "\n\n".join(filter(None, [text, note])), citations=tuple(ids[:20]), data={"total": total, "contracts": ids}
    )


def parse_conditions(text: str, today: date) -> dict[str, Any] | Ask:
    """Arguments of ``contracts.search``; a question when a date does not exist or an amount cannot be read."""
    wanted: dict[str, Any] = {}
    without = _WITHOUT.search(text)
    if without and (kinds := find_asked_kinds(without["rest"])):
        wanted["missing_clause"] = kinds[0]
    spoken = [
        name
        for name in find_party_names(text)
        if not (
            find_asked_kinds(name) or name.casefold() in _TYPES or name.casefold() in ("new york", "dpa", "ndas", "cfo")
        )
    ]
    if spoken and not _NOT_SEARCHABLE.search(text):
        wanted["counterparty"] = spoken[0][:200]
    lowered = text.lower()
    if "missing_clause" not in wanted:
        wanted |= next(
            ({"status": status} for phrase, status in _STATUS.items() if re.search(rf"\b{phrase}\b", lowered)), {}
        )
    if kind := next((kind for kind in _TYPES if re.search(rf"\b{kind}", lowered)), None):
        wanted["type"] = {"license": "licence", "reseller": "distribution"}.get(kind, kind)
    worth = parse_request_amount(text)
    if isinstance(worth, Problem):
        return Ask(worth.words, "amount")
    if isinstance(worth, MoneyAmount):
        wanted |= (
            {"max_value_minor": worth.minor}
            if _BELOW.search(text) and not _ABOVE.search(text)
            else {"min_value_minor": worth.minor}
        )
    window = _window(text, today)
    return window if isinstance(window, Ask) else wanted | window


def _window(text: str, today: date) -> dict[str, Any] | Ask:
    """When they renew or end."""
    renews = _RENEW.search(text) is not None and "renewal date" not in text
    names = ("renews_from", "renews_to") if renews else ("ends_from", "ends_to")
    for found in find_dates(text, today=today):
        if not found.exists:
            return Ask(f"There is no such day as {found.text.strip()}. Which day is meant?", "day")
        if found.precision == "month" and found.month:
            if (
                renews
                and (found.relative or found.year is None)
                and found.text.lower().split()[0] in ("in", "during", "for")
            ):
                return {"renews_month": found.month}
            year = found.year or today.year
            first = date(year, found.month, 1)
            return {
                names[0]: first.isoformat(),
                names[1]: ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).isoformat(),
            }
        if found.precision == "year" and found.year:
            return {names[0]: f"{found.year}-01-01", names[1]: f"{found.year}-12-31"}
        if found.value:
            return {names[0]: today.isoformat(), names[1]: found.value.isoformat()}
    if named := re.search(r"\b(?:ending|end|expir\w+|renew\w*)\b.{0,12}\b(20\d\d)\b", text, re.IGNORECASE):
        return {names[0]: f"{named[1]}-01-01", names[1]: f"{named[1]}-12-31"}
    if re.search(r"\b(?:next|within|in the next|coming)\b", text, re.IGNORECASE) and (spans := find_durations(text)):
        return {names[0]: today.isoformat(), names[1]: (today + timedelta(days=int(spans[0].days))).isoformat()}
    if "this quarter" in text.lower():
        first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        return {
            names[0]: first.isoformat(),
            names[1]: ((first + timedelta(days=95)).replace(day=1) - timedelta(days=1)).isoformat(),
        }
    return {}


def _call(key: str, args: Mapping[str, Any]) -> Call:
    origin = dict.fromkeys(args, Provenance.USER) | {"limit": Provenance.TRUSTED}
    return Call(key, "contracts.search", {**args, "limit": MOST}, origin)


def _parse_clause(text: str) -> str | None:
    found = _HAVING.search(text)
    kinds = find_asked_kinds(found["rest"] or found["more"] or "") if found and not _WITHOUT.search(text) else ()
    if found and re.search(r"\bunlimited\b", text, re.IGNORECASE):
        return "uncapped_liability"
    return kinds[0] if kinds else None


def _line(row: Mapping[str, Any]) -> str:
    renews = f", renews {format_day(row['renews_on'])}" if row["renews_on"] and "•" not in str(row["renews_on"]) else ""
    worth = (
        f", {format_minor_amount(row['value_minor'], row['currency'])}" if isinstance(row["value_minor"], int) else ""
    )
    status = f", {format_words(row['status'])}" if "•" not in str(row["status"]) else ""
    return (
        f"{row['contract_id']}: {format_plain_name(row['title'])}, ends "
        f"{format_day(row['ends_on'])}{renews}{worth}{status}"
    )


def _describe_search(wanted: Mapping[str, Any], having: str | None) -> str:
    said = [_CONDITION[name].format(_format_condition(name, value)) for name, value in wanted.items()]
    return ", ".join([*said, *([f"with {format_words(having)}"] if having else [])]).replace(", to ", " to ")


def _format_condition(name: str, value: Any) -> str:
    if name == "renews_month":
        return f"{date(2000, value, 1):%B}"
    if name.endswith("minor"):
        return format_minor_amount(value)
    return format_day(value) if name.endswith(("_from", "_to")) else format_words(value)


def _explain_not_searched(text: str) -> str:
    if _NOT_SEARCHABLE.search(text):
        return "I cannot search by governing law, risk, owner or signing date; ask me about one contract, or review it."
    return ""


CONTRACT_SEARCH = Handler(begin_contract_search, tell_contracts)
