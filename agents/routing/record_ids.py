"""The ids of records that a message names, and the message with those ids replaced by words."""

import re
from dataclasses import dataclass

from ...policies.filters.tokens import kind_of, put_back
from .rules import Rules, compiled


@dataclass(frozen=True, slots=True)
class Found:
    """One id in a message, in its usual spelling (``INV-1042``), and the kind of record it names."""

    kind: str
    id: str


def find_ids(text: str, rules: Rules) -> tuple[Found, ...]:
    """Every id in a text, in order of appearance, each once."""
    kinds = {prefix: item.kind for item in rules.identifiers for prefix in item.prefixes}
    found = (Found(kinds[match[1].upper()], f"{match[1].upper()}-{match[2]}") for match in _ids(rules).finditer(text))
    return tuple(dict.fromkeys(found))


def without_ids(text: str, rules: Rules) -> str:
    """The text as the classifier reads it: ids and tokens become words, so that no digit or random letter sways it."""
    words = {prefix: item.reads_as for item in rules.identifiers for prefix in item.prefixes}
    spoken = put_back(text, lambda token: kind_of(token).replace("_", " "))
    named = _ids(rules).sub(lambda match: words[match[1].upper()], spoken)
    for word in sorted(set(words.values())):
        named = re.sub(rf"\b({word}) {word}\b", r"\1", named, flags=re.IGNORECASE)
    return " ".join(named.split())


def _ids(rules: Rules) -> re.Pattern[str]:
    prefixes = "|".join(prefix for item in rules.identifiers for prefix in item.prefixes)
    return compiled(rf"\b({prefixes})[-\s]?(\d{{2,8}})\b")
