"""A background job runs in a thread of its own: it is done whenever somebody asks, and nobody has to wait for it."""

import logging
from collections.abc import Callable
from threading import Condition, Thread

PATIENCE_SECONDS = 10.0

log = logging.getLogger(__name__)


class BackgroundJob:
    """A job that finds out by itself what is to do, such as bringing up to date what is learned.

    It is asked for from any thread. Whoever asks while it runs makes it run once more, however many ask. What goes
    wrong is told to the log, never to who asked. Its thread keeps no process alive, so the job must bear to be broken
    off anywhere.

    Args:
        name: what it does, as the log shall say it.
        work: does it.
    """

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._name = name
        self._work = work
        self._changed = Condition()
        self._asked = self._done = 0
        self._runs = self._closed = False

    def ask(self) -> None:
        """Has the job done soon; returns at once, and does nothing once this is closed."""
        with self._changed:
            if self._closed:
                return
            self._asked += 1
            if self._runs:
                return
            try:
                Thread(target=self._run, name=self._name, daemon=True).start()
                self._runs = True
            except RuntimeError as error:  # no more threads: whoever asks next tries again
                self._done = self._asked
                log.warning("%s could not begin: %s", self._name, error)

    def wait(self, seconds: float) -> bool:
        """Waits until everything is done that was asked for until now; returns whether it is.

        Args:
            seconds: for at most so long; shorter when its thread ends without having done it.
        """
        with self._changed:
            asked = self._asked
            self._changed.wait_for(lambda: self._done >= asked or not self._runs, seconds)
            return self._done >= asked

    def close(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Takes no more and waits for what was asked for; returns whether it is done."""
        with self._changed:
            self._closed = True
        return self.wait(seconds)

    def _run(self) -> None:
        idle = False
        try:
            while True:
                with self._changed:
                    asked = self._asked
                    if self._done == asked:
                        idle, self._runs = True, False
                        return
                try:
                    self._work()
                except Exception as error:  # noqa: BLE001 - whatever it is, it must not end what is asked for later
                    log.warning("%s was not done and is tried again later: %s", self._name, error)
                with self._changed:
                    self._done = asked
                    self._changed.notify_all()
        finally:
            if not idle:  # broken off: whoever asks next begins another thread, and nobody waits for this one
                with self._changed:
                    self._runs = False
                    self._changed.notify_all()
