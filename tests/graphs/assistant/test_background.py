"""What people answer is learned in the background: nobody waits for it, no crash loses it, and it is learned once."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Timer, current_thread, main_thread
from time import monotonic

import pytest
from countersign.graphs import Assistant
from countersign.graphs.assistant.background import BackgroundJob
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import StorageError
from countersign.policies.review.review import Answer, AnswerType
from countersign.tools.learning.examples import ExampleStore, LearningExample
from countersign.tools.learning.loop import LearningLoop
from data_folder import MARA, TOM, copy_of, open_core, open_door, orders
from first_answer_process import LEARNING_SECONDS
from learning_loop import PEOPLE, TENANT, example, fresh, weaken
from process_group import run_together

SUPPORT = Path(__file__).parents[2] / "support"
PATIENCE_SECONDS = 30.0
APPROVE = Answer(AnswerType.APPROVE)
AT_ONCE = 2


@pytest.fixture(scope="module")
def waiting(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A closed data folder in which refunds wait for signatures, and the ids of their reviews."""
    home = copy_of(untouched, tmp_path_factory.mktemp("learning") / "home")
    with open_door(home) as assistant:
        asked = [
            assistant.send(f"refund order {order}", as_user=MARA, thread=order)
            for order in orders(home, 15000, 60000)[:AT_ONCE]
        ]
    return home, [turn.pending[0].review_id for turn in asked]


@pytest.fixture
def home(waiting: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """A copy of one's own."""
    return copy_of(waiting[0], tmp_path / "home")


@pytest.fixture
def reviews(waiting: tuple[Path, list[str]]) -> list[str]:
    return waiting[1]


def run(script: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """One of the scripts in ``tests/support``, as a process of its own."""
    return subprocess.run(
        [sys.executable, str(SUPPORT / script), *words],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def learned(home: Path) -> Counter[str]:
    """How often each review was learned, by the log; the rows must say the same."""
    core = open_core(home)
    try:
        assert core.services.learning is not None
        kept = core.services.learning.examples.find(TENANT)
        logged = [
            example_id
            for record in core.services.audit.records(kind="learn.examples")
            for example_id in record.data["examples"]
        ]
        assert sorted(item.example_id for item in kept.examples) == sorted(logged)
        assert kept.doubtful == 0
        core.services.audit.verify()
        return Counter(item.source for item in kept.examples)
    finally:
        core.close()


def test_the_loop_goes_on_while_an_answer_is_learned_from(home: Path, reviews: list[str]) -> None:
    """Everybody else's turn would stand still, as it did for 0.9 s at the first answer after opening."""
    ran = run("first_answer_process.py", str(home), reviews[0])
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["stood"] < LEARNING_SECONDS / 2
    assert found["on_the_loop"] == [], "imports stop the loop like anything else"
    assert learned(home) == {reviews[0]: 1}


def test_an_answer_does_not_wait_for_learning(home: Path, reviews: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The turn comes back while the background has not even begun to end."""
    begun, may_end, threads = Event(), Event(), []
    tend = LearningLoop.tend

    def slowly(self: LearningLoop) -> None:
        threads.append(current_thread())
        begun.set()
        assert may_end.wait(PATIENCE_SECONDS)
        tend(self)

    monkeypatch.setattr(LearningLoop, "tend", slowly)
    with open_door(home) as assistant:
        turn = assistant.answer(reviews[0], "approve", as_user=TOM)
        assert turn is not None
        assert turn.state is RunState.DONE
        assert begun.wait(PATIENCE_SECONDS)
        assert assistant.core.learner is not None
        assert not assistant.core.learner.wait(0)
        assert assistant.history(as_user=MARA, thread="other") == [], "others are served meanwhile"
        may_end.set()
    assert [thread.name for thread in threads] == ["Learning"]
    assert main_thread() not in threads


def test_closing_right_after_an_answer_loses_nothing(home: Path, reviews: list[str]) -> None:
    """A command that answers and ends is the usual case; what was said must count without another one."""
    with open_door(home) as assistant:
        assistant.answer(reviews[0], "approve", as_user=TOM)
    assert learned(home) == {reviews[0]: 1}


def test_closing_does_not_wait_for_ever(home: Path, reviews: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that somebody holds would keep the process alive; the next one learns what is left."""
    may_end, ended = Event(), Event()

    def stuck(_: LearningLoop) -> None:
        may_end.wait(PATIENCE_SECONDS)
        ended.set()

    with monkeypatch.context() as held:
        held.setattr(LearningLoop, "tend", stuck)
        held.setattr(BackgroundJob.close, "__defaults__", (0.05,))
        assistant = open_door(home)
        assistant.answer(reviews[0], "approve", as_user=TOM)
        assistant.close()
        assert not ended.is_set()
    may_end.set()
    assert ended.wait(PATIENCE_SECONDS)
    assert learned(home) == {}
    goes_on(home)
    assert learned(home) == {reviews[0]: 1}


async def test_the_loop_goes_on_while_one_closes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that closes one assistant would answer nobody for as long as learning takes."""
    may_end = Event()
    monkeypatch.setattr(LearningLoop, "tend", lambda _: may_end.wait(PATIENCE_SECONDS))
    core = open_core(home)
    assert core.learner is not None
    core.learner.ask()
    closing = asyncio.create_task(core.aclose())
    with pytest.raises(TimeoutError):  # the timer is heard, so the loop runs
        await asyncio.wait_for(asyncio.shield(closing), 0.05)
    may_end.set()
    await asyncio.wait_for(closing, PATIENCE_SECONDS)
    with pytest.raises(StorageError, match="was closed"):
        core.records(run="any")


@pytest.mark.parametrize("when", ["woken", "found", "kept"])
def test_killed_before_it_was_learned(home: Path, reviews: list[str], when: str) -> None:
    """The answer stands, so the next process must learn from it, once, wherever the first one died."""
    ran = run("learning_crash_process.py", str(home), reviews[0], when)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert learned(home) == ({reviews[0]: 1} if when == "kept" else {})
    for _ in range(2):
        goes_on(home)
        assert learned(home) == {reviews[0]: 1}


def goes_on(home: Path) -> None:
    """Opens the folder until its timer has come round; nobody answers anything."""
    tend, done = LearningLoop.tend, Event()

    def told(self: LearningLoop) -> None:
        tend(self)
        done.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LearningLoop, "tend", told)
        with Assistant(open_core(home), every=0.02):
            assert done.wait(PATIENCE_SECONDS)


def test_processes_at_once_learn_each_answer_once(home: Path, reviews: list[str]) -> None:
    """Two copies of one answer would weigh like two people's."""
    core = open_core(home)
    for review in reviews:
        core.services.reviews.answer(review, core.principal(TOM), APPROVE, core.services.now())
    core.close()
    run_together([[str(SUPPORT / "learning_race_process.py"), str(home)]] * AT_ONCE)
    assert learned(home) == dict.fromkeys(reviews, 1)


def test_processes_at_once_adopt_a_signed_model_once(home: Path) -> None:
    """Each of them sees the signature; the model comes into force once, and nobody is told of an error."""
    pytest.importorskip("sklearn")
    core = open_core(home)
    learning, now = core.services.learning, datetime.now(UTC)
    assert learning is not None
    weaken(learning.standings, now)
    learning.examples.add(example(case, PEOPLE[place % 4], at=now) for place, case in enumerate(fresh(400)))
    (ran,) = learning.run(core.principal("pia.lorenz"), ["fraud"])
    assert ran.state == "waits", ran
    core.services.reviews.answer(ran.review_id, core.principal(TOM), APPROVE, core.services.now())
    core.close()
    run_together([[str(SUPPORT / "learning_race_process.py"), str(home)]] * AT_ONCE)
    core = open_core(home)
    adopted = [r for r in core.services.audit.records(kind="model") if r.data.get("review_id") == ran.review_id]
    core.close()
    assert len(adopted) == 1


def test_a_signed_model_is_in_force_without_another_command(home: Path) -> None:
    """Who signs sees it at work, also within the ten minutes in which nothing else is collected."""
    pytest.importorskip("sklearn")
    with open_door(home) as assistant:
        learning, now = assistant.core.services.learning, datetime.now(UTC)
        learner = assistant.core.learner
        assert learning is not None
        assert learner is not None
        weaken(learning.standings, now)
        learner.ask()
        learning.examples.add(example(case, PEOPLE[place % 4], at=now) for place, case in enumerate(fresh(400)))
        (ran,) = learning.run(assistant.principal("pia.lorenz"), ["fraud"])
        assert learner.wait(PATIENCE_SECONDS)
        assistant.answer(ran.review_id, "approve", as_user=TOM)
        assert learner.wait(PATIENCE_SECONDS)
        assert learning.standings.get_standing(TENANT, "fraud").in_force != "shipped"
        assert learning.standings.changes(TENANT, "fraud")[-1].data["review_id"] == ran.review_id


def test_what_goes_wrong_reaches_the_log_and_not_who_answered(
    home: Path, reviews: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer stands; a person told of an error would give it again. The next one learns both."""

    def broken(*_: object) -> None:
        raise RuntimeError("unforeseen")

    with open_door(home) as assistant:
        learner = assistant.core.learner
        assert learner is not None
        with monkeypatch.context() as failing, caplog.at_level(logging.WARNING):
            failing.setattr(LearningLoop, "check", broken)
            failing.setattr(LearningLoop, "collect", broken)
            turn = assistant.answer(reviews[0], "approve", as_user=TOM)
            assert turn is not None
            assert turn.state is RunState.DONE
            assert learner.wait(PATIENCE_SECONDS)
        assert "Learning was not done and is tried again later: unforeseen" in caplog.text
        assistant.answer(reviews[1], "approve", as_user=TOM)
        assert learner.wait(PATIENCE_SECONDS)
    assert learned(home) == {reviews[0]: 1, reviews[1]: 1}


def test_what_was_not_learned_yet_is_forgotten_too(home: Path, reviews: list[str]) -> None:
    """Somebody who is forgotten must not come back with what the background had not reached."""
    from countersign.graphs.assistant.erasure import erase_traces

    core = open_core(home)
    review = core.services.reviews.answer(reviews[0], core.principal(TOM), APPROVE, core.services.now())
    customer = review.shown["customer"]["customer_id"]
    assert erase_traces(core, core.principal("pia.lorenz"), customer).examples == 1
    assert core.services.learning is not None
    core.services.learning.catch_up(TENANT)
    assert core.services.learning.examples.find(TENANT).examples == ()
    core.close()


def test_of_many_examples_the_oldest_are_kept_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on from the newest that it kept: broken off between, older ones would never be looked at again."""
    core = open_core(home)
    assert core.services.learning is not None
    batches: list[list[str]] = []
    add = ExampleStore._add

    def told(self: ExampleStore, batch: Sequence[LearningExample]) -> int:
        batches.append([item.at for item in batch])
        return add(self, batch)

    monkeypatch.setattr(ExampleStore, "_add", told)
    days = [datetime(2026, 1, 1 + place % 28, tzinfo=UTC) for place in range(600)]
    core.services.learning.examples.add(example(case, TOM, at=at) for case, at in zip(fresh(600), days, strict=True))
    core.close()
    assert len(batches) == 2
    assert max(batches[0]) <= min(batches[1])


def test_a_job_that_is_asked_for_while_it_runs_runs_once_more() -> None:
    """What came after it had looked must be seen too, and a hundred askers must not make a hundred runs."""
    runs, begun, may_end = [], Event(), Event()

    def work() -> None:
        runs.append(1)
        begun.set()
        may_end.wait(PATIENCE_SECONDS)

    job = BackgroundJob("Test", work)
    job.ask()
    assert begun.wait(PATIENCE_SECONDS)
    for _ in range(100):
        job.ask()
    assert not job.wait(0.01)
    may_end.set()
    assert job.wait(PATIENCE_SECONDS)
    assert len(runs) == 2
    job.ask()
    assert job.close()
    assert len(runs) == 3
    job.ask()
    assert job.wait(0)
    assert len(runs) == 3, "a closed one begins nothing"


def test_a_job_whose_thread_was_broken_off_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would count as running for ever: nothing would be learned any more, and closing would wait in vain."""
    broken_off = Event()
    monkeypatch.setattr("threading.excepthook", lambda _: broken_off.set())
    runs, may_end = [], Event()

    def work() -> None:
        runs.append(1)
        if len(runs) == 1:
            assert may_end.wait(PATIENCE_SECONDS)
            raise KeyboardInterrupt

    job = BackgroundJob("Test", work)
    job.ask()
    Timer(0.05, may_end.set).start()
    begun = monotonic()
    assert not job.wait(PATIENCE_SECONDS), "what was broken off is not done"
    assert broken_off.wait(PATIENCE_SECONDS)
    assert monotonic() - begun < PATIENCE_SECONDS / 2, "nobody waits for a thread that has ended"
    job.ask()
    assert job.close()
    assert len(runs) == 2
