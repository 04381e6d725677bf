"""Clocks that a test can set."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """The time of day, put forward."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True)
class StoppedClock:
    """A clock that goes on only when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now
