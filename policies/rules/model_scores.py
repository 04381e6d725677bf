"""Scores of trained models may only make policy stricter, and where one is missing people decide.

A rule writes ``scores.fraud >= 50`` and no more. While the model is paused or cannot score a call, its score is
missing, and whatever the rule would have said, a person decides (see :mod:`..engine.engine`).
"""

import re
from collections.abc import Mapping
from typing import Any

from ..domain.stage import Stage
from .evidence import OWN_SCORES
from .expressions import EvaluationError, Expression, ExpressionError, blank_texts, make_context
from .rule import Rule, RuleEffect

ADOPT_MODEL_TOOL = "models.adopt"
"""The name under which policy is asked whether a newly trained model comes into force; no registry holds such a tool.

``args``: ``task``, ``version``, ``digest``, ``from``, ``examples``, ``people``, and in thousandths ``auc``,
``auc_before``, ``better``, ``anchor_auc``, ``anchor_auc_before``, ``drift``.
"""
_ASKED = re.compile(r"\bhas\s*\(\s*scores\s*\.\s*(\w+)")
_TRIED = (0, 50, 100)


def find_scores_read(condition: Expression | None) -> frozenset[str]:
    """The trained scores that a condition reads."""
    paths = condition.paths if condition else ()
    return frozenset(path.split(".")[1] for path in paths if path.startswith("scores.")) - OWN_SCORES


def check_learned_rule(rule: Rule, condition: Expression) -> None:
    """Refuses a rule with which a model could loosen what policy says, or that would let a paused model pass.

    Raises:
        ExpressionError: it allows by a trained score, reads one where none is given, or asks whether there is one.
    """
    if "scores" in condition.paths:
        raise ExpressionError("scores are read by name; write scores.confidence or scores.fraud")
    names = find_scores_read(condition)
    if not names:
        return
    first = sorted(names)[0]
    if rule.enforced is RuleEffect.ALLOW:
        raise ExpressionError(
            f"scores.{first} comes from a trained model, which may only make policy stricter; "
            "write a review or a deny for high scores instead of an allow for low ones"
        )
    if rule.stage is not Stage.TOOL:
        raise ExpressionError(f"scores.{first} is given at the stage tool only")
    if found := [name for name in _ASKED.findall(blank_texts(condition.source)) if name not in OWN_SCORES]:
        raise ExpressionError(
            f"has(scores.{found[0]}) would let a call pass while the model is paused; leave it out: "
            "where the score is missing, people decide by themselves"
        )


def find_awaited_scores(condition: Expression | None, evidence: Mapping[str, Any]) -> frozenset[str]:
    """The trained scores whose absence is the only reason why a condition cannot be evaluated; else nothing."""
    given: Mapping[str, Any] = evidence.get("scores", {})
    missing = find_scores_read(condition) - frozenset(given)
    if condition is None or not missing:
        return frozenset()
    for value in _TRIED:
        tried = {**evidence, "scores": {**given, **dict.fromkeys(missing, value)}}
        try:
            condition.holds(make_context(tried, condition.functions))
        except EvaluationError:
            return frozenset()  # something else is wrong too, and that denies
    return missing


def explain_waiting(rule: Rule, missing: frozenset[str]) -> str:
    """Why a person decides instead of a rule."""
    names = " and ".join(f"scores.{name}" for name in sorted(missing))
    return f"The model behind {names} gives no score now, so a person decides instead of the rule {rule.id}."
