"""The router's third layer over a model pool."""

from collections.abc import Mapping

from ..models.pool import ModelPool
from .router import ModelChoice

CONFIDENCE = 0.75
"""What a model's pick counts for: above the rules' threshold, below what a rule or a clear classifier says."""


class PoolChoice:
    """Lets a model pick among readings; see :class:`.router.ModelRouter`."""

    def __init__(self, pool: ModelPool) -> None:
        self._pool = pool

    async def choose(self, text: str, readings: Mapping[str, str]) -> ModelChoice | None:
        """The reading that the model picks, or ``None`` when it cannot tell or does not answer."""
        picked = await self._pool.classify(text, readings)
        return None if picked is None else ModelChoice(picked, CONFIDENCE)
