"""This module says whose law a sentence names, in one spelling."""

import re
from dataclasses import dataclass

US_STATES = [
    "Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware", "Florida",
    "Georgia", "Hawaii", "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky", "Louisiana", "Maine",
    "Maryland", "Massachusetts", "Michigan", "Minnesota", "Mississippi", "Missouri", "Montana", "Nebraska",
    "Nevada", "New Hampshire", "New Jersey", "New Mexico", "New York", "North Carolina", "North Dakota", "Ohio",
    "Oklahoma", "Oregon", "Pennsylvania", "Rhode Island", "South Carolina", "South Dakota", "Tennessee", "Texas",
    "Utah", "Vermont", "Virginia", "Washington", "West Virginia", "Wisconsin", "Wyoming", "District of Columbia",
    "Puerto Rico",
]  # fmt: skip
_PROVINCES = [
    "Ontario", "Quebec", "British Columbia", "Alberta", "Manitoba", "Saskatchewan", "Nova Scotia",
    "New Brunswick", "Newfoundland",
]  # fmt: skip
_COUNTRIES = [
    "Argentina", "Australia", "Austria", "Bahamas", "Bangladesh", "Belgium", "Bermuda", "Brazil",
    "British Virgin Islands", "Bulgaria", "Canada", "Cayman Islands", "Chile", "China", "Colombia", "Costa Rica",
    "Croatia", "Cyprus", "Czech Republic", "Denmark", "Egypt", "England", "Estonia", "Finland", "France",
    "Germany", "Greece", "Guernsey", "Hong Kong", "Hungary", "Iceland", "India", "Indonesia", "Ireland",
    "Isle of Man", "Israel", "Italy", "Japan", "Jersey", "Kazakhstan", "Kenya", "Korea", "Latvia",
    "Liechtenstein", "Lithuania", "Luxembourg", "Malaysia", "Malta", "Marshall Islands", "Mexico", "Monaco",
    "Netherlands", "New Zealand", "Nigeria", "Northern Ireland", "Norway", "Pakistan", "Panama", "Peru",
    "Philippines", "Poland", "Portugal", "Romania", "Russia", "Russian Federation", "Saudi Arabia", "Scotland",
    "Serbia", "Singapore", "Slovakia", "Slovenia", "South Africa", "Spain", "Sweden", "Switzerland", "Taiwan",
    "Thailand", "Turkey", "Ukraine", "United Arab Emirates", "United Kingdom", "United States", "Uruguay",
    "Vietnam", "Wales",
]  # fmt: skip
_SPELLINGS = {
    "england and wales": "England and Wales", "federal republic of germany": "Germany", "german": "Germany",
    "people's republic of china": "China", "prc": "China", "p.r.c": "China", "p.r. china": "China",
    "united states of america": "United States", "u.s.a": "United States", "usa": "United States",
    "the netherlands": "Netherlands", "english": "England and Wales", "swiss": "Switzerland", "french": "France",
    "austrian": "Austria", "kingdom of spain": "Spain", "spanish": "Spain", "hong kong sar": "Hong Kong",
    "israeli": "Israel", "dutch": "Netherlands", "italian": "Italy", "japanese": "Japan", "swedish": "Sweden",
}  # fmt: skip
_KNOWN = {name.lower(): name for name in (*US_STATES, *_PROVINCES, *_COUNTRIES)} | _SPELLINGS
_NAME = "(?<![a-z])(?:" + "|".join(sorted(map(re.escape, _KNOWN), key=len, reverse=True)) + ")(?![a-z])"
_LAWS_OF = re.compile(
    r"\blaws?(?:,? rules)?(?: and (?:regulations|jurisdiction))?,? (?:and regulations )?"
    r"(?:of|in(?: force in)?|as applied in|applicable (?:in|to)|(?=state |province |"
    r"commonwealth ))\b(?=(?P<rest>.{0,120}))"
)
_NAME_LAW = re.compile(rf"(?P<name>{_NAME})(?: state)?(?:'s)? (?:\w+ ){{0,2}}laws?\b")
_FIRST = re.compile(_NAME)


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A jurisdiction in one spelling, and where the sentence (in its matching form) names it."""

    name: str
    start: int
    end: int


def find_jurisdiction(sentence: str) -> Jurisdiction | None:
    """The jurisdiction whose law `sentence` (lower case, single spaces) names, or None.

    "laws of the State of New York" gives New York; "English law" gives England and Wales. Of several the one
    nearest after the word "law of" counts, so that conflict-of-law exclusions do not.
    """
    found: list[Jurisdiction] = []
    for match in _LAWS_OF.finditer(sentence):
        name = _FIRST.search(match["rest"])
        if name:
            offset = match.start("rest")
            found.append(Jurisdiction(_KNOWN[name.group()], offset + name.start(), offset + name.end()))
    # "the laws of the United States and of the Commonwealth of Kentucky" means Kentucky.
    for jurisdiction in found:
        if jurisdiction.name != "United States":
            return jurisdiction
    if found:
        return found[0]
    adjective = _NAME_LAW.search(sentence)
    if adjective:
        return Jurisdiction(_KNOWN[adjective["name"]], adjective.start("name"), adjective.end("name"))
    return None
