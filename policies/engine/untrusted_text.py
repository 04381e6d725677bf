"""No pack can switch this rule off: untrusted text gives no orders.

After untrusted content entered a thread, a tool that changes something runs without a person only when the turn's
plan, fixed before that content was read, allows it, and when each critical argument came from the user or a system of
record.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..domain.proposal import Effect, Proposal, Provenance
from ..domain.templates import format_value

UNTRUSTED_RULE = "builtin.untrusted"
_GOOD = (Provenance.USER, Provenance.TRUSTED)


def find_untrusted_reason(proposal: Proposal, tool: Mapping[str, Any]) -> str | None:
    """Why a person must look at this call, in plain words, or ``None``.

    Args:
        tool: the spec; a missing ``effect`` counts as irreversible, a missing ``critical`` as all arguments.
    """
    if not proposal.tainted or tool.get("effect") == Effect.READ:
        return None
    if not proposal.planned:
        return (
            f"Text from outside has entered this conversation, and {proposal.tool} was not planned before; "
            "a person must confirm it."
        )
    args = proposal.args
    critical = tool.get("critical", tuple(args))
    bad = [
        (leaf, source) for leaf in _leaves(args, critical) if (source := _find_bad_source(leaf, proposal.provenance))
    ]
    if not bad:
        return None
    listed = ", ".join(f"{format_value(leaf)} ({source})" for leaf, source in bad[:5])
    return f"Text from outside has entered this conversation; a person must confirm where these come from: {listed}."


def _leaves(args: Mapping[str, Any], critical: Any) -> Iterator[str]:
    """Dotted paths of all single values under the critical arguments; arguments that were not given have none."""
    for path in critical:
        value: Any = args
        for part in str(path).split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            yield from _expand_leaf(str(path), value)


def _expand_leaf(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _expand_leaf(f"{path}.{key}", item)
    elif isinstance(value, list | tuple) and value:
        for place, item in enumerate(value):
            yield from _expand_leaf(f"{path}.{place}", item)
    else:
        yield path


def _find_bad_source(leaf: str, provenance: Mapping[str, str]) -> str | None:
    """Why the source of a value is not good enough, or ``None``: it and what it stands in must all be good.

    Sources may leave out places in lists (``lines.amount`` for ``lines.0.amount``); they are then of the worst item.
    """
    parts = leaf.split(".")
    paths = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    paths |= {".".join(part for part in path.split(".") if not part.isdigit()) for path in paths}
    known = [provenance[path] for path in sorted(paths) if path in provenance]
    if not known:
        return "found nowhere"
    bad = [source for source in known if source not in _GOOD]
    if not bad:
        return None
    return "from outside" if Provenance.UNTRUSTED in bad else "found nowhere"
