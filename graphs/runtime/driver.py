"""The driver takes a run on until it ends or every branch waits for people, and keeps what came of it.

Whatever goes wrong on the way ends the run with a message; nothing is left that claims to be at work and is not.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any, Literal, cast

from langgraph.errors import GraphRecursionError
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from ...policies.audit.log import AuditLog
from ...policies.errors import CountersignError, StorageError, Tampered
from ...policies.filters.masker import Masker
from ...policies.review.review import ReviewState
from ...policies.review.store import ReviewStore
from . import ownership
from .checkpoints import Checkpoints
from .conversations import Conversations
from .resume import check_beginning, enter_run
from .run import Run, RunState
from .services import RunContext
from .turn import Progress, Turn

RECURSION_LIMIT = 100
BEAT_SECONDS = 20.0


class Driver:
    """Drives runs of one graph.

    Args:
        graph: the assistant graph, compiled with ``saver``.
        saver: where the checkpoints of open runs are.
        conversations: where messages and runs are.
        reviews: where proposals wait for people.
        audit: the log.
        masker: masks what an error repeats.
        now: the clock.
    """

    def __init__(
        self,
        graph: "CompiledStateGraph[Any, RunContext, Any, Any]",
        saver: Checkpoints,
        conversations: Conversations,
        reviews: ReviewStore,
        audit: AuditLog,
        masker: Masker,
        now: Callable[[], datetime],
    ) -> None:
        self._graph = graph
        self._saver = saver
        self._conversations = conversations
        self._reviews = reviews
        self._audit = audit
        self._masker = masker
        self._now = now

    async def drive(
        self, run: Run, given: dict[str, Any] | None = None, *, told: bool = True
    ) -> AsyncGenerator[Progress, None]:
        """Runs the graph; the last event carries the turn.

        Args:
            run: begun or claimed by this process.
            given: the graph's input for a new run; without it the run goes on where it stands.
            told: whether anybody listens to what happens on the way; otherwise the only event is the last.
        """
        beating = asyncio.create_task(self._beat(run))
        meanwhile: list[str] = []
        try:
            turn: Turn | None = None
            while turn is None:
                try:
                    async with aclosing(self._events(run, given, meanwhile, told)) as events:
                        async for event in events:
                            yield event
                    turn = self._conclude(run, await self._graph.aget_state(make_config(run.run)), meanwhile)
                except (asyncio.CancelledError, GeneratorExit):
                    self._conversations.release(run)  # the next catch-up goes on from its last checkpoint
                    raise
                except CountersignError as error:
                    turn = self._fail(run, str(error))
                except GraphRecursionError:
                    turn = self._fail(run, f"I stopped after {RECURSION_LIMIT} steps without an end.")
                except Exception as error:  # noqa: BLE001 - no stack trace reaches a person; the log keeps the cause
                    turn = self._fail(run, f"Something went wrong inside ({type(error).__name__}: {error}).")
                given = None
        finally:
            beating.cancel()
            ownership.drop_run(run)
        yield Progress("turn", {"state": str(turn.state)}, turn)

    def may_go_on(self, run: Run) -> bool:
        """Whether a waiting run has something to go on with: a settled review, or no checkpoint that waits for one."""
        try:
            waiting = self._graph.get_state(make_config(run.run), subgraphs=True).interrupts
        except Tampered:
            return True  # it goes on to its end, which says so
        return not waiting or any(self._is_settled(interrupt.value["review_id"]) for interrupt in waiting)

    def find_absent_agents(self, run_id: str) -> tuple[str, ...]:
        """The agents that a run which has begun needs and that are not here, as when their extension was left out.

        Without them it could only fail; it waits until they are back.
        """
        try:
            parts = self._graph.get_state(make_config(run_id)).values.get("parts", ())
        except Tampered:
            return ()  # it goes on to its end, which says so
        return tuple(dict.fromkeys(part["agent"] for part in parts if part["agent"] not in self._graph.nodes))

    def tidy(self) -> None:
        """Deletes the checkpoints that a crash left behind after their run had ended."""
        for run_id in self._saver.threads():
            run = self._conversations.find_run(run_id)
            if run is not None and run.state in (RunState.DONE, RunState.FAILED):
                self._saver.delete_thread(run_id)

    async def _events(
        self, run: Run, given: dict[str, Any] | None, meanwhile: list[str], told: bool
    ) -> AsyncGenerator[Progress, None]:
        asked, tainted = run.input.get("asked", ""), bool(run.input.get("tainted"))
        context = RunContext(run.user_id, run.thread, run.run, asked=asked, tainted=tainted, meanwhile=meanwhile)
        if given is not None:
            self._saver.entered.add(run.run)
        feed = given if given is not None else await self._resume(run)
        modes: list[Literal["custom"]] = ["custom"] if told else []
        stream = self._graph.astream(
            feed, make_config(run.run), context=context, stream_mode=modes, durability="sync", subgraphs=told
        )
        async with aclosing(cast(AsyncGenerator[Any, None], stream)) as events:
            async for event in events:
                data = dict(cast(tuple[Any, Any, Mapping[str, Any]], event)[2])
                yield Progress(data.pop("kind"), data)

    async def _resume(self, run: Run) -> Any:
        """What to feed a run that goes on: each settled review wakes its own interrupt, by id.

        Raises:
            Tampered: its checkpoints are not those that it stopped with; nothing may be run on them, or begun again.
        """
        enter_run(self._audit, self._saver, run.run)
        state = await self._graph.aget_state(make_config(run.run), subgraphs=True)
        if not state.created_at:
            check_beginning(self._audit, run)
            return {"text": run.input["text"], "documents": run.input["documents"], "findings": []}
        settled = {
            interrupt.id: {"settled": True}
            for interrupt in state.interrupts
            if self._is_settled(interrupt.value["review_id"])
        }
        return Command(resume=settled) if settled else None

    def _is_settled(self, review_id: str) -> bool:
        """Whether a review no longer waits; the review node itself refuses one that is lost or was changed."""
        try:
            return self._reviews.get(review_id).state is not ReviewState.OPEN
        except StorageError:
            raise
        except CountersignError:
            return True

    def _conclude(self, run: Run, state: StateSnapshot, meanwhile: Sequence[str]) -> Turn | None:
        """What came of the run, or ``None`` when a review was settled meanwhile and the run goes on at once."""
        if not state.interrupts:
            return self._finish(run, state.values)
        self._saver.entered.discard(run.run)
        self._conversations.wait(run, self._saver.seal(run.run))
        # Whoever settled a review before that line found the run held, and left it to this process.
        woken = any(self._is_settled(interrupt.value["review_id"]) for interrupt in state.interrupts)
        if woken and self._conversations.claim(run.run) is not None:
            ownership.hold_run(run)
            return None
        return self._describe_waiting(run, state.values, meanwhile)

    def _finish(self, run: Run, values: Mapping[str, Any]) -> Turn:
        reply, route = values["reply"], values.get("route", {})
        data = {"citations": reply["citations"], "findings": values["findings"], "route": route}
        self._conversations.end(run, RunState.DONE, reply["text"], data, reply["asked"])
        self._forget(run)
        citations, findings = tuple(reply["citations"]), tuple(values["findings"])
        return Turn(run.run, run.thread, RunState.DONE, reply["text"], citations, data=findings, route=route)

    def _describe_waiting(self, run: Run, values: Mapping[str, Any], meanwhile: Sequence[str]) -> Turn:
        pending = self._reviews.find(tenant=run.tenant, run=run.run)
        known = [*meanwhile, *(found["text"] for found in values.get("findings", ()))]
        lines = "\n".join(f"- {review.describe()}" for review in pending)
        text = "\n\n".join([*known, f"Waiting for a countersignature:\n{lines}"])
        return Turn(run.run, run.thread, RunState.WAITING, text, pending=tuple(pending), route=values.get("route", {}))

    def _fail(self, run: Run, message: str) -> Turn:
        said = self._masker.mask(run.tenant, message)  # an error may repeat what it failed on
        text = f"{said} What was done before stands in the audit log under {run.run}."
        try:
            self._conversations.end(run, RunState.FAILED, text, {"citations": [], "findings": []}, "")
            self._reviews.abandon(run.run, run.tenant, "The work it belongs to failed.", self._now())
        except CountersignError:
            with suppress(CountersignError):
                self._conversations.release(run)
            raise
        self._forget(run)
        return Turn(run.run, run.thread, RunState.FAILED, text)

    def _forget(self, run: Run) -> None:
        """Deletes the checkpoints of a run that has ended; if that fails, the next start does it."""
        self._saver.entered.discard(run.run)
        with suppress(StorageError):
            self._saver.delete_thread(run.run)

    async def _beat(self, run: Run) -> None:
        """Says at intervals that the run is still held, so that no other machine takes it."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(CountersignError):
                self._conversations.renew(run)


def make_config(run_id: str) -> Any:
    """LangGraph's configuration for one run."""
    return {"configurable": {"thread_id": run_id}, "recursion_limit": RECURSION_LIMIT}
