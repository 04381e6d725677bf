"""A scripted in-process model and the same small job for both sides: read an order, comment a ticket, answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from countersign.agents.models.answer import ModelAnswer, ModelCall, Usage
from countersign.agents.models.settings import ModelSettings
from countersign.agents.models.tokens import TokenMeasures

ORDER, TICKET = "ORD-8841", "TCK-0456"
MESSAGE = f"@support Please add the comment 'seen' to ticket {TICKET} about order {ORDER}"
RULED = f"@support Escalate ticket {TICKET} about order {ORDER} with the comment 'seen'"
"""The same job in words that a routing rule settles, so that nothing has to be embedded to route it."""


@dataclass
class ScriptedModel:
    """Stands in for :class:`countersign.agents.models.pool.ModelPool`: no network, no latency, the same three steps."""

    settings: ModelSettings = field(default_factory=ModelSettings)
    measures: TokenMeasures = field(default_factory=TokenMeasures)
    asked: int = 0

    async def complete(
        self,
        messages: Sequence[Any],
        tools: Sequence[Mapping[str, Any]] = (),  # noqa: ARG002
        on_text: Callable[[str], None] | None = None,
        on_restart: Callable[[], None] | None = None,  # noqa: ARG002
    ) -> ModelAnswer:
        """The next step: how many tool results the request holds tells which."""
        self.asked += 1
        done = sum(message.type == "tool" for message in messages)
        usage = Usage(0, 0, estimated=True)
        if done < 2:
            return ModelAnswer("", (step(done, self.asked),), "scripted", usage, "tool_calls")
        if on_text:
            on_text("Done.")
        return ModelAnswer("Done.", (), "scripted", usage, "stop")


def step(number: int, asked: int) -> ModelCall:
    """The model's call number 0 (read) or 1 (write)."""
    if number == 0:
        return ModelCall(f"call_{asked}", "orders.get", {"order_id": ORDER}, "{}")
    args = {"ticket_id": TICKET, "body": f"seen {asked}", "public": False}
    return ModelCall(f"call_{asked}", "tickets.comment", args, "{}")
