"""Characters that could deceive a reader are made visible, and named as warnings.

What reviewers and terminals show may have been written by outsiders. The checks follow Unicode Technical Standard 39
(mixed-script and invisible characters) and Technical Report 36 (bidirectional controls).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2028\u2029\u2060-\u2064\u206a-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_BROKEN = (
    "\ud800-\udfff"  # halves of a pair, such as in file names that are no UTF-8; no terminal and no pipe takes them
)
_DANGEROUS = re.compile(f"[{_CONTROLS}{_BIDI}\u2028\u2029{_BROKEN}]")
_UNSEEN = re.compile(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}{_BROKEN}]")
_UNSEEN_IN_JSON = re.compile(f"[\x7f-\x9f{_BIDI}{_INVISIBLE}{_BROKEN}]")
_WORD = re.compile(r"\w+")

# Scripts whose letters look like those of another one; the first word of a letter's Unicode name.
_ALPHABETS = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN", "HEBREW", "ARABIC", "LISU", "THAI"}
)
_DISGUISED = frozenset({"FULLWIDTH", "MATHEMATICAL", "CIRCLED", "SQUARED", "PARENTHESIZED", "DOUBLE-STRUCK", "SCRIPT"})


def escape_unsafe(text: str) -> str:
    """The text for a terminal: what could move the cursor, send it commands or turn the line around becomes visible."""
    return _DANGEROUS.sub(_name_characters, text.replace("\r\n", "\n"))


def expose_unseen(text: str) -> str:
    """The text with everything that cannot be seen made visible, for values that somebody signs."""
    return _UNSEEN.sub(_name_characters, text.replace("\n", "⏎"))


def escape_json(document: str) -> str:
    """A JSON text in which the same characters are escaped; it means the same."""
    return _UNSEEN_IN_JSON.sub(_escape_match, document)


def find_suspicions(value: Any, path: str = "") -> list[str]:
    """What is suspicious in a value, in plain words, one line for each finding with its dotted path.

    Args:
        value: plain JSON data.
        path: where the value stands.
    """
    if isinstance(value, Mapping):
        found = [line for key in value for line in find_suspicions(str(key), f"{path} (a key)".strip())]
        return found + [
            line for key, item in value.items() for line in find_suspicions(item, f"{path}.{key}".strip("."))
        ]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [line for place, item in enumerate(value) for line in find_suspicions(item, f"{path}.{place}")]
    return [f"{path}: {what}" for what in _find_in_text(value)] if isinstance(value, str) else []


def _find_in_text(text: str) -> list[str]:
    found = []
    if turned := sorted(set(re.findall(f"[{_BIDI}]", text))):
        found.append(f"characters that change the reading direction ({', '.join(map(_name_characters, turned))})")
    if unseen := sorted(set(re.findall(f"[{_INVISIBLE}]", text))):
        found.append(f"invisible characters ({', '.join(map(_name_characters, unseen))})")
    if steering := sorted(set(re.findall(f"[{_CONTROLS}]", text)) - {"\r"}):
        found.append(f"control characters ({', '.join(map(_name_characters, steering))})")
    mixed = [word for word in _WORD.findall(text) if len(_find_alphabets(word)) > 1]
    if mixed:
        scripts = " and ".join(sorted(_find_alphabets(mixed[0])))
        found.append(f"the word {mixed[0]!r} mixes {scripts} letters, which can look alike")
    elif len(over_all := _find_alphabets(text)) > 1:
        found.append(f"letters of several scripts: {' and '.join(sorted(over_all))}")
    if disguised := [char for char in text if _get_alphabet_name(char) in _DISGUISED]:
        found.append(f"letters in disguise, such as {_name_characters(disguised[0])}")
    if any(char.isdecimal() and not char.isascii() for char in text):
        found.append("digits of another script")
    return found


def _find_alphabets(text: str) -> set[str]:
    return {name for char in text if char.isalpha() and (name := _get_alphabet_name(char)) in _ALPHABETS}


def _get_alphabet_name(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0] if not char.isascii() else ("LATIN" if char.isalpha() else "")


def _name_characters(found: "str | re.Match[str]") -> str:
    char = found if isinstance(found, str) else found[0]
    return f"<U+{ord(char):04X}>"


def _escape_match(found: "re.Match[str]") -> str:
    digits = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{digits[at : at + 4]}" for at in range(0, len(digits), 4))
