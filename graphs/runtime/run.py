"""A run, its state, and a message of a conversation are values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """How far a run has come. ``waiting`` means for people, without any process."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, the person's or the assistant's.

    Attributes:
        given: of a reply, what models were given for it, where that was asked for; see
            :mod:`..model_loop.context_accounts`.
    """

    seq: int
    run: str
    role: str
    text: str
    data: Mapping[str, Any]
    at: str
    given: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One turn's execution."""

    run: str
    thread: str
    tenant: str
    user_id: str
    state: RunState
    input: Mapping[str, Any]
    worker: str | None
    lease_until: str | None = None
