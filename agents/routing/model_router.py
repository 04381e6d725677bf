"""The third layer of the router asks a model, and accepts only answers that name one of the readings offered.

It works over a model pool; the question and the reading of the answer are pure.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..fence import Fence
from ..models.tokens import trim_text
from ..prompts import CLASSIFY

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

from ...policies.errors import Unavailable
from ..models.pool import ModelPool
from .router import ModelChoice

MOST_TOKENS = 1_500


def build_intent_question(text: str, intents: Mapping[str, str]) -> "list[BaseMessage]":
    """The messages that ask which intent a text has; the text travels as data."""
    from langchain_core.messages import HumanMessage, SystemMessage

    shown = trim_text(text, MOST_TOKENS)
    fence = Fence.around([shown])
    listed = "\n".join(f"- {name}: {description}" for name, description in intents.items())
    return [
        SystemMessage(f"{CLASSIFY}\n\nIntents:\n{listed}\n\n{fence.rule}"),
        HumanMessage(fence.wrap(shown, source="message", provenance="user")),
    ]


def parse_choice(answer: str, intents: Mapping[str, str]) -> str | None:
    """The intent in ``{"intent": "<name>"}``, or ``None`` for anything else, "none" included."""
    body = answer.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or set(found) != {"intent"}:
        return None
    name = found["intent"]
    return name if isinstance(name, str) and name in intents else None


CONFIDENCE = 0.75
"""What a model's pick counts for: above the rules' threshold, below what a rule or a clear classifier says."""


class PoolModelRouter:
    """Lets a model pick among readings; see :class:`.router.ModelRouter`."""

    def __init__(self, pool: ModelPool) -> None:
        self._pool = pool

    async def choose(self, text: str, readings: Mapping[str, str]) -> ModelChoice | None:
        """The reading that the model picks.

        ``None`` when it is not sure, answers anything but a name, or does not answer; the router then asks a person.
        """
        try:
            answer = await self._pool.complete(build_intent_question(text, readings))
        except Unavailable:
            return None
        intent = parse_choice(answer.text, readings)
        return None if intent is None else ModelChoice(intent, CONFIDENCE)
