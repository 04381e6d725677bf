"""This module finds names of companies and people in a request, as somebody would search for them. Pure."""

import re

from ...tools.extraction.name_matching import match_name

CLEAR = 85
"""From which score (0–100) a found name is taken to be the one that was meant."""
AHEAD = 5
"""How far it must be ahead of the next."""

_QUOTED = re.compile(r"[\"“„](?P<name>[^\"“”„]{2,60})[\"”“]")
_JOIN = r"(?:\s(?:&|und|and|von|van|de|of)\s|\s)"
_CAPITAL = r"[A-ZÄÖÜ][\w'’.äöüß-]*[\w.]"
_RUN = re.compile(rf"(?<![\w-])(?P<name>{_CAPITAL}(?:{_JOIN}{_CAPITAL})*(?:\s(?:&\sCo\.?\sKG|e\.K\.))?)")
_AFTER = re.compile(
    r"\b(?:with|from|for|to|of|at|by|called|named|customer|supplier|vendor|client|counterparty|between us and)\s+"
    r"(?P<name>[a-zäöüß&][\w&äöüß.-]*(?:\s[\w&äöüß.-]+){0,3})",
    re.IGNORECASE,
)
_COMMON = frozenset(
    """
    a about account accounts active address adr after agreement agreements all am an and annex any approved
    april are as ask attached august bank bic book by can change chf claim client co comment con contact
    contract contracts could create current customer customers data date december details discount do does dpa
    draft due ea email eur euro exception exceptions expense february file find for from gbp get give goodwill
    has have hello hi high how i iban in inform inv invoice invoices is issue it january july june law let list
    look march may me message monday month more nda new next no note november number october of on one open or
    ord order orders our over overdue pay payment payments pdf percent please po post price put quantity quarter
    refund release renewal renew report request risk send september set settle she he they show signature some
    status stuck summary sup supplier suppliers support tck tell that the their them there these this those
    ticket tickets today tomorrow total us usd value vat vendor voucher was we week what when where which who
    why will wire with without would write year yes you your noah eva tom mara lena karl signing sign execution
    free last posted paid unpaid received sent expired draft confidentiality liability termination exclusivity
    assignment unlimited i'd add allow allows auto ended ending ends end expires expire out record remind task
    pls thanks reminder grant
    """.split()
)
_LEGAL_FORM = re.compile(r"^(?:GmbH|AG|KG|OHG|SE|Ltd|Limited|Inc|LLC|Co)\.?$", re.IGNORECASE)


def find_party_names(text: str) -> tuple[str, ...]:
    """Candidate names, the likeliest first: in quotes, in capitals, then behind words such as "with" or "from"."""
    found = [match["name"] for match in _QUOTED.finditer(text)]
    found += _runs(text)
    for match in _AFTER.finditer(text):
        words = _cut_at_common(match["name"].split())
        if words:
            found.append(" ".join(words))
    return tuple(dict.fromkeys(name.strip(" .,;:!?'’") for name in found if name.strip(" .,;:!?'’")))


def find_clear_choice(wanted: str, names: dict[str, str]) -> str | None:
    """The id whose name is clearly the one that was meant.

    Args:
        names: name by id.
    """
    exact = match_name(wanted, names.values(), cutoff=CLEAR, margin=AHEAD).name
    return next((id for id, name in names.items() if name == exact), None) if exact else None


def _runs(text: str) -> list[str]:
    found = []
    for match in _RUN.finditer(text):
        words = match["name"].split()
        while words and _strip_possessive(words[0]) in _COMMON:
            words.pop(0)
        kept = _cut_at_common(words)
        if kept and not (len(kept) == 1 and (_LEGAL_FORM.match(kept[0]) or any(char.isdigit() for char in kept[0]))):
            found.append(" ".join([*kept[:-1], re.sub(r"['’]s?$", "", kept[-1])]))
    return sorted(found, key=len, reverse=True)


def _cut_at_common(words: list[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        if _strip_possessive(word) in _COMMON or any(char.isdigit() for char in word):
            break
        kept.append(word)
    return kept


def _strip_possessive(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold()).strip(".,;:!?'’")
