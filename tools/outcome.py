"""An outcome is what came of a call: a value with a reason that a person, a model or a workflow can act on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a call ended.

    ``confirmed``: it was in doubt, and a person found that it happened; its result is not known.
    ``diverted``: another tool did what could be done instead, because the system was not available.
    ``answered``: a reviewer's words stand in for the result. ``changes``: a reviewer sent it back to be changed.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DENIED = "denied"
    IN_DOUBT = "in_doubt"
    CONFIRMED = "confirmed"
    DIVERTED = "diverted"
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
        review_id: the review that asks a person whether it happened (in doubt only).
        unavailable: nothing was done, because the system does not answer; a fallback may be tried.
    """

    status: Status
    digest: str
    value: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    replayed: bool = False
    untrusted: tuple[str, ...] = ()
    review_id: str = ""
    unavailable: bool = False

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
            "review_id": self.review_id,
            "unavailable": self.unavailable,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Outcome":
        """The outcome that :meth:`record` described."""
        return cls(**{**record, "status": Status(record["status"]), "untrusted": tuple(record["untrusted"])})


GRANT_LIFETIME = timedelta(hours=24)
"""How long a grant may be used: an approval from its last signature, an allowance from when policy gave it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets a proposal run. It only points at the evidence; the registry reads that itself, so forging is useless.

    Attributes:
        digest: of the proposal that may run.
        review_id: the approved review, or empty when policy allows the call by itself.
    """

    digest: str
    review_id: str = ""
