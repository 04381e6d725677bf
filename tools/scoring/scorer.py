"""The scorer gives policy the scores of a call: only those that rules read, only from models in force and not paused.

Whatever goes wrong leaves the score out, and where a score is missing people decide. What was said, by which version
and why, is written into the decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...policies.errors import CountersignError
from ..spec import ToolContext
from .model import ScoreModel
from .score_versions import ScoreVersions
from .task import LearningTask

_MOST_VALUES = 40


@dataclass(frozen=True, slots=True)
class CallScores:
    """What trained models say of one call.

    Attributes:
        percent: whole per cents by name, for rules; a model that is paused is not in it.
        details: for the record: version, digest, why, or why there is no score.
    """

    percent: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class ScoreProvider(Protocol):
    """Gives the scores with these names for a call."""

    def __call__(self, names: frozenset[str], args: Any, context: ToolContext) -> CallScores: ...


class Scorer:
    """Scores calls with the models in force.

    Args:
        standings: which they are.
        tasks: by name, what can be scored.
    """

    def __init__(self, standings: ScoreVersions, tasks: Mapping[str, LearningTask]) -> None:
        self._standings = standings
        self._tasks = tasks

    def __call__(self, names: frozenset[str], args: Any, context: ToolContext) -> CallScores:
        """The scores with these names; it never raises."""
        percent: dict[str, int] = {}
        told: dict[str, Any] = {}
        for name in sorted(names):
            try:
                found, told[name] = self._score_one(name, args, context)
            except Exception as error:  # noqa: BLE001 - whatever it is, no score is given and people decide
                reason = str(error) if isinstance(error, CountersignError) else type(error).__name__
                told[name] = {"paused": f"it could not be asked ({reason})"}
                continue
            if found is not None:
                percent[name] = found
        return CallScores(percent, told)

    def _score_one(self, name: str, args: Any, context: ToolContext) -> tuple[int | None, dict[str, Any]]:
        task = self._tasks.get(name)
        if task is None:
            return None, {"paused": "no department here brings a model of it"}
        standing = self._standings.get_standing(context.principal.tenant, name)
        values = task.score_call(args, context)
        if values is None:
            return None, {"paused": "this call names nothing that it could score"}
        kept = {key: f"{value:.10g}" for key, value in values.items()} if len(values) <= _MOST_VALUES else {}
        kept = {} if standing.model and standing.model.transforms[:1] == ("word",) else kept  # words are a person's
        if standing.model is None or standing.paused:
            return None, {"paused": standing.paused, "values": kept}
        return _explain_score(task, standing.model, values, kept)


def _explain_score(
    task: LearningTask, model: ScoreModel, values: Mapping[str, float], kept: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    scored = model.score(values)
    why = [
        {
            "feature": part.name,
            "words": task.meaning(part.name),
            "value": f"{part.value:.10g}",
            "points": part.points,
        }
        for part in scored.why
    ]
    return scored.percent, {
        "version": model.version,
        "digest": model.digest,
        "percent": scored.percent,
        "why": why if kept else [{"points": part["points"]} for part in why],
        "values": kept,
    }
