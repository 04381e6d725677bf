"""These detectors find contact data: postal addresses, e-mail and IP addresses, and telephone numbers.

Addresses and post codes are found as far as their form tells; no list of streets or towns is asked. Telephone numbers
are international ones, national ones that exist in a region, and those that the text names.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from .match import SensitiveKind, SensitiveValue

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


def detect_addresses(text: str) -> Iterator[SensitiveValue]:
    """Street addresses and post boxes."""
    for form in _FORMS:
        for match in form.finditer(text):
            yield SensitiveValue(SensitiveKind.ADDRESS, match.start(), match.end(), match.group())
    for match in _LABEL.finditer(text):
        value = match["value"].rstrip(" .")
        yield SensitiveValue(SensitiveKind.ADDRESS, match.start("value"), match.start("value") + len(value), value)


def detect_postcodes(text: str) -> Iterator[SensitiveValue]:
    """Post codes that the text names, and British and Canadian ones by their form."""
    for match in _POSTCODE_NAMED.finditer(text):
        yield SensitiveValue(SensitiveKind.POSTCODE, match.start("value"), match.end("value"), match["value"])
    for match in _POSTCODES.finditer(text):
        yield SensitiveValue(SensitiveKind.POSTCODE, match.start(), match.end(), match.group())


_LOCAL = re.compile(r"[\w.+%'\-]{1,64}$")
_DOMAIN = re.compile(r"@(?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w\-])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\.?\d|\w)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9A-Fa-f:.]{0,38}:[0-9A-Fa-f:.]{0,38}:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])"
)
_NOT_AN_ADDRESS = re.compile(r"(?i)(?:\bv|\bversion|\bsections?|\bclauses?|\barticles?|\bno\.?|§|\brelease)[ \t]{0,2}$")


def detect_emails(text: str) -> Iterator[SensitiveValue]:
    """E-mail addresses."""
    # From each sign outward: a search from the left would try every word that an address might begin with.
    at = text.find("@")
    while at >= 0:
        local, domain = _LOCAL.search(text[max(0, at - 64) : at]), _DOMAIN.match(text, at)
        name = local.group().lstrip(".'-%") if local else ""
        if name and domain:
            yield SensitiveValue(SensitiveKind.EMAIL, at - len(name), domain.end(), text[at - len(name) : domain.end()])
        at = text.find("@", at + 1)


def detect_ips(text: str) -> Iterator[SensitiveValue]:
    """IPv4 and IPv6 addresses; numbers of sections and versions are none."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_ip(match.group()) and not _NOT_AN_ADDRESS.search(text, max(0, match.start() - 12), match.start()):
                yield SensitiveValue(SensitiveKind.IP, match.start(), match.end(), match.group())


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text != "::"


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


def detect_phones(text: str, regions: Sequence[str] = REGIONS) -> Iterator[SensitiveValue]:
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
            yield SensitiveValue(SensitiveKind.PHONE, match.start(), match.end(), number)


@lru_cache(maxsize=4096)
def _exists(number: str, international: bool, regions: tuple[str, ...]) -> bool:
    import phonenumbers

    if international:
        number = "+" + number.lstrip("+").removeprefix("00") if number[0] != "+" else number
        return _is_valid(phonenumbers.parse, number, None)
    groups = re.findall(r"\d+", number)
    american = re.fullmatch(r"\d{3}[-.]\d{3}[-.]\d{4}(?:\D.*)?", number)
    if len(groups) < 3 or (number[0] not in "0(" and american is None):
        return False  # digits in groups may be anything; a trunk zero, brackets or the American form tell
    return any(_is_valid(phonenumbers.parse, number, region) for region in regions)


def _is_valid(parse: object, number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(parse(number, region))  # type: ignore[operator]
    except phonenumbers.NumberParseException:
        return False
