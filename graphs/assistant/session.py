"""Callers send, stream and answer through the assistant, and ask it what is pending; :mod:`.sync` makes it sync."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore, TTLConfig

from ...memory.adapters.langgraph_store import ChromaStore
from ...policies.audit.chain import AuditRecord
from ...policies.audit.readers import list_run_records
from ...policies.domain.principal import Principal, require_principal
from ...policies.errors import BadInput, CountersignError, StorageError
from ...policies.review.review import Answer, Review, ReviewState
from ...tools.extraction.documents import TextDocument
from ..gate.answers import ReviewAnswers
from ..model_loop.context_accounts import read_accounts
from ..nodes.withdrawal import WITHDRAW
from ..runtime.checkpoints import Checkpoints
from ..runtime.conversations import Conversations
from ..runtime.driver import Driver
from ..runtime.run import Message, RunState
from ..runtime.services import RunContext, Services
from ..runtime.turn import Progress as Progress
from ..runtime.turn import Turn as Turn
from .background import BackgroundJob
from .intake import accept_message, make_thread_id, unmask_turn, validate_message

log = logging.getLogger(__name__)


class AsyncAssistant:
    """A session with the assistant.

    Args:
        services: the services.
        graph: the assistant graph, compiled with ``saver``.
        saver: where the checkpoints of open runs are.
        conversations: where messages and runs are.
    """

    def __init__(
        self,
        services: Services,
        graph: "CompiledStateGraph[Any, RunContext, Any, Any]",
        saver: Checkpoints,
        conversations: Conversations,
    ) -> None:
        self.services = services
        self.graph = graph
        self.saver = saver
        self.conversations = conversations
        self._closed = False
        self.driver = Driver(
            graph, saver, conversations, services.reviews, services.audit, services.masker, services.now
        )
        self._answers = ReviewAnswers(
            services.registry, services.reviews, services.directory, services.masker, services.now
        )
        self.learner = BackgroundJob("Learning", services.learning.tend) if services.learning else None

    def principal(self, user_id: str) -> Principal:
        """The principal with this id.

        Raises:
            NotAllowed: nobody in the directory has it.
        """
        return require_principal(self.services.directory, user_id)

    def store(self, *, as_user: str, fields: Sequence[str] = ("$",), ttl: TTLConfig | None = None) -> BaseStore:
        """The shared memory as a LangGraph store, for one's own graphs and for langmem; good until this is closed.

        It sees what this user may see and writes for their tenant: everybody there may read what is put. It counts as a
        model's word; stores find it, the agents' own recall does not.

        Args:
            fields: which fields of a value are embedded when a put does not say; by default all of it.
            ttl: lifetimes in minutes; none by default.

        Raises:
            NotAllowed: nobody in the directory has this id.
        """
        return ChromaStore(self.services.memory, self.principal(as_user), fields=fields, ttl=ttl)

    async def send(
        self, text: str, *, as_user: str, thread: str = "default", documents: Sequence[TextDocument] = ()
    ) -> Turn:
        """One message, answered; see :meth:`stream` for the arguments and errors."""
        return await _get_last_turn(self._turn(text, as_user, thread, documents, told=False))

    def stream(
        self, text: str, *, as_user: str, thread: str = "default", documents: Sequence[TextDocument] = ()
    ) -> AsyncGenerator[Progress, None]:
        """One message, answered step by step.

        Args:
            text: what the person says, at most 20,000 characters; longer texts are documents.
            as_user: id of the principal, already authenticated by the caller.
            thread: the conversation, by a name of at most 200 characters; each user's threads are their own.
            documents: texts brought along, e.g. a contract to review.

        Raises:
            BadInput: the message is empty, or it or the thread's name is too long.
            NotAllowed: the user is unknown, or the thread is somebody else's.
            StorageError: it could not be kept; nothing was done.
        """
        return self._turn(text, as_user, thread, documents, told=True)

    async def _turn(
        self, text: str, as_user: str, thread: str, documents: Sequence[TextDocument], *, told: bool
    ) -> AsyncGenerator[Progress, None]:
        principal = self.principal(as_user)
        said, name = validate_message(text), make_thread_id(principal, thread)
        for earlier in await self.catch_up(principal.tenant, name):
            yield _make_progress(unmask_turn(self.services.masker, principal, earlier))
        said, kept = accept_message(self.services.masker, self.services.documents, principal, name, said, documents)
        run = self.conversations.begin(principal, name, said, kept)
        given = {"text": said, "documents": kept, "findings": []}
        async with aclosing(self.driver.drive(run, given, told=told)) as events:
            async for event in events:
                for ended in await self._after_withdrawal(principal, event.turn):
                    yield ended
                if event.turn is None:
                    yield event
                    continue
                turn = unmask_turn(self.services.masker, principal, event.turn)
                if turn.reply != event.turn.reply and told:  # what was streamed has tokens where this has values
                    yield Progress("restart", {})
                yield replace(event, turn=turn)

    async def answer(self, review_id: str, answer: Answer, *, as_user: str) -> Turn | None:
        """A reviewer's answer; goes on with the run when it settles the review.

        Returns:
            The turn as it stands now, or ``None`` while more signatures are missing.

        Raises:
            BadInput: no such review, already closed, the answer is incomplete, or the work that waits belongs to an
                extension that is not loaded.
            NotAllowed: this user may not answer it.
        """
        principal = self.principal(as_user)
        self._refuse_absent(review_id, principal)
        review = self._answers.put(review_id, principal, answer)
        if review.state is ReviewState.OPEN:
            return None
        self.services.registry.attend_doubts(self.conversations.is_at_work)
        self.services.editions.refresh()
        try:
            return await self._go_on(review.proposal.run, principal)
        finally:
            if self.learner:  # the answer stands already: broken off before or after this, it is learned later
                self.learner.ask()

    async def withdraw(self, review_id: str, *, as_user: str, reason: str = "") -> Turn | None:
        """Takes back one's own request.

        Args:
            reason: why, for those who were asked to sign it.

        Raises:
            BadInput: no such review, or already closed.
            NotAllowed: somebody else made the request.
        """
        principal = self.principal(as_user)
        why = self.services.masker.mask(principal.tenant, reason)
        review = self.services.reviews.withdraw(review_id, principal, self.services.now(), why)
        return await self._go_on(review.proposal.run, principal)

    def pending(self, *, as_user: str) -> list[Review]:
        """The open reviews this user may answer, those due first at the front."""
        self.services.reviews.sweep(self.services.now())
        return self.services.reviews.inbox(self.principal(as_user))

    def waiting(self, *, as_user: str) -> list[Review]:
        """The open reviews of this user's own requests."""
        principal = self.principal(as_user)
        return [
            item for item in self.services.reviews.find(tenant=principal.tenant) if item.requester == principal.user_id
        ]

    def history(self, *, as_user: str, thread: str = "default", limit: int = 0, explain: bool = False) -> list[Message]:
        """The messages of one of this user's conversations, oldest first.

        Args:
            limit: only the last so many.
            explain: with each reply, what models were given for it, and what was left out and why (``given``).
        """
        principal = self.principal(as_user)
        own = f"{principal.tenant}/{principal.user_id}/{thread}"
        kept = self.conversations.history(principal, own, limit)
        given = read_accounts(self.services.audit, principal.tenant, own) if explain else {}
        return [
            replace(
                item,
                text=self.services.masker.show(principal, item.text),
                given=given.get(item.run, ()) if item.role == "assistant" else (),
            )
            for item in kept
        ]

    def records(self, *, run: str, kinds: Iterable[str] | None = None, as_user: str | None = None) -> list[AuditRecord]:
        """What the audit log holds of one run, oldest first.

        Args:
            run: of a turn, as :attr:`Turn.run` names it.
            kinds: only records of these kinds, such as ``("decision", "effect.started")``; all by default.
            as_user: what this user may read: auditors everything of their organisation, others their own
                conversations. Without it, what the owner of the data folder may: everything.

        Raises:
            BadInput: there is no such run, or no such kind.
            NotAllowed: the run is somebody else's, or nobody in the directory has this id.
            StorageError: the log cannot be read, or this was closed.
        """
        if self._closed:
            raise StorageError("This assistant was closed; open the data folder again to read its log.")
        reader = None if as_user is None else self.principal(as_user)
        return list_run_records(self.services.audit, run, kinds, reader)

    def close(self) -> None:
        """Signs how far the log reaches, and closes the files this session holds.

        What is being learned in the background is waited for, but for ten seconds at most; the next session does the
        rest. Code that runs on an event loop awaits :meth:`aclose` instead, so that the loop does not stand still.

        Raises:
            StorageError: the log's head cannot be signed or kept; the files are closed all the same.
            Tampered: the end of the log was changed.
        """
        self._closed = True
        if self.learner and not self.learner.close():
            log.warning("Learning did not come to its end; it goes on when the data folder is opened again.")
        try:
            self.services.audit.sign_head()
        finally:
            self.services.memory.close()
            self.saver.close()
            self.conversations.close()

    async def aclose(self) -> None:
        """The same as :meth:`close`, in a thread: others on this event loop go on meanwhile."""
        await asyncio.to_thread(self.close)

    async def catch_up(self, tenant: str = "", thread: str = "") -> list[Turn]:
        """Does what time has made due for reviews and memory, and goes on with runs that were left behind.

        What still waits is left alone, and one run that cannot go on stops no other.

        Args:
            tenant: whose runs; all tenants' by default.
            thread: the whole name of one conversation; all by default.

        Raises:
            StorageError: the database cannot be used.
        """
        self.services.reviews.sweep(self.services.now())
        self.services.registry.attend_doubts(self.conversations.is_at_work)
        self.services.editions.refresh()
        self.services.memory.sweep(self.services.now())
        turns = []
        for run in self.conversations.list_unfinished(tenant, thread):
            try:
                if run.state is RunState.WAITING and not self.driver.may_go_on(run):
                    continue
                turn = await self._go_on(run.run)
            except StorageError:
                raise
            except CountersignError as error:
                log.warning("The run %s cannot go on: %s", run.run, error)
                continue
            if turn is not None:
                turns.append(turn)
        return turns

    async def _after_withdrawal(self, principal: Principal, turn: Turn | None) -> list[Progress]:
        """Lets runs end whose reviews this turn took back, and tells the person who asked what they say."""
        if turn is None or turn.route.get("intent") != WITHDRAW:
            return []
        taken_back = [review for found in turn.data for review in found["data"].get(WITHDRAW, ())]
        told = []
        for run in dict.fromkeys(self.services.reviews.get(review).proposal.run for review in taken_back):
            try:
                ended = await self._go_on(run, principal)
            except CountersignError as error:
                log.warning("The run %s cannot go on: %s", run, error)  # the next catch-up tries again
                continue
            if ended is not None and ended.thread.startswith(f"{principal.tenant}/{principal.user_id}/"):
                told.append(_make_progress(ended))
        return told

    def _refuse_absent(self, review_id: str, principal: Principal) -> None:
        """Nobody signs for work that could not go on."""
        try:
            review = self.services.reviews.get(review_id)
        except CountersignError:
            return  # whatever is wrong with it, the answer says so
        if review.proposal.tenant != principal.tenant or review.state is not ReviewState.OPEN:
            return
        if absent := self.driver.find_absent_agents(review.proposal.run):
            raise BadInput(
                f"Review {review_id} is about work of {' and '.join(absent)}, which is not loaded here; load its "
                "extension and answer then (`countersign extensions` lists those that are). Nothing was signed."
            )

    async def _go_on(self, run_id: str, reader: Principal | None = None) -> Turn | None:
        """The turn as a reader may see it; for nobody, as it is kept."""
        if absent := self.driver.find_absent_agents(run_id):
            log.warning("The run %s waits for %s, which is not loaded here.", run_id, " and ".join(absent))
            return None
        run = self.conversations.claim(run_id)
        if run is None:
            return None  # another process is at it
        turn = await _get_last_turn(self.driver.drive(run, told=False))
        return unmask_turn(self.services.masker, reader, turn) if reader else turn


def _make_progress(turn: Turn) -> Progress:
    return Progress("caught_up", {"run": turn.run, "state": str(turn.state), "text": turn.reply})


async def _get_last_turn(events: AsyncGenerator[Progress, None]) -> Turn:
    turn: Turn | None = None
    async with aclosing(events):
        async for event in events:
            turn = event.turn or turn
    if turn is None:
        raise RuntimeError("a turn ends with its result")  # pragma: no cover - the driver always ends with one
    return turn
