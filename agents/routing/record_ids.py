"""This module finds the ids of records that a message names, and can put words in their place."""

import re
from dataclasses import dataclass

from ...policies.filters.tokens import get_token_kind, restore_values
from .rules import RoutingRules, compile_id_pattern


@dataclass(frozen=True, slots=True)
class RecordId:
    """One id in a message, in its usual spelling (``INV-1042``), and the kind of record it names."""

    kind: str
    id: str


def find_record_ids(text: str, rules: RoutingRules) -> tuple[RecordId, ...]:
    """Every id in a text, in order of appearance, each once."""
    kinds = {prefix: item.kind for item in rules.identifiers for prefix in item.prefixes}
    found = (
        RecordId(kinds[match[1].upper()], f"{match[1].upper()}-{match[2]}") for match in _ids(rules).finditer(text)
    )
    return tuple(dict.fromkeys(found))


def replace_record_ids(text: str, rules: RoutingRules) -> str:
    """The text as the classifier reads it: ids and tokens become words, so that no digit or random letter sways it."""
    words = {prefix: item.reads_as for item in rules.identifiers for prefix in item.prefixes}
    spoken = restore_values(text, lambda token: get_token_kind(token).replace("_", " "))
    named = _ids(rules).sub(lambda match: words[match[1].upper()], spoken)
    for word in sorted(set(words.values())):
        named = re.sub(rf"\b({word}) {word}\b", r"\1", named, flags=re.IGNORECASE)
    return " ".join(named.split())


def _ids(rules: RoutingRules) -> re.Pattern[str]:
    return compile_id_pattern(tuple(prefix for item in rules.identifiers for prefix in item.prefixes))
