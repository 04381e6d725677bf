"""A result is cut to the fields that somebody declared to need. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..tools.summary import MASKED

MOST_NAMED = 40


def select_fields(value: Mapping[str, Any], paths: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What of a result was declared, and the paths of what was not, in their order.

    A path stands for all that is below it. Lists are passed through. Where a path leads on and the result has plain
    text instead of fields, nothing is shown, unless a rule masked it.

    Args:
        paths: dotted, e.g. ``("order_id", "lines.quantity")``.
    """
    left: dict[str, None] = {}
    kept = _fields(value, _tree(paths), "", left)
    return kept, tuple(left)


def format_paths(paths: Sequence[str]) -> str:
    """Paths in words, not endlessly many."""
    more = len(paths) - MOST_NAMED
    return ", ".join(paths[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


FieldTree = dict[str, "FieldTree | None"]
"""What is wanted by name: ``None`` for all of it."""


def _tree(paths: Sequence[str]) -> FieldTree:
    tree: FieldTree = {}
    for path in paths:
        *ahead, last = path.split(".")
        place = tree
        for name in ahead:
            below = place.setdefault(name, {})
            if below is None:  # all of it is wanted already
                break
            place = below
        else:
            place[last] = None
    return tree


def _fields(value: Mapping[str, Any], tree: FieldTree, above: str, left: dict[str, None]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, item in value.items():
        path = f"{above}{name}"
        if name not in tree:
            left[path] = None
        else:
            wanted = tree[name]
            kept[name] = item if wanted is None else _select_below(item, wanted, path, left)
    return kept


def _select_below(item: Any, tree: FieldTree, path: str, left: dict[str, None]) -> Any:
    if isinstance(item, Mapping):
        return _fields(item, tree, f"{path}.", left)
    if isinstance(item, list):
        return [_select_below(part, tree, path, left) for part in item]
    if item is None or item == MASKED:
        return item
    left[path] = None
    return None
