"""A process that is killed at any durable step: nothing is lost, nothing happens twice, and the next one goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.policies.review.review import ReviewState
from data_folder import MARA, TOM, copy_of, open_door, refunded

SUPPORT = Path(__file__).parents[2] / "support"
ORDER = "ORD-8841"
SEND, APPROVE = range(1, 30), range(1, 25)
EVERY = os.environ.get("COUNTERSIGN_EVERY_CRASH") == "1"  # all steps instead of a sample: some minutes


def killed(home: Path, step: int, command: str, what: str) -> None:
    """Runs a process that dies at a step; a step beyond the last one is no crash."""
    ran = subprocess.run(
        [sys.executable, str(SUPPORT / "crash_process.py"), str(home), str(step), command, what],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode in (-signal.SIGKILL, 0), ran.stderr


def settle(home: Path) -> None:
    """What people do after a crash: start again, see what waits, sign it."""
    with open_door(home) as assistant:
        assistant.catch_up(as_user=MARA)
        for review in assistant.pending(as_user=TOM):
            assistant.answer(review.review_id, "approve", as_user=TOM)
        proven(assistant, home)


def proven(assistant: Assistant, home: Path) -> None:
    core = assistant.core
    assert refunded(home, ORDER) == [38900]
    assert core.conversations.list_unfinished("halden-birch") == []
    assert core.saver.threads() == []
    history = assistant.history(as_user=MARA)
    assert [message.role for message in history] == ["user", "assistant"]
    assert "Refunded **389.00 EUR**" in history[-1].text
    states = [review.state for review in core.services.reviews.find(tenant="halden-birch", state=None)]
    assert states == [ReviewState.APPROVED]
    kinds = [record.kind for record in core.services.audit.records()]
    assert (kinds.count("review.answered"), kinds.count("effect.succeeded"), kinds.count("reply")) == (1, 1, 1)
    core.services.audit.verify()


@pytest.mark.parametrize("step", SEND if EVERY else (2, 10, 17, 22, 29))
def test_killed_while_asking(untouched: Path, tmp_path: Path, step: int) -> None:
    """The request stands or it does not; it is never half there."""
    home = copy_of(untouched, tmp_path / "home")
    killed(home, step, "send", f"refund order {ORDER}")
    with open_door(home) as assistant:
        if not assistant.history(as_user=MARA):
            assistant.send(f"refund order {ORDER}", as_user=MARA)
    settle(home)


@pytest.fixture(scope="module")
def waiting(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A closed data folder in which one refund waits for its signature."""
    home = copy_of(untouched, tmp_path_factory.mktemp("crash") / "home")
    with open_door(home) as assistant:
        turn = assistant.send(f"refund order {ORDER}", as_user=MARA)
        assert turn.state is RunState.WAITING
    return home, turn.pending[0].review_id


@pytest.mark.parametrize("step", APPROVE if EVERY else (1, 5, 7, 8, 11, 14, 20, 23))
def test_killed_while_signing_and_paying(waiting: tuple[Path, str], tmp_path: Path, step: int) -> None:
    """Between the signature, the start, the payment and its record: one payment, whatever came last."""
    home = copy_of(waiting[0], tmp_path / "home")
    killed(home, step, "approve", waiting[1])
    settle(home)
