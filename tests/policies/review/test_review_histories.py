"""Whatever people and time may do to a review, its signatures bear it out; whatever else was done, they do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from countersign.policies.crypto.public_keys import KeySet, PublicKey
from countersign.policies.crypto.signing import KeySigner
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Expiry, Obligations, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, Tampered
from countersign.policies.review.answers import check_fit, find_refusal
from countersign.policies.review.countersignature import SignedCountersignature, check_review, sign_answer
from countersign.policies.review.deadlines import find_next_step
from countersign.policies.review.records import build_opening_row
from countersign.policies.review.review import Answer, AnswerType, Review, ReviewState
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from review_cases import NOW, proposal, who

PEOPLE = (
    who("mara", "support_agent"),
    who("mara.admin", "lead", "controller", person="mara"),
    replace(who("tom", "lead"), manager="ines"),
    who("tom.other", "controller", person="tom"),
    who("sven", "lead", "controller"),
    replace(who("karl", "controller"), manager="ines"),
    who("ines", "cfo", "director"),
)
SIGNERS = {item.user_id: KeySigner(Ed25519PrivateKey.generate()) for item in PEOPLE}
KEYS = KeySet(
    PublicKey(signer.key_id, "principal", "halden", user, signer.public_key().hex(), NOW.isoformat())
    for user, signer in SIGNERS.items()
)
SEATS = st.lists(st.sampled_from(["lead", "controller", "user:tom", "user:karl", "user:ines"]), min_size=1, max_size=3)
CHAIN = st.lists(st.sampled_from(["controller", "cfo", "director"]), max_size=2, unique=True)
ANSWERS = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(AnswerType), st.sampled_from(PEOPLE))
STEPS = st.lists(ANSWERS | st.just("a deadline passes"), min_size=3, max_size=9)
History = tuple[Review, list[SignedCountersignature]]


def opened(seats: list[str], chain: list[str], expiry: Expiry, editor: Principal | None) -> Review:
    """A review that waits, as the store would read it back."""
    asked = proposal(order_id="ORD-8841", amount_minor=38900)
    duties = Obligations(tuple(seats), timedelta(days=1), tuple(chain), on_expiry=expiry, owner="lead")
    decided = Decision(Verdict.REVIEW, ("r",), ("Because.",), asked.digest, "rev-1", obligations=duties)
    row: dict[str, Any] = build_opening_row(asked, decided, PEOPLE[0], "Refund", NOW, editor=editor, before=None)
    kept = {name: row[name] for name in ("review_id", "requester", "requester_human", "editor_human", "summary")}
    due = datetime.fromisoformat(row["due_at"]).astimezone(UTC)
    return Review(
        **kept,
        proposal=asked,
        decision=decided.record() | {"shown": ""},
        shown={},
        state=ReviewState.OPEN,
        due_at=due,
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


def play(review: Review, steps: list[Any]) -> History:
    """Does what is allowed of these steps, checking after each that the review stands as it was signed."""
    sealed: list[SignedCountersignature] = []
    now = NOW
    for step in steps:
        if review.state is not ReviewState.OPEN:
            break
        if isinstance(step, str):
            now = review.due_at
            due = find_next_step(review, now)
            assert due is not None
            review = aged(review, dict(due.values))
        else:
            person, kind, to = step
            answer = made(kind, to)
            if find_refusal(review, person, answer, to) is not None or not fits(review, answer):
                continue
            review = review.with_answer(person, answer, now)
            sealed.append(sign_answer(review, review.signatures[-1], answer.args, SIGNERS[person.user_id]))
        check_review(review, sealed, KEYS)
    return review, sealed


def aged(review: Review, values: dict[str, Any]) -> Review:
    """The review after time changed its row."""
    for name in ("due_at", "follow_up_at"):
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name]).astimezone(UTC)
    return replace(review, **values)


def made(kind: AnswerType, to: Principal) -> Answer:
    args = {"order_id": "ORD-8841", "amount_minor": 1} if kind is AnswerType.EDIT else None
    return Answer(kind, "why", args, to.user_id if kind is AnswerType.DELEGATE else "")


def fits(review: Review, answer: Answer) -> bool:
    try:
        answer.check()
        check_fit(review, answer)
    except BadInput:
        return False
    return True


HISTORY = st.builds(
    lambda seats, chain, expiry, editor, steps: play(opened(seats, chain, expiry, editor), steps),
    SEATS,
    CHAIN,
    st.sampled_from(Expiry),
    st.sampled_from([None, *PEOPLE[2:]]),
    STEPS,
)


@settings(max_examples=150, deadline=None)
@given(HISTORY)
def test_every_allowed_history_is_borne_out(history: History) -> None:
    """A rule of answering that the check does not know would lock people out of what they rightly signed."""
    review, _ = history
    approvals = [item for item in review.signatures if item.type is AnswerType.APPROVE]
    assert len({item.human for item in approvals}) == len(approvals)
    assert "mara" not in {item.human for item in approvals}
    if review.state is ReviewState.APPROVED:
        assert sorted(item.role for item in approvals) == sorted(review.seats)
        assert len(review.seats) == 1 or review.editor_human not in {item.human for item in approvals}


TURNS = st.sampled_from(["drop", "double", "swap", "role", "right", "user", "human", "type", "to", "message", "state"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(HISTORY, TURNS, st.data())
def test_no_other_history_is(history: History, turn: str, data: st.DataObject) -> None:
    """Each signature covers who, as what, by which right, when, how and to whom; and their order is what happened."""
    review, sealed = history
    assume(sealed)
    changed = turned(review, turn, data)
    assume(
        canonicalize([item.record() for item in changed.signatures]) != canonicalize(_records(review))
        or turn == "state"
    )
    assume(changed != review)
    with pytest.raises(Tampered):
        check_review(changed, sealed, KEYS)
    if turn == "drop":
        return  # an earlier moment is a sound history too; that it is not the last one, the log's seals tell
    resealed = [replace(item, signature=mine) for item, mine in zip(sealed, changed.signatures, strict=False)]
    with pytest.raises(Tampered):
        check_review(changed, resealed, KEYS)


def _records(review: Review) -> list[dict[str, str]]:
    return [item.record() for item in review.signatures]


def turned(review: Review, turn: str, data: st.DataObject) -> Review:
    """The review with one thing about its answers changed."""
    answers = list(review.signatures)
    place = data.draw(st.integers(0, len(answers) - 1))
    other = data.draw(st.sampled_from(PEOPLE))
    match turn:
        case "drop":
            del answers[place]
        case "double":
            answers.insert(place, answers[place])
        case "swap":
            answers.reverse()
        case "state":
            ended = data.draw(st.sampled_from(list(ReviewState)))
            assume(ended not in (review.state, ReviewState.EXPIRED, ReviewState.LAPSED, ReviewState.WITHDRAWN))
            return replace(review, state=ended)
        case "user":
            answers[place] = replace(answers[place], user_id=other.user_id)
        case "human":
            answers[place] = replace(answers[place], human=other.human)
        case "to":
            answers[place] = replace(answers[place], to=other.user_id)
        case "type":
            answers[place] = replace(answers[place], type=data.draw(st.sampled_from(AnswerType)))
        case _:
            other_word: dict[str, Any] = {turn: data.draw(st.sampled_from(["lead", "cfo", "no", ""]))}
            answers[place] = replace(answers[place], **other_word)
    return replace(review, signatures=tuple(answers))
