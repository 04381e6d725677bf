"""This module reads the prices of models, reckons what an answer costs, and says which budget pays for it.

Room for what an answer can cost at most is reserved before each request, and settled with what the endpoint counted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ...policies.errors import BadInput

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

PER_REQUEST = 64
PER_MESSAGE = 32
_HIGHEST = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Price:
    """The price of 1,000 tokens that a model reads and writes, in units of the currency."""

    model: str
    reads: Decimal
    writes: Decimal

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """What so many tokens cost."""
        return (self.reads * max(0, input_tokens) + self.writes * max(0, output_tokens)) / 1000


def parse_prices(text: str, name: str) -> tuple[Price, ...]:
    """Prices such as ``gpt-4.1-mini=0.0004/0.0016, gpt-4.1=0.002/0.008``: what 1,000 tokens read and written cost.

    Args:
        name: of the variable, for the message.

    Raises:
        BadInput: one of them cannot be read, or a model stands there twice.
    """
    found: dict[str, Price] = {}
    for entry in (part.strip() for part in text.split(",")):
        if not entry:
            continue
        model, _, amounts = entry.rpartition("=")
        reads, _, writes = amounts.partition("/")
        try:
            price = Price(model.strip(), Decimal(reads.strip()), Decimal(writes.strip()))
            usable = bool(price.model) and all(0 <= each <= _HIGHEST for each in (price.reads, price.writes))
        except InvalidOperation:
            usable = False
        if not usable or price.model in found:
            raise BadInput(
                f"{name} holds {entry[:80]!r}; give each model once, with what 1,000 tokens read and written cost, "
                "such as gpt-4.1-mini=0.0004/0.0016, and separate several by commas."
            )
        found[price.model] = price
    return tuple(found.values())


def bound_tokens(messages: "Sequence[BaseMessage]", tools: Sequence[Mapping[str, Any]]) -> int:
    """More tokens than a request can have: vocabularies are made of bytes, and no token holds less than one of them."""
    total = PER_REQUEST
    for message in messages:
        told = [message.content, getattr(message, "tool_calls", ()), getattr(message, "invalid_tool_calls", ())]
        total += PER_MESSAGE + len(json.dumps(told, default=str, ensure_ascii=False).encode(errors="replace"))
    return total + len(json.dumps([dict(tool) for tool in tools], default=str, ensure_ascii=False).encode())


class ModelBudget(Protocol):
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
        """Settles the tokens that a request really read and wrote; ``None`` when nobody knows."""
        ...


_model_budget: ContextVar[ModelBudget | None] = ContextVar("countersign_model_budget", default=None)


@contextmanager
def charge_to(budget: ModelBudget | None) -> Iterator[None]:
    """Whatever is asked of models inside is paid from this budget."""
    before = _model_budget.set(budget)
    try:
        yield
    finally:
        _model_budget.reset(before)


def get_model_budget() -> ModelBudget | None:
    """The budget that pays here, or ``None``."""
    return _model_budget.get()
