"""The masker replaces sensitive values by tokens and, for whom a pack names, puts them back.

It stands between people and systems on one side, models and records on the other. Whatever enters is masked; what
leaves for a tool body or a person is put back only for kinds that a pack names. A value that cannot be kept cannot go
on: the error stops the work.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar, cast

from ..domain.principal import Principal
from ..errors import StorageError
from .detectors.detect import detect_values
from .detectors.match import SensitiveKind, SensitiveValue
from .masking_rules import Masking
from .tokens import TOKEN, find_tokens, restore_values
from .vault import Vault, read_token_values

ValueT = TypeVar("ValueT")
_LONGEST_LABEL = 64
_SEAM = "\n\n\n\n\n"
"""Between texts that are searched together: no detector reads across it, and it ends a value as the text's end does."""
_NUMBERS = 10**40
_TELLING = re.compile(
    r"(?i)pass|pwd|secret|token|key|credential|ssn|social|tax|iban|card|phone|tel|mobile|fax|licen|zip|post|address|name"
)


@dataclass(frozen=True, slots=True)
class Masker:
    """Masking by the packs in force.

    Args:
        vault: where values are kept; without one nothing may be named that has to be.
        masking: what the packs say now.
    """

    vault: Vault | None
    masking: Callable[[], Masking]

    def mark(self, tenant: str, text: str) -> str:
        """Stands for a text in records that outlive it; empty without a vault. See :meth:`.vault.Vault.mark`."""
        return self.vault.mark(tenant, text) if self.vault else ""

    def mask(self, tenant: str, value: ValueT) -> ValueT:
        """Text, or plain JSON data, with values of the masked kinds replaced by the tenant's tokens.

        Keys of mappings are masked too. Masking twice changes nothing.

        Raises:
            StorageError: a value could not be kept.
        """
        kinds = self.masking().kinds
        texts = _texts(value) if kinds else {}
        # One look at all of it, which nearly always finds nothing, costs far less than one at each.
        if not texts or not detect_values(_SEAM.join(f"{_make_lead(label)}{text}" for label, text in texts), kinds):
            return value
        found = {place: spans for place in texts if (spans := _find_values(*place, kinds))}
        if not found:
            return value
        flat = [(item.kind, item.text) for spans in found.values() for item in spans]
        tokens = dict(zip(flat, self._require_vault().keep(tenant, flat), strict=True))
        masked = {place: _replace_values(place[1], spans, tokens) for place, spans in found.items()}
        return cast(ValueT, _map_texts(value, lambda label, text: masked.get((label, text), text)))

    def reveal(self, tenant: str, value: ValueT, kinds: Collection[SensitiveKind]) -> ValueT:
        """The same data with tokens of these kinds put back; those that stand for nothing stay as they are."""
        known = self.resolve_tokens(tenant, value, kinds)
        return cast(ValueT, _map_texts(value, lambda _, text: restore_values(text, known.get))) if known else value

    def resolve_tokens(self, tenant: str, value: object, kinds: Collection[SensitiveKind]) -> Mapping[str, str]:
        """What the tokens of these kinds in some data stand for."""
        tokens = {token for _, text in _texts(value) for token in find_tokens(text)} if kinds else set()
        return read_token_values(self._require_vault(), tenant, tokens, kinds) if tokens else {}

    def show(self, principal: Principal, value: ValueT) -> ValueT:
        """Data as a person may see it."""
        return self.reveal(principal.tenant, value, self.masking().kinds_shown_to(principal.roles))

    def _require_vault(self) -> Vault:
        if self.vault is None:
            raise StorageError("The packs name values to mask and there is no vault to keep them in; nothing was done.")
        return self.vault

    def raw_for(self, tool: str, principal: Principal) -> frozenset[SensitiveKind]:
        """The kinds that a tool gets as they are on behalf of somebody."""
        return self.masking().raw_for(tool, principal.roles)


NO_MASKING = Masker(None, Masking)
"""Masks nothing."""


def _find_values(label: str, text: str, kinds: Collection[SensitiveKind]) -> tuple[SensitiveValue, ...]:
    """What has to be masked; a token, and what only looks like a value because of one, is left alone."""
    spans = [match.span() for match in TOKEN.finditer(text)] if "_" in text else []
    before = _make_lead(label)
    moved = (
        replace(item, start=item.start - len(before), end=item.end - len(before))
        for item in detect_values(before + text, kinds)
        if item.start >= len(before)
    )
    return tuple(item for item in moved if not any(item.start < end and start < item.end for start, end in spans))


def _make_lead(label: str) -> str:
    """The name of a field, if it says what stands in it, as words before a value do in prose."""
    return f"{label}=" if label and _TELLING.search(label) else ""


def _replace_values(
    text: str, spans: tuple[SensitiveValue, ...], tokens: Mapping[tuple[SensitiveKind, str], str]
) -> str:
    parts: list[str] = []
    last = 0
    for item in spans:
        before, after = text[item.start - 1 : item.start] if item.start else "", text[item.end : item.end + 1]
        parts.append(text[last : item.start])
        # A token is one word: what touched the value must not grow into it.
        token, left, right = tokens[item.kind, item.text], " " * _is_word_char(before), " " * _is_word_char(after)
        parts.append(f"{left}{token}{right}")
        last = item.end
    return "".join([*parts, text[last:]])


def _is_word_char(char: str) -> bool:
    return char.isalnum() or char == "_"


def _texts(value: object) -> dict[tuple[str, str], None]:
    """Every text in plain data with the name of its field, keys included.

    Without recursion, for data may be as deep as somebody likes.
    """
    texts: dict[tuple[str, str], None] = {}
    rest: list[tuple[str, object]] = [("", value)]
    while rest:
        label, item = rest.pop()
        if isinstance(item, str):
            texts[label, item] = None
        elif isinstance(item, list | tuple):
            rest += [(label, inside) for inside in item]
        elif isinstance(item, dict | Mapping):
            rest += [("", key) for key in item]
            rest += [(_label(key), inside) for key, inside in item.items()]
        elif (text := _text(item)) is not None:
            texts[label, text] = None
    return texts


def _map_texts(value: Any, change: Callable[[str, str], str], label: str = "") -> Any:
    if isinstance(value, Mapping):
        return {_map_texts(key, change): _map_texts(item, change, _label(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_map_texts(item, change, label) for item in value])
    text = _text(value)
    changed = text if text is None else change(label, text)
    return value if changed == text else changed


def _label(key: object) -> str:
    return key.replace("_", " ") if isinstance(key, str) and len(key) <= _LONGEST_LABEL else ""


def _text(value: object) -> str | None:
    """Text, or a number as text: a card is one in whichever type it comes."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _NUMBERS else None
    return format(value, "f") if isinstance(value, Decimal) and value.is_finite() and abs(value) < _NUMBERS else None
