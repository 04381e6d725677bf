"""This module takes conditions apart into alternatives of comparisons, to find contradictions and implications.

A condition in CEL is brought into disjunctive normal form over comparisons of one field with constants; whatever else
stands in it is an opaque atom of which only its text is known. Every answer "never" or "implied" is a proof; the
absence of one says nothing.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_CLAUSES = 128
_PATH = r"[A-Za-z_]\w*(?:\.\w+)+|agent"
_TEXT = r"\"[^\"\\\n]*\"|'[^'\\\n]*'"
_CONSTANT = rf"-?\d+|{_TEXT}|true|false|null"
_ATOM = re.compile(rf"({_PATH})\s*(<=|>=|==|!=|<|>)\s*({_CONSTANT})")
_TURNED = re.compile(rf"({_CONSTANT})\s*(<=|>=|==|!=|<|>)\s*({_PATH})")
_IN = re.compile(rf"({_PATH})\s+in\s+\[((?:\s*(?:{_CONSTANT})\s*,?)*)\]")
_NOT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
Constant = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Atom:
    """A comparison of a field with a constant, or with a few (``in``, ``not in``); ``op`` is empty for anything else.

    Attributes:
        text: for an opaque atom, its source without spare blanks.
        holds: for an opaque atom, whether it is asked to be true or false.
    """

    path: str
    op: str = ""
    values: tuple[Constant, ...] = ()
    text: str = ""
    holds: bool = True

    def negate(self) -> "Atom":
        """The opposite."""
        if not self.op:
            return Atom(self.path, text=self.text, holds=not self.holds)
        return Atom(self.path, _NOT[self.op], self.values)


Conjunction = frozenset[Atom]
NEVER: tuple[Conjunction, ...] = ()
ALWAYS: tuple[Conjunction, ...] = (frozenset(),)


def parse_condition(condition: str) -> tuple[Conjunction, ...] | None:
    """The alternatives of a condition, one of which must hold whole; ``None`` when there are too many to look at."""
    return _dnf(" ".join(_remove_comments(condition).split()), wanted=True)


def negate_condition(condition: str) -> tuple[Conjunction, ...] | None:
    """The alternatives of its opposite."""
    return _dnf(" ".join(_remove_comments(condition).split()), wanted=False)


def find_possible(clauses: Iterable[Conjunction]) -> list[Conjunction]:
    """The alternatives that do not contradict themselves."""
    return [clause for clause in clauses if not _contradicts(clause)]


def conjoin_clauses(one: Sequence[Conjunction], other: Sequence[Conjunction]) -> tuple[Conjunction, ...] | None:
    """The alternatives of both at once; ``None`` when there are too many."""
    if len(one) * len(other) > MAX_CLAUSES * MAX_CLAUSES:
        return None
    return tuple(first | second for first in one for second in other)


def collect_atoms(clauses: Iterable[Conjunction]) -> set[Atom]:
    """All comparisons in them."""
    return {atom for clause in clauses for atom in clause}


def _dnf(text: str, *, wanted: bool) -> tuple[Conjunction, ...] | None:
    text = _peel(text)
    if text in ("true", "false"):
        return ALWAYS if (text == "true") == wanted else NEVER
    for operator in ("||", "&&"):
        parts = _split(text, operator)
        if len(parts) > 1:
            below = [_dnf(part, wanted=wanted) for part in parts]
            if any(part is None for part in below):
                return None
            known = [part for part in below if part is not None]
            return _unite(known) if (operator == "||") == wanted else _cross(known)
    if text.startswith("!") and not text.startswith("!=") and _is_whole(text[1:].strip()):
        return _dnf(text[1:], wanted=not wanted)
    atom = _atom(text)
    return (frozenset({atom if wanted else atom.negate()}),)


def _unite(parts: Iterable[tuple[Conjunction, ...]]) -> tuple[Conjunction, ...] | None:
    found = tuple(dict.fromkeys(clause for part in parts for clause in part))
    return found if len(found) <= MAX_CLAUSES else None


def _cross(parts: Iterable[tuple[Conjunction, ...]]) -> tuple[Conjunction, ...] | None:
    found = ALWAYS
    for part in parts:
        found = tuple(dict.fromkeys(first | second for first in found for second in part))
        if len(found) > MAX_CLAUSES:
            return None
    return found


def _atom(text: str) -> Atom:
    if match := _ATOM.fullmatch(text):
        return Atom(match[1], match[2], (_constant(match[3]),))
    if match := _TURNED.fullmatch(text):
        return Atom(match[3], _MIRROR[match[2]], (_constant(match[1]),))
    if match := _IN.fullmatch(text):
        return Atom(match[1], "in", tuple(_constant(item) for item in re.findall(_CONSTANT, match[2])))
    return Atom("", text=text)


def _constant(text: str) -> Constant:
    if text[0] in "\"'":
        return text[1:-1]
    found: Constant = json.loads(text)
    return found


def _contradicts(clause: Conjunction) -> bool:
    if any(atom.negate() in clause for atom in clause):
        return True
    paths = {atom.path for atom in clause if atom.op}
    return any(_is_impossible([atom for atom in clause if atom.op and atom.path == path]) for path in paths)


def _is_impossible(found: list[Atom]) -> bool:
    """Whether no value meets all comparisons of one field."""
    allowed: set[tuple[type, Constant]] | None = None
    for atom in found:
        if atom.op in ("==", "in"):
            these = {(type(value), value) for value in atom.values}
            allowed = these if allowed is None else allowed & these
    if allowed is not None:
        return not any(all(_meets(value, atom) for atom in found) for _, value in allowed)
    least, most = _bounds(found)
    if least is None or most is None:
        return False
    barred = {value for atom in found if atom.op in ("!=", "not in") for value in atom.values}
    return most - least < len(barred) + 1 and all(value in barred for value in range(least, most + 1))


def _bounds(found: list[Atom]) -> tuple[int | None, int | None]:
    least: int | None = None
    most: int | None = None
    for atom in found:
        value = atom.values[0] if atom.values else None
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        if atom.op in (">", ">="):
            low = value + (atom.op == ">")
            least = low if least is None else max(least, low)
        elif atom.op in ("<", "<="):
            high = value - (atom.op == "<")
            most = high if most is None else min(most, high)
    return least, most


def _meets(value: Constant, atom: Atom) -> bool:
    same = [(type(value), value) == (type(other), other) for other in atom.values]
    if atom.op in ("==", "in"):
        return any(same)
    if atom.op in ("!=", "not in"):
        return not any(same)
    other = atom.values[0]
    numbers = isinstance(value, int) and isinstance(other, int)
    if not numbers or isinstance(value, bool) or isinstance(other, bool):
        return False
    least, most = _bounds([atom])
    return (least is None or value >= least) and (most is None or value <= most)  # type: ignore[operator]


def _remove_comments(text: str) -> str:
    return re.sub(rf"({_TEXT})|//[^\n]*", lambda found: found[1] or " ", text)


def _peel(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and _find_closing(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _is_whole(text: str) -> bool:
    """Whether a ``!`` before this text is about all of it."""
    if text.startswith("("):
        return _find_closing(text, 0) == len(text) - 1
    return not re.search(r"\s(?:in|[<>=!]=?)\s", re.sub(r"\(.*\)", "", text))


def _split(text: str, operator: str) -> list[str]:
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        char = text[place]
        if char in "\"'":
            place = _end_of_text(text, place)
        elif char == "?" and depth == 0:
            return [text]  # a choice binds weaker than either operator
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(operator, place):
            parts.append(text[start:place])
            start = place = place + 2
            continue
        place += 1
    return [*parts, text[start:]]


def _find_closing(text: str, start: int) -> int:
    depth, place = 0, start
    while place < len(text):
        char = text[place]
        if char in "\"'":
            place = _end_of_text(text, place)
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return place
        place += 1
    return -1


def _end_of_text(text: str, start: int) -> int:
    place = start + 1
    while place < len(text) and text[place] != text[start]:
        place += 2 if text[place] == "\\" else 1
    return place
