"""Conversations and runs: messages are kept once, and a run belongs to exactly one process at a time."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from countersign.graphs.assistant.intake import make_thread_id
from countersign.graphs.runtime import conversations
from countersign.graphs.runtime.conversations import Conversations
from countersign.graphs.runtime.run import Run, RunState
from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed
from countersign.policies.storage.database import begin_write
from countersign.policies.storage.process import get_worker, is_running
from databases import Databases
from sqlalchemy import Engine, text

MARA = Principal("mara", "halden", frozenset({"support_agent"}))
OTHER = Principal("otto", "halden")
STRANGER = Principal("mara", "other")


@pytest.fixture
def engine(tmp_path: Path, databases: Databases) -> Engine:
    return databases.open(tmp_path / "talk.db")


@pytest.fixture
def talk(engine: Engine) -> Conversations:
    return Conversations(engine, AuditLog(engine))


@pytest.fixture
def run(talk: Conversations) -> Run:
    return talk.begin(MARA, "thread-1", "refund order 8841", [])


def held_by(engine: Engine, worker: str | None, state: RunState = RunState.RUNNING, lease: str = "9999") -> None:
    with begin_write(engine) as connection:
        statement = "UPDATE runs SET worker = :worker, state = :state, lease_until = :lease"
        connection.execute(text(statement), {"worker": worker, "state": state, "lease": lease})


def end(talk: Conversations, run: Run, said: str, asked: str = "") -> None:
    talk.end(run, RunState.DONE, said, {"citations": []}, asked)


def test_messages_stand_in_order_and_once(talk: Conversations, run: Run) -> None:
    """A reply that is written again after a crash must not appear twice."""
    end(talk, run, "Done.")
    end(talk, run, "Done again.")
    second = talk.begin(MARA, "thread-1", "thanks", [])
    end(talk, second, "You are welcome.")
    history = talk.history(MARA, "thread-1")
    assert [(item.seq, item.role, item.text) for item in history] == [
        (1, "user", "refund order 8841"),
        (2, "assistant", "Done."),
        (3, "user", "thanks"),
        (4, "assistant", "You are welcome."),
    ]
    assert [item.seq for item in talk.history(MARA, "thread-1", limit=2)] == [3, 4]
    assert talk.history(MARA, "nowhere") == []


def test_a_conversation_has_one_owner(talk: Conversations, run: Run) -> None:
    """Neither a colleague nor a user of the same name elsewhere may read it or write into it."""
    for other in (OTHER, STRANGER):
        with pytest.raises(NotAllowed):
            talk.history(other, run.thread)
        with pytest.raises(NotAllowed):
            talk.begin(other, run.thread, "hello", [])
        assert talk.list_threads(other) == []
    assert talk.list_threads(MARA) == ["thread-1"]


def test_what_was_asked_goes_to_the_next_message_only(talk: Conversations, run: Run) -> None:
    """An old question must not swallow a message that is not its answer."""
    end(talk, run, "Which order?", asked='{"field": "order_id"}')
    second = talk.begin(MARA, "thread-1", "8841", [])
    assert second.input["asked"] == '{"field": "order_id"}'
    end(talk, second, "Refunded.")
    assert talk.begin(MARA, "thread-1", "thanks", []).input["asked"] == ""


def test_outsiders_words_taint_all_that_follows(talk: Conversations, run: Run) -> None:
    """The next turn sees them in its history; another conversation does not."""
    talk.taint(run.thread)
    assert talk.begin(MARA, "thread-1", "and now?", []).input["tainted"] is True
    assert talk.begin(MARA, "thread-2", "and now?", []).input["tainted"] is False
    assert talk.begin(MARA, "thread-2", "here is a contract", ["DOC-1"]).input["tainted"] is False
    assert talk.begin(MARA, "thread-2", "and now?", []).input["tainted"] is True


def test_a_message_that_cannot_be_recorded_is_not_kept(talk: Conversations) -> None:
    """A message without its audit record would be work that nobody can prove."""
    with pytest.raises(BadInput):
        talk.begin(MARA, "thread-1", "broken \ud800", [])
    assert talk.history(MARA, "thread-1") == []
    assert talk.list_unfinished("halden") == []


def test_a_run_that_is_held_is_not_taken(talk: Conversations, run: Run) -> None:
    """Two processes at one run would propose, ask and reply twice."""
    assert talk.claim(run.run) is None
    talk.release(run)
    assert talk.claim(run.run) is not None
    assert talk.claim(run.run) is None


def test_a_run_that_waits_is_taken_once_of_many(talk: Conversations, run: Run) -> None:
    """Fifty reviewers' processes find the same settled review at the same moment."""
    talk.wait(run)
    with ThreadPoolExecutor(50) as pool:
        taken = [found for found in pool.map(talk.claim, [run.run] * 50) if found]
    assert len(taken) == 1


def test_a_run_that_ended_is_never_taken(talk: Conversations, run: Run) -> None:
    """Nothing may happen after the reply was given."""
    end(talk, run, "Done.")
    talk.wait(run)
    talk.release(run)
    assert talk.claim(run.run) is None
    assert talk.claim("run-unknown") is None
    ended = talk.find_run(run.run)
    assert ended is not None
    assert ended.state is RunState.DONE


def test_a_killed_process_gives_its_runs_free(talk: Conversations, engine: Engine, run: Run) -> None:
    """After a crash the next process must be able to go on at once."""
    code = "from countersign.policies.storage.process import get_worker; print(get_worker(), flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True)
    assert process.stdout is not None
    worker = process.stdout.readline().strip()
    held_by(engine, worker)
    assert talk.claim(run.run) is None
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, but its id not yet free
    assert talk.claim(run.run) is not None
    process.communicate()


def test_a_new_process_with_an_old_id_is_another_one(talk: Conversations, engine: Engine, run: Run) -> None:
    """In a container every restart has the same id; a run of the one before must not wait for ever."""
    host, pid, birth = get_worker().split(":")
    assert is_running(f"{host}:{pid}:{birth}")
    held_by(engine, f"{host}:{pid}:{int(birth) - 1}")
    assert talk.claim(run.run) is not None


@pytest.mark.parametrize(("silent", "taken"), [(False, False), (True, True)])
def test_a_machine_that_is_silent_for_too_long_loses_its_runs(
    talk: Conversations, engine: Engine, run: Run, silent: bool, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that is replaced has another host name; nobody can ask the old one."""
    if silent:
        monkeypatch.setattr(conversations, "LEASE", timedelta(seconds=-1))
    run = talk.begin(MARA, "thread-1", "again", [])
    with begin_write(engine) as connection:
        connection.execute(text("UPDATE runs SET worker = :worker"), {"worker": f"not-{socket.gethostname()}:1:1"})
    assert (talk.claim(run.run) is not None) is taken


def test_renewing_keeps_a_run(talk: Conversations, engine: Engine, run: Run) -> None:
    """The sign of life must reach the row that others look at, and only its own."""
    held_by(engine, get_worker(), lease="2020")
    talk.renew(run)
    renewed = talk.find_run(run.run)
    assert renewed is not None
    assert str(renewed.lease_until) > "2026"
    held_by(engine, "elsewhere:1:1", lease="2020")
    talk.renew(run)
    foreign = talk.find_run(run.run)
    assert foreign is not None
    assert foreign.lease_until == "2020"


@pytest.mark.parametrize("name", ["t" * 201, "a\nb", "a\0b", "\u202ea"])
def test_a_conversation_has_a_name_that_can_be_read(name: str) -> None:
    """It stands in all records of the log and in lists; 30,000 characters, or lines of its own, would forge them."""
    with pytest.raises(BadInput, match="one line of at most 200"):
        make_thread_id(MARA, name)
    assert make_thread_id(MARA, "Küche 7") == "halden/mara/Küche 7"
