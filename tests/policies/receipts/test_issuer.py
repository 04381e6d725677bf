"""Which reviews have receipts, and which must have none."""

from dataclasses import replace

import pytest
from countersign.policies.errors import BadInput, Tampered
from countersign.policies.receipts.verifier import verify_receipt
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.storage.database import begin_write
from signed_reviews import APPROVE, BEN, MARA, NOW, Desk
from sqlalchemy import text as sql

RESULT = {"refund_id": "RF-1", "amount_minor": 48_000}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(AnswerType.REJECT, "No."),
        Answer(AnswerType.RESPOND, "Ask first."),
        Answer(AnswerType.EDIT, "Less.", {"order_id": "O-1001", "amount_minor": 1, "currency": "EUR"}),
        APPROVE,
    ],
    ids=lambda answer: str(answer.type),
)
def test_every_settled_review_has_a_receipt(desk: Desk, answer: Answer) -> None:
    """A rejection must be as provable as an approval."""
    review = desk.open()
    desk.answer(review, BEN, answer)
    text = desk.receipts.issue(review.review_id, None, NOW)
    assert verify_receipt(text, desk.ring.public_keys()).signers[0][2] is answer.type


def test_withdrawn_and_expired_reviews_have_receipts(desk: Desk) -> None:
    """What ended without an answer can be proved too."""
    from datetime import timedelta

    withdrawn, expired = desk.open(), desk.open(50_000)
    desk.reviews.withdraw(withdrawn.review_id, MARA, NOW)
    desk.reviews.sweep(NOW + timedelta(days=9))
    for review in (withdrawn, expired):
        text = desk.receipts.issue(review.review_id, None, NOW)
        signers = [(user, seat) for user, seat, _, _ in verify_receipt(text, desk.ring.public_keys()).signers]
        assert signers == ([("mara.voss", "requester")] if review is withdrawn else [])


def test_an_open_review_has_no_receipt(desk: Desk) -> None:
    """A receipt of something undecided could pass for an approval."""
    with pytest.raises(BadInput, match="still waits"):
        desk.receipts.issue(desk.open().review_id, None, NOW)


def test_a_rejected_review_cannot_have_run(desk: Desk) -> None:
    """The receipt of an effect that nobody let run must not be issued."""
    review = desk.open()
    desk.answer(review, BEN, Answer(AnswerType.REJECT, "No."))
    effect = desk.run(review, RESULT)
    with pytest.raises(Tampered, match="did not let it run"):
        desk.receipts.issue(review.review_id, effect, NOW)


def test_an_effect_of_another_grant_is_not_in_the_receipt(desk: Desk) -> None:
    """The review must be what let it run."""
    review = desk.open()
    desk.answer(review, BEN)
    effect = replace(desk.run(review, RESULT), grant="policy")
    with pytest.raises(Tampered, match="did not let it run"):
        desk.receipts.issue(review.review_id, effect, NOW)


def test_an_effect_the_log_does_not_know_is_refused(desk: Desk) -> None:
    """Ledger and log are written together; one without the other was changed."""
    review = desk.open()
    desk.answer(review, BEN)
    effect = desk.run(desk.open(50_000), RESULT)
    told = replace(effect, grant=review.review_id)
    with pytest.raises(Tampered, match="knows of no effect"):
        desk.receipts.issue(review.review_id, told, NOW)
    desk.run(review, RESULT)
    with pytest.raises(Tampered, match=r"effect\.succeeded"):
        desk.receipts.issue(review.review_id, None, NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET body = replace(body, '48000', '4800') WHERE kind = 'review.opened'",
        "DELETE FROM audit_log WHERE kind = 'note'",
        "DELETE FROM audit_log WHERE kind = 'review.answered'",
        "DELETE FROM audit_log WHERE kind = 'review.opened'",
        "UPDATE audit_log SET actor = 'somebody' WHERE kind = 'note'",
        "UPDATE reviews SET message = 'Sure.'",
        "UPDATE countersignatures SET record = replace(record, 'ben.ito', 'cara.lund')",
    ],
)
def test_no_receipt_of_a_changed_database(desk: Desk, statement: str) -> None:
    """A seal on a tampered record would make it good."""
    from countersign.policies.audit.log import AuditEvent

    review = desk.open()
    desk.answer(review, BEN)
    effect = desk.run(review, RESULT)
    desk.audit.append(AuditEvent("note", "system", "acme"))
    desk.run(review, RESULT)
    with begin_write(desk.engine) as connection:
        connection.execute(sql(statement))
    with pytest.raises(Tampered):
        desk.receipts.issue(review.review_id, effect, NOW)
