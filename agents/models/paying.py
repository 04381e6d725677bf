"""Who pays for what a model says. Room is reserved before each request and settled with what the endpoint counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Purse(Protocol):
    """Somebody's money for models."""

    def choose(self, models: Sequence[str]) -> Sequence[str]:
        """The models that may be asked, in order; fewer or cheaper ones when money runs low.

        Raises:
            OverBudget: none may be.
        """
        ...

    def reserve(self, model: str, input_tokens: int, output_tokens: int) -> str:
        """Takes room for one request that has at most so many tokens, and returns the ticket for it.

        Raises:
            OverBudget: there is no room.
        """
        ...

    def settle(self, ticket: str, model: str, tokens: tuple[int, int] | None) -> None:
        """Books what a request really had, read and written; ``None`` when nobody knows."""
        ...


_purse: ContextVar[Purse | None] = ContextVar("countersign_purse", default=None)


@contextmanager
def paid_by(purse: Purse | None) -> Iterator[None]:
    """Whatever is asked of models inside is paid from this purse."""
    before = _purse.set(purse)
    try:
        yield
    finally:
        _purse.reset(before)


def purse_at_hand() -> Purse | None:
    """The purse that pays here, or ``None``."""
    return _purse.get()
