"""These detectors find national identity and tax numbers, passports and driving licences.

National numbers are checked by the rules of the country (python-stdnum). A number whose look is common (nine or eleven
digits) counts only where the text names it. Passports and licences are numbers that the text names, and the
machine-readable lines of a passport.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from .match import SensitiveKind, SensitiveValue

_NAMES = re.compile(
    r"(?i)(?:\bssn\b|social (?:security|insurance)|national (?:id|identity|identification|insurance)|\bnino?\b|"
    r"\btax(?:payer)?[ \-]?(?:id|number|no\b|identification|file)|steuer[ \-]?(?:id|nummer)|\bitin\b|\bsin\b|\btfn\b|"
    r"personal (?:id|code|number|identity)|identity (?:card|number|code)|\bid[ \-](?:card|number|no\b)|\bpesel\b|"
    r"\bbsn\b|\bnif\b|\bdni\b|\bnie\b|\bcpf\b|\bcpr\b|\bcnp\b|personnummer|fødselsnummer|rijksregister|"
    r"sozialversicherung|svnr|\baadhaar\b|\bpan\b|codice fiscale|num[ée]ro de s[ée]cu|\bpps\b|\bahv\b|\bavs\b)"
    r"[^\d\n]{0,30}$"
)
_NAMES_WIDTH = 64
_DIGITS = re.compile(r"\d(?:[ .\-/+A-Za-z]?\d){3,40}")
_ROOM = 24


@dataclass(frozen=True, slots=True)
class _Number:
    """How a country's number looks and which module checks it; ``named`` says that the text must name it."""

    module: str
    looks: re.Pattern[str]
    named: bool = False


def _make_number(module: str, looks: str, *, named: bool = False) -> _Number:
    return _Number(f"stdnum.{module}", re.compile(rf"(?<![\w.\-]){looks}(?![\w\-]|\.\d)"), named)


_SSN = _make_number("us.ssn", r"\d{3}[ \-.]\d{2}[ \-.]\d{4}")
_SSN_PLAIN = re.compile(r"(?<![\w.\-])\d{3}[ \-./]?\d{2}[ \-./]?\d{4}(?![\w\-]|\.\d)")
_SSN_NAMED = re.compile(r"(?i)(?:\bssn\b|social security)[^\d\n]{0,30}$")
_NUMBERS = (
    _make_number("us.itin", r"9\d\d-\d\d-\d{4}"),
    _make_number("it.codicefiscale", r"[A-Za-z]{6}\d\d[A-Za-z]\d\d[A-Za-z]\d{3}[A-Za-z]"),
    _make_number("fr.nir", r"[12](?P<gap> ?)\d\d(?P=gap)\d\d(?P=gap)\d[\dABab](?P=gap)\d{3}(?P=gap)\d{3} ?\d\d"),
    _make_number("es.dni", r"\d{8}[ \-]?[A-Z]"),
    _make_number("es.nie", r"[XYZ][ \-]?\d{7}[ \-]?[A-Z]"),
    _make_number("fi.hetu", r"\d{6}[-+A]\d{3}[0-9A-Y]"),
    _make_number("ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d\d"),
    _make_number("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    _make_number("be.nn", r"\d\d\.\d\d\.\d\d-\d{3}[.\-]\d\d"),
    _make_number("cn.ric", r"\d{17}[\dX]"),
    _make_number("ie.pps", r"\d{7}[A-W][AHWTX]?"),
    _make_number("se.personnummer", r"(?:19|20)?\d{6}[-+]\d{4}"),
    _make_number("cz.rc", r"\d{6}/\d{3,4}"),
    _make_number("dk.cpr", r"\d{6}[ \-]?\d{4}", named=True),
    _make_number("no.fodselsnummer", r"\d{6}[ ]?\d{5}", named=True),
    _make_number("pl.pesel", r"\d{11}", named=True),
    _make_number("de.idnr", r"\d\d ?\d{3} ?\d{3} ?\d{3}", named=True),
    _make_number("nl.bsn", r"\d{4}[ .]?\d\d[ .]?\d{3}", named=True),
    _make_number("pt.nif", r"\d{3} ?\d{3} ?\d{3}", named=True),
    _make_number("at.vnr", r"\d{4} ?\d{6}", named=True),
    _make_number("ca.sin", r"\d{3}[ \-]?\d{3}[ \-]?\d{3}", named=True),
    _make_number("in_.aadhaar", r"\d{4} ?\d{4} ?\d{4}", named=True),
    _make_number("in_.pan", r"[A-Z]{5}\d{4}[A-Z]", named=True),
    _make_number("au.tfn", r"\d{3} ?\d{3} ?\d{3}", named=True),
    _make_number("ro.cnp", r"[1-9]\d{12}", named=True),
)  # fmt: skip
_PLAIN = tuple(number for number in _NUMBERS if not number.named)
_SOCIAL = ("ssn", "social security")
# What must stand somewhere for a number to be named at all; each name in the pattern above holds one of these.
_LONG_WORDS = (
    "social insurance", "social security", "national i", "steuer", "personal i", "personal code", "personal number",
    "identity", "id card", "id-card", "id no", "id-no", "id number", "id-number", "personnummer", "fødselsnummer",
    "rijksregister", "sozialversicherung", "aadhaar", "codice fiscale", "de secu", "de sécu",
)  # fmt: skip
_SHORT_WORDS = re.compile(
    r"\b(?:ssn|nino?|tax|taxpayer|itin|sin|tfn|pesel|bsn|nif|dni|nie|cpf|cpr|cnp|svnr|pan|pps|ahv|avs)\b"
)
# HM Revenue & Customs, National Insurance Manual NIM39110: which prefixes and suffixes are issued.
_NINO = re.compile(
    r"(?<![\w\-])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D](?![\w\-])"
)


def detect_national_ids(text: str) -> Iterator[SensitiveValue]:
    """Social security, identity and personal tax numbers."""
    low = text.lower()
    social = any(word in low for word in _SOCIAL)
    named = any(word in low for word in _LONG_WORDS) or _SHORT_WORDS.search(low) is not None
    numbers = _NUMBERS if named else _PLAIN
    for start, end in _windows(text):
        yield from _social_security(text, start, end, named=social)
        for match in _NINO.finditer(text, start, end):
            yield SensitiveValue(SensitiveKind.NATIONAL_ID, match.start(), match.end(), match.group())
        for number in numbers:
            for match in number.looks.finditer(text, start, end):
                if number.named and not _is_named(text, match.start(), _NAMES):
                    continue
                if _is_valid(number.module, match.group()):
                    yield SensitiveValue(SensitiveKind.NATIONAL_ID, match.start(), match.end(), match.group())


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """The stretches that hold digits enough for any of the numbers, with room for what may stand around them."""
    start = end = -1
    for match in _DIGITS.finditer(text):
        if match.start() - _ROOM <= end:
            end = match.end() + _ROOM
            continue
        if end >= 0:
            yield start, min(end, len(text))
        start, end = max(0, match.start() - _ROOM), match.end() + _ROOM
    if end >= 0:
        yield start, min(end, len(text))


def _social_security(text: str, begin: int, stop: int, *, named: bool) -> Iterator[SensitiveValue]:
    for match in _SSN.looks.finditer(text, begin, stop):
        separators = {char for char in match.group() if not char.isdigit()}
        if len(separators) == 1 and _is_valid(_SSN.module, re.sub(r"\D", "-", match.group())):
            yield SensitiveValue(SensitiveKind.SSN, match.start(), match.end(), match.group())
    for match in _SSN_PLAIN.finditer(text, begin, stop) if named else ():
        # Where the text says what it is, a number that was never issued is masked as well: it may be a slip.
        if _is_named(text, match.start(), _SSN_NAMED):
            yield SensitiveValue(SensitiveKind.SSN, match.start(), match.end(), match.group())


def _is_named(text: str, start: int, names: re.Pattern[str]) -> bool:
    return names.search(text, max(0, start - _NAMES_WIDTH), start) is not None


@cache
def _load_module(name: str) -> object:
    return import_module(name)


def _is_valid(module: str, number: str) -> bool:
    return bool(_load_module(module).is_valid(number))  # type: ignore[attr-defined]


_LINK = r"[ \t]{0,3}(?:(?:no|nr|num|number|id|is|was|are)\b\.?[ \t]{0,3}){0,3}[#:=]?[ \t\n]{0,3}"
_NUMBER = r"(?P<number>(?=[A-Z0-9\-]{0,15}\d[A-Z0-9\-]{0,15}\d)[A-Z0-9][A-Z0-9\-]{4,17}[A-Z0-9])(?![A-Za-z0-9])"
_NAMED = (
    (
        SensitiveKind.PASSPORT,
        re.compile(r"(?i:\b(?:passport|reisepass|passeport|pasaporte|passaporto)" + _LINK + ")" + _NUMBER),
    ),
    (
        SensitiveKind.DRIVER_LICENCE,
        re.compile(
            r"(?i:\b(?:(?:driver'?s?|drivers|driving|driver’s)[ \-]?licen[cs]e|licen[cs]e[ ]number|führerschein|"
            r"permis de conduire|DL)" + _LINK + ")" + _NUMBER
        ),
    ),
)
# What must stand somewhere for a search to be worth its time.
_WORDS = {
    SensitiveKind.PASSPORT: ("passport", "reisepass", "passeport", "pasaporte", "passaporto"),
    SensitiveKind.DRIVER_LICENCE: ("licen", "führerschein", "permis de conduire", "dl"),
}
# ICAO 9303, second line of a passport: number, check digit, state, birth, sex, expiry.
_MACHINE = re.compile(r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}\d\d?(?![A-Z0-9<])")


def detect_papers(text: str) -> Iterator[SensitiveValue]:
    """Passport and driving licence numbers."""
    low = text.lower()
    for kind, pattern in _NAMED:
        if any(word in low for word in _WORDS[kind]):
            for match in pattern.finditer(text):
                yield SensitiveValue(kind, match.start("number"), match.end("number"), match["number"])
    for match in _MACHINE.finditer(text) if "<" in text else ():
        yield SensitiveValue(SensitiveKind.PASSPORT, match.start(), match.end(), match.group())
