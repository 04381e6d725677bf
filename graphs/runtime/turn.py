"""A turn is what callers get, with the events on the way to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...policies.review.review import Review
from .run import RunState


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
