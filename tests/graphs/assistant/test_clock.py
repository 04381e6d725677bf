"""Deadlines run without anybody: any open process does what is due, and goes on with what others left behind."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clocks import Clock
from countersign.app import langgraph_server
from countersign.graphs import Assistant
from countersign.graphs.assistant.clock import keep_time
from countersign.graphs.runtime.run import RunState
from countersign.memory.records.items import NewMemory
from countersign.policies.errors import StorageError
from countersign.policies.review.records import table
from countersign.policies.review.review import Answer, AnswerType, Review, ReviewState
from countersign.policies.storage.database import begin_write
from data_folder import MARA, TOM, copy_of, open_core, orders, refunded
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from sqlalchemy import update

PATIENCE_SECONDS = 30.0
APPROVE = Answer(AnswerType.APPROVE)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Path:
    return copy_of(untouched, tmp_path / "home")


@pytest.fixture
def assistant(home: Path, clock: Clock) -> Iterator[Assistant]:
    with Assistant(open_core(home, now=clock), every=0.05) as opened:
        yield opened


def until(happened: Callable[[], bool]) -> None:
    """Waits for what a timer must do by itself."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "the timer did not do it"
        time.sleep(0.02)


def ask(assistant: Assistant, order: str) -> Review:
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    return turn.pending[0]


def test_an_unanswered_review_reminds_escalates_and_ends_by_itself(
    assistant: Assistant, home: Path, clock: Clock
) -> None:
    """Nobody calls anything; the reminder, the next role, the end and the reply all come."""
    order = orders(home, 15000, 60000)[0]
    review = ask(assistant, order)
    reviews = assistant.core.services.reviews
    assert review.follow_up_at is not None
    clock.ahead = review.follow_up_at - clock() + timedelta(minutes=1)
    until(lambda: reviews.get(review.review_id).reminders == 1)
    clock.ahead += timedelta(days=2)
    until(lambda: reviews.get(review.review_id).level == 1)
    clock.ahead += timedelta(days=3)
    until(lambda: reviews.get(review.review_id).state is ReviewState.EXPIRED)
    until(lambda: "expired" in assistant.history(as_user=MARA, thread=order)[-1].text)
    assert refunded(home, order) == []


def test_what_another_process_signed_goes_on(assistant: Assistant, home: Path) -> None:
    """A reviewer's process may end right after the signature; any other one does the work then."""
    order = orders(home, 15000, 60000)[0]
    review = ask(assistant, order)
    other = open_core(home)
    other.services.reviews.answer(review.review_id, other.principal(TOM), APPROVE, other.services.now())
    other.close()
    until(lambda: refunded(home, order) != [])
    until(lambda: len(assistant.history(as_user=MARA, thread=order)) == 2)
    assert len(refunded(home, order)) == 1


def test_what_a_full_disk_broke_off_goes_on_in_the_same_process(
    assistant: Assistant, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that could not even be let go of must not wait until the server is started anew."""
    order = orders(home, 15000, 60000)[0]
    review = ask(assistant, order)

    def full(*_args: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as disk:
        for name in ("end", "release"):
            disk.setattr(assistant.core.conversations, name, full)
        with pytest.raises(StorageError):
            assistant.answer(review.review_id, "approve", as_user=TOM)
    until(lambda: len(assistant.history(as_user=MARA, thread=order)) == 2)
    assert "Refunded" in assistant.history(as_user=MARA, thread=order)[-1].text
    assert len(refunded(home, order)) == 1


async def test_the_timer_outlives_what_nobody_foresaw() -> None:
    """One error of another kind would otherwise end all deadlines, and say nothing."""
    looks, enough = 0, asyncio.Event()

    async def catch_up() -> None:
        nonlocal looks
        looks += 1
        if looks > 1:
            enough.set()
        raise RuntimeError("unforeseen")

    task = asyncio.create_task(keep_time(SimpleNamespace(catch_up=catch_up), 0.01))  # type: ignore[arg-type]
    await asyncio.wait_for(enough.wait(), PATIENCE_SECONDS)
    task.cancel()


def test_deadlines_pass_while_nothing_is_open(home: Path, clock: Clock) -> None:
    """The timer survives restarts, because what is due stands in the database."""
    order = orders(home, 15000, 60000)[0]
    with Assistant(open_core(home, now=clock)) as before:
        review = ask(before, order)
    clock.ahead = timedelta(days=3)
    with Assistant(open_core(home, now=clock), every=0.05) as after:
        until(lambda: after.core.services.reviews.get(review.review_id).level == 1)
        clock.ahead = timedelta(days=9)
        until(lambda: after.core.conversations.list_unfinished() == [])


def test_a_run_that_cannot_go_on_stops_no_other(assistant: Assistant, home: Path, clock: Clock) -> None:
    """One damaged review must not keep everybody else waiting for ever."""
    damaged, sound = orders(home, 15000, 60000)[:2]
    first, second = ask(assistant, damaged), ask(assistant, sound)
    core = assistant.core
    with begin_write(core.conversations._engine) as connection:
        connection.execute(update(table).where(table.c.review_id == first.review_id).values(summary="Refund nothing"))
        connection.execute(update(table).where(table.c.review_id == first.review_id).values(decision="{}"))
    core.services.reviews.answer(second.review_id, core.principal(TOM), APPROVE, clock())
    until(lambda: refunded(home, sound) != [])
    assert refunded(home, damaged) == []


def test_nobody_reads_the_replies_of_others_by_catching_up(home: Path) -> None:
    """Catching up does everybody's work, and tells each person their own only."""
    order = orders(home, 15000, 60000)[0]
    with Assistant(open_core(home)) as assistant:
        review = ask(assistant, order)
        core = assistant.core
        core.services.reviews.answer(review.review_id, core.principal(TOM), APPROVE, core.services.now())
        assert assistant.catch_up(as_user="karl.weiss") == []
        assert len(refunded(home, order)) == 1
        (run,) = [core.conversations.find_run(review.proposal.run)]
        assert run is not None
        assert run.state is RunState.DONE


async def test_what_waits_at_a_server_is_done_once(home: Path) -> None:
    """The timer goes on with a server's run on its own checkpoints; whoever comes second finds it done."""
    core = open_core(home)
    order = orders(home, 15000, 60000)[0]
    graph = langgraph_server.build_server_graph(core).copy(update={"checkpointer": InMemorySaver()})

    async def feed(given: Any, user: str) -> Any:
        who = SimpleNamespace(identity=user)
        return await graph.ainvoke(given, {"configurable": {"thread_id": "1", langgraph_server.USER_KEY: who}})

    (pause,) = (await feed({"text": f"refund order {order}"}, MARA))["__interrupt__"]
    review_id = pause.value["review_id"]
    for _ in range(2):
        await core.catch_up()
    assert core.services.reviews.get(review_id).state is ReviewState.OPEN
    core.services.reviews.answer(review_id, core.principal(TOM), APPROVE, core.services.now())
    await core.catch_up()
    assert len(refunded(home, order)) == 1
    done = await feed(Command(resume={pause.id: {"settled": True}}), MARA)
    assert "Refunded" in done["reply"]
    assert len(refunded(home, order)) == 1
    core.services.audit.verify()
    core.close()


async def test_what_may_be_kept_no_longer_leaves_the_database(home: Path, clock: Clock) -> None:
    """Expired items would be hidden and lie on the disk for ever."""
    core = open_core(home, now=clock)
    memory, mara = core.services.memory, core.principal(MARA)
    for retention in ("temporary", "long-term"):
        memory.remember(mara, NewMemory(f"said {retention}", retention=retention, visibility="org"), now=clock())
    before = len(memory.rows.scan(memory.scope(mara)))
    await core.catch_up()
    assert len(memory.rows.scan(memory.scope(mara))) == before
    clock.ahead = timedelta(days=2)
    await core.catch_up()
    assert len(memory.rows.scan(memory.scope(mara, now=clock() - timedelta(days=2)))) == before - 1
    core.close()
