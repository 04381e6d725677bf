"""The schema of ``receipt.json`` says which fields there are; what they mean is checked elsewhere."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = "countersign/v1/receipt"
_HASH = Field(pattern="^[0-9a-f]{64}$")


class ClosedShape(BaseModel):
    """A shape that holds what it names and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ReviewShape(ClosedShape):
    """How the review ended."""

    review_id: str
    requester: str
    requester_human: str
    editor_human: str
    summary: str
    state: str
    due_at: str
    follow_up_at: str | None
    reminders: int
    level: int
    escalated_at: str | None
    opened_at: str
    closed_at: str | None
    message: str
    edited_args: dict[str, Any] | None
    revises: str
    rework: int


class DecisionShape(BaseModel):
    """What a decision that asked for a review must have; digests cover the rest."""

    model_config = ConfigDict(strict=True)
    verdict: Literal["review"]
    rules: list[str]
    reasons: list[str]
    sections: list[str]
    digest: str = _HASH
    policy_revision: str
    seats: list[str] = Field(min_length=1)
    escalate: list[str]


class EffectShape(ClosedShape):
    """What came of the proposal; the result only by its digest, because it may hold what the reader must not see."""

    state: Literal["intended", "started", "succeeded", "failed", "in_doubt"]
    grant: str | None
    result_digest: str | None = _HASH
    message: str
    intended_at: str
    started_at: str | None
    ended_at: str | None


class ContentShape(ClosedShape):
    """What an audit record says; ``body`` is the exact text that was hashed."""

    tenant: str
    thread: str
    run: str
    actor: str
    body: str


class PositionShape(ClosedShape):
    """Where the log wrote something down. Only records of the review itself come with their content."""

    seq: int = Field(ge=1)
    at: str
    kind: str
    previous: str | None = _HASH
    hash: str = _HASH
    content: ContentShape | None


class HeadShape(ClosedShape):
    """A signed head of the log that covers every position."""

    seq: int = Field(ge=1)
    hash: str = _HASH
    at: str
    before: int = Field(ge=0)
    key_id: str = _HASH
    signature: str


class SealShape(ClosedShape):
    """The installation's signature over all the rest."""

    key_id: str = _HASH
    signature: str


class ReceiptShape(ClosedShape):
    """The whole receipt."""

    format: Literal["countersign/v1/receipt"]
    digest: str = _HASH
    review: ReviewShape
    proposal: dict[str, Any]
    decision: DecisionShape
    countersignatures: list[dict[str, str | None]]
    effect: EffectShape | None
    audit: list[PositionShape] = Field(min_length=1)
    head: HeadShape
    issued_at: str
    seal: SealShape


def format_receipt(record: Mapping[str, Any]) -> str:
    """The one text of a receipt: indented by two, ASCII only, with a newline at the end."""
    return json.dumps(record, indent=2, ensure_ascii=True) + "\n"
