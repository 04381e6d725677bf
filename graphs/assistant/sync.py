"""The synchronous assistant is the same one for scripts, the command line and notebooks.

The core runs on one event loop in a thread of its own, so the door also works where a loop is running already.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from langgraph.store.base import BaseStore, TTLConfig

from ...policies.audit.chain import AuditRecord
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from ...policies.review.review import Answer, AnswerType, Review
from ...tools.connectors.business import Business
from ...tools.extraction.documents import TextDocument, load_text_document
from ..extensions.extension import Extension
from ..runtime.run import Message
from ..settings import Settings
from .clock import EVERY_SECONDS, keep_time
from .event_loop import BackgroundLoop
from .factory import open_assistant
from .session import AsyncAssistant, Progress, Turn


class Assistant:
    """A session with the assistant.

    Use it as a context manager, or call :meth:`close`::

        with Assistant.open() as assistant:
            turn = assistant.send("refund order 8841", as_user="mara.voss")
            if turn.pending:
                assistant.answer(turn.pending[0].review_id, "approve", as_user="tom.adler")

    While it is open it also keeps time: reviews are reminded of, escalated and ended when they are due, and what was
    left behind by others goes on (see ``clock``).

    Args:
        core: the asynchronous assistant.
        every: seconds between two looks at what is due.
    """

    def __init__(self, core: AsyncAssistant, *, every: float = EVERY_SECONDS) -> None:
        self.core = core
        self._portal = BackgroundLoop()
        self._portal.on_close(core.close)
        self._portal.keep_doing(lambda: keep_time(core, every))

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        settings: Settings | None = None,
        business: Business | None = None,
        extensions: Sequence[str | Extension] | None = None,
    ) -> Self:
        """Opens the assistant of a data folder.

        Args:
            home: the folder; default ``COUNTERSIGN_HOME`` or ``./.countersign``.
            settings: everything else; default from the environment.
            business: the business that it works for; short for an extension that brings only that. Default: that of
                an extension, else the sample company, made in the folder on first use.
            extensions: exactly these are loaded: names of installed ones, places (``"it_desk.extension:IT_DESK"``) or
                values. Default: ``COUNTERSIGN_EXTENSIONS``, else all that are installed.

        Raises:
            ExtensionError: an extension cannot be loaded, or does not fit the others.
            StorageError: the folder or a database in it cannot be used.
            PolicyError: a policy pack cannot be used.
        """
        return cls(open_assistant(settings or Settings.from_env(home=home), business=business, extensions=extensions))

    def send(
        self,
        text: str,
        *,
        as_user: str,
        thread: str = "default",
        files: Sequence[Path | str] = (),
        documents: Sequence[TextDocument] = (),
    ) -> Turn:
        """One message, answered. See :meth:`AsyncAssistant.stream` for arguments and errors.

        Args:
            files: paths of texts, PDF, Word, HTML and e-mail files to bring along.
            documents: texts already in memory.
        """
        brought = [*documents, *(load_text_document(path) for path in files)]
        return self._portal.call(lambda: self.core.send(text, as_user=as_user, thread=thread, documents=brought))

    def stream(
        self,
        text: str,
        *,
        as_user: str,
        thread: str = "default",
        files: Sequence[Path | str] = (),
        documents: Sequence[TextDocument] = (),
    ) -> Generator[Progress]:
        """One message, answered step by step; the last event carries the turn.

        An interruption (Ctrl-C) stops the turn and lets go of its run, so that the next turn goes on with it.
        """
        brought = [*documents, *(load_text_document(path) for path in files)]
        events = self.core.stream(text, as_user=as_user, thread=thread, documents=brought)
        yield from self._portal.iterate(events)

    def answer(
        self,
        review_id: str,
        decision: Answer | AnswerType | str,
        *,
        as_user: str,
        message: str = "",
        args: Mapping[str, Any] | None = None,
        to: str = "",
    ) -> Turn | None:
        """A reviewer's answer.

        Args:
            decision: ``approve``; ``reject``, ``respond`` or ``request_changes``, each with a ``message``; ``edit``
                with ``args``; ``delegate`` with ``to``; or, by the requester, ``withdraw``.
            message: the reason, the reply that stands in for the result, or what to change.
            args: all arguments anew.
            to: user id of the person who is asked instead.

        Returns:
            The turn as it stands now, or ``None`` while more signatures are missing.

        Raises:
            BadInput: no such review, already closed, or the answer is incomplete.
            NotAllowed: this user may not answer it.
        """
        answer = decision if isinstance(decision, Answer) else build_answer(decision, message, args, to)
        return self._portal.call(lambda: self.core.answer(review_id, answer, as_user=as_user))

    def withdraw(self, review_id: str, *, as_user: str, reason: str = "") -> Turn | None:
        """Takes back one's own request; see :meth:`AsyncAssistant.withdraw`."""
        return self._portal.call(lambda: self.core.withdraw(review_id, as_user=as_user, reason=reason))

    def pending(self, *, as_user: str) -> list[Review]:
        """The open reviews this user may answer, those due first at the front."""
        return self.core.pending(as_user=as_user)

    def waiting(self, *, as_user: str) -> list[Review]:
        """The open reviews of this user's own requests."""
        return self.core.waiting(as_user=as_user)

    def history(self, *, as_user: str, thread: str = "default", limit: int = 0, explain: bool = False) -> list[Message]:
        """The messages of one of this user's conversations; see :meth:`AsyncAssistant.history`."""
        return self.core.history(as_user=as_user, thread=thread, limit=limit, explain=explain)

    def records(self, *, run: str, kinds: Iterable[str] | None = None, as_user: str | None = None) -> list[AuditRecord]:
        """What the audit log holds of one run; see :meth:`AsyncAssistant.records`."""
        return self.core.records(run=run, kinds=kinds, as_user=as_user)

    def catch_up(self, *, as_user: str) -> list[Turn]:
        """Goes on with everything that a crash or a review has left behind, and returns what is this user's own."""
        principal = self.principal(as_user)
        turns = self._portal.call(lambda: self.core.catch_up(principal.tenant))
        own = f"{principal.tenant}/{principal.user_id}/"
        return [turn for turn in turns if turn.thread.startswith(own)]

    def principal(self, user_id: str) -> Principal:
        """The principal with this id.

        Raises:
            NotAllowed: nobody in the directory has it.
        """
        return self.core.principal(user_id)

    def store(self, *, as_user: str, fields: Sequence[str] = ("$",), ttl: TTLConfig | None = None) -> BaseStore:
        """The shared memory as a LangGraph store; see :meth:`AsyncAssistant.store`."""
        return self.core.store(as_user=as_user, fields=fields, ttl=ttl)

    def mermaid(self) -> str:
        """The graph as a Mermaid diagram."""
        return self.core.graph.get_graph(xray=True).draw_mermaid()

    def close(self) -> None:
        """Ends the event loop and closes the databases; what waits goes on when the folder is opened again."""
        self._portal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def build_answer(decision: str, message: str = "", args: Mapping[str, Any] | None = None, to: str = "") -> Answer:
    """An answer from plain words; see :meth:`Assistant.answer`.

    Raises:
        BadInput: the decision is not one of the known ones.
    """
    try:
        kind = AnswerType(decision)
    except ValueError:
        known = ", ".join(str(item) for item in AnswerType)
        raise BadInput(f"{decision!r} is no decision; use one of {known}.") from None
    return Answer(kind, message, dict(args) if args is not None else None, to)
