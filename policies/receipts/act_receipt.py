"""An act receipt tells one act that policy allowed without a countersignature, and says so.

It is the counterpart of a review's receipt: the proposal, the decision as the log holds it, that the act ran on that
decision alone, what came of it, and the head that covers all this. Of an act that a pilot allowed it says
``pilot: not countersigned``. It is checked offline, with the file and the public keys.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, ValidationError
from sqlalchemy import Connection, Engine, select

from ..audit.head_store import SignedHeadStore
from ..audit.key_ring import KeyRing
from ..audit.log import GENESIS, HASHED_FIELDS, audit_log, hash_record
from ..audit.signed_head import SignedHead, check_head
from ..crypto.public_keys import KeySet, parse_time
from ..crypto.signing import KeyStore, sign_statement, verify_signature
from ..domain.proposal import Proposal
from ..errors import BadInput, Tampered
from ..rules.pilot import PILOT_NOTE, is_allowed_by_pilot
from ..storage.database import begin_read
from .issuer import EffectRecord
from .log_proof import LogProof
from .schema import ClosedShape, EffectShape, HeadShape, PositionShape, SealShape, format_receipt
from .verifier import parse_strict_json

ACT_FORMAT = "countersign/v1/act-receipt"
ACT_STATEMENT = "act receipt"
POLICY_NOTE = "policy: not countersigned"
"""What a receipt says of an act that the rules of every day allowed."""
BY_POLICY = "policy"
"""The grant under which the ledger runs what policy allowed by itself."""
DECIDED = "decision"
STARTED = "effect.started"
_SHOWN = frozenset({DECIDED, STARTED})
"""The kinds of records whose content is in the receipt; results may hold what its reader must not see."""
_TOLD = ("verdict", "rules", "reasons", "sections", "policy_revision")


class AllowedShape(ClosedShape):
    """The decision, in the words of the log."""

    verdict: Literal["allow"]
    rules: list[str] = Field(min_length=1)
    reasons: list[str]
    sections: list[str]
    policy_revision: str


class ActReceiptShape(ClosedShape):
    """The whole receipt."""

    format: Literal["countersign/v1/act-receipt"]
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    standing: Literal["pilot: not countersigned", "policy: not countersigned"]
    proposal: dict[str, Any]
    decision: AllowedShape
    effect: EffectShape
    audit: list[PositionShape] = Field(min_length=2)
    head: HeadShape
    issued_at: str
    seal: SealShape


@dataclass(frozen=True, slots=True)
class VerifiedAct:
    """What a good act receipt proves.

    Attributes:
        standing: ``pilot: not countersigned`` or ``policy: not countersigned``.
        rules: which rules allowed it.
        effect: state of the effect in the ledger.
        head_seq: the log reached this record when its head was signed.
    """

    digest: str
    tool: str
    tenant: str
    requester: str
    standing: str
    rules: tuple[str, ...]
    effect: str
    head_seq: int
    issued_at: str


class ActReceiptIssuer:
    """Issues act receipts from one database.

    Args:
        engine: the database of the log.
        store: whose system key seals the receipts.
        ring: the public keys.
        heads: of the log.
    """

    def __init__(self, engine: Engine, store: KeyStore, ring: KeyRing, heads: SignedHeadStore) -> None:
        self._engine = engine
        self._store = store
        self._ring = ring
        self._log = LogProof(engine, heads)

    def issue(self, tenant: str, run: str, digest: str, effect: EffectRecord, now: datetime) -> str:
        """The text of the receipt of an act that policy allowed. It has passed its own check.

        Args:
            run: of the turn that the act belongs to.
            digest: of the proposal.
            effect: from the ledger.

        Raises:
            BadInput: the act was not begun, or not on policy's word alone.
            Tampered: ledger and log do not fit together; there is no receipt of that.
        """
        if effect.grant is None:
            raise BadInput(
                "This act was never begun, so there is no receipt of it; `countersign effects show` says why."
            )
        if effect.grant != BY_POLICY:
            raise BadInput(f"Review {effect.grant} let this act run; `countersign receipt {effect.grant}` proves it.")
        with begin_read(self._engine) as connection:
            positions = _list_positions(connection, tenant, run, digest)
        decided = _find_decision(positions)
        if decided is None:
            raise Tampered(f"The audit log knows of no decision that let {digest[:12]} run; records were removed.")
        head = self._log.find_head(positions[-1]["seq"])
        with begin_read(self._engine) as connection:
            for position in positions:
                self._log.check_segment(connection, position["seq"])
        receipt: dict[str, Any] = {
            "format": ACT_FORMAT,
            "digest": digest,
            "standing": describe_standing(decided["rules"]),
            "proposal": decided["proposal"],
            "decision": {name: decided[name] for name in _TOLD},
            "effect": effect.record(),
            "audit": positions,
            "head": head.record(),
            "issued_at": now.isoformat(),
        }
        system = self._store.system()
        receipt["seal"] = {"key_id": system.key_id, "signature": sign_statement(system, ACT_STATEMENT, receipt)}
        text = format_receipt(receipt)
        verify_act_receipt(text, self._ring.public_keys())
        return text


def describe_standing(rules: list[str]) -> str:
    """In the words of a receipt, by what an act ran that nobody countersigned."""
    return PILOT_NOTE if is_allowed_by_pilot(rules) else POLICY_NOTE


def is_act_receipt(data: str | bytes) -> bool:
    """Whether a text claims to be an act receipt."""
    raw = data.encode(errors="replace") if isinstance(data, str) else data
    return ACT_FORMAT.encode() in raw[:200]


def verify_act_receipt(data: str | bytes, trusted_keys: KeySet) -> VerifiedAct:
    """Checks an act receipt.

    Args:
        data: the text of the file.
        trusted_keys: from :func:`countersign.policies.crypto.public_keys.load_keys`.

    Raises:
        Tampered: naming the first thing that does not fit.
    """
    try:
        record = parse_strict_json(data)
        shape = ActReceiptShape.model_validate(record)
        _check_record(record, shape, trusted_keys)
        if format_receipt(record).encode() != (data.encode() if isinstance(data, str) else data):
            raise Tampered("The receipt was written anew by another program; use the file as it was issued.")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Tampered(f"The receipt cannot be trusted: {where}: {first['msg']}.") from None
    except (BadInput, TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise Tampered(f"The receipt cannot be trusted: it holds what no receipt holds ({error}).") from None
    proposal = Proposal.from_record(record["proposal"])
    return VerifiedAct(
        digest=shape.digest,
        tool=proposal.tool,
        tenant=proposal.tenant,
        requester=proposal.user_id,
        standing=shape.standing,
        rules=tuple(shape.decision.rules),
        effect=shape.effect.state,
        head_seq=shape.head.seq,
        issued_at=shape.issued_at,
    )


def _check_record(record: Mapping[str, Any], shape: ActReceiptShape, keys: KeySet) -> None:
    proposal = Proposal.from_record(record["proposal"])
    if shape.digest != proposal.digest:
        raise Tampered("The receipt's digest is not the one of its proposal; it was changed.")
    _check_positions(proposal, shape)
    decided = _find_decision([position.model_dump() for position in shape.audit])
    if decided is None or {name: decided.get(name) for name in _TOLD} != shape.decision.model_dump():
        raise Tampered("The audit log does not hold the decision of the receipt.")
    if shape.standing != describe_standing(shape.decision.rules):
        raise Tampered(f"The receipt says {shape.standing!r}, which its rules do not say.")
    _check_effect(shape)
    head = SignedHead(**shape.head.model_dump())
    check_head(head, keys)
    last = shape.audit[-1]
    if head.seq < last.seq or (head.seq == last.seq and head.hash != last.hash):
        raise Tampered(f"The signed head of the log (record {head.seq}) does not cover record {last.seq}.")
    parse_time(shape.issued_at)
    key = keys.system(shape.seal.key_id, shape.issued_at, "The receipt")
    sealed = {name: value for name, value in record.items() if name != "seal"}
    if not verify_signature(key.raw, shape.seal.signature, ACT_STATEMENT, sealed):
        raise Tampered("The receipt as a whole does not hold: it is not what the installation signed.")


def _check_positions(proposal: Proposal, shape: ActReceiptShape) -> None:
    before: PositionShape | None = None
    for position in shape.audit:
        if before is not None and position.seq <= before.seq:
            raise Tampered(f"Audit record {position.seq} does not follow record {before.seq}; the receipt was changed.")
        if (position.content is None) == (position.kind in _SHOWN):
            raise Tampered(f"Audit record {position.seq} ({position.kind}) lacks its content, or should have none.")
        if position.content is not None:
            _check_content(proposal, position)
            if before is not None and position.seq == before.seq + 1 and position.previous != before.hash:
                raise Tampered(f"Audit record {position.seq} is not linked to record {before.seq} before it.")
        elif not position.kind.startswith("effect."):
            raise Tampered(f"Audit record {position.seq} ({position.kind}) does not belong into this receipt.")
        before = position


def _check_content(proposal: Proposal, position: PositionShape) -> None:
    content = position.content.model_dump() if position.content else {}
    told = content | {"seq": position.seq, "at": position.at, "kind": position.kind, "subject": proposal.digest}
    if hash_record(position.previous or "", {name: told[name] for name in HASHED_FIELDS}) != position.hash:
        raise Tampered(f"Audit record {position.seq} ({position.kind}) does not match its hash; it was changed.")
    body = parse_strict_json(told["body"])
    expected = (proposal.digest, proposal.tool, proposal.tenant, proposal.thread, proposal.run)
    if (body.get("digest"), body.get("tool"), told["tenant"], told["thread"], told["run"]) != expected:
        raise Tampered(f"Audit record {position.seq} ({position.kind}) is about something else.")


def _check_effect(shape: ActReceiptShape) -> None:
    """The effect ran on policy's word, and the log knows of it what the receipt says."""
    effect = shape.effect
    started = [json.loads(item.content.body) for item in shape.audit if item.kind == STARTED and item.content]
    if effect.grant != BY_POLICY or not started or any(body.get("grant") != BY_POLICY for body in started):
        raise Tampered("The audit log does not say that the act ran on policy's word.")
    ended = [position.kind for position in shape.audit if position.kind.startswith("effect.")][-1]
    if effect.state == "intended" or ended != f"effect.{effect.state}":
        raise Tampered(f"The audit log ends with {ended}, but the receipt says that the effect is {effect.state}.")
    if effect.started_at is None or (effect.state == "succeeded") == (effect.result_digest is None):
        raise Tampered(f"The effect is said to have {effect.state}, which its times and result do not say.")
    for at in (effect.intended_at, effect.started_at, effect.ended_at):
        if at is not None:
            parse_time(at)


def _find_decision(positions: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The last decision before the act began."""
    found = None
    for position in positions:
        if position["kind"] == STARTED:
            return found
        if position["kind"] == DECIDED:
            found = json.loads(position["content"]["body"])
    return None


def _list_positions(connection: Connection, tenant: str, run: str, digest: str) -> list[dict[str, Any]]:
    """Where the log speaks of the decision and of what came of it."""
    query = (
        select(audit_log)
        .where(audit_log.c.tenant == tenant, audit_log.c.run == run, audit_log.c.subject == digest)
        .order_by(audit_log.c.seq.asc())
    )
    found = []
    for row in connection.execute(query).all():
        if row.kind != DECIDED and not row.kind.startswith("effect."):
            continue
        position = {"seq": row.seq, "at": row.at, "kind": row.kind, "previous": None, "hash": row.hash}
        content = None
        if row.kind in _SHOWN:
            before = connection.execute(select(audit_log.c.hash).where(audit_log.c.seq == row.seq - 1)).scalar()
            position["previous"] = before or GENESIS
            content = {name: getattr(row, name) for name in ("tenant", "thread", "run", "actor", "body")}
        found.append(position | {"content": content})
    return found
