"""Signs of known attacks in outsiders' text are flags for whoever looks through the audit log.

Nothing is allowed, denied or shown differently because of a flag. Attacks need none of these words (on a public set
the patterns find next to none, see ``benchmarks/flags.py``); what protects is the turn's plan and the source of each
argument. A flag only says where somebody tried in the usual words.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_CHARACTERS = 50_000
_ORDERS = r"(?:instructions?|rules?|prompts?|guidelines?|directions?|commands?|context|training)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|former|initial|original|foregoing|system)"
_PATTERNS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "overrides_instructions": (
        ("ignore", "disregard", "forget", "override", "bypass", "discard"),
        r"\b(?:ignore|disregard|forget|override|bypass|discard)\b[^.\n]{0,40}"
        rf"\b(?:your {_ORDERS}|{_EARLIER}\b[^.\n]{{0,30}}\b{_ORDERS})",
    ),
    "new_instructions": (
        ("new ", "updated ", "real ", "actual "),
        rf"\b(?:new|updated|real|actual) {_ORDERS} ?:",
    ),
    "plays_the_user": (
        ("message from",),
        r"\bmessage from (?:me ?, ?)?(?:the |your )?(?:user|admin|administrator|developer)\b",
    ),
    "speaks_to_the_model": (
        ("ai", "llm", "chatbot", "language model", "assistant"),
        r"\b(?:dear|hey|hello|attention|note to|you,) ?,? ?(?:the )?(?:ai|llm|chatbot|language model|assistant)\b"
        r"|^(?:<!-- ?)?(?:ai|llm|assistant) ?:",
    ),
    "changes_its_role": (
        ("you are now", " mode", "pretend to be"),
        r"\byou are now (?:a|an|the|in)\b|\b(?:developer|debug|god|jailbreak|dan) mode\b|\bpretend to be\b",
    ),
    "asks_for_the_prompt": (
        ("system prompt", "your prompt", "your instructions"),
        r"\b(?:reveal|print|repeat|show|output|tell me)\b[^.\n]{0,30}\b(?:system prompt|your (?:prompt|instructions))",
    ),
    "hides_from_the_user": (
        ("user",),
        r"\b(?:do not|don't|never|without) (?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|ask(?:ing)?|alert(?:ing)?)"
        r"[^.\n]{0,20}\buser\b",
    ),
    "before_the_task": (
        ("before you",),
        r"\bbefore you (?:can )?(?:solve|do|start|answer|complete|finish)\b[^.\n]{0,40}\btask\b",
    ),
    "imitates_marks": (
        ("<|", "inst]", "sys", "<information", "<important"),
        r"<\|[a-z_]{2,20}\|>|\[/?inst\]|<< ?/?sys ?>>|</?(?:system|information|important)>|^#{1,6} ?system\b",
    ),
    "carries_data_out": (
        ("![",),
        r"!\[[^\]\n]{0,200}\]\( ?https?://[^)\s]{1,500}[?&=]",
    ),
}
_FLAGS = {name: (keys, re.compile(pattern, re.MULTILINE)) for name, (keys, pattern) in _PATTERNS.items()}
_BLANKS = re.compile(r"[ \t]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_HIDDEN = re.compile("[\U000e0020-\U000e007f]{3,}|[\u202a-\u202e\u2066-\u2069]")


def find_signs(text: str) -> tuple[str, ...]:
    """The names of the signs in a text, sorted; the first 50,000 characters are looked at."""
    text = text[:MOST_CHARACTERS]
    found = {"hides_text"} if not text.isascii() and _HIDDEN.search(text) else set()
    plain = text if text.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    plain = _BLANKS.sub(" ", plain.lower())
    for name, (keys, pattern) in _FLAGS.items():
        # Looking for a plain word first costs a tenth of looking for the pattern.
        if any(key in plain for key in keys) and pattern.search(plain):
            found.add(name)
    return tuple(sorted(found))


def find_field_signs(value: Mapping[str, Any], untrusted: Sequence[str]) -> dict[str, list[str]]:
    """The signs in a result's outsider-written fields, by dotted path; places in lists are left out.

    Args:
        untrusted: dotted paths of the fields that outsiders wrote; ``""`` for all of it.
    """
    found: dict[str, set[str]] = {}
    for path, text in _texts(value, ""):
        if any(not mark or path == mark or path.startswith(f"{mark}.") for mark in untrusted):
            for name in find_signs(text):
                found.setdefault(path, set()).add(name)
    return {path: sorted(names) for path, names in sorted(found.items())}


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, path)
    elif isinstance(value, str):
        yield path, value
