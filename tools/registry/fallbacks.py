"""A fallback is used when a system is not available: another system, a simpler way, or a person's task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...policies.domain.proposal import Provenance
from ..outcome import Outcome, Status
from ..spec import ToolSpec


def check_fallbacks(specs: Mapping[str, ToolSpec]) -> None:
    """Refuses fallbacks that lead nowhere or in a circle.

    Raises:
        ValueError: naming the tool.
    """
    for spec in specs.values():
        if (spec.fallback_tool is None) != (spec.fallback is None):
            raise ValueError(f"{spec.name} names half a fallback; give fallback_tool and fallback.")
        if spec.fallback_tool is None or spec.fallback_tool not in specs:
            continue  # a registry may hold some of the tools only; the call then fails as it would without
        if specs[spec.fallback_tool].fallback_tool is not None:
            raise ValueError(f"{spec.name} falls back to {spec.fallback_tool}, which has a fallback itself.")


def find_fallback_call(
    spec: ToolSpec, args: Mapping[str, Any], provenance: Mapping[str, str]
) -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """The call to make instead: tool, arguments, and where each comes from; ``None`` when there is none.

    Every argument counts as coming from the least trusted source of the original call's, because it may be made of any.
    """
    if spec.fallback_tool is None or spec.fallback is None:
        return None
    ranked = (Provenance.MODEL, Provenance.UNTRUSTED, Provenance.USER)
    worst = next((source for source in ranked if source in provenance.values()), Provenance.TRUSTED)
    made = dict(spec.fallback(spec.arguments.model_validate(args)))
    return spec.fallback_tool, made, dict.fromkeys(made, str(worst))


def make_fallback_outcome(spec: ToolSpec, other: ToolSpec, first: Outcome, done: Outcome, summary: str) -> Outcome:
    """What the call came to by its fallback; a result of another kind than asked for is no success, but no loss."""
    if not done.ok:
        return replace(first, unavailable=False, message=f"{first.message} {other.name} in its place: {done.message}")
    if other.result is spec.result:
        return done
    message = f"{first.message} Instead: {summary}."
    return Outcome(Status.DIVERTED, done.digest, dict(done.value), message)
