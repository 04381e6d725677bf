"""This handler answers from one contract: its record for dates and value, its own words for what it says.

Which kinds of clauses a question is about is told by the words people use.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import (
    HIDDEN,
    format_bullets,
    format_day,
    format_minor_amount,
    format_plain_name,
    format_words,
    quote_words,
)
from ...language.party_names import find_clear_choice, find_party_names
from ...language.request_values import find_record_numbers
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

_WORDS: dict[str, tuple[str, ...]] = {
    r"liabilit|\bcap(?:ped)?\b": ("cap_on_liability", "uncapped_liability"),
    r"auto[- ]?renew|renew": ("renewal_term",),
    r"terminat|notice|get out|cancel": ("termination_for_convenience", "notice_to_terminate_renewal"),
    r"governing|\blaws?\b|jurisdiction|governs": ("governing_law",),
    r"disputes?|arbitrat|court": ("dispute_resolution", "governing_law"),
    r"confidential|\bNDA\b|secrec": ("confidentiality",),
    r"\bDPA\b|data protection|data process|personal data": ("data_protection",),
    r"exclusiv": ("exclusivity",),
    r"assign(?!ed to\b)": ("anti_assignment",),
    r"payment term|pay(?:ment|able)?\b|invoice|fees": ("payment_terms",),
    r"indemni": ("indemnity",),
    r"warrant": ("warranty_duration",),
    r"insur": ("insurance",),
    r"audit": ("audit_rights",),
    r"non[- ]?compet|compet": ("non_compete",),
    r"force majeure": ("force_majeure",),
    r"change of control": ("change_of_control",),
    r"licen[cs]e": ("license_grant",),
    r"penalt|liquidated|deliver(?:s|y)? late|late": ("liquidated_damages",),
    r"intellectual property|\bIP\b|ownership|results": ("ip_ownership_assignment",),
    r"\bterm\b|how long|expir|\bend(?:s|ing)?\b": ("term",),
}


def find_asked_kinds(text: str) -> tuple[str, ...]:
    """The kinds of clauses that the words are about, in the order of the list above; none when they name no clause."""
    found: dict[str, None] = {}
    for pattern, kinds in _WORDS.items():
        if re.search(pattern, text, re.IGNORECASE):
            found |= dict.fromkeys(kinds)
    return tuple(found)


OUTLINE = "legal-handbook#2.1"
MOST_QUOTES, QUOTE, _TITLE = 4, 600, 120
MOST_OTHERS = 4
"""How many contracts are looked at beside the first that a question names."""
_CALLED = re.compile(
    r"\b(?:the|our) (?!(?:same|last|latest|current|new|old|whole|signed|first|other|next|above|said|draft|service|"
    r"framework|supply|maintenance|distribution|licen[cs]e|lease|employment|sales|purchase|confidentiality)\b)"
    r"(?P<name>[a-z][\w-]{2,40}) (?:contract|agreement)\b",
    re.IGNORECASE,
)
_OF_RECORD = re.compile(
    r"\b(?:worth|value|owner|contact|status|when|date|expir\w*|ends?|starts?|who is our)\b", re.IGNORECASE
)
_SAYS = re.compile(
    r"\b(?:say|says|clause|wording|quote|liabilit\w*|law|section|allow\w*|penalt\w*|what happens)\b", re.IGNORECASE
)


def look_up_contract(case: StepContext[HandlerRequest]) -> Calls | Ask:
    """The contract by number, by counterparty, or the one that was spoken of before."""
    said = case.input
    if ids := find_record_numbers("contract", said.text):
        first = request_contract(ids[0], Provenance.USER, find_asked_kinds(said.text))
        others = [
            Call(f"other.{number}", "contracts.get", {"contract_id": number}, {"contract_id": Provenance.USER})
            for number in ids[1 : 1 + MOST_OTHERS]
        ]
        return Calls((*first.calls, *others))
    if names := find_party_names(said.text):
        return Calls.of(
            Call(
                "rows",
                "contracts.search",
                {"counterparty": names[0][:200], "limit": 5},
                {"counterparty": Provenance.USER, "limit": Provenance.TRUSTED},
            )
        )
    if other := _find_other_name(said.text, said.earlier):
        return Ask(f"I know no contract by “{other}”. What is its number, or its counterparty?", "contract_id")
    if ids := find_record_numbers("contract", "", said.earlier):
        return request_contract(ids[0], Provenance.USER, find_asked_kinds(said.text))
    return Ask("Which contract? Tell me its number, for example CON-0031, or the counterparty.", "contract_id")


def request_contract(contract_id: str, source: Provenance, kinds: tuple[str, ...] = ()) -> Calls:
    """Read the record, and the text where the question is about a clause."""
    calls = [Call("contract", "contracts.get", {"contract_id": contract_id}, {"contract_id": source})]
    if kinds:
        calls.append(Call("review", "contracts.review", {"source_id": contract_id}, {"source_id": source}))
    return Calls(tuple(calls))


def identify_contract(case: StepContext[HandlerRequest]) -> tuple[str, Provenance] | Ask | Finish:
    """The number of the contract that is meant and where it comes from; a question when that is not clear."""
    if ids := find_record_numbers("contract", case.input.text):
        return ids[0], Provenance.USER
    if "rows" not in case.outcomes:
        ids = find_record_numbers("contract", "", case.input.earlier)
        return (ids[0], Provenance.USER) if ids else Ask("Which contract? Tell me its number.", "contract_id")
    if stop := case.stop("rows", "look for the contract"):
        return stop
    rows, wanted = case.value("rows")["contracts"], find_party_names(case.input.text)[0]
    if len(rows) == 1:
        chosen: str | None = rows[0]["contract_id"]
    else:
        named = {row["contract_id"]: row["counterparty"] for row in rows}
        chosen = find_clear_choice(wanted, named)
        if chosen is not None and sum(name == named[chosen] for name in named.values()) > 1:
            chosen = None
    if chosen is None:
        listed = format_bullets([f"{row['contract_id']}: {format_plain_name(row['title'])}" for row in rows])
        return Ask(
            f"Which contract do you mean?\n{listed}"
            if rows
            else f"I found no contract with {wanted}. What is its number?",
            "contract_id",
        )
    return chosen, Provenance.TRUSTED


def _find_other_name(text: str, earlier: str) -> str:
    """What a question calls its contract ("the canteen contract") when that was not spoken of before; or empty."""
    named = _CALLED.search(text)
    return named["name"] if named and named["name"].lower() not in earlier.lower() else ""


def begin_contract_question(case: StepContext[HandlerRequest]) -> Calls | Ask:
    """What a question is about: a file that came with it, where it names no contract by number."""
    said = case.input
    if said.documents and not find_record_numbers("contract", said.text):
        attached = {"source_id": said.documents[-1]}
        return Calls.of(Call("attached", "contracts.review", attached, {"source_id": Provenance.USER}))
    return look_up_contract(case)


def _tell_attached(case: StepContext[HandlerRequest]) -> StepResult:
    """Answer from the words of the file that came with the question."""
    if stop := case.stop("attached", "read the file"):
        return stop
    read, kinds = case.value("attached"), find_asked_kinds(case.input.text)
    name = quote_words(read["title"], _TITLE) if read["title"] else read["source_id"]
    if not kinds:
        return Finish(
            f"I have read {name}. Ask about one of its clauses, or say “review this contract”.",
            citations=(read["source_id"],),
            data={"document_id": read["source_id"]},
        )
    quotes = _quotes(read["clauses"], kinds)
    likely = _quotes(read["likely"], kinds) if not quotes else []
    return Finish(
        f"In the file that you sent, {name}:\n\n{_format_quotes(quotes, likely, kinds)}",
        citations=(read["source_id"],),
        data={"document_id": read["source_id"], "quotes": quotes, "likely": likely},
    )


def tell_contract(case: StepContext[HandlerRequest]) -> StepResult:
    """Answer from the record and from the contract's own words."""
    if "attached" in case.outcomes:
        return _tell_attached(case)
    if "contract" not in case.outcomes:
        found = identify_contract(case)
        return request_contract(*found, find_asked_kinds(case.input.text)) if isinstance(found, tuple) else found
    if stop := case.stop("contract", "look at the contract"):
        return stop
    contract = case.value("contract")
    parts, cited = [describe_contract(contract)], [contract["contract_id"]]
    data: dict[str, Any] = {
        "contract_id": contract["contract_id"],
        "ends_on": contract["ends_on"],
        "starts_on": contract["starts_on"],
    }
    if contract["status"] == HIDDEN or not isinstance(contract["value_minor"], int):
        parts.append(f"Your role sees title, parties and dates ({OUTLINE}).")
        cited.append(OUTLINE)
    kinds = find_asked_kinds(case.input.text)
    if "review" in case.outcomes and (
        not _OF_RECORD.search(case.input.text) or _SAYS.search(case.input.text) or kinds != ("term",)
    ):
        if not case.has("review"):
            parts.append(f"What it says in its clauses I cannot show: {case.outcome('review').message}")
        else:
            quotes = _quotes(case.value("review")["clauses"], kinds)
            likely = _quotes(case.value("review")["likely"], kinds) if not quotes else []
            data |= {"quotes": quotes, "likely": likely}
            parts.append(_format_quotes(quotes, likely, kinds))
    for key in (key for key in case.outcomes if key.startswith("other.")):
        stop = case.stop(key, f"look at {key.removeprefix('other.')}")
        parts.append(stop.text if stop else describe_contract(case.value(key)))
        cited.append(key.removeprefix("other."))
    return Finish("\n\n".join(parts), citations=tuple(cited), data=data)


def describe_contract(contract: Mapping[str, Any]) -> str:
    """A contract's record in words; what policy masked is said to be hidden."""
    lines = [
        f"runs from {format_day(contract['starts_on'])} to **{format_day(contract['ends_on'])}**, status "
        f"{format_words(contract['status'])}"
    ]
    if isinstance(contract["value_minor"], int):
        lines.append(
            f"total value {format_minor_amount(contract['value_minor'], contract['currency'])}, owner "
            f"{contract['owner']}"
        )
        renews = f", next on {format_day(contract['renews_on'])}" if contract["renews_on"] else ""
        lines.append(
            f"renews by itself for {contract['renewal_months']} months{renews}, notice {contract['notice_days']} days"
            if contract["auto_renew"]
            else f"does not renew by itself, notice {contract['notice_days']} days"
        )
    return f"**{contract['contract_id']}**, {format_plain_name(contract['title'])}:\n{format_bullets(lines)}"


def _quotes(clauses: Sequence[Mapping[str, Any]], kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Verbatim slices with their spans, the surest first."""
    fitting = sorted(
        (item for item in clauses if item["kind"] in kinds),
        key=lambda item: (-item["confidence_percent"], item["start"]),
    )
    kept = []
    for item in fitting[:MOST_QUOTES]:
        quote = item["quote"][:QUOTE]
        kept.append(
            {
                "kind": item["kind"],
                "section": item["section"],
                "quote": quote,
                "start": item["start"],
                "end": item["start"] + len(quote),
            }
        )
    return kept


def _format_quotes(quotes: list[dict[str, Any]], likely: list[dict[str, Any]], kinds: tuple[str, ...]) -> str:
    none = f"I found no clause on {', '.join(map(format_words, kinds[:3]))} in its text"
    if not quotes and not likely:
        return f"{none}."
    head = "It says:" if quotes else f"{none} in the usual words. This may be one; please check it:"
    shown = [
        f"{format_words(item['kind'])} ({item['start']}–{item['end']}): {quote_words(item['quote'], QUOTE)}"
        for item in quotes or likely
    ]
    return f"{head}\n{format_bullets(shown)}"


CONTRACT_QUESTION = Handler(begin_contract_question, tell_contract)
