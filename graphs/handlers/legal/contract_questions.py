"""Questions about one contract: its record for dates and value, its own words for what it says.

Which clauses of a contract a question is about, by the words people use. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import HIDDEN, amount, bullets, day, own_words, plain_name, words
from ...language.party_names import clear_choice, names_in
from ...language.request_values import numbers
from ...steps import Ask, Call, Calls, Case, Finish, Next
from ..shared.base import Errand, Request

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


def kinds_asked(text: str) -> tuple[str, ...]:
    """The kinds of clauses that the words are about, in the order of the list above; none when they name no clause."""
    found: dict[str, None] = {}
    for pattern, kinds in _WORDS.items():
        if re.search(pattern, text, re.IGNORECASE):
            found |= dict.fromkeys(kinds)
    return tuple(found)


OUTLINE = "legal-handbook#2.1"
MOST_QUOTES, QUOTE, _TITLE = 4, 600, 120
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


def find_contract(case: Case[Request]) -> Calls | Ask:
    """The contract by number, by counterparty, or the one that was spoken of before."""
    said = case.input
    if ids := numbers("contract", said.text):
        return read_contract(ids[0], Provenance.USER, kinds_asked(said.text))
    if names := names_in(said.text):
        return Calls.of(
            Call(
                "rows",
                "contracts.search",
                {"counterparty": names[0][:200], "limit": 5},
                {"counterparty": Provenance.USER, "limit": Provenance.TRUSTED},
            )
        )
    if other := _another(said.text, said.earlier):
        return Ask(f"I know no contract by “{other}”. What is its number, or its counterparty?", "contract_id")
    if ids := numbers("contract", "", said.earlier):
        return read_contract(ids[0], Provenance.USER, kinds_asked(said.text))
    return Ask("Which contract? Tell me its number, for example CON-0031, or the counterparty.", "contract_id")


def read_contract(contract_id: str, source: Provenance, kinds: tuple[str, ...] = ()) -> Calls:
    """Read the record, and the text where the question is about a clause."""
    calls = [Call("contract", "contracts.get", {"contract_id": contract_id}, {"contract_id": source})]
    if kinds:
        calls.append(Call("review", "contracts.review", {"source_id": contract_id}, {"source_id": source}))
    return Calls(tuple(calls))


def found_contract(case: Case[Request]) -> tuple[str, Provenance] | Ask | Finish:
    """The number of the contract that is meant and where it comes from; a question when that is not clear."""
    if ids := numbers("contract", case.input.text):
        return ids[0], Provenance.USER
    if "rows" not in case.outcomes:
        ids = numbers("contract", "", case.input.earlier)
        return (ids[0], Provenance.USER) if ids else Ask("Which contract? Tell me its number.", "contract_id")
    if stop := case.stop("rows", "look for the contract"):
        return stop
    rows, wanted = case.value("rows")["contracts"], names_in(case.input.text)[0]
    if len(rows) == 1:
        chosen: str | None = rows[0]["contract_id"]
    else:
        named = {row["contract_id"]: row["counterparty"] for row in rows}
        chosen = clear_choice(wanted, named)
        if chosen is not None and sum(name == named[chosen] for name in named.values()) > 1:
            chosen = None
    if chosen is None:
        listed = bullets([f"{row['contract_id']}: {plain_name(row['title'])}" for row in rows])
        return Ask(
            f"Which contract do you mean?\n{listed}"
            if rows
            else f"I found no contract with {wanted}. What is its number?",
            "contract_id",
        )
    return chosen, Provenance.TRUSTED


def _another(text: str, earlier: str) -> str:
    """What a question calls its contract ("the canteen contract") when that was not spoken of before; or empty."""
    named = _CALLED.search(text)
    return named["name"] if named and named["name"].lower() not in earlier.lower() else ""


def find_asked(case: Case[Request]) -> Calls | Ask:
    """What a question is about: a file that came with it, where it names no contract by number."""
    said = case.input
    if said.documents and not numbers("contract", said.text):
        attached = {"source_id": said.documents[-1]}
        return Calls.of(Call("attached", "contracts.review", attached, {"source_id": Provenance.USER}))
    return find_contract(case)


def _tell_attached(case: Case[Request]) -> Next:
    """Answer from the words of the file that came with the question."""
    if stop := case.stop("attached", "read the file"):
        return stop
    read, kinds = case.value("attached"), kinds_asked(case.input.text)
    name = own_words(read["title"], _TITLE) if read["title"] else read["source_id"]
    if not kinds:
        return Finish(
            f"I have read {name}. Ask about one of its clauses, or say “review this contract”.",
            citations=(read["source_id"],),
            data={"document_id": read["source_id"]},
        )
    quotes = _quotes(read["clauses"], kinds)
    likely = _quotes(read["likely"], kinds) if not quotes else []
    return Finish(
        f"In the file that you sent, {name}:\n\n{_quoted(quotes, likely, kinds)}",
        citations=(read["source_id"],),
        data={"document_id": read["source_id"], "quotes": quotes, "likely": likely},
    )


def tell_contract(case: Case[Request]) -> Next:
    """Answer from the record and from the contract's own words."""
    if "attached" in case.outcomes:
        return _tell_attached(case)
    if "contract" not in case.outcomes:
        found = found_contract(case)
        return read_contract(*found, kinds_asked(case.input.text)) if isinstance(found, tuple) else found
    if stop := case.stop("contract", "look at the contract"):
        return stop
    contract = case.value("contract")
    parts, cited = [describe(contract)], [contract["contract_id"]]
    data: dict[str, Any] = {
        "contract_id": contract["contract_id"],
        "ends_on": contract["ends_on"],
        "starts_on": contract["starts_on"],
    }
    if contract["status"] == HIDDEN or not isinstance(contract["value_minor"], int):
        parts.append(f"Your role sees title, parties and dates ({OUTLINE}).")
        cited.append(OUTLINE)
    kinds = kinds_asked(case.input.text)
    if "review" in case.outcomes and (
        not _OF_RECORD.search(case.input.text) or _SAYS.search(case.input.text) or kinds != ("term",)
    ):
        if not case.has("review"):
            parts.append(f"What it says in its clauses I cannot show: {case.outcome('review').message}")
        else:
            quotes = _quotes(case.value("review")["clauses"], kinds)
            likely = _quotes(case.value("review")["likely"], kinds) if not quotes else []
            data |= {"quotes": quotes, "likely": likely}
            parts.append(_quoted(quotes, likely, kinds))
    return Finish("\n\n".join(parts), citations=tuple(cited), data=data)


def describe(contract: Mapping[str, Any]) -> str:
    """A contract's record in words; what policy masked is said to be hidden."""
    lines = [
        f"runs from {day(contract['starts_on'])} to **{day(contract['ends_on'])}**, status {words(contract['status'])}"
    ]
    if isinstance(contract["value_minor"], int):
        lines.append(f"total value {amount(contract['value_minor'], contract['currency'])}, owner {contract['owner']}")
        renews = f", next on {day(contract['renews_on'])}" if contract["renews_on"] else ""
        lines.append(
            f"renews by itself for {contract['renewal_months']} months{renews}, notice {contract['notice_days']} days"
            if contract["auto_renew"]
            else f"does not renew by itself, notice {contract['notice_days']} days"
        )
    return f"**{contract['contract_id']}**, {plain_name(contract['title'])}:\n{bullets(lines)}"


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


def _quoted(quotes: list[dict[str, Any]], likely: list[dict[str, Any]], kinds: tuple[str, ...]) -> str:
    none = f"I found no clause on {', '.join(map(words, kinds[:3]))} in its text"
    if not quotes and not likely:
        return f"{none}."
    head = "It says:" if quotes else f"{none} in the usual words. This may be one; please check it:"
    shown = [
        f"{words(item['kind'])} ({item['start']}–{item['end']}): {own_words(item['quote'], QUOTE)}"
        for item in quotes or likely
    ]
    return f"{head}\n{bullets(shown)}"


CONTRACT_QUESTION = Errand(find_asked, tell_contract)
