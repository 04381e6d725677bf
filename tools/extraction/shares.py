"""A share is a part of an amount that is not at hand yet: half of it, twenty per cent, all but five euros."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .money import find_money
from .quantities import NUMBER_WORDS, parse_number_words

_PARTS = {
    "half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "tenth": 10, "tenths": 10,
}  # fmt: skip
_COUNTS = {"a": 1, "an": 1, "one": 1, "the": 1, "two": 2, "three": 3, "four": 4, "": 1}
_FRACTION = re.compile(
    rf"\b(?:(?P<count>a|an|one|two|three|four|the)[ -])?(?P<part>{'|'.join(_PARTS)})\b(?! (?:of )?(?:the )?(?:items?|"
    r"parcels?|orders|lines?|pieces?|hour|year|day|month|week))",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"(?<![\w.,])(?P<number>\d{{1,3}}|(?i:{NUMBER_WORDS}))\s*(?:%|per ?cent\b)", re.IGNORECASE)
_ALL_BUT = re.compile(
    r"\b(?:all|everything|the (?:whole|full|total)(?: amount| sum)?|the rest|it all)\s+"
    r"(?:but|except(?: for)?|less|minus|apart from|without)\s+(?P<rest>[^,;.!?\n]+(?:\.\d\d)?)",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\W*(?:(?:the )?(?:rest|whole(?: amount| sum| thing)?|full amount|entire amount|total)|all(?: of it)?|everything|"
    r"all that is left|what is left|it all|in full|completely|fully)(?:[ ,]+please)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an amount: ``numerator / denominator`` of it, less ``less_minor`` minor units.

    Attributes:
        words: as it was said.
    """

    numerator: int
    denominator: int
    less_minor: int
    words: str

    def take_from(self, whole_minor: int) -> int:
        """The part of an amount in minor units, rounded half up; it may fall below zero."""
        part = Decimal(whole_minor) * self.numerator / self.denominator
        return int(part.quantize(Decimal(1), ROUND_HALF_UP)) - self.less_minor


def find_share(text: str) -> Share | None:
    """The one share that a text names, or None when it names none, several, or one that was not understood."""
    if _ALL.fullmatch(text) and "?" not in text:
        return Share(1, 1, 0, text.strip())
    if without := _ALL_BUT.search(text):
        return _read_all_but(without)
    found = [*_FRACTION.finditer(text), *_PERCENT.finditer(text)]
    if len(found) != 1:
        return None
    match = found[0]
    if match.re is _FRACTION:
        count, part = _COUNTS[(match["count"] or "").lower()], _PARTS[match["part"].lower()]
        return Share(count, part, 0, match[0]) if count <= part else None
    number = int(match["number"]) if match["number"].isdigit() else parse_number_words(match["number"])
    return Share(number, 100, 0, match[0]) if number is not None and 0 < number <= 100 else None


def _read_all_but(match: re.Match[str]) -> Share | None:
    amounts = find_money(match["rest"])
    if len(amounts) == 1 and amounts[0].currency == "EUR" and not amounts[0].ambiguous:
        value, ends = amounts[0].amount, match.start("rest") + amounts[0].end
    elif bare := re.fullmatch(r"(\d{1,6}(?:\.\d\d)?)(?:\s+please)?\s*", match["rest"]):
        value, ends = Decimal(bare[1]), match.start("rest") + bare.end(1)
    else:
        return None
    return Share(1, 1, int(value.scaleb(2)), match.string[match.start() : ends])
