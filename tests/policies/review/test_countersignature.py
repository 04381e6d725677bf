"""Countersignatures: each holds for one review, seat, person, time and set of arguments, and for nothing else."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.crypto.public_keys import KeySet, PublicKey
from countersign.policies.crypto.signing import KeySigner
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import StorageError, Tampered
from countersign.policies.review.countersignature import (
    SignedCountersignature,
    check_countersignature,
    check_review,
    sign_answer,
)
from countersign.policies.review.countersignature_store import table
from countersign.policies.review.records import table as reviews_table
from countersign.policies.review.review import Answer, AnswerType, Countersignature, Review, ReviewState
from countersign.policies.storage.database import begin_write
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hardware_tokens import Tokens
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_reviews import APPROVE, BEN, CARA, MARA, NOW, Desk, decision, proposal
from sqlalchemy import delete, update

REJECT = Answer(AnswerType.REJECT, "Not for this customer.")
EDIT = Answer(AnswerType.EDIT, "Half.", {"order_id": "O-1001", "amount_minor": 24_000, "currency": "EUR"})
RESPOND = Answer(AnswerType.RESPOND, "Ask the customer first.")


@pytest.mark.parametrize("answer", [APPROVE, REJECT, EDIT, RESPOND], ids=lambda answer: str(answer.type))
def test_every_answer_is_signed_and_holds(desk: Desk, answer: Answer) -> None:
    """An answer without a good signature could be anybody's."""
    review = desk.open()
    sealed = desk.answer(review, BEN, answer)
    found = desk.signatures.read(review.review_id)
    assert found is not None
    assert found[1] == (sealed,)


def test_a_token_takes_the_place_of_the_key_folder(tmp_path: Path) -> None:
    """Whoever has a KMS or hardware tokens must not be forced to keep keys in files."""
    tokens = Tokens()
    desk = Desk(tmp_path, tokens)
    review = desk.open(seats=("support_manager", "controller"))
    desk.answer(review, BEN)
    desk.answer(review, CARA)
    desk.signatures.read(review.review_id)
    text = desk.receipts.issue(review.review_id, None, NOW)
    assert json.loads(text)["countersignatures"][1]["user_id"] == CARA.user_id
    assert len(tokens.signer("acme", "cara.lund").touches) == 1
    assert not (tmp_path / "keys").exists()
    desk.close()


def _two(seats: tuple[str, ...] = ("support_manager", "controller")) -> tuple[Review, list[Any], KeySet]:
    """An approved review with two signatures, in memory."""
    wanted = proposal()
    review = Review(
        review_id=f"REV-{wanted.digest[:12]}",
        proposal=wanted,
        decision=decision(wanted, *seats).record(),
        shown={},
        requester=MARA.user_id,
        requester_human=MARA.human,
        editor_human="",
        summary="Refund",
        state=ReviewState.OPEN,
        due_at=NOW.astimezone(UTC),
        follow_up_at=None,
        reminders=0,
        level=0,
        escalated_at=None,
        opened_at=NOW.isoformat(),
        closed_at=None,
        message="",
        edited_args=None,
        revises="",
        rework=0,
        signatures=(),
    )
    sealed, keys = [], []
    for who in (BEN, CARA):
        signer = KeySigner(Ed25519PrivateKey.generate())
        public = signer.public_key().hex()
        keys.append(PublicKey(signer.key_id, "principal", who.tenant, who.user_id, public, NOW.isoformat()))
        review = review.with_answer(who, APPROVE, NOW)
        sealed.append(sign_answer(review, review.signatures[-1], None, signer))
    return review, sealed, KeySet(keys)


REVIEW, SEALED, KEYS = _two()
FIELDS = sorted(SEALED[0].record())


@settings(max_examples=300, deadline=None)
@given(field=st.sampled_from(FIELDS), text=st.text(max_size=70) | st.none(), data=st.data())
def test_any_change_to_a_signed_record_is_noticed(field: str, text: str | None, data: st.DataObject) -> None:
    """What is shown as signed must be what was signed, to the letter."""
    record = SEALED[0].record()
    value = record[field]
    if value and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(value) - 1))
        text = value[:place] + data.draw(st.sampled_from("0aZ é")) + value[place + 1 :]
    if text == value:
        check_countersignature(REVIEW, SEALED[0], KEYS)
        return
    with pytest.raises(Tampered):
        check_countersignature(REVIEW, SignedCountersignature.from_record(record | {field: text}), KEYS)


def test_missing_and_added_fields_are_noticed() -> None:
    """A field nobody signed must not ride along."""
    record = SEALED[0].record()
    for name in record:
        with pytest.raises(Tampered):
            SignedCountersignature.from_record({key: value for key, value in record.items() if key != name})
    with pytest.raises(Tampered):
        SignedCountersignature.from_record(record | {"approved_for": "everything"})


def _turned(review: Review, **fields: Any) -> Review:
    return replace(review, **fields)


@pytest.mark.parametrize(
    "changed",
    [
        _turned(REVIEW, review_id="REV-000000000000"),
        _turned(REVIEW, proposal=proposal(48_001)),
        _turned(REVIEW, proposal=proposal(tenant="other")),
        _turned(REVIEW, decision=REVIEW.decision | {"seats": ["support_manager"]}),
        _turned(REVIEW, decision=REVIEW.decision | {"seats": []}),
        _turned(REVIEW, decision=REVIEW.decision | {"reasons": ["None needed."]}),
        _turned(REVIEW, decision={}),
        _turned(REVIEW, requester="somebody"),
        _turned(REVIEW, requester_human="somebody"),
        _turned(REVIEW, requester_human=BEN.human),
        _turned(REVIEW, state=ReviewState.OPEN, closed_at=None),
        _turned(REVIEW, state=ReviewState.REJECTED),
        _turned(REVIEW, state=ReviewState.EDITED),
        _turned(REVIEW, state=ReviewState.ANSWERED),
        _turned(REVIEW, state=ReviewState.EXPIRED),
        _turned(REVIEW, state=ReviewState.WITHDRAWN),
        _turned(REVIEW, message="And more."),
        _turned(REVIEW, closed_at=None),
        _turned(REVIEW, closed_at="2026-03-05T09:30:00+00:00"),
        _turned(REVIEW, edited_args={"amount_minor": 1}),
        _turned(REVIEW, signatures=REVIEW.signatures[:1]),
        _turned(REVIEW, signatures=REVIEW.signatures[::-1]),
        _turned(REVIEW, signatures=()),
        _turned(REVIEW, signatures=(REVIEW.signatures[0], replace(REVIEW.signatures[1], role="support_manager"))),
    ],
    ids=range(24),
)
def test_a_review_that_its_signatures_did_not_make_is_noticed(changed: Review) -> None:
    """Changing the row, and not the signatures, must not let anything run."""
    check_review(REVIEW, SEALED, KEYS)
    with pytest.raises(Tampered):
        check_review(changed, SEALED, KEYS)


def test_fewer_signatures_than_seats_approve_nothing() -> None:
    """Dropping a seat's answer everywhere must not leave an approved review."""
    half = replace(REVIEW, signatures=REVIEW.signatures[:1])
    with pytest.raises(Tampered, match="do not say"):
        check_review(half, SEALED[:1], KEYS)


def test_a_signature_with_the_wrong_persons_key_is_noticed() -> None:
    """Ben's key must not answer for Cara."""
    mine = REVIEW.signatures[1]
    signer = KeySigner(Ed25519PrivateKey.generate())
    ben = PublicKey(signer.key_id, "principal", "acme", BEN.user_id, signer.public_key().hex(), NOW.isoformat())
    forged = sign_answer(REVIEW, mine, None, signer)
    with pytest.raises(Tampered, match=r"not a known key of cara\.lund"):
        check_review(REVIEW, [SEALED[0], forged], KeySet([*KEYS, ben]))


@pytest.mark.parametrize(
    ("user_id", "human", "role", "why"),
    [
        (MARA.user_id, "p-other", "controller", "separation of duties"),
        ("mara.second", MARA.human, "controller", "separation of duties"),
        ("ben.second", BEN.human, "controller", "one person"),
        ("dora", "p-dora", "support_manager", "seat"),
        ("dora", "p-dora", "janitor", "seat"),
    ],
)
def test_good_signatures_of_the_wrong_people_approve_nothing(user_id: str, human: str, role: str, why: str) -> None:
    """Even who holds the keys cannot sign past separation of duties or quorum."""
    signer = KeySigner(Ed25519PrivateKey.generate())
    mine = Countersignature(user_id, human, role, role, NOW.isoformat(), REVIEW.proposal.digest, AnswerType.APPROVE)
    forged = replace(REVIEW, signatures=(REVIEW.signatures[0], mine))
    key = PublicKey(signer.key_id, "principal", "acme", user_id, signer.public_key().hex(), NOW.isoformat())
    with pytest.raises(Tampered, match=why):
        check_review(forged, [SEALED[0], sign_answer(forged, mine, None, signer)], KeySet([*KEYS, key]))


def test_an_edit_signs_the_arguments_before_and_after(desk: Desk) -> None:
    """The edit that runs must be the edit that was signed."""
    review = desk.open()
    desk.answer(review, BEN, EDIT)
    with begin_write(desk.engine) as connection:
        connection.execute(
            update(reviews_table).values(edited_args=canonicalize({**(EDIT.args or {}), "amount_minor": 1}))
        )
    with pytest.raises(Tampered, match="edited arguments"):
        desk.signatures.read(review.review_id)


@pytest.mark.parametrize("what", ["delete", "swap", "garble", "move"])
def test_changed_rows_of_signatures_are_noticed(desk: Desk, what: str) -> None:
    """The table of signatures is as exposed as that of reviews."""
    review = desk.open(seats=("support_manager", "controller"))
    other = desk.open(51_000)
    desk.answer(review, BEN)
    desk.answer(review, CARA)
    desk.answer(other, BEN)
    with begin_write(desk.engine) as connection:
        mine = table.c.review_id == review.review_id
        match what:
            case "delete":
                connection.execute(delete(table).where(mine, table.c.place == 1))
            case "swap":
                connection.execute(update(table).where(mine).values(place=table.c.place + 10))
                connection.execute(update(table).where(mine).values(place=11 - table.c.place))
            case "garble":
                connection.execute(update(table).where(mine, table.c.place == 0).values(record="{"))
            case "move":
                connection.execute(delete(table).where(mine, table.c.place == 0))
                connection.execute(
                    update(table).where(table.c.review_id == other.review_id).values(review_id=review.review_id)
                )
    with pytest.raises(Tampered):
        desk.signatures.read(review.review_id)


def test_no_key_no_answer(desk: Desk, tmp_path: Path) -> None:
    """When the key cannot be used nothing of the answer may be recorded."""
    review = desk.open()
    desk.keys.signer("acme", "ben.ito")
    for file in (tmp_path / "keys").glob("*.pem"):
        file.chmod(0o644)
    with pytest.raises(StorageError):
        desk.answer(review, BEN)
    found = desk.reviews.get(review.review_id)
    assert (found.state, found.signatures) == (ReviewState.OPEN, ())


def test_reading_while_others_answer_is_no_forgery(desk: Desk) -> None:
    """Review and signatures read a moment apart would disagree whenever an answer comes in between."""
    seats = tuple(f"seat-{number}" for number in range(12))
    review = desk.open(seats=seats)
    done = threading.Event()

    def watch() -> int:
        looked = 0
        while not done.is_set() or not looked:
            desk.signatures.read(review.review_id)
            looked += 1
        return looked

    with ThreadPoolExecutor(2) as pool:
        watching = [pool.submit(watch) for _ in range(2)]
        for number, seat in enumerate(seats):
            desk.answer(review, Principal(f"user-{number}", "acme", frozenset({seat})))
        done.set()
        assert all(found.result() for found in watching)
    assert desk.reviews.get(review.review_id).state is ReviewState.APPROVED
    assert desk.signatures.read("REV-none") is None
