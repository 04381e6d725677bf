"""Review records that somebody changed: nothing may be signed or run on them, and nobody else may be stopped."""

import json
from datetime import timedelta

import pytest
from countersign.policies.errors import BadInput, Tampered
from countersign.policies.review.store import ReviewStore
from countersign.policies.storage.database import begin_write
from review_cases import (
    APPROVE,
    KARL,
    NOW,
    TOM,
    Opener,
    decision,
    proposal,
)
from sqlalchemy import Engine, text


def test_a_changed_record_is_refused_and_stops_nobody_else(
    reviews: ReviewStore, opened: Opener, engine: Engine
) -> None:
    """A forged amount must not be signable; and one damaged row must not close the office."""
    forged, sound = opened(), opened(amount=20000)
    with begin_write(engine) as connection:
        statement = "UPDATE reviews SET proposal = replace(proposal, '38900', '99900') WHERE review_id = :id"
        connection.execute(text(statement), {"id": forged.review_id})
    for use in (
        lambda: reviews.get(forged.review_id),
        lambda: reviews.answer(forged.review_id, TOM, APPROVE, NOW),
        lambda: reviews.find_mismatch(forged.review_id, forged.proposal, decision(forged.proposal)),
    ):
        with pytest.raises(Tampered):
            use()
    assert [item.review_id for item in reviews.inbox(TOM)] == [sound.review_id]
    assert [item.review_id for item in reviews.sweep(NOW + timedelta(days=1))] == [sound.review_id]


@pytest.mark.parametrize("column", ["proposal", "decision", "state", "due_at", "signatures", "tenant", "run"])
def test_rubbish_in_any_column_is_tampering_and_no_crash(
    reviews: ReviewStore, opened: Opener, engine: Engine, column: str
) -> None:
    """Whatever somebody writes into the table, the answer is one clear error."""
    review = opened()
    with begin_write(engine) as connection:
        connection.execute(text(f"UPDATE reviews SET {column} = 'rubbish'"))  # noqa: S608 - names from above
    with pytest.raises(Tampered, match=review.review_id):
        reviews.get(review.review_id)


def test_a_review_covers_only_its_proposal_and_the_seats_policy_asks_for_now(
    reviews: ReviewStore, opened: Opener
) -> None:
    """A signature for one thing, or too few under today's policy, must not let another run."""
    review = opened()
    asked = review.proposal
    assert "not approved" in str(reviews.find_mismatch(review.review_id, asked, decision(asked)))
    reviews.answer(review.review_id, TOM, APPROVE, NOW)
    assert reviews.find_mismatch(review.review_id, asked, decision(asked)) is None
    other = proposal(order_id="ORD-8841", amount_minor=1)
    assert "another proposal" in str(reviews.find_mismatch(review.review_id, other, decision(other)))
    stricter = decision(asked, "support_manager", "controller")
    assert "controller" in str(reviews.find_mismatch(review.review_id, asked, stricter))
    with pytest.raises(BadInput):
        reviews.find_mismatch("REV-000000000000", asked, decision(asked))


@pytest.mark.parametrize(("field", "value"), [("human", "mara"), ("digest", "0" * 64), ("human", "karl")])
def test_signatures_that_cannot_be_are_refused(
    reviews: ReviewStore, opened: Opener, engine: Engine, field: str, value: str
) -> None:
    """Execution must not trust a list of signatures that breaks the rules of signing."""
    review = opened("support_manager", "controller")
    for person in (TOM, KARL):
        reviews.answer(review.review_id, person, APPROVE, NOW)
    with begin_write(engine) as connection:
        first, second = json.loads(connection.execute(text("SELECT signatures FROM reviews")).scalar_one())
        forged = json.dumps([first | {field: value}, second])
        connection.execute(text("UPDATE reviews SET signatures = :forged"), {"forged": forged})
    asked = review.proposal
    with pytest.raises(Tampered, match=review.review_id):
        reviews.find_mismatch(review.review_id, asked, decision(asked, "support_manager", "controller"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reviews SET state = 'approved', closed_at = opened_at",
        "DELETE FROM countersignatures",
        "UPDATE countersignatures SET place = 7",
        "UPDATE reviews SET decision = replace(decision, 'controller', 'support_manager')",
    ],
)
def test_what_nobody_signed_lets_nothing_run(
    reviews: ReviewStore, opened: Opener, engine: Engine, statement: str
) -> None:
    """Who can write to the database must not be able to approve, or to lower what an approval needs."""
    review = opened("support_manager", "controller")
    reviews.answer(review.review_id, TOM, APPROVE, NOW)
    with begin_write(engine) as connection:
        connection.execute(text(statement))
    asked = review.proposal
    for use in (
        lambda: reviews.find_mismatch(review.review_id, asked, decision(asked, "support_manager", "controller")),
        lambda: reviews.answer(review.review_id, KARL, APPROVE, NOW),
    ):
        with pytest.raises(Tampered, match=review.review_id):
            use()
