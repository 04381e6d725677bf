"""A session: pauses, restarts, several reviews at once. What waits must never be lost, doubled or misanswered."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from clocks import Clock
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import Run, RunState
from countersign.policies.errors import BadInput, NotAllowed
from countersign.policies.review.review import Answer, AnswerType
from data_folder import MARA, TOM, copy_of, lose_checkpoints, open_core, open_door, orders, records, refunded

APPROVE = Answer(AnswerType.APPROVE)


@pytest.fixture(scope="module")
def untouched(untouched_on_each: Path) -> Path:
    return untouched_on_each


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def assistant(home: Path, clock: Clock) -> Iterator[Assistant]:
    with open_door(home, now=clock) as opened:
        yield opened


def test_a_pause_ends_with_the_signature(assistant: Assistant, home: Path, order: str) -> None:
    """The whole way: nothing is paid before the signature, once after it, and the reply says so."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    assert (turn.state, refunded(home, order)) == (RunState.WAITING, [])
    (review,) = turn.pending
    assert [item.review_id for item in assistant.waiting(as_user=MARA)] == [review.review_id]
    with pytest.raises(NotAllowed, match="separation of duties"):
        assistant.answer(review.review_id, "approve", as_user="mara.voss.admin")
    done = assistant.answer(review.review_id, "approve", as_user=TOM)
    assert done is not None
    assert (done.state, len(refunded(home, order))) == (RunState.DONE, 1)
    assert [message.role for message in assistant.history(as_user=MARA, thread=order)] == ["user", "assistant"]


@pytest.mark.parametrize("second", ["approve", "reject"])
def test_a_second_answer_is_refused(assistant: Assistant, home: Path, order: str, second: str) -> None:
    """A double click must not pay twice, and a late no must not look as if it had stopped anything."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    assistant.answer(turn.pending[0].review_id, "approve", as_user=TOM)
    with pytest.raises(BadInput, match="approved already"):
        assistant.answer(turn.pending[0].review_id, second, as_user="sven.pohlmann", message="no")
    assert len(refunded(home, order)) == 1


def test_a_rejection_stays(assistant: Assistant, home: Path, order: str) -> None:
    """Neither an approval afterwards nor catching up may turn a no into a payment."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    done = assistant.answer(turn.pending[0].review_id, "reject", as_user=TOM, message="the customer is mistaken")
    assert done is not None
    assert "the customer is mistaken" in done.reply
    with pytest.raises(BadInput, match="rejected already"):
        assistant.answer(turn.pending[0].review_id, "approve", as_user="sven.pohlmann")
    assistant.catch_up(as_user=MARA)
    assert refunded(home, order) == []


def test_a_new_message_leaves_what_waits_alone(assistant: Assistant, home: Path, fresh_orders: Iterator[str]) -> None:
    """Talking on must neither drop nor answer a request; the reply reminds of it."""
    first, second = next(fresh_orders), next(fresh_orders)
    waiting = assistant.send(f"refund order {first}", as_user=MARA, thread=first)
    said = assistant.send("thanks, and yes, go ahead", as_user=MARA, thread=first)
    assert waiting.pending[0].review_id in said.reply
    more = assistant.send(f"refund order {second}", as_user=MARA, thread=first)
    for turn, order in ((more, second), (waiting, first)):
        done = assistant.answer(turn.pending[0].review_id, "approve", as_user=TOM)
        assert done is not None
        assert (done.run, done.state, len(refunded(home, order))) == (turn.run, RunState.DONE, 1)


def test_the_requester_takes_it_back(assistant: Assistant, home: Path, order: str) -> None:
    """Withdrawing ends the run at once, with words."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    with pytest.raises(NotAllowed):
        assistant.withdraw(turn.pending[0].review_id, as_user=TOM)
    done = assistant.withdraw(turn.pending[0].review_id, as_user=MARA)
    assert done is not None
    assert "withdrawn" in done.reply
    assert refunded(home, order) == []


def test_an_overdue_request_ends_without_anybody(assistant: Assistant, home: Path, clock: Clock, order: str) -> None:
    """Escalation, then expiry, then a clear end; the next message in the thread finds it closed."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    clock.ahead = timedelta(days=2, minutes=1)
    assert turn.pending[0].review_id in [item.review_id for item in assistant.pending(as_user="karl.weiss")]
    clock.ahead = timedelta(days=4, minutes=2)
    ended = [caught for caught in assistant.catch_up(as_user=MARA) if caught.run == turn.run]
    clock.ahead = timedelta()
    assert "expired" in ended[0].reply
    assert refunded(home, order) == []


def test_a_restart_between_pause_and_signature_changes_nothing(untouched: Path, tmp_path: Path) -> None:
    """The process that asked is gone when the manager signs the next day."""
    home = copy_of(untouched, tmp_path / "home")
    order = orders(home, 15000, 60000)[0]
    with open_door(home) as before:
        turn = before.send(f"refund order {order}", as_user=MARA)
    with open_door(home) as after:
        done = after.answer(turn.pending[0].review_id, "approve", as_user=TOM)
        assert done is not None
        assert done.state is RunState.DONE
        assert after.core.services.audit.verify() > 5
    assert len(refunded(home, order)) == 1


def test_two_sessions_share_one_folder(assistant: Assistant, home: Path, order: str) -> None:
    """The manager's process answers what the agent's process asked."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    with open_door(home) as other:
        done = other.answer(turn.pending[0].review_id, "approve", as_user=TOM)
    assert done is not None
    assert (done.state, len(refunded(home, order))) == (RunState.DONE, 1)
    assert assistant.history(as_user=MARA, thread=order)[-1].text == done.reply


def test_work_whose_checkpoints_are_gone_ends_and_says_so(untouched: Path, tmp_path: Path) -> None:
    """What was shown to the reviewer is gone; beginning again could do something else under the old signature."""
    home = copy_of(untouched, tmp_path / "home")
    order = orders(home, 15000, 60000)[0]
    with open_door(home) as before:
        turn = before.send(f"refund order {order}", as_user=MARA)
    lose_checkpoints(home)
    with open_door(home) as after:
        (ended,) = after.catch_up(as_user=MARA)
        assert ended.state is RunState.FAILED
        assert "are gone, so it cannot go on. It had begun no effect." in ended.reply
        with pytest.raises(BadInput, match="withdrawn already"):
            after.answer(turn.pending[0].review_id, "approve", as_user=TOM)
        again = after.send(f"refund order {order}", as_user=MARA)
        assert again.pending
    assert refunded(home, order) == []


def test_someone_who_left_gets_nothing_done(untouched: Path, tmp_path: Path) -> None:
    """A requester who is no longer in the directory when the signature comes must not be paid for."""
    home = copy_of(untouched, tmp_path / "home")
    order = orders(home, 15000, 60000)[0]
    with open_door(home) as assistant:
        turn = assistant.send(f"refund order {order}", as_user=MARA)
        records(home, "UPDATE employees SET active = 0 WHERE user_id = ?", MARA)
        done = assistant.answer(turn.pending[0].review_id, "approve", as_user=TOM)
        assert done is not None
        assert done.state is RunState.FAILED
        assert "Traceback" not in done.reply
    assert refunded(home, order) == []


async def test_a_signature_that_comes_while_the_run_is_held_wakes_it(
    home: Path, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the pause and letting go of the run nobody else can take it; the one who holds it must look again."""
    assistant = open_core(home)
    kept, said = assistant.conversations.wait, []

    def sign_and_wait(run: Run, checkpoints: str | None = None) -> None:
        (review,) = assistant.services.reviews.find(tenant="halden-birch", run=run.run)
        said.append(asyncio.run_coroutine_threadsafe(sign(review.review_id), loop))
        reviewer = assistant.principal(TOM)
        assistant.services.reviews.answer(review.review_id, reviewer, APPROVE, assistant.services.now())
        kept(run, checkpoints)

    async def sign(review_id: str) -> None:
        with pytest.raises(BadInput, match="approved already"):
            await assistant.answer(review_id, APPROVE, as_user="sven.pohlmann")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(assistant.conversations, "wait", sign_and_wait)
    turn = await assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    await asyncio.wrap_future(said[0])
    assistant.close()
    assert (turn.state, len(refunded(home, order))) == (RunState.DONE, 1)


def test_ten_managers_click_at_once(assistant: Assistant, home: Path, order: str) -> None:
    """One signature, one payment, nine clear refusals."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)

    def click(user: str) -> str:
        try:
            done = assistant.answer(turn.pending[0].review_id, "approve", as_user=user)
        except BadInput:
            return "late"
        return "nothing" if done is None else str(done.state)

    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(click, [TOM, "sven.pohlmann"] * 5))
    assert sorted(said) == ["done", *["late"] * 9]
    assert len(refunded(home, order)) == 1


def test_breaking_off_a_stream_loses_nothing(assistant: Assistant, home: Path, order: str) -> None:
    """Ctrl-C in the middle: the message stands, and the next one in the thread finishes the work."""
    for event in assistant.stream(f"refund order {order}", as_user=MARA, thread=order):
        if event.kind == "decision":
            break
    caught = [
        event for event in assistant.stream("thanks", as_user=MARA, thread=order) if event.kind in ("caught_up", "turn")
    ]
    assert [event.kind for event in caught] == ["caught_up", "turn"]
    (review,) = [item for item in assistant.waiting(as_user=MARA) if order in item.summary]
    assistant.answer(review.review_id, "approve", as_user=TOM)
    assert len(refunded(home, order)) == 1
