"""The router's third layer over a model pool."""

from collections.abc import Mapping

from ...policies.errors import Unavailable
from ..models.pool import ModelPool
from .model_router import picked, question
from .router import ModelChoice

CONFIDENCE = 0.75
"""What a model's pick counts for: above the rules' threshold, below what a rule or a clear classifier says."""


class PoolChoice:
    """Lets a model pick among readings; see :class:`.router.ModelRouter`."""

    def __init__(self, pool: ModelPool) -> None:
        self._pool = pool

    async def choose(self, text: str, readings: Mapping[str, str]) -> ModelChoice | None:
        """The reading that the model picks.

        ``None`` when it is not sure, answers anything but a name, or does not answer; the router then asks a person.
        """
        try:
            answer = await self._pool.complete(question(text, readings))
        except Unavailable:
            return None
        intent = picked(answer.text, readings)
        return None if intent is None else ModelChoice(intent, CONFIDENCE)
