"""This detector finds names of persons after a title or introducing words, or in a directory; it misses others."""

import re
from collections.abc import Collection, Iterator

from .match import SensitiveKind, SensitiveValue

_PART = r"[^\W\d_a-z][^\W\d_]{1,24}(?:[’'\-][^\W\d_]{2,24})?"
_NAME = (
    rf"(?P<name>{_PART}(?:[ ](?:(?:von|van|de|der|den|da|di|del|la|le|af|al|bin|ter)\b|{_PART}|[A-ZÀ-Þ]\b\.?)){{0,4}})"
)
_TITLE = re.compile(
    r"(?<!\w)(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Herr|Frau|Hr|Fr|Mme|Mlle|Monsieur|Madame|Sig|Signora|"
    rf"Señor|Señora|Sr|Sra|Dipl\.-Ing|Ing|Mag)\.?[ ](?:(?:Dr|Prof|Mag|Ing)\.?[ ]){{0,2}}{_NAME}"
)
_INTRODUCED = re.compile(
    r"(?<!\w)(?i:(?:full|last|first|maiden|family|account holder|cardholder|contact)?[ ]?\bnames?[ \t]{0,3}"
    r"(?:is|are|was|:|=)|(?:I am|I'm|this is|called|signed by|signed,|attn\.?:?|dear|hello|hi|regards,|sincerely,))"
    rf"[ \t\n]{{1,8}}{_NAME}(?![\w@])"
)
_NOT_A_NAME = frozenset(
    "The This That These Those There A An And But Or If When While Please Thanks Thank Hello Hi Dear Sir Madam Team "
    "All Everyone Colleagues Customer Support Finance Legal Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
    "January February March April May June July August September October November December I We You "
    "He She It They My Our Your "
    "Not Sure Sorry Just From To In On At For With About Invoice Order Contract Address Phone Email Name Date No Yes "
    "What Who Where Why How Can Could Would Should Is Are Was Were Do Does Did Have Has Had Ltd Inc GmbH AG".split()
)


def detect_people(text: str, names: Collection[str] = ()) -> Iterator[SensitiveValue]:
    """Names of persons.

    Args:
        names: full names that are known, e.g. from a directory; found whatever stands around them.
    """
    for pattern in (_TITLE, _INTRODUCED):
        for match in pattern.finditer(text):
            kept = _cut_name(match["name"])
            if kept:
                start = match.start("name")
                yield SensitiveValue(SensitiveKind.PERSON, start, start + len(kept), kept)
    if names:
        known = re.compile(
            r"(?<!\w)(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + r")(?!\w)"
        )
        for match in known.finditer(text):
            yield SensitiveValue(SensitiveKind.PERSON, match.start(), match.end(), match.group())


def _cut_name(name: str) -> str:
    """The name up to the first word that is none."""
    words: list[str] = []
    for word in name.split(" "):
        if word.rstrip(".") in _NOT_A_NAME and word != "May":
            break
        words.append(word)
    while words and words[-1].islower():
        words.pop()
    return " ".join(words)
