"""Passports and driving licences: numbers that the text names, and the machine-readable lines of a passport."""

import re
from collections.abc import Iterator

from .match import Found, Kind

_LINK = r"[ \t]{0,3}(?:(?:no|nr|num|number|id|is|was|are)\b\.?[ \t]{0,3}){0,3}[#:=]?[ \t\n]{0,3}"
_NUMBER = r"(?P<number>(?=[A-Z0-9\-]{0,15}\d[A-Z0-9\-]{0,15}\d)[A-Z0-9][A-Z0-9\-]{4,17}[A-Z0-9])(?![A-Za-z0-9])"
_NAMED = (
    (Kind.PASSPORT, re.compile(r"(?i:\b(?:passport|reisepass|passeport|pasaporte|passaporto)" + _LINK + ")" + _NUMBER)),
    (
        Kind.DRIVER_LICENCE,
        re.compile(
            r"(?i:\b(?:(?:driver'?s?|drivers|driving|driver’s)[ \-]?licen[cs]e|licen[cs]e[ ]number|führerschein|"
            r"permis de conduire|DL)" + _LINK + ")" + _NUMBER
        ),
    ),
)
# What must stand somewhere for a search to be worth its time.
_WORDS = {
    Kind.PASSPORT: ("passport", "reisepass", "passeport", "pasaporte", "passaporto"),
    Kind.DRIVER_LICENCE: ("licen", "führerschein", "permis de conduire", "dl"),
}
# ICAO 9303, second line of a passport: number, check digit, state, birth, sex, expiry.
_MACHINE = re.compile(r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}\d\d?(?![A-Z0-9<])")


def find_papers(text: str) -> Iterator[Found]:
    """Passport and driving licence numbers."""
    low = text.lower()
    for kind, pattern in _NAMED:
        if any(word in low for word in _WORDS[kind]):
            for match in pattern.finditer(text):
                yield Found(kind, match.start("number"), match.end("number"), match["number"])
    for match in _MACHINE.finditer(text) if "<" in text else ():
        yield Found(Kind.PASSPORT, match.start(), match.end(), match.group())
