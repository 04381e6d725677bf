"""Provenance says where the values of a call came from: the person, our records, outsiders' text, or nowhere.

Conservative: a value that only untrusted text holds is untrusted, and one that nothing holds is the model's own. What a
record holds counts as trusted only when the read was asked for by the person's own values and their words point at that
record; a model that obeys an outsider could otherwise make any id trusted by reading it. Being told to read a source
makes nothing in it trusted (``docs/decisions/0012-named-is-not-trusted.md``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ...policies.domain.proposal import Provenance
from . import values
from .derived_amounts import is_derived
from .record_references import ReferenceKey, find_references, is_id, is_key, iterate_records

_WORST_LAST = (Provenance.USER, Provenance.TRUSTED, Provenance.MODEL, Provenance.UNTRUSTED)
_GOOD = (Provenance.USER, Provenance.TRUSTED)
_LIMIT = re.compile(r"(?:n|limit|count|page|size|top|offset|max_\w+)")
_SECRET = re.compile(r"password|secret|passphrase|token|pin")
_NOT = re.compile(r"\b(?:not|never|except|instead of|rather than|other than|without|isn't|don't)\b[^.;,\n]{0,24}$")


@dataclass(frozen=True, slots=True)
class ToolReading:
    """What one call gave.

    Attributes:
        value: the result.
        untrusted: dotted paths of its fields that outsiders wrote; ``""`` for all of it.
        args: what the call was asked with, as far as it picks what is given.
        wrote: whether the call changed something; what it gives repeats what it was given, so only its ids are news.
    """

    value: Mapping[str, Any]
    untrusted: Sequence[str] = ()
    args: Mapping[str, Any] = field(default_factory=dict)
    wrote: bool = False


class ProvenanceTracer:
    """What was said and read so far in a run.

    Args:
        said: the person's own words, this message and earlier ones.
        read: results of calls in their order, each as a :class:`ToolReading` or with the dotted paths of its fields
            that outsiders wrote.
        documents: uploaded texts; whoever uploaded them, their content counts as untrusted.
        today: the business date, for days that are named without their year.
    """

    def __init__(
        self,
        said: Iterable[str],
        read: Iterable[ToolReading | tuple[Mapping[str, Any], Sequence[str]]] = (),
        documents: Iterable[str] = (),
        today: date | None = None,
    ) -> None:
        self._said = _UserWords(said, today)
        self._untrusted = _OutsideText(documents)
        self._trusted: set[str] = set()
        self._amounts: set[Decimal] = set()
        self._pins: dict[ReferenceKey, str] = {}
        for item in read:
            self.add(item if isinstance(item, ToolReading) else ToolReading(*item))

    def add(self, reading: ToolReading) -> None:
        """Takes in one more result."""
        if not self._is_asked_for(reading.args):
            self._untrusted.add(leaf for _, leaf in iterate_leaves(reading.value))
            return
        self._untrusted.add(leaf for path, leaf in iterate_leaves(reading.value) if _is_under(path, reading.untrusted))
        known = _drop_paths(reading.value, reading.untrusted)
        if reading.wrote:
            self._trusted |= {_normalise_leaf(path, leaf) for path, leaf in iterate_leaves(known) if is_key(path)}
            return
        self._amounts |= {
            number for _, leaf in iterate_leaves(known) if (number := values.parse_plain_decimal(leaf)) is not None
        }
        found = list(iterate_records(known)) if isinstance(known, Mapping) else []
        single = len(found) == 1 and (bool(reading.args) or found[0] is known)
        places = range(1) if single else find_references(found, self._said.folded, self._said.numbers, self._pins)
        for place in places:
            self._trusted |= {_normalise_leaf(path, leaf) for path, leaf in iterate_leaves(found[place])}

    def trace(
        self, args: Mapping[str, Any], words: Mapping[str, Mapping[str, Sequence[str]]] | None = None
    ) -> dict[str, str]:
        """The source of each leaf of the arguments by dotted path; of the items of a list, the worst one counts.

        Args:
            words: what people say for the fixed values of an argument, e.g. ``{"permission": {"r": ["read"]}}``.
        """
        found: dict[str, Provenance] = {}
        for path, leaf in _raw_leaves(args):
            source = self._source(path, leaf, args, (words or {}).get(path, {}))
            found[path] = max(found.get(path, source), source, key=_WORST_LAST.index)
        return {path: str(source) for path, source in found.items()}

    def _source(self, path: str, leaf: Any, args: Mapping[str, Any], words: Mapping[str, Sequence[str]]) -> Provenance:
        if self._said.hold(path, leaf, args, words):
            return Provenance.USER
        text = str(leaf)
        amount = _amount(path, leaf)
        if amount is not None:
            if amount in self._amounts or self._said.derive(amount, self._amounts):
                return Provenance.TRUSTED
        elif not isinstance(leaf, bool) and _normalise_leaf(path, text) in self._trusted:
            return Provenance.TRUSTED
        return Provenance.UNTRUSTED if self._untrusted.hold(path, text) else Provenance.MODEL

    def _is_asked_for(self, args: Mapping[str, Any]) -> bool:
        """Whether nothing but the person and what they pointed at picked what a read gave."""
        picks = {path for path, leaf in _raw_leaves(args) if not (isinstance(leaf, int) and _is_limit(path))}
        return all(source in _GOOD for path, source in self.trace(args).items() if path in picks)


class _UserWords:
    """The person's words, and the values that stand in them."""

    def __init__(self, texts: Iterable[str], today: date | None) -> None:
        raw = list(texts)
        self.text = values.join_texts(raw)
        self.exact = values.join_texts([*raw, *(values.collapse_spaces(text) for text in raw)])
        self.folded = values.fold_case(self.exact)
        self.numbers = values.parse_numbers(self.text)
        self._rates = values.parse_percentages(self.text)
        self._codes = values.find_account_codes(self.text)
        self._tails = values.find_id_digits(self.text)
        self._dates = values.parse_dates(self.text, today)
        self._times = values.parse_times(self.text)
        self._spans = values.parse_spans(self.text)

    def hold(self, path: str, leaf: Any, args: Mapping[str, Any], words: Mapping[str, Sequence[str]]) -> bool:
        """Whether the person gave this value."""
        name = path.rpartition(".")[2]
        if isinstance(leaf, bool):
            return leaf and self._mentions(name.replace("_", " "))
        text = str(leaf)
        amount = _amount(path, leaf)
        if amount is not None:
            return amount in self.numbers
        if text in words:
            return any(self._mentions(word) for word in words[text])
        if _SECRET.search(name):
            return len(text) > 1 and text in self.exact and values.stands_in(text, self.folded)
        if text.isascii() and text.isdigit() and len(text) < 4:
            return re.search(rf"(?:\bid|\bnumber|\bno\.?|#)[\s'\":]*{text}(?![\w.,]\w|\w)", self.folded) is not None
        return self._mentions(text) or self._names_code(text) or self._names_moment(path, text, args)

    def derive(self, amount: Decimal, known: Iterable[Decimal]) -> bool:
        """Whether the words ask to work this amount out."""
        return is_derived(amount, self.text, self.numbers, self._rates, known)

    def _mentions(self, text: str) -> bool:
        """Whether the value stands in the words, somewhere not as what must not be."""
        if len(text) < 2 or (text != text.strip()) or not values.stands_in(text, self.folded):
            return False
        wanted = values.fold_case(text)
        return any(
            _NOT.search(self.folded[max(0, found.start() - 60) : found.start()]) is None
            for found in re.finditer(rf"(?<!\w){re.escape(wanted)}", self.folded)
        )

    def _names_code(self, text: str) -> bool:
        bare = values.parse_account_code(text)
        return (bare is not None and bare in self._codes) or (text.isascii() and text in self._tails)

    def _names_moment(self, path: str, text: str, args: Mapping[str, Any]) -> bool:
        """Whether a moment is on a day and at a time that were said, or follows from both and a length of time."""
        end = values.parse_moment(text)
        if end is None:
            return False
        if end[0] in self._dates and (not end[1] or end[1] in self._times):
            return True
        begins = args.get(path.replace("end", "start")) if "end" in path else None
        start = values.parse_moment(str(begins)) if begins is not None else None
        return (
            start is not None
            and start[0] in self._dates
            and start[1] in self._times
            and values.compute_span(start, end) in self._spans
        )


class _OutsideText:
    """What outsiders wrote; generous, because to be found here is no good."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: list[str] = []
        self._numbers: set[Decimal] = set()
        self.add(texts)

    def add(self, texts: Iterable[str]) -> None:
        """Takes in more of it."""
        for text in texts:
            self._texts.append(values.fold_case(values.collapse_spaces(text)))
            self._numbers |= {
                number for found in re.findall(r"\d[\d.,']*", text) if (number := values.parse_decimal(found))
            }

    def hold(self, path: str, text: str) -> bool:
        """Whether the value stands in it."""
        wanted = values.fold_case(values.collapse_spaces(text)).strip()
        amount = _amount(path, text)
        return bool(wanted) and (
            amount in self._numbers
            or any(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", found) for found in self._texts if wanted in found)
        )


def iterate_leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of nested data as text, with its dotted path; places in lists are left out of the path."""
    return ((where, str(leaf)) for where, leaf in _raw_leaves(value, path))


def _raw_leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _raw_leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _raw_leaves(item, path)
    elif value is not None:
        yield path, value


def _normalise_leaf(path: str, text: str) -> str:
    """How a record's value is remembered: a short number only as an id or as none, for it may stand for anything."""
    return f"id {text}" if len(text) < 5 and text.isdigit() and is_id(path) else values.fold_case(text)


def _amount(path: str, leaf: Any) -> Decimal | None:
    """The number that an argument for an amount gives, minor units as whole ones."""
    name = path.rpartition(".")[2]
    if isinstance(leaf, bool) or not values.QUANTITY.search(name):
        return None
    number = values.parse_plain_decimal(str(leaf))
    return (number / 100).normalize() if number is not None and name.endswith("_minor") else number


def _is_limit(path: str) -> bool:
    """Whether an argument only says how many results are wanted."""
    return _LIMIT.fullmatch(path.rpartition(".")[2]) is not None


def _is_under(path: str, paths: Sequence[str]) -> bool:
    return any(not marked or path == marked or path.startswith(f"{marked}.") for marked in paths)


def _drop_paths(value: Any, paths: Sequence[str], path: str = "") -> Any:
    """The data without what stands under the paths."""
    if (path and _is_under(path, paths)) or "" in paths:
        return None
    if isinstance(value, Mapping):
        return {key: _drop_paths(item, paths, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_drop_paths(item, paths, path) for item in value]
    return value
