"""A client that resumes the compiled graph itself, as LangGraph's own servers and user interfaces do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countersign.graphs.assistant.session import AsyncAssistant, Turn
from countersign.graphs.runtime.driver import make_config
from countersign.graphs.runtime.services import RunContext
from countersign.policies.review.review import Answer, AnswerType, Review
from data_folder import MARA, TOM, records
from langgraph.types import Command, Interrupt

APPROVE = Answer(AnswerType.APPROVE)
BATCHED = {"decisions": [{"type": "approve"}]}
CUSTOMER = "CUS-0181"


@dataclass(frozen=True)
class Client:
    """Speaks to the graph with LangGraph's own words, past the session."""

    assistant: AsyncAssistant

    async def ask(self, text: str, thread: str, user: str = MARA) -> Turn:
        """One message by the public door."""
        return await self.assistant.send(text, as_user=user, thread=thread)

    async def pauses(self, turn: Turn) -> Sequence[Interrupt]:
        """What waits in the graph."""
        return (await self.assistant.graph.aget_state(make_config(turn.run))).interrupts

    async def resume(self, turn: Turn, feed: Any, config: Any = None, user: str = TOM) -> Any:
        """Feeds the graph; ``feed`` is what LangGraph takes, e.g. ``Command(resume=...)`` or ``None``."""
        context = RunContext(turn_user(self.assistant, turn), turn.thread, turn.run, answering=user)
        return await self.assistant.graph.ainvoke(feed, config or make_config(turn.run), context=context)

    async def click(self, turn: Turn, user: str = TOM) -> Any:
        """One approval without a name, as a user interface with one button sends it."""
        return await self.resume(turn, Command(resume=BATCHED), user=user)

    def review(self, review_id: str) -> Review:
        """The review as it stands."""
        return self.assistant.services.reviews.get(review_id)


def turn_user(assistant: AsyncAssistant, turn: Turn) -> str:
    """Whose turn it is, from the record."""
    run = assistant.conversations.find_run(turn.run)
    assert run is not None
    return run.user_id


def voucher(amount_minor: int) -> dict[str, Any]:
    """Arguments for a voucher that needs one signature (above 50 and up to 100 euro)."""
    return {"customer_id": CUSTOMER, "amount_minor": amount_minor, "reason": "late delivery"}


def vouchers(home: Path, *amounts: int) -> list[int]:
    """Those of these amounts that were given out, by amount."""
    marks = ", ".join("?" * len(amounts))
    query = f"SELECT amount_minor FROM vouchers WHERE amount_minor IN ({marks}) ORDER BY amount_minor"  # noqa: S608
    return [row[0] for row in records(home, query, *amounts)]
