"""The veil between people and systems on one side, models and records on the other: values in, tokens out, and back.

Whatever enters is masked; what leaves for a tool body or a person is put back only for kinds that a pack names. A value
that cannot be kept cannot go on: the error stops the work.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ..principal import Principal
from .detecting import detect
from .found import Found, Kind
from .section import Masking
from .tokens import TOKEN, put_back, tokens_in
from .vault import Vault, values_of

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Veil:
    """Masking by the packs in force.

    Args:
        vault: where values are kept.
        masking: what the packs say now.
    """

    vault: Vault
    masking: Callable[[], Masking]

    def mask(self, tenant: str, value: ValueT) -> ValueT:
        """Text, or plain JSON data, with values of the masked kinds replaced by the tenant's tokens.

        Keys of mappings are masked too. Masking twice changes nothing.

        Raises:
            StorageError: a value could not be kept.
        """
        kinds = self.masking().kinds
        texts = _texts(value) if kinds else {}
        found = {text: spans for text in texts if (spans := _found(text, kinds))}
        if not found:
            return value
        flat = [(item.kind, item.text) for spans in found.values() for item in spans]
        tokens = dict(zip(flat, self.vault.keep(tenant, flat), strict=True))
        masked = {text: _replaced(text, spans, tokens) for text, spans in found.items()}
        return cast(ValueT, _mapped(value, lambda text: masked.get(text, text)))

    def reveal(self, tenant: str, value: ValueT, kinds: Collection[Kind]) -> ValueT:
        """The same data with tokens of these kinds put back; those that stand for nothing stay as they are."""
        known = self.known(tenant, value, kinds)
        return cast(ValueT, _mapped(value, lambda text: put_back(text, known.get))) if known else value

    def known(self, tenant: str, value: object, kinds: Collection[Kind]) -> Mapping[str, str]:
        """What the tokens of these kinds in some data stand for."""
        tokens = {token for text in _texts(value) for token in tokens_in(text)} if kinds else set()
        return values_of(self.vault, tenant, tokens, kinds) if tokens else {}

    def show(self, principal: Principal, value: ValueT) -> ValueT:
        """Data as a person may see it."""
        return self.reveal(principal.tenant, value, self.masking().shown_to(principal.roles))

    def raw_for(self, tool: str, principal: Principal) -> frozenset[Kind]:
        """The kinds that a tool gets as they are on behalf of somebody."""
        return self.masking().raw_for(tool, principal.roles)


def _found(text: str, kinds: Collection[Kind]) -> tuple[Found, ...]:
    """What has to be masked; a token, and what only looks like a value because of one, is left alone."""
    spans = [match.span() for match in TOKEN.finditer(text)] if "_" in text else []
    found = detect(text, kinds)
    return tuple(item for item in found if not any(item.start < end and start < item.end for start, end in spans))


def _replaced(text: str, spans: tuple[Found, ...], tokens: Mapping[tuple[Kind, str], str]) -> str:
    parts: list[str] = []
    last = 0
    for item in spans:
        before, after = text[item.start - 1 : item.start] if item.start else "", text[item.end : item.end + 1]
        parts.append(text[last : item.start])
        # A token is one word: what touched the value must not grow into it.
        token, left, right = tokens[item.kind, item.text], " " * _grows(before), " " * _grows(after)
        parts.append(f"{left}{token}{right}")
        last = item.end
    return "".join([*parts, text[last:]])


def _grows(char: str) -> bool:
    return char.isalnum() or char == "_"


def _texts(value: object) -> dict[str, None]:
    """Every text in plain data, keys included; without recursion, for data may be as deep as somebody likes."""
    texts: dict[str, None] = {}
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            texts[item] = None
        elif isinstance(item, Mapping):
            rest += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple):
            rest += item
        elif isinstance(item, int) and not isinstance(item, bool):
            texts[str(item)] = None
    return texts


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_mapped(key, change): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_mapped(item, change) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        changed = change(str(value))
        return value if changed == str(value) else changed
    return value
