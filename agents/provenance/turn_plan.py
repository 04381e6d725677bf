"""The plan of a turn says which write tools the person's words ask for; it is fixed before untrusted text is read.

Deterministic: a tool is planned when a sentence orders its action on its kind of object, as its name says them and
people call them (:mod:`.action_lexicon`). What is quoted, asked about, told of or forbidden orders nothing. Nothing
that a tool returns is ever read here, so no text placed in a result can change a plan.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .action_lexicon import OBJECTS, ORDERS, VERBS
from .values import QUANTITY, fold_case

_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
_QUOTED = re.compile(r"(?<!\w)'([^'\n]{1,300})'(?!\w)|\"([^\"\n]{1,300})\"|“([^”]{1,300})”|`([^`]{1,300})`")
_PASTED_LINE = re.compile(r"^\s*>[^\n]*$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"[\w-]+\.(?:docx?|xlsx?|pptx?|pdf|txt|csv|md)\b")
_ADDRESS = re.compile(r"\S+@\S+")
_EMAIL_AS_VERB = re.compile(r"(?:(?<=please )|(?<=and )|(?<=then )|^)e-?mail\b")
_FORGET = re.compile(r"\b(?:don't|do not|never|not) (?:forget|fail|hesitate) to\b")
_NO = re.compile(r"\b(?:don't|do not|never|must not|no need to)\b")
_NOT = re.compile(
    r"\b(?:don't|do not|never|not|without|no need to|instead of|rather than|avoid|refuse to)\b[^,;]{0,24}$"
)
_TOLD = re.compile(
    r"(?<!can )(?<!could )(?<!would )(?<!will )\b(?:i|we|they|he|she|it|who|you|people|did|does)"
    r"(?: (?:usually|always|often|just|already|recently|still|normally|have|had|did|do|will|would|can|could|may))*"
    r" $"
)
_LETTERS = re.compile(r"[\W_]+")
_PARTS = re.compile(r"[._\-\s]+")
_LINKS = frozenset({"to", "by", "for", "from", "in", "of", "on", "the", "a"})


def find_ordered_tools(text: str, tools: Iterable[str]) -> frozenset[str]:
    """The tools that a message orders.

    Args:
        text: the person's own words, and nothing else.
        tools: names of the write tools there are.
    """
    sentences = [_simplify(sentence) for sentence in _SENTENCE.split(fold_case(_drop_pasted(text)))]
    return frozenset(name for name in tools if any(_orders(sentence, name) for sentence in sentences))


def find_forbidden_tools(text: str, tools: Iterable[str]) -> frozenset[str]:
    """The tools that a message rules out ("do not refund it") and nowhere orders."""
    named = frozenset(tools)
    sentences = [_simplify(sentence) for sentence in _SENTENCE.split(fold_case(_drop_pasted(text)))]
    against = {name for name in named if any(_forbids(sentence, name) for sentence in sentences)}
    return frozenset(against - find_ordered_tools(text, against))


def is_repeat(critical: Iterable[str], args: Mapping[str, Any], done: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a call does once more to somebody what its tool did to them in this turn already.

    An order is an order for one: a captured model could otherwise refund the same account all day, each time in other
    words. Amounts and yes-or-no values do not make it another order; exactly the same call is none, because it runs
    only once whoever repeats it.

    Args:
        critical: the tool's critical arguments.
        args: of the call.
        done: the arguments of the tool's earlier calls in this turn.
    """
    named = [name for name in critical if not QUANTITY.search(name.rpartition(".")[2])]
    return any(dict(args) != dict(earlier) and _concern_same(named, args, earlier) for earlier in done)


def _concern_same(named: Iterable[str], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two calls concern the same: all that both of them name, and they name something."""
    pairs = [(_list_given(one, name), _list_given(other, name)) for name in named]
    shared = [mine & theirs for mine, theirs in pairs if mine and theirs]
    return bool(shared) and all(shared)


def _list_given(args: Mapping[str, Any], path: str) -> frozenset[str]:
    """The values of an argument, in no particular spelling."""
    value: Any = args
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return frozenset(_spelling(item) for item in (value if isinstance(value, list | tuple) else [value])) - {""}


def _spelling(value: Any) -> str:
    return "" if value is None or isinstance(value, bool) else _LETTERS.sub("", fold_case(str(value)))


def _forbids(sentence: str, tool: str) -> bool:
    """Whether a sentence would order the tool, were it not for its no."""
    found = _NO.search(sentence)
    return found is not None and _orders(sentence[found.end() :].strip(), tool)


def _drop_pasted(text: str) -> str:
    text = _PASTED_LINE.sub(" ", _FENCED.sub(" ", text.replace("’", "'")))
    return _QUOTED.sub(lambda found: " file " if _FILE.search(found[0]) else " something ", text)


def _simplify(sentence: str) -> str:
    named = _ADDRESS.sub("someone", _FILE.sub("file", sentence))
    return " ".join(_FORGET.sub("please", named).split())


def _orders(sentence: str, tool: str) -> bool:
    action, objects = _meaning(tool)
    if any(_is_said(sentence, phrase) for wanted in objects for phrase in ORDERS.get((action, wanted), ())):
        return True
    if not any(_is_said(sentence, phrase) for phrase in VERBS.get(action, (action,))):
        return False
    things = _EMAIL_AS_VERB.sub(" ", sentence)
    names = [phrase for wanted in objects for phrase in OBJECTS.get(wanted, (wanted, f"{wanted}s"))]
    return any(re.search(rf"\b{phrase}\b", things) for phrase in names)


def _meaning(tool: str) -> tuple[str, tuple[str, ...]]:
    """A tool's action and the kinds of thing it acts on."""
    parts = [part for part in _PARTS.split(fold_case(tool)) if part and part not in _LINKS]
    action = next((part for part in parts if part in VERBS), parts[0] if parts else "")
    return action, tuple(_make_singular(part) for part in parts if part != action)


def _make_singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _is_said(sentence: str, phrase: str) -> bool:
    return any(
        _NOT.search(before := sentence[: found.start()]) is None and _TOLD.search(before) is None
        for found in re.finditer(rf"(?<![\w-]){phrase}(?![\w-])", sentence)
    )
