"""Postal addresses and post codes, as far as their form tells; no list of streets or towns is asked."""

import re
from collections.abc import Iterator

from .match import Found, Kind

_WORD = r"[^\W\d_][\w'’.\-]{0,30}"
_STREET = (
    r"street|str|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|square|sq|terrace|ter|way|"
    r"close|crescent|parkway|pkwy|highway|hwy|circle|cir|trail|row|mews|gate|plaza|quay|walk|straße|strasse|gasse|"
    r"weg|platz|allee|ring|ufer"
)
_JOINED = (
    r"straße|strasse|gasse|weg|platz|allee|str\.|gatan|vägen|gata|vägur|vegur|stræti|straeti|straat|laan|plein|gracht|"
    r"kade|vej|veien|veg|gade|katu|tie|kuja|polku|väg|braut|gate|haven"
)
_BEFORE = (
    r"rue|avenue|av\.?|boulevard|place|chemin|impasse|allée|via|viale|vicolo|piazza|corso|calle|paseo|plaza|rua|ul\.|"
    r"ulica|strada|carrer|c/"
)
_UNIT = r"(?i:[,\s]{1,3}(?:apt|apartment|suite|ste|unit|flat|floor|room|top|box)\.?\s?#?\s?\w{1,6}\b)"
_MORE = r"(?:[ ,\n>]{1,4}(?:[^\W\d_a-z][\w'’.\-]{1,25}|\([A-Z]\w{1,15}\)|\d{3,6}\b(?:-\d{2,4})?))"
_TAIL = rf"(?:{_MORE}{{0,2}}{_UNIT}{_MORE}{{0,5}}|(?:,?[ \n]{{1,2}}(?:[A-Z]{{1,3}}-)?\d{{4,5}}\b[ ]{_WORD})|{_UNIT})?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?<![\w.])\d{{1,6}}[a-zA-Z]?,?[ \t](?:\d{{1,5}}[ \t])?(?:{_WORD}[ \t]){{1,4}}(?i:{_STREET})\b\.?{_TAIL}",
        rf"(?<![\w.])(?:\d{{1,6}}[ \t]){{0,2}}[^\W\d_]\w{{1,25}}(?i:{_JOINED})[ \t]\d{{1,4}}[a-zA-Z]?\b{_TAIL}",
        rf"(?<![\w.])(?:\d{{1,6}}[ \t]){{0,2}}(?i:{_BEFORE})[ \t](?:{_WORD}[ \t,]){{1,5}}\d{{1,4}}[a-zA-Z]?\b{_TAIL}",
        rf"(?<![\w.])\d{{1,6}},?[ \t](?:\d{{1,5}}[ \t])?(?i:{_BEFORE})(?:[ \t]{_WORD}){{1,4}}{_TAIL}",
        rf"(?<![\w.])(?:\d{{1,6}}[ \t]){{1,2}}(?:{_WORD}[ \t]){{1,4}}\d{{1,5}}\.?{_UNIT}{{1,2}}{_MORE}{{0,5}}",
        rf"(?<![\w.])(?:[^\W\d_a-z][\w'’.\-]{{1,30}}[ \t]){{1,3}}\d{{1,5}}{_UNIT}{{1,2}}{_MORE}{{0,5}}",
        r"\b(?i:p\.?[ ]?o\.?[ ]?box|postfach|casella postale)[ \t]\d{1,6}\b",
        r"\b(?:PSC|CMR|Unit)[ ]\d{1,5},?[ ]Box[ ]\d{1,5}(?:[\s,]{1,3}[AFD]PO[ ]A[AEP][ ]\d{5})?",
    )
)
_LABEL = re.compile(
    r"(?i)\b(?:(?:street|postal|home|billing|delivery|shipping)[ ])?address"
    r"(?:[ ]of[ ][^\n:]{1,40}[ ]is|[ ]is|[ \t]{0,3}[:=])[ \t]{0,8}\n{0,2}(?P<value>(?=[^\n]{0,40}\d)[^\n:@]{6,120})"
)
_POSTCODE_NAMED = re.compile(
    r"(?i)\b(?:zip|postal|post)[ ]?codes?[ \t]{0,3}(?:is|no\.?|number)?[ \t]{0,3}[:=]?[ \t]{0,3}"
    r"(?P<value>[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|"
    r"\d{3,6}(?:-\d{3,4})?(?:[ ][A-Z]{2})?)(?!\w)"
)
_POSTCODES = re.compile(
    r"(?<![\w\-])(?:[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPS-UW\d]?[ ]\d[ABD-HJLNP-UW-Z]{2}|"
    r"[ABCEGHJ-NPRSTVXY]\d[A-Z][ ]\d[A-Z]\d)(?![\w\-])"
)


def find_addresses(text: str) -> Iterator[Found]:
    """Street addresses and post boxes."""
    for form in _FORMS:
        for match in form.finditer(text):
            yield Found(Kind.ADDRESS, match.start(), match.end(), match.group())
    for match in _LABEL.finditer(text):
        value = match["value"].rstrip(" .")
        yield Found(Kind.ADDRESS, match.start("value"), match.start("value") + len(value), value)


def find_postcodes(text: str) -> Iterator[Found]:
    """Post codes that the text names, and British and Canadian ones by their form."""
    for match in _POSTCODE_NAMED.finditer(text):
        yield Found(Kind.POSTCODE, match.start("value"), match.end("value"), match["value"])
    for match in _POSTCODES.finditer(text):
        yield Found(Kind.POSTCODE, match.start(), match.end(), match.group())
