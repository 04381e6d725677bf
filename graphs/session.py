"""The assistant as callers use it: send, stream, pending, answer, history. Asynchronous; ``door`` makes it sync."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from ..policies.errors import BadInput, CountersignError
from ..policies.principal import Principal, require
from ..policies.review import Answer, Review, ReviewState
from ..tools.reading.documents import Document
from .checkpoints import LocalSaver
from .conversation import Conversations, Message, Run, RunState
from .desk import Desk, RunContext

MAX_MESSAGE = 20_000
RECURSION_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one message.

    Attributes:
        state: ``done``, ``waiting`` (for people) or ``failed``.
        reply: Markdown; while the run waits it says for whom and until when.
        citations: what the reply rests on.
        pending: the open reviews of this run.
        data: the findings as structured data, one entry per agent that worked.
    """

    run: str
    thread: str
    state: RunState
    reply: str
    citations: tuple[str, ...] = ()
    pending: tuple[Review, ...] = ()
    data: tuple[Mapping[str, Any], ...] = ()
    route: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a streamed turn: ``kind`` and its data; the last one is of kind ``turn`` and carries it."""

    kind: str
    data: Mapping[str, Any]
    turn: Turn | None = None


class AsyncAssistant:
    """A session with the assistant.

    Args:
        desk: the services.
        graph: the assistant graph, compiled with ``saver``.
        saver: where the checkpoints of open runs are.
        conversations: where messages and runs are.
    """

    def __init__(
        self,
        desk: Desk,
        graph: "CompiledStateGraph[Any, RunContext, Any, Any]",
        saver: LocalSaver,
        conversations: Conversations,
    ) -> None:
        self.desk = desk
        self.graph = graph
        self.saver = saver
        self.conversations = conversations

    def principal(self, user_id: str) -> Principal:
        """The principal with this id.

        Raises:
            NotAllowed: nobody in the directory has it.
        """
        return require(self.desk.directory, user_id)

    async def send(
        self, text: str, *, as_user: str, thread: str = "default", documents: Sequence[Document] = ()
    ) -> Turn:
        """One message, answered; see :meth:`stream` for the arguments and errors."""
        async for event in self.stream(text, as_user=as_user, thread=thread, documents=documents):
            if event.turn is not None:
                return event.turn
        raise RuntimeError("a turn ends with its result")  # pragma: no cover - stream always ends with one

    async def stream(
        self, text: str, *, as_user: str, thread: str = "default", documents: Sequence[Document] = ()
    ) -> AsyncGenerator[Progress, None]:
        """One message, answered step by step.

        Args:
            text: what the person says, at most 20,000 characters; longer texts are documents.
            as_user: id of the principal, already authenticated by the caller.
            thread: the conversation; each user's threads are their own.
            documents: texts brought along, e.g. a contract to review.

        Raises:
            BadInput: the message is empty or too long.
            NotAllowed: the user is unknown, or the thread is somebody else's.
            StorageError: it could not be kept; nothing was done.
        """
        principal = self.principal(as_user)
        said = _checked(text)
        name = f"{principal.tenant}/{principal.user_id}/{thread}"
        for earlier in await self.catch_up(principal.tenant, name):
            yield Progress("caught_up", {"run": earlier.run, "state": str(earlier.state), "text": earlier.reply})
        kept = [self.desk.documents.add(principal, name, document.name, document.text) for document in documents]
        run = self.conversations.begin(principal, name, said, kept)
        given = {"text": said, "documents": kept, "findings": []}
        async for event in self._drive(run, given):
            yield event

    async def answer(self, review_id: str, answer: Answer, *, as_user: str) -> Turn | None:
        """A reviewer's answer; goes on with the run when it settles the review.

        Returns:
            The turn as it stands now, or ``None`` while more signatures are missing.

        Raises:
            BadInput: no such review, already closed, or the answer is incomplete.
            NotAllowed: this user may not answer it.
        """
        reviewer = self.principal(as_user)
        review = self.desk.reviews.answer(review_id, reviewer, answer, self.desk.now())
        if review.state is ReviewState.OPEN:
            return None
        return await self._go_on(review.proposal.run)

    async def withdraw(self, review_id: str, *, as_user: str) -> Turn | None:
        """Takes back one's own request.

        Raises:
            BadInput: no such review, or already closed.
            NotAllowed: somebody else made the request.
        """
        review = self.desk.reviews.withdraw(review_id, self.principal(as_user), self.desk.now())
        return await self._go_on(review.proposal.run)

    def pending(self, *, as_user: str) -> list[Review]:
        """The open reviews this user may answer, those due first at the front."""
        self.desk.reviews.sweep(self.desk.now())
        return self.desk.reviews.inbox(self.principal(as_user))

    def waiting(self, *, as_user: str) -> list[Review]:
        """The open reviews of this user's own requests."""
        principal = self.principal(as_user)
        return [item for item in self.desk.reviews.find(tenant=principal.tenant) if item.requester == principal.user_id]

    def history(self, *, as_user: str, thread: str = "default") -> list[Message]:
        """The messages of one of this user's conversations, oldest first."""
        principal = self.principal(as_user)
        return self.conversations.history(principal, f"{principal.tenant}/{principal.user_id}/{thread}")

    def close(self) -> None:
        """Closes the files this session holds."""
        self.desk.memory.close()
        self.saver.conn.close()
        self.conversations.close()

    async def catch_up(self, tenant: str, thread: str = "") -> list[Turn]:
        """Goes on with runs that a crash or an expired review has left behind; what still waits is left alone."""
        self.desk.reviews.sweep(self.desk.now())
        turns = []
        for run in self.conversations.unfinished(tenant, thread):
            if run.state is RunState.WAITING and not self._may_go_on(run):
                continue
            turn = await self._go_on(run.run)
            if turn is not None:
                turns.append(turn)
        return turns

    def _may_go_on(self, run: Run) -> bool:
        """Whether some review that the run waits for has been settled."""
        state = self.graph.get_state(_config(run.run), subgraphs=True)
        waiting = [interrupt.value["review_id"] for interrupt in state.interrupts]
        return any(self.desk.reviews.get(review_id).state is not ReviewState.OPEN for review_id in waiting)

    async def _go_on(self, run_id: str) -> Turn | None:
        run = self.conversations.claim(run_id)
        if run is None:
            return None  # another process is at it
        async for event in self._drive(run, None):
            if event.turn is not None:
                return event.turn
        return None

    async def _drive(self, run: Run, given: dict[str, Any] | None) -> AsyncGenerator[Progress, None]:
        """Runs the graph until it ends or every branch waits, and keeps what came of it."""
        context = RunContext(run.user_id, run.thread, run.run, asked=run.input.get("asked", ""))
        config = _config(run.run)
        feed: Any = given if given is not None else await self._resume(run)
        try:
            async for event in self.graph.astream(
                feed, config, context=context, stream_mode=["custom"], durability="sync", subgraphs=True
            ):
                data = dict(cast(tuple[Any, Any, Mapping[str, Any]], event)[2])
                yield Progress(data.pop("kind"), data)
            state = await self.graph.aget_state(config)
        except CountersignError as error:
            yield _ended(self._fail(run, str(error)))
            return
        except (asyncio.CancelledError, GeneratorExit):
            self.conversations.release(run)  # the next catch-up goes on from its last checkpoint
            raise
        except Exception as error:  # noqa: BLE001 - no stack trace reaches a person; the audit log keeps the cause
            yield _ended(self._fail(run, f"Something went wrong inside ({type(error).__name__}: {error})."))
            return
        if state.interrupts:
            self.conversations.wait(run)
            yield _ended(self._waiting(run, state.values))
            return
        yield _ended(self._done(run, state.values))

    async def _resume(self, run: Run) -> Any:
        """What to feed a run that goes on: each settled review wakes its own interrupt, by id."""
        state = await self.graph.aget_state(_config(run.run), subgraphs=True)
        if not state.created_at:
            return {"text": run.input["text"], "documents": run.input["documents"], "findings": []}
        settled = {
            interrupt.id: {"settled": True}
            for interrupt in state.interrupts
            if self.desk.reviews.get(interrupt.value["review_id"]).state is not ReviewState.OPEN
        }
        return Command(resume=settled) if settled else None

    def _done(self, run: Run, values: Mapping[str, Any]) -> Turn:
        reply = values["reply"]
        data = {"citations": reply["citations"], "findings": values["findings"], "route": values.get("route", {})}
        self.conversations.end(run, RunState.DONE, reply["text"], data, reply["asked"])
        self.saver.delete_thread(run.run)
        return Turn(
            run.run,
            run.thread,
            RunState.DONE,
            reply["text"],
            tuple(reply["citations"]),
            data=tuple(values["findings"]),
            route=values.get("route", {}),
        )

    def _waiting(self, run: Run, values: Mapping[str, Any]) -> Turn:
        pending = self.desk.reviews.find(tenant=run.tenant, run=run.run)
        lines = [review.describe() for review in pending]
        text = "Waiting for a countersignature:\n" + "\n".join(f"- {line}" for line in lines)
        return Turn(run.run, run.thread, RunState.WAITING, text, pending=tuple(pending), route=values.get("route", {}))

    def _fail(self, run: Run, message: str) -> Turn:
        text = f"{message} What was done before stands in the audit log under {run.run}."
        self.conversations.end(run, RunState.FAILED, text, {"citations": [], "findings": []}, "")
        return Turn(run.run, run.thread, RunState.FAILED, text)


def _ended(turn: Turn) -> Progress:
    return Progress("turn", {"state": str(turn.state)}, turn)


def _checked(text: str) -> str:
    said = text.strip()
    if not said:
        raise BadInput("The message is empty; say what you need.")
    if len(said) > MAX_MESSAGE:
        raise BadInput(
            f"The message has {len(said):,} characters; at most {MAX_MESSAGE:,} are read. Bring longer texts as a file."
        )
    return said


def _config(run_id: str) -> Any:
    return {"configurable": {"thread_id": run_id}, "recursion_limit": RECURSION_LIMIT}
