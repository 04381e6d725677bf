"""YAML is read with every value's place in the file, and without the parts that surprise or attack.

Read from parser events: no aliases, no tags, no duplicate keys, no binary floats, no octal or base-60 numbers; ``yes``,
``no`` and dates are text. What remains is what people think YAML is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import PolicyError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 100_000
TEXT_KEYS = frozenset({"version"})  # `version: 1.0` is a name, not a number
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9_]*)")
_NUMERIC = re.compile(
    r"[-+]?(?:\.\d|\d)[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?|[-+]?0[xob][0-9a-fA-F_]+|[-+]?\.(?:inf|nan)"
)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A value and where it begins; lines and columns count from 1.

    Attributes:
        value: text, integer, boolean, ``None``, a list of nodes, or a mapping of keys to nodes.
        keys: for a mapping, where each key stands.
        style: how a text was written: ``""`` plain, a quote, ``"|"`` or ``">"``.
    """

    value: Any
    line: int
    column: int
    keys: dict[str, tuple[int, int]]
    style: str = ""

    def to_plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.to_plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.to_plain() for node in self.value]
        return self.value

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Where the value at a path stands, or the nearest thing to it that is in the file."""
        node, where = self, (self.line, self.column)
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                where, node = node.keys[str(step)], node.value[step]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                where = (node.line, node.column)
            else:
                break
        return where

    def find(self, path: Sequence[str | int]) -> "YamlNode | None":
        """The node at a path, or ``None``."""
        node = self
        for step in path:
            try:
                node = node.value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return node


def make_policy_error(file: Path, line: int, column: int, message: str) -> PolicyError:
    """The error every loader problem becomes: file, line, column, what is wrong and what to do."""
    return PolicyError(f"{file}:{line}:{column}: {message}")


def read_yaml(file: Path) -> YamlNode:
    """The one document in a file.

    Raises:
        PolicyError: the file cannot be read, is no such YAML, or is too large; file and line are named.
    """
    text = _read(file)
    try:
        return _Tree(file, yaml.parse(text, Loader=_PARSER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        hint = "Indent with spaces, not tabs." if "'\\t'" in str(error.problem) else "Check the indentation and quotes."
        raise make_policy_error(
            file, line, column, f"this is not valid YAML: {error.problem or error.context}. {hint}"
        ) from error
    except yaml.YAMLError as error:
        raise make_policy_error(
            file, 1, 1, f"this is not valid YAML: {str(error).splitlines()[0]}. Save it as plain text."
        ) from error


def _read(file: Path) -> str:
    try:
        with file.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{file}: the policy pack cannot be read: {error.strerror}. Check the path.") from error
    if len(data) > MAX_BYTES:
        raise PolicyError(f"{file}: the policy pack is larger than {MAX_BYTES:,} bytes. Split it into several packs.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise make_policy_error(
            file, line, 1, "this is not UTF-8 text. Save the file with the encoding UTF-8."
        ) from error
    if not text.strip():
        raise PolicyError(f"{file}: the policy pack is empty. Begin with pack, version, owner, description, rules.")
    return text


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Tree:
    """Builds nodes from events, counting depth and size as it goes."""

    def __init__(self, file: Path, events: Iterator[Any]) -> None:
        self._file = file
        self._events = events
        self._nodes = 0

    def _fail(self, event: Any, message: str) -> PolicyError:
        return make_policy_error(self._file, *_place(event), message)

    def document(self) -> YamlNode:
        root: YamlNode | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._fail(event, "a pack is one YAML document; remove the line with --- or split the file.")
                root = self._node(next(self._events), 0)
        if root is None:
            raise PolicyError(f"{self._file}: the pack holds only comments. Write its rules, or remove it.")
        return root

    def _node(self, event: Any, depth: int, key: str = "") -> YamlNode:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise self._fail(event, f"more than {MAX_NODES:,} values or {MAX_DEPTH} levels; split the pack.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._fail(event, "anchors (&) and aliases (*) are not used here; write the value out, or quote it.")
        if event.tag:
            raise self._fail(event, f"the tag {event.tag} is not used in packs; remove it.")
        line, column = _place(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(line, column, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(following, depth + 1))
            return YamlNode(items, line, column, {})
        return YamlNode(self._scalar(event, key), line, column, {}, event.style or "")

    def _mapping(self, line: int, column: int, depth: int) -> YamlNode:
        found: dict[str, YamlNode] = {}
        places: dict[str, tuple[int, int]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                raise self._fail(event, "a key must be plain text; quote it.")
            key = event.value
            if key in found:
                raise self._fail(event, f"the key {key!r} stands twice (first in line {places[key][0]}); keep one.")
            places[key] = _place(event)
            found[key] = self._node(next(self._events), depth + 1, key)
        return YamlNode(found, line, column, places)

    def _scalar(self, event: Any, key: str) -> Any:
        text: str = event.value
        if not event.implicit[0] or key in TEXT_KEYS:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INTEGER.fullmatch(text) and len(text) <= 24:
            return int(text.replace("_", ""))
        if _NUMERIC.fullmatch(text):
            raise self._fail(
                event,
                f"{text} is not a plain whole number. Write money in minor units (10000 for 100.00), "
                "or put it in quotes if it is text.",
            )
        return text
