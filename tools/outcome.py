"""What came of a call: a value with a reason that a person, a model or a playbook can act on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a call ended.

    ``answered``: a reviewer's words stand in for the result. ``changes``: a reviewer sent it back to be changed.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DENIED = "denied"
    IN_DOUBT = "in_doubt"
    ANSWERED = "answered"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one call.

    Attributes:
        value: the result, plain JSON data (succeeded only).
        message: what happened, in words for a person (all others).
        digest: of the proposal.
        replayed: the effect had happened before and the recorded result is returned.
        untrusted: dotted result paths holding text that outsiders wrote.
    """

    status: Status
    digest: str
    value: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    replayed: bool = False
    untrusted: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.status is Status.SUCCEEDED

    def record(self) -> dict[str, Any]:
        """The outcome as plain JSON data."""
        return {
            "status": str(self.status),
            "digest": self.digest,
            "value": dict(self.value),
            "message": self.message,
            "replayed": self.replayed,
            "untrusted": list(self.untrusted),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Outcome":
        """The outcome that :meth:`record` described."""
        return cls(**{**record, "status": Status(record["status"]), "untrusted": tuple(record["untrusted"])})


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets a proposal run. It only points at the evidence; the registry reads that itself, so forging is useless.

    Attributes:
        digest: of the proposal that may run.
        review_id: the approved review, or empty when policy allows the call by itself.
    """

    digest: str
    review_id: str = ""
