"""A turn, event by event, that Ctrl-C stops at once: what was begun is let go of, and can be gone on with."""

from collections.abc import Generator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from anyio import CancelScope

from ..tools.reading.documents import load_document

if TYPE_CHECKING:
    from ..graphs.door import Assistant
    from ..graphs.session import Progress

LET_GO_SECONDS = 60.0  # a write that has begun is brought to its end first, within its tool's timeout


def steps(
    assistant: "Assistant", text: str, *, as_user: str, thread: str, files: Sequence[Path] = ()
) -> Generator["Progress"]:
    """One message, answered step by step; the last event carries the turn.

    Raises:
        CountersignError: see :meth:`countersign.graphs.session.AsyncAssistant.stream`.
        KeyboardInterrupt: the turn was stopped; its run has been released, so that the next turn goes on with it.
    """
    brought = [load_document(path) for path in files]
    events = assistant.core.stream(text, as_user=as_user, thread=thread, documents=brought)
    portal = assistant._portal
    ended = Event()
    ended.set()

    async def following(scope: CancelScope) -> "Progress | None":
        try:
            with scope:
                return await anext(events, None)
            return None
        finally:
            ended.set()

    try:
        while True:
            scope = portal.call(CancelScope)
            ended.clear()
            try:
                event = portal.call(following, scope)
            except BaseException:
                # Cancelling reaches the run, which lets go of itself; only then may anything else use it.
                portal.call(scope.cancel)
                ended.wait(LET_GO_SECONDS)
                raise
            if event is None:
                return
            yield event
    finally:
        if ended.is_set():
            portal.call(events.aclose)
