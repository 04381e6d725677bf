"""The issuer puts everything about one settled review in a file that can be checked without this installation."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from ..audit.head_store import SignedHeadStore
from ..audit.log import GENESIS, audit_log
from ..crypto.signing import KeyStore, sign_statement
from ..domain.canonical import compute_digest
from ..errors import BadInput, Tampered
from ..review.countersignature import SignedCountersignature
from ..review.countersignature_store import CountersignatureStore
from ..review.review import Review, ReviewState
from ..storage.database import begin_read
from .log_proof import LogProof
from .schema import FORMAT, format_receipt
from .verifier import STATEMENT, verify_receipt

_EXCLUDED_KIND = "review.refused"


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """What the ledger says of the proposal's effect.

    Attributes:
        state: ``intended``, ``started``, ``succeeded``, ``failed`` or ``in_doubt``.
        grant: the review that let it run.
        result: plain JSON data; only its digest goes into the receipt.
    """

    state: str
    grant: str | None
    result: Mapping[str, Any] | None
    message: str
    intended_at: str
    started_at: str | None
    ended_at: str | None

    def record(self) -> dict[str, Any]:
        """The effect as a receipt tells it."""
        told = asdict(self)
        result = told.pop("result")
        return told | {"result_digest": None if result is None else compute_digest(result)}


class ReceiptIssuer:
    """Issues receipts from one database.

    Args:
        engine: the database of log, reviews and countersignatures.
        store: whose system key seals the receipts.
        signatures: against which reviews are checked.
        heads: of the log.
    """

    def __init__(
        self, engine: Engine, store: KeyStore, signatures: CountersignatureStore, heads: SignedHeadStore
    ) -> None:
        self._engine = engine
        self._store = store
        self._signatures = signatures
        self._log = LogProof(engine, heads)

    def issue(self, review_id: str, effect: EffectRecord | None, now: datetime) -> str:
        """The text of the receipt of a settled review. It has passed its own check.

        Args:
            effect: from the ledger; ``None`` when the proposal has no effect on the world.

        Raises:
            BadInput: there is no such review, or it still waits.
            Tampered: review, signatures or log do not fit together; there is no receipt of that.
        """
        found = self._signatures.read(review_id)
        if found is None:
            raise BadInput(f"There is no review {review_id}; `countersign reviews list` shows those that wait.")
        review, sealed = found
        if review.state is ReviewState.OPEN:
            raise BadInput(f"Review {review.review_id} still waits; there is a receipt once it is settled.")
        with begin_read(self._engine) as connection:
            positions = _positions(connection, review)
        if not positions:
            raise Tampered(f"The audit log knows nothing of review {review.review_id}; records were removed.")
        head = self._log.find_head(positions[-1]["seq"])
        with begin_read(self._engine) as connection:
            for position in positions:
                self._log.check_segment(connection, position["seq"])
        receipt = _receipt(review, sealed) | {
            "effect": None if effect is None else effect.record(),
            "audit": positions,
            "head": head.record(),
            "issued_at": now.isoformat(),
        }
        system = self._store.system()
        receipt["seal"] = {"key_id": system.key_id, "signature": sign_statement(system, STATEMENT, receipt)}
        text = format_receipt(receipt)
        verify_receipt(text, self._signatures.ring.public_keys())
        return text


def _receipt(review: Review, sealed: tuple[SignedCountersignature, ...]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "digest": review.proposal.digest,
        "review": {
            "review_id": review.review_id,
            "requester": review.requester,
            "requester_human": review.requester_human,
            "editor_human": review.editor_human,
            "summary": review.summary,
            "state": str(review.state),
            "due_at": review.due_at.isoformat(),
            "follow_up_at": None if review.follow_up_at is None else review.follow_up_at.isoformat(),
            "reminders": review.reminders,
            "level": review.level,
            "escalated_at": review.escalated_at,
            "opened_at": review.opened_at,
            "closed_at": review.closed_at,
            "message": review.message,
            "edited_args": review.edited_args,
            "revises": review.revises,
            "rework": review.rework,
        },
        "proposal": review.proposal.record(),
        "decision": review.decision,
        "countersignatures": [item.record() for item in sealed],
    }


def _positions(connection: Connection, review: Review) -> list[dict[str, Any]]:
    """Where the log speaks of the review and of what came of it; the review's own records with their content."""
    proposal = review.proposal
    query = (
        select(audit_log)
        .where(audit_log.c.tenant == proposal.tenant, audit_log.c.run == proposal.run)
        .order_by(audit_log.c.seq.asc())
    )
    found = []
    for row in connection.execute(query).all():
        body = json.loads(row.body)
        own = row.kind.startswith("review.") and row.kind != _EXCLUDED_KIND
        if body.get("digest") != proposal.digest or not (own or row.kind.startswith("effect.")):
            continue
        position = {"seq": row.seq, "at": row.at, "kind": row.kind, "previous": None, "hash": row.hash}
        content = None
        if own:
            before = connection.execute(select(audit_log.c.hash).where(audit_log.c.seq == row.seq - 1)).scalar()
            position["previous"] = before or GENESIS
            content = {name: getattr(row, name) for name in ("tenant", "thread", "run", "actor", "body")}
        found.append(position | {"content": content})
    return found
