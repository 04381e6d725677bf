"""An event loop runs in a thread of its own; its work stops when the caller is interrupted."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import ExitStack
from threading import Event
from typing import Any, TypeVar

from anyio import CancelScope
from anyio.from_thread import start_blocking_portal

ResultT = TypeVar("ResultT")
LET_GO_SECONDS = 60.0
"""How long an interrupted call may take to let go: a write that has begun is brought to its end first."""


class BackgroundLoop:
    """Calls asynchronous code from ordinary code, also where another loop is running already."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal("asyncio"))

    def call(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """The result of the work. An interruption (Ctrl-C) cancels it and waits until it has let go."""
        scope = self._portal.call(CancelScope)
        ended = Event()

        async def run() -> ResultT:
            try:
                with scope:
                    return await work()
                raise RuntimeError("interrupted")  # only a cancelled scope comes here; its caller has left already
            finally:
                ended.set()

        try:
            return self._portal.call(run)
        except BaseException:
            self._portal.call(scope.cancel)
            ended.wait(LET_GO_SECONDS)
            raise

    def iterate(self, events: AsyncGenerator[ResultT, Any]) -> Generator[ResultT]:
        """The items of an asynchronous generator; leaving the loop early closes it."""
        try:
            while True:
                try:
                    yield self.call(lambda: anext(events))
                except StopAsyncIteration:
                    return
        finally:
            self.call(events.aclose)

    def keep_doing(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Has something done in the loop until it ends; what was registered by :meth:`on_close` before comes later."""
        scope = self._portal.call(CancelScope)
        ended = Event()

        async def run() -> None:
            try:
                with scope:
                    await work()
            finally:
                ended.set()

        def end() -> None:
            # Cancelling the future would say that it is over while the work still lets go of what it holds.
            self._portal.call(scope.cancel)
            ended.wait(LET_GO_SECONDS)

        self._portal.start_task_soon(run)
        self._stack.callback(end)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Has something done before the loop ends."""
        self._stack.callback(callback)

    def close(self) -> None:
        """Ends the loop; may be called again."""
        self._stack.close()
