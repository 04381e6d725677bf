"""The wire format of a pause: every client's form must be read for what it says, and for nothing more."""

from datetime import UTC, datetime
from typing import Any

import pytest
from countersign.graphs.gate.interrupts import build_request, parse_answer
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.proposal import Proposal
from countersign.policies.errors import BadInput
from countersign.policies.review.review import Answer, AnswerType, Review, ReviewState

ARGS = {"order_id": "ORD-8841", "amount_minor": 38900, "public": False, "lines": [1, 2], "note": None}
PROPOSAL = Proposal(
    "refunds.issue", "1", canonicalize(ARGS), "support", "mara.voss", "halden", "thread-1", "run-1", "rev-1"
)
REVIEW = Review(
    review_id="REV-1",
    proposal=PROPOSAL,
    decision={"seats": ["support_manager"], "reasons": ["Above 100.00 EUR."], "rules": ["r"], "escalate": []},
    shown={},
    requester="mara.voss",
    requester_human="mara.voss",
    editor_human="",
    summary="Refund 389.00 EUR on ORD-8841",
    state=ReviewState.OPEN,
    due_at=datetime(2026, 3, 18, 9, tzinfo=UTC),
    follow_up_at=None,
    reminders=0,
    level=0,
    escalated_at=None,
    opened_at="2026-03-16T09:00:00+00:00",
    closed_at=None,
    message="",
    edited_args=None,
    revises="",
    rework=0,
    signatures=(),
)
REQUEST = build_request(REVIEW)


def test_the_request_can_be_shown_by_every_client() -> None:
    """One action, its arguments under both names that clients read, and all that a reviewer must know."""
    (action,) = REQUEST["action_requests"]
    assert action["name"] == REQUEST["review_configs"][0]["action_name"] == "refunds.issue"
    assert action["args"] == action["arguments"] == ARGS
    assert action["description"] == REVIEW.summary
    assert set(REQUEST["review_configs"][0]["allowed_decisions"]) == {"approve", "edit", "reject", "respond"}
    assert (REQUEST["review_id"], REQUEST["digest"]) == ("REV-1", PROPOSAL.digest)
    assert REQUEST["due"] == "2026-03-18T09:00:00+00:00"
    canonicalize(REQUEST)


def edited(**changes: Any) -> dict[str, Any]:
    return {"name": "refunds.issue", "args": {**ARGS, **changes}}


APPROVE = Answer(AnswerType.APPROVE)
SMALLER = Answer(AnswerType.EDIT, "", {**ARGS, "amount_minor": 5000})


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({"decisions": [{"type": "approve"}]}, APPROVE),
        ({"decisions": [{"type": "reject", "message": "no"}]}, Answer(AnswerType.REJECT, "no")),
        ({"decisions": [{"type": "respond", "message": "ask"}]}, Answer(AnswerType.RESPOND, "ask")),
        ({"decisions": [{"type": "edit", "edited_action": edited(amount_minor=5000)}]}, SMALLER),
        ({"type": "approve"}, APPROVE),
        ({"type": "edit", "edited_action": edited(amount_minor=5000)}, SMALLER),
        ({"type": "approve", "review_id": "REV-1", "digest": PROPOSAL.digest}, APPROVE),
        ([{"type": "accept", "args": None}], APPROVE),
        ([{"type": "response", "args": "ask"}], Answer(AnswerType.RESPOND, "ask")),
        ([{"type": "edit", "args": {"action": "refunds.issue", "args": {**ARGS, "amount_minor": 5000}}}], SMALLER),
        ({"type": "accept", "args": None}, APPROVE),
    ],
)
def test_the_three_reply_forms_are_understood(sent: Any, answer: Answer) -> None:
    """A client that was written for another server must still be able to answer."""
    assert parse_answer(sent, REQUEST) == answer


@pytest.mark.parametrize("sent", [None, {"settled": True}, [{"type": "ignore", "args": None}], {"type": "ignore"}])
def test_looking_again_is_no_answer(sent: Any) -> None:
    """Ignoring, or jumping to the end, leaves the review pending; it must never count as yes or no."""
    assert parse_answer(sent, REQUEST) is None


@pytest.mark.parametrize(
    "sent",
    [
        "approve",
        True,
        7,
        {},
        [],
        {"decisions": []},
        {"decisions": None},
        {"decisions": "approve"},
        {"decisions": ["approve"]},
        {"decisions": [{"type": "approve"}, {"type": "approve"}]},
        [{"type": "accept"}, {"type": "accept"}],
        {"type": "APPROVE"},
        {"type": "yes"},
        {"type": None},
        {"type": ["approve"]},
        {"type": {"approve": True}},
        {"settled": "True"},
        {"type": "approve", "review_id": "REV-2"},
        {"decisions": [{"type": "approve"}], "digest": "0" * 64},
        {"type": "edit"},
        {"type": "edit", "edited_action": None},
        {"type": "edit", "edited_action": {"name": "refunds.issue"}},
        {"type": "edit", "edited_action": {"name": "refunds.issue", "args": "all of it"}},
        {"type": "edit", "edited_action": {"name": "payments.release", "args": ARGS}},
        [{"type": "edit", "args": {"action": "payments.release", "args": ARGS}}],
    ],
)
def test_what_is_no_clear_answer_is_refused(sent: Any) -> None:
    """Guessing what a client meant would sign something nobody meant."""
    with pytest.raises(BadInput):
        parse_answer(sent, REQUEST)


def test_an_answer_inside_the_batch_may_name_its_review_too() -> None:
    """A decision that names another review must not be taken for this one, wherever the name stands."""
    with pytest.raises(BadInput, match="REV-2"):
        parse_answer({"decisions": [{"type": "approve", "review_id": "REV-2"}]}, REQUEST)
    with pytest.raises(BadInput, match="REV-2"):
        parse_answer([{"type": "accept", "args": None, "review_id": "REV-2"}], REQUEST)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("amount_minor", "5000", 5000),
        ("public", "true", True),
        ("lines", "[3]", [3]),
        ("order_id", "8841", "8841"),
        ("note", "12", "12"),
        ("amount_minor", "a lot", "a lot"),
        ("amount_minor", 5000, 5000),
    ],
)
def test_values_that_come_back_as_text_get_their_type(field: str, text: Any, value: Any) -> None:
    """Some clients send every edited value as text; an order number that looks like a number stays text."""
    sent = [{"type": "edit", "args": {"action": "refunds.issue", "args": {**ARGS, field: text}}}]
    found = parse_answer(sent, REQUEST)
    assert found is not None
    assert found.args is not None
    assert found.args[field] == value
    assert type(found.args[field]) is type(value)
