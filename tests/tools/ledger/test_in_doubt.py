"""Effects of which nobody knows whether they happened: a person is asked, once, and the answer is the truth then."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from countersign.policies.errors import BadInput, NotAllowed, StorageError, Unavailable
from countersign.policies.review.review import Answer, AnswerType, Review, ReviewState
from countersign.tools.ledger.ledger import EffectState, LedgerEntry
from countersign.tools.outcome import Grant, Outcome, Status
from databases import Databases
from scripted_system import Small, Told, acts_then_fails, does, fails
from services import NOW, Office

MARA, KARL = "mara.voss", "karl.weiss"
YES = Answer(AnswerType.APPROVE, "It stands in the bank's list.")
NO = Answer(AnswerType.REJECT, "The bank has nothing.")


@pytest.fixture
def office(tmp_path: Path, company_file: Path, databases: Databases) -> Iterator[Office]:
    databases.url(tmp_path / "countersign.db")
    system = Small(acts_then_fails(Unavailable("the line is down")), does)
    opened = Office.open(tmp_path, company_file, [system.spec(idempotent=False, reconcile=False)])
    yield opened
    opened.close()


def call(office: Office) -> Outcome:
    return office.call(MARA, "small.act")


def entry(office: Office) -> LedgerEntry:
    found = office.ledger.get(office.propose(MARA, "small.act", {}).digest)
    assert found is not None
    return found


def asked(office: Office) -> Review:
    outcome = call(office)
    assert outcome.status is Status.IN_DOUBT
    return office.reviews.get(outcome.review_id)


def test_a_person_is_asked_once(office: Office) -> None:
    """Without anybody to look, money would be lost or paid twice; asked ten times, nobody would look."""
    review = asked(office)
    assert (review.seats, review.state, review.requester) == (("controller",), ReviewState.OPEN, MARA)
    assert "the line is down" in review.describe()
    assert asked(office).review_id == review.review_id
    assert len(office.reviews.find(tenant=review.proposal.tenant)) == 1


def test_a_yes_is_the_end_of_it(office: Office) -> None:
    """What the person found is what every replay gets; the call is not made again."""
    office.reviews.answer(asked(office).review_id, office.who(KARL), YES, NOW)
    outcome = call(office)
    assert (outcome.status, outcome.ok, outcome.value) == (Status.CONFIRMED, False, {})
    assert "karl.weiss looked: it happened. It stands in the bank's list." in outcome.message
    found = entry(office)
    assert (found.state, found.settled_by) == (EffectState.SUCCEEDED, asked_id(office))
    assert (call(office).status, found.attempts) == (Status.CONFIRMED, 1)


def asked_id(office: Office) -> str:
    (review,) = office.reviews.find(tenant="halden-birch", state=None)
    return review.review_id


def test_a_no_uses_up_the_grant(office: Office) -> None:
    """Nothing is repeated behind anybody's back; who still wants it asks again."""
    office.reviews.answer(asked(office).review_id, office.who(KARL), NO, NOW)
    outcome = call(office)
    assert (outcome.status, entry(office).state) == (Status.FAILED, EffectState.FAILED)
    assert "it did not happen. The bank has nothing." in outcome.message
    assert (call(office).status, entry(office).attempts) == (Status.FAILED, 1)


def test_the_requester_does_not_say_whether_it_happened(office: Office) -> None:
    """A refund that the requester may declare undone is paid twice."""
    review = asked(office)
    for answer in (YES, NO):
        with pytest.raises(NotAllowed):
            office.reviews.answer(review.review_id, office.who(MARA), answer, NOW)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(AnswerType.EDIT, "", {"effect": "0" * 64}),
        Answer(AnswerType.RESPOND, "perhaps"),
        Answer(AnswerType.CHANGES, "look again"),
    ],
)
def test_there_are_two_answers_only(office: Office, answer: Answer) -> None:
    """An edit of the question would be an answer to another one."""
    with pytest.raises(BadInput, match="whether something happened"):
        office.reviews.answer(asked(office).review_id, office.who(KARL), answer, NOW)


def test_the_question_is_not_withdrawn_and_does_not_lapse(office: Office) -> None:
    """Neither the requester, nor the end of the run, nor time makes it known whether money left."""
    review = asked(office)
    with pytest.raises(BadInput, match="whether something happened"):
        office.reviews.withdraw(review.review_id, office.who(MARA), NOW)
    office.reviews.abandon(review.proposal.run, review.proposal.tenant, "failed", NOW)
    office.reviews.sweep(NOW + timedelta(days=30))
    found = office.reviews.get(review.review_id)
    assert (found.state, found.overdue(NOW + timedelta(days=30))) == (ReviewState.OPEN, True)


def test_an_answer_that_a_crash_kept_from_the_ledger_is_written_down(office: Office) -> None:
    """The process may die between the signature and the ledger; the next look does the rest."""
    office.reviews.answer(asked(office).review_id, office.who(KARL), YES, NOW)
    assert entry(office).state is EffectState.IN_DOUBT
    for _ in range(2):
        office.registry.attend_doubts()
    assert entry(office).state is EffectState.SUCCEEDED
    kinds = [record.kind for record in office.audit.records() if record.kind.startswith("effect.")]
    assert kinds == ["effect.started", "effect.in_doubt", "effect.succeeded"]
    assert office.audit.verify() > 0


def test_a_doubt_about_which_nobody_was_asked_is_asked_about(office: Office) -> None:
    """The process may also die between the doubt and the question."""
    review = asked(office)
    assert office.ledger.list_in_doubt()[0].digest == review.proposal.args["effect"]
    office.registry.attend_doubts()
    assert len(office.reviews.find(tenant=review.proposal.tenant, state=None)) == 1


def test_the_system_may_tell_after_all(tmp_path: Path, company_file: Path, databases: Databases) -> None:
    """An answer of the system itself is better than a person's, and closes the question."""
    databases.url(tmp_path / "countersign.db")
    system = Small(acts_then_fails(Unavailable("gone")), fails(Unavailable("gone")))
    system.silent = True
    office = Office.open(tmp_path, company_file, [system.spec(idempotent=False)])
    review = asked(office)
    system.silent = False
    outcome = call(office)
    assert (outcome.status, entry(office).settled_by) == (Status.SUCCEEDED, "system")
    assert office.reviews.get(review.review_id).state is ReviewState.WITHDRAWN
    with pytest.raises(BadInput, match="already"):
        office.reviews.answer(review.review_id, office.who(KARL), NO, NOW)
    office.close()


@pytest.mark.parametrize("answer", ["garbage", {"count": "many"}, {"count": 1, "more": 2}])
def test_garbage_from_the_system_is_no_answer(
    tmp_path: Path, company_file: Path, databases: Databases, answer: object
) -> None:
    """A system that answers nonsense must not close the question; nobody would ever be asked again."""
    databases.url(tmp_path / "countersign.db")
    system = Small(acts_then_fails(Unavailable("gone")))
    office = Office.open(tmp_path, company_file, [system.spec(idempotent=False, retries=0)])
    system.look = lambda _key: answer  # type: ignore[method-assign, assignment, return-value]
    for _ in range(2):
        assert asked(office).state is ReviewState.OPEN
    office.reviews.answer(asked_id(office), office.who(KARL), NO, NOW)
    assert (call(office).status, entry(office).state) == (Status.FAILED, EffectState.FAILED)
    office.close()


def test_a_system_that_does_not_come_back_when_asked_leaves_the_doubt(
    tmp_path: Path, company_file: Path, databases: Databases
) -> None:
    """Asking whether it happened must not hold the run, and everybody behind it, for ever."""
    databases.url(tmp_path / "countersign.db")
    system, answered = Small(acts_then_fails(Unavailable("gone"))), Event()
    office = Office.open(tmp_path, company_file, [system.spec(idempotent=False, retries=0, timeout=0.2)])
    real = system.look
    system.look = lambda key: Told(count=int(answered.wait(3)))  # type: ignore[method-assign]  # noqa: ARG005
    began = time.monotonic()
    proposal = office.propose(MARA, "small.act", {})
    office.registry.decide(proposal)

    async def at_once() -> Outcome:
        outcome = await office.registry.execute(proposal, Grant(proposal.digest))
        answered.set()
        return outcome

    outcome = asyncio.run(at_once())
    assert (outcome.status, time.monotonic() - began < 3) == (Status.IN_DOUBT, True)
    system.look = real  # type: ignore[method-assign]
    assert call(office).status is Status.SUCCEEDED
    office.close()


def test_what_was_left_behind_is_asked_about(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk may fill just when the end is written down; the run ends, and the effect must not be forgotten."""
    real = office.ledger.finish

    def full(*_args: object, **_more: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(office.ledger, "finish", full)
    assert call(office).status is Status.IN_DOUBT
    monkeypatch.setattr(office.ledger, "finish", real)
    busy = {"run-1"}
    office.registry.attend_doubts(lambda _run: False)
    assert entry(office).state is EffectState.STARTED, "it may still be under way"
    monkeypatch.setattr("countersign.tools.ledger.entry.is_running", lambda _worker: False)
    office.registry.attend_doubts(busy.__contains__)
    assert entry(office).state is EffectState.STARTED, "its run finds out itself"
    busy.clear()
    office.registry.attend_doubts(busy.__contains__)
    assert entry(office).state is EffectState.IN_DOUBT
    assert "never recorded" in office.reviews.get(asked_id(office)).describe()
