"""A circuit breaker leaves a business system alone for a while when it keeps failing, and says so at once.

Closed: calls go through. After ``MAX_FAILURES`` failures in a row it opens, and calls are refused without being made.
After ``REST_SECONDS`` calls are let through on trial: a success closes the breaker, a failure opens it for another
rest. (After M. Nygard, "Release It!", 2007.)
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from ...policies.errors import Unavailable

MAX_FAILURES = 5
REST_SECONDS = 30.0


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    opened_at: float | None = None


class CircuitBreakers:
    """The breakers of one process, by system.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._circuits: dict[str, _Circuit] = {}

    def check(self, system: str) -> None:
        """Lets a call through, or refuses it before anything is sent.

        Raises:
            Unavailable: the system has failed too often lately; the message says when it is tried again.
        """
        with self._lock:
            circuit = self._circuits.get(system)
            if circuit is None or circuit.opened_at is None:
                return
            rest = circuit.opened_at + REST_SECONDS - self._clock()
            if rest <= 0:
                return
        raise Unavailable(
            f"{system} failed {circuit.failures} times in a row and is left alone; try again in {max(rest, 1):.0f} s."
        )

    def record_success(self, system: str) -> None:
        """Records that the system answered, whatever it said."""
        with self._lock:
            self._circuits.pop(system, None)

    def record_failure(self, system: str) -> None:
        """Records that the system did not answer."""
        with self._lock:
            circuit = self._circuits.setdefault(system, _Circuit())
            circuit.failures += 1
            if circuit.failures >= MAX_FAILURES:
                circuit.opened_at = self._clock()
