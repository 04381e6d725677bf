"""A detector reads text with look-alike characters made plain and invisible characters left out.

Spans found in it are given back on the original text, so that what is masked is what stood there.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
# Letters of other scripts that cannot be told from Latin ones on a screen.
_ALIKE = dict(
    zip(
        "АВЕКМНОРСТХЅІЈаеорсухѕіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXSIJaeopcyxsijABEZHIKMNOPTYXo", strict=True
    )
)  # fmt: skip
_HIGHEST = 0x1FC00


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A text to search.

    Attributes:
        text: what detectors read.
        original: what it was made of.
        offsets: for each character of ``text`` its index in ``original``; ``None`` when they are the same.
    """

    text: str
    original: str
    offsets: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's span for one of ``text``; invisible characters inside it belong to it."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def normalize_text(text: str) -> NormalizedText:
    """A text made ready for detectors; as long as the original, less its invisible characters."""
    if text.isascii():
        return NormalizedText(text, text)
    folded = text.translate(_make_table())
    if not _INVISIBLE.search(folded):
        return NormalizedText(folded, text)
    kept = tuple(index for index, char in enumerate(folded) if not _INVISIBLE.match(char))
    return NormalizedText("".join(folded[index] for index in kept), text, kept)


@cache
def _make_table() -> dict[int, str]:
    """One character for one: digits of every script, full-width and mathematical forms, dashes and spaces."""
    table: dict[int, str] = {}
    for code in range(0x80, _HIGHEST):
        char = chr(code)
        digit = unicodedata.digit(char, None)
        category = unicodedata.category(char)
        if digit is not None:
            table[code] = str(digit)
        elif category == "Zs":
            table[code] = " "
        elif category == "Pd" or char == "\u2212":
            table[code] = "-"
        elif category[0] in "LPS":
            form = unicodedata.normalize("NFKC", char)
            if len(form) == 1 and form.isascii() and form.isprintable():
                table[code] = form
    return table | {ord(char): latin for char, latin in _ALIKE.items()}
