"""Packs have two words for a workflow, ``workflow`` and the older ``playbook``, which mean the same.

A pack keeps the word that its author wrote, and so does its revision. What is put to the rules, the log and the counts
of limits know only the older word; what a pack says is brought to it where it is compared with them.
"""

import re

from .expressions import change_texts

KEPT = "playbook"
"""The word of the log, the counts and the evidence. It is as long as the other, so places in a condition stay."""
WRITTEN = "workflow"
"""The word that authors write now."""
_START = re.compile(rf"^([rR]?[\"']\^?){WRITTEN}:")


def normalize_word(word: str) -> str:
    """A word of a pack, such as what a limit is ``per``, as the kept word where it is one of the two."""
    return KEPT if word == WRITTEN else word


def normalize_work_name(name: str) -> str:
    """The name of a work, or a pattern for such names, in the kept word: ``playbook:*`` for ``workflow:*``."""
    return f"{KEPT}:{name.removeprefix(f'{WRITTEN}:')}" if name.startswith(f"{WRITTEN}:") else name


def normalize_condition(condition: str) -> str:
    """A condition whose texts name works in the kept word; every place in it stays what it is."""
    return change_texts(condition, lambda text: _START.sub(rf"\1{KEPT}:", text))
