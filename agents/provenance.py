"""Where the values of a call's arguments came from: the person, our records, outsiders' text, or nowhere.

Conservative: a value that only untrusted text holds is untrusted, and one that nothing holds is the model's own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..policies.proposal import Provenance

_WORDS = re.compile(r"\s+")
_WORST_LAST = (Provenance.USER, Provenance.TRUSTED, Provenance.MODEL, Provenance.UNTRUSTED)
_DIGITS = re.compile(r"\d[\d.,']*")


class Evidence:
    """What was said and read so far in a run.

    Args:
        said: the person's own words, this message and earlier ones.
        read: results of calls, each with the dotted paths of its fields that outsiders wrote.
        documents: uploaded texts; whoever uploaded them, their content counts as untrusted.
    """

    def __init__(
        self,
        said: Iterable[str],
        read: Iterable[tuple[Mapping[str, Any], Sequence[str]]] = (),
        documents: Iterable[str] = (),
    ) -> None:
        self._said = _Texts(said)
        trusted: list[str] = []
        untrusted: list[str] = list(documents)
        for value, paths in read:
            for path, leaf in leaves(value):
                (untrusted if _under(path, paths) else trusted).append(leaf)
        self._trusted = frozenset(_fold(leaf) for leaf in trusted)
        self._untrusted = _Texts(untrusted)

    def trace(self, args: Mapping[str, Any]) -> dict[str, str]:
        """The source of each leaf of the arguments by dotted path; of the items of a list, the worst one counts."""
        found: dict[str, Provenance] = {}
        for path, leaf in leaves(args):
            source = self._source(leaf)
            found[path] = max(found.get(path, source), source, key=_WORST_LAST.index)
        return {path: str(source) for path, source in found.items()}

    def _source(self, leaf: str) -> Provenance:
        if self._said.hold(leaf):
            return Provenance.USER
        if _fold(leaf) in self._trusted:
            return Provenance.TRUSTED
        return Provenance.UNTRUSTED if self._untrusted.hold(leaf) else Provenance.MODEL


class _Texts:
    """Texts in which whole values are looked for: words as they stand, numbers in either unit."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._folded = f" {' '.join(_fold(text) for text in texts)} "
        self._numbers = frozenset(_number(found) for found in _DIGITS.findall(self._folded))

    def hold(self, leaf: str) -> bool:
        """Whether the value stands in the texts, not merely as a part of a longer word or number."""
        folded = _fold(leaf)
        if not folded:
            return False
        if folded.isdigit():
            return bool({folded, _number(f"{int(folded) / 100:.2f}")} & self._numbers)
        return re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", self._folded) is not None


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of nested data as text, with its dotted path; places in lists are left out of the path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item, path)
    elif value is not None:
        yield path, str(value)


def _under(path: str, paths: Sequence[str]) -> bool:
    return any(path == marked or path.startswith(f"{marked}.") for marked in paths)


def _fold(text: str) -> str:
    return _WORDS.sub(" ", text).strip().casefold()


def _number(text: str) -> str:
    """Digits with at most one decimal point: ``"1,234.50"`` and ``"1.234,50"`` are both ``"1234.5"``."""
    text = text.strip(".,'")
    whole, mark, cents = max(text.rpartition("."), text.rpartition(","), key=lambda parts: len(parts[0]))
    if mark and len(cents) <= 2:
        digits = re.sub(r"\D", "", whole)
        return f"{digits}.{cents}".rstrip("0").rstrip(".")
    return re.sub(r"\D", "", text)
