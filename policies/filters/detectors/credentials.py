"""This detector finds secrets: private keys, well-known API keys, bearer tokens, and passwords by name or in a URL.

Each form is looked for from a word that it must contain, because a search for all of them at every character would cost
more than everything else.
"""

import re
from collections.abc import Iterator

from .match import SensitiveKind, SensitiveValue

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 20_000
_AFTER = r"(?![A-Za-z0-9_\-])"
_BEFORE = r"(?<![A-Za-z0-9_\-])"
_KNOWN = {
    prefix: re.compile(f"{_BEFORE}{re.escape(prefix)}{rest}{_AFTER}")
    for prefixes, rest in (
        ("sk- sk_ rk_ rk- pk_", r"(?:[A-Za-z0-9]{2,12}[_\-])?[A-Za-z0-9_\-]{16,250}"),
        ("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"[A-Za-z0-9_]{20,250}"),
        ("glpat- xoxa- xoxb- xoxe- xoxp- xoxr- xoxs-", r"[A-Za-z0-9_\-]{10,250}"),
        ("AKIA ASIA", r"[A-Z0-9]{16}"),
        ("AIza", r"[A-Za-z0-9_\-]{30,45}"),
        ("ya29.", r"[A-Za-z0-9_\-]{20,250}"),
        ("SG.", r"[A-Za-z0-9_\-]{16,64}\.[A-Za-z0-9_\-]{16,80}"),
        ("npm_ hf_ whsec_ dop_v1_", r"[A-Za-z0-9]{20,80}"),
        ("eyJ", r"[A-Za-z0-9_\-]{8,4000}\.[A-Za-z0-9_\-]{8,8000}\.[A-Za-z0-9_\-]{8,2000}"),
    )
    for prefix in prefixes.split()
}
_CARRIED = re.compile(r"(?i)(?:bearer|basic)[ \t]{1,3}(?P<value>[A-Za-z0-9._~+/\-]{16,4000}={0,2})")
_IN_URL = re.compile(r"://[^\s:/@?#]{0,80}:(?P<value>[^\s/@]{1,200})@")
_STEMS = ("password", "passwort", "passphrase", "passwd", "passcode", "pwd", "kennwort", "mot de passe", "contraseña")
_KEYS = ("key", "token", "secret", "credential")
_KEY_OF = re.compile(
    r"(?i)(?:api|access|secret|private|signing|encryption|account|client|auth|authorization|master|license)[ _\-]?$"
)
_GIVEN = re.compile(
    r"(?i)s?[\"']?[ \t]{0,3}(?P<sign>=>?|:=?|\bis\b:?)[ \t]{0,3}"
    r"(?:\"(?P<double>[^\"\n]{4,400})\"|'(?P<single>[^'\n]{4,400})'|(?P<bare>[^\s\"'<>,;]{4,400}))"
)
_SHORTEST_KEY = 12


def detect_secrets(text: str) -> Iterator[SensitiveValue]:
    """Secrets; of one that is given by name only the value."""
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is longer; offsets would no longer fit
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    yield from _private_keys(text)
    for prefix, pattern in _KNOWN.items():
        for match in _match_from(pattern, text, text, prefix):
            yield SensitiveValue(SensitiveKind.SECRET, match.start(), match.end(), match.group())
    for word, pattern in (("bearer", _CARRIED), ("basic", _CARRIED), ("://", _IN_URL)):
        for match in _match_from(pattern, text, low, word):
            if pattern is _IN_URL or _is_random(match["value"]):
                yield SensitiveValue(SensitiveKind.SECRET, match.start("value"), match.end("value"), match["value"])
    yield from _find_given_by_name(text, low)


def _match_from(pattern: re.Pattern[str], text: str, searched: str, word: str) -> Iterator[re.Match[str]]:
    """The matches that begin with a word."""
    at = searched.find(word)
    while at >= 0:
        match = pattern.match(text, at)
        if match:
            yield match
        at = searched.find(word, match.end() if match else at + len(word))


def _private_keys(text: str) -> Iterator[SensitiveValue]:
    position = text.find("-----BEGIN ")
    while position >= 0 and (begins := _KEY_BEGINS.search(text, position)) is not None:
        ends = _KEY_ENDS.search(text, begins.end(), begins.end() + _LONGEST_KEY)
        # One that was cut off is as secret as a whole one.
        position = ends.end() if ends else min(len(text), begins.end() + _LONGEST_KEY)
        yield SensitiveValue(SensitiveKind.SECRET, begins.start(), position, text[begins.start() : position])


def _find_given_by_name(text: str, low: str) -> Iterator[SensitiveValue]:
    for word in _STEMS + _KEYS:
        at = low.find(word)
        while at >= 0:
            end = at + len(word)
            match = _GIVEN.match(text, end)
            named = word != "key" or _KEY_OF.search(text, max(0, at - 16), at)
            if match and named:
                found = _value(match, password=word in _STEMS)
                if found is not None:
                    yield found
                    end = found.end
            at = low.find(word, end)


def _value(match: re.Match[str], *, password: bool) -> SensitiveValue | None:
    """The value that is given, if it is meant as one: prose about passwords and tokens is none."""
    group = match.lastgroup or "bare"
    value, start = match[group], match.start(group)
    if group == "bare":
        value = value.rstrip(".!?)]}")
    if len(value) < 4 or value.startswith(("${", "{{", "$(", "http")):
        return None
    found = SensitiveValue(SensitiveKind.SECRET, start, start + len(value), value)
    if "=" in match["sign"] or group != "bare":
        return found if password or len(value) >= 8 else None
    odd = any(not char.isalpha() for char in value.rstrip(".,!?-"))
    return found if odd and (password or (len(value) >= _SHORTEST_KEY and _is_random(value))) else None


def _is_random(value: str) -> bool:
    """Whether letters and digits mix as they do in no word."""
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
