"""Telephone numbers: international ones, national ones that exist in a region, and those that the text names."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from .match import Found, Kind

REGIONS = ("US", "GB", "DE", "FR", "CH", "AT", "NL", "BE", "IT", "ES", "PT", "IE", "DK", "SE", "NO", "FI", "PL", "AU")
"""Where a number written without a country is tried."""

_SHAPE = re.compile(
    r"(?<![\w.,/\-+:#$€£])(?P<plus>\+|00)?(?=[\d(])(?:\(\+?\d{1,5}\)[ \-.]?|\d{1,5}[ \-./]{0,2})"
    r"(?:\(0?\d{0,4}\)[ \-.]?)?\d{1,10}(?:[ \-./]{1,2}\d{1,10}){0,6}"
    r"(?:[ ]?(?:x|ext\.?|#)[ ]?\d{1,6})?(?![\w]|[.,\-/:]\d|[ ]?[%€$£])"
)
_CALLED = re.compile(
    r"(?i)(?:\b(?:tele)?(?:phone|fon)e?s?|\btel\b\.?|\bmobile|\bmobil|\bcell|\bfax|\bhotline|\bwhatsapp|\bsms|"
    r"\b(?:call|ring|dial|text|reach|phone)(?: (?:me|us|him|her|them|you|back))?|\bmessages? (?:to|from)|"
    r"\b(?:contact|registered|callback)(?: (?:number|no\.?|phone|mobile))?)"
    r"(?:[ \t]{0,3}(?:number|no|nr|num|is|on|at|to|under|via|me|us|my|the)\b\.?){0,4}[ \t]{0,3}[:=]?[ \t\n]{0,4}$"
)
_DATE = re.compile(r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))[ ]?(?:\d{0,2}[ ]?)?")
_CALLED_WIDTH = 56
_FEWEST, _MOST = 7, 15


def find_phones(text: str, regions: Sequence[str] = REGIONS) -> Iterator[Found]:
    """Telephone numbers, extensions included.

    Args:
        regions: two-letter countries whose national numbers are known without a label; a bare run of digits is none.
    """
    for match in _SHAPE.finditer(text):
        number = match.group()
        digits = sum(char.isdigit() for char in re.split(r"x|ext|#", number)[0])
        if not _FEWEST <= digits <= _MOST or _DATE.fullmatch(number):
            continue
        called = _CALLED.search(text, max(0, match.start() - _CALLED_WIDTH), match.start())
        if called or _exists(number, bool(match["plus"]), tuple(regions)):
            yield Found(Kind.PHONE, match.start(), match.end(), number)


@lru_cache(maxsize=4096)
def _exists(number: str, international: bool, regions: tuple[str, ...]) -> bool:
    import phonenumbers

    if international:
        number = "+" + number.lstrip("+").removeprefix("00") if number[0] != "+" else number
        return _valid(phonenumbers.parse, number, None)
    groups = re.findall(r"\d+", number)
    american = re.fullmatch(r"\d{3}[-.]\d{3}[-.]\d{4}(?:\D.*)?", number)
    if len(groups) < 3 or (number[0] not in "0(" and american is None):
        return False  # digits in groups may be anything; a trunk zero, brackets or the American form tell
    return any(_valid(phonenumbers.parse, number, region) for region in regions)


def _valid(parse: object, number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(parse(number, region))  # type: ignore[operator]
    except phonenumbers.NumberParseException:
        return False
