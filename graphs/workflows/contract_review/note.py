"""The preliminary note says what a contract review found, in the contract's own words, for people. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...language.formatting import (
    format_bullets,
    format_day,
    format_minor_amount,
    format_plain_name,
    format_words,
    quote_words,
    shorten_line,
)

PRELIMINARY = "This is a preliminary note made by rules, not legal advice; counsel decides."
LONGEST_NOTE = 7800
QUOTE = 240
KEPT_QUOTE = 600
MOST_CLAUSES = 24
MOST_LIKELY = 8
MOST_RISKS = 30
MOST_PROBLEMS = 15
_KEY = (
    *("term", "renewal_term", "termination_for_convenience", "cap_on_liability", "uncapped_liability", "payment_terms"),
    *("confidentiality", "data_protection", "anti_assignment", "exclusivity", "governing_law", "indemnity"),
)
_LIBRARY = {
    "cap_on_liability": "liability_cap",
    "uncapped_liability": "unlimited_liability",
    "renewal_term": "renewal",
    "notice_to_terminate_renewal": "renewal",
    "termination_for_convenience": "termination",
    "anti_assignment": "assignment",
    "ip_ownership_assignment": "ip_ownership",
    "license_grant": "licence_grant",
}

ReviewRecord = Mapping[str, Any]


def slice_quote(item: ReviewRecord, most: int = KEPT_QUOTE) -> dict[str, Any]:
    """A quote of at most ``most`` characters with the span of exactly those characters."""
    if item["start"] is None:
        return {"quote": item["quote"], "start": None, "end": None}
    quote = item["quote"][:most]
    return {"quote": quote, "start": item["start"], "end": item["start"] + len(quote)}


def collect_findings(review: ReviewRecord, clauses: Mapping[str, str]) -> dict[str, Any]:
    """The review as bounded plain data; every quote is exactly the characters of its span.

    Args:
        clauses: the business's clause library: what it proposes instead of a risky or missing clause, where it does.
    """
    ranked = sorted(review["clauses"], key=lambda item: (item["kind"] not in _KEY, -item["confidence_percent"]))
    kept = sorted(ranked[:MOST_CLAUSES], key=lambda item: item["start"])
    names = ("rule_id", "section", "level", "kind", "why", "ask")
    return {
        "source_id": review["source_id"],
        "title": review["title"],
        "parties": [
            {name: item[name] for name in ("name", "roles", "start", "end")} for item in review["parties"][:10]
        ],
        "governing_law": review["governing_law"],
        "dates": {name: review[f"{name}_date"] for name in ("agreement", "effective", "expiration")},
        "clauses": [{name: item[name] for name in ("kind", "label", "section")} | slice_quote(item) for item in kept],
        "clauses_found": len(review["clauses"]),
        "likely": [
            {name: item[name] for name in ("kind", "label", "section")} | slice_quote(item)
            for item in sorted(review["likely"], key=lambda item: -item["confidence_percent"])[:MOST_LIKELY]
        ],
        "risks": [
            {name: item[name] for name in names}
            | slice_quote(item)
            | {"fallback": clauses.get(_LIBRARY.get(item["kind"], item["kind"]), "")}
            for item in review["risks"][:MOST_RISKS]
        ],
        "risks_found": len(review["risks"]),
        "high_risks": review["high_risks"],
        "missing": [item["kind"] for item in review["risks"] if item["start"] is None],
        "citations": {"checked": review["citations_checked"], "resolved": review["citations_resolved"]},
        "citation_problems": review["citation_problems"][:MOST_PROBLEMS],
        "citation_problems_found": len(review["citation_problems"]),
        "characters": review["characters"],
    }


def format_note(found: ReviewRecord, contract: ReviewRecord | None, precedents: Sequence[ReviewRecord]) -> str:
    """The note as Markdown."""
    head = contract["contract_id"] if contract else found["source_id"]
    title = (
        format_plain_name(contract["title"])
        if contract
        else quote_words(found["title"], 120)
        if found["title"]
        else "no title found"
    )
    parts = [
        f"## Preliminary review of {head}: {title}",
        f"*{PRELIMINARY}*",
        _basics(found, contract),
        _risks(found["risks"], found["risks_found"]),
        _missing(found),
        _clauses(found),
        _likely(found["likely"]),
        _citations(found),
        _precedents(precedents),
    ]
    return "\n\n".join(part for part in parts if part)


def format_short_note(found: ReviewRecord) -> str:
    """The note as it is kept on the contract: the findings with quotes, without the clause list."""
    counts = f"{found['risks_found']} findings, {found['high_risks']} of high risk."
    parts = [
        f"Preliminary review. {PRELIMINARY} {counts}",
        _risks(found["risks"], found["risks_found"]),
        _missing(found),
    ]
    return "\n\n".join(part for part in [*parts, _citations(found)] if part)[:LONGEST_NOTE]


def _basics(found: ReviewRecord, contract: ReviewRecord | None) -> str:
    parties = "; ".join(
        quote_words(item["name"], 80) + (f" ({shorten_line(', '.join(item['roles']), 60)})" if item["roles"] else "")
        for item in found["parties"]
    )
    law, dates = found["governing_law"], found["dates"]
    lines = [
        f"**Parties**: {parties or 'not found'}",
        f"**Governing law**: {law['value'] + ' – ' + quote_words(law['quote'], 80) if law else 'not found'}",
        f"**Dates**: agreed {format_day(dates['agreement'])}, effective {format_day(dates['effective'])}, "
        f"ends {format_day(dates['expiration'])}",
    ]
    if contract:
        lines.append(
            f"**In the contract store**: {format_words(contract['status'])}, value "
            f"{format_minor_amount(contract['value_minor'], contract['currency'])}, from "
            f"{format_day(contract['starts_on'])} to "
            f"{format_day(contract['ends_on'])}"
        )
    return format_bullets(lines)


def _risks(risks: Sequence[ReviewRecord], total: int) -> str:
    if not risks:
        return "### Risks\n\nNo rule of legal-handbook#3.2 is broken, as far as rules can read."
    lines = [f"### Risks ({total})"]
    for place, risk in enumerate(risks, start=1):
        where = f"characters {risk['start']}–{risk['end']}" if risk["start"] is not None else "missing"
        lines.append(
            f"{place}. **{risk['level'].capitalize()}: {format_words(risk['kind'])}** ({risk['section']}, {where})"
        )
        if risk["start"] is not None:
            lines.append(f"   - Quote: {quote_words(risk['quote'], QUOTE)}")
        lines.append(f"   - Why: {risk['why']} {risk['ask']}")
        if settled := risk.get("precedent"):
            there = f"{settled['source']}, characters {settled['start']}–{settled['end']}"
            lines.append(f"   - Precedent: {there}: {quote_words(settled['quote'], QUOTE)}")
        if risk["fallback"]:
            lines.append(f"   - Fallback from the clause library: {shorten_line(risk['fallback'], 2 * QUOTE)}")
    return "\n".join(lines)


def _missing(found: ReviewRecord) -> str:
    return f"### Missing clauses\n\n{', '.join(map(format_words, found['missing']))}" if found["missing"] else ""


def _clauses(found: ReviewRecord) -> str:
    first: dict[str, ReviewRecord] = {}
    for item in found["clauses"]:
        if item["kind"] in _KEY:
            first.setdefault(item["kind"], item)
    chosen = first.values()
    lines = [
        f"**{item['label']}** ({item['start']}–{item['end']}): {quote_words(item['quote'], QUOTE)}" for item in chosen
    ]
    return f"### Key clauses\n\n{format_bullets(lines)}" if lines else ""


def _likely(likely: Sequence[ReviewRecord]) -> str:
    lines = [
        f"**{item['label']}** ({item['start']}–{item['end']}): {quote_words(item['quote'], QUOTE)}" for item in likely
    ]
    intro = (
        "In other words than usual: a trained finder points to them. About every second one is right; a person checks."
    )
    return f"### Perhaps also there\n\n{intro}\n\n{format_bullets(lines)}" if lines else ""


def _citations(found: ReviewRecord) -> str:
    checked, problems = found["citations"], found["citation_problems"]
    line = f"{checked['resolved']} of {checked['checked']} references lead somewhere."
    if not checked["checked"]:
        line = "The text refers to no section or annex of its own."
    broken = [f"{quote_words(item['text'], 80)}: {shorten_line(item['why'], 160)}" for item in problems]
    listed = f"\n\n{format_bullets(broken, most=8, total=found['citation_problems_found'])}" if broken else ""
    return f"### Citation check\n\n{line}{listed}"


def _precedents(precedents: Sequence[ReviewRecord]) -> str:
    lines = [f"{item['source']}: {shorten_line(item['text'], 200)}" for item in precedents]
    return f"### Precedents\n\n{format_bullets(lines)}" if lines else "### Precedents\n\nNone on record that fit."
