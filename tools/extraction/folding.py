"""A folded text is a second form, made for matching, whose positions lead back to the original."""

import re
from bisect import bisect_right
from dataclasses import dataclass

# One character for one, so that positions stay: typographic quotes, dashes and odd spaces.
_PLAIN = {
    **dict.fromkeys(map(ord, "“”„‟«»＂"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′`"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000\u200b\ufeff\t"), " "),
    **dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"), "\n"),
}  # fmt: skip
_RUN = re.compile(r"[ \n]{2,}|\n")


@dataclass(frozen=True, slots=True)
class FoldedText:
    """`flat`: one space between words, straight quotes; `lower`: the same in lower case, position by position.

    `breaks` are the positions in `flat` at which a new line starts, `paragraphs` those after an empty line.
    """

    text: str
    flat: str
    lower: str
    breaks: tuple[int, ...]
    paragraphs: tuple[int, ...]
    _marks: tuple[int, ...]
    _shifts: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where `flat[start:end]` stands in `text`."""
        if end <= start:
            place = self._at(start)
            return place, place
        return self._at(start), self._at(end - 1) + 1

    def position(self, place: int) -> int:
        """The position in `flat` of `text[place]` (inside a run of spaces: of the space)."""
        low, high = 0, len(self.flat)
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < place:
                low = middle + 1
            else:
                high = middle
        return low

    def _at(self, position: int) -> int:
        index = bisect_right(self._marks, position) - 1
        return position + (self._shifts[index] if index >= 0 else 0)


def fold_text(text: str) -> FoldedText:
    """The matching form of `text`, in time linear in its length."""
    # Windows ends a line with two characters, which are one line end; a lone one ends it on old systems.
    plain = text.translate(_PLAIN).replace("\r\n", " \n").replace("\r", "\n")
    parts: list[str] = []
    marks: list[int] = []
    shifts: list[int] = []
    breaks: list[int] = []
    paragraphs: list[int] = []
    done = length = 0
    for run in _RUN.finditer(plain):
        parts.append(plain[done : run.start()])
        parts.append(" ")
        length += run.start() - done + 1
        done = run.end()
        marks.append(length)
        shifts.append(done - length)
        newlines = run.group().count("\n")
        if newlines:
            breaks.append(length)
        if newlines > 1:
            paragraphs.append(length)
    parts.append(plain[done:])
    flat = "".join(parts)
    lower = flat.lower()
    if len(lower) != len(flat):
        # A few capitals (İ) have a longer small form.
        lower = "".join(low if len(low := char.lower()) == 1 else char for char in flat)
    return FoldedText(text, flat, lower, tuple(breaks), tuple(paragraphs), tuple(marks), tuple(shifts))
