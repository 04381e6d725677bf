"""Checkpoints: plain data only, gone with the end of their run, and never the reason for a crash."""

import asyncio
import pickle
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.checkpoint_seals import SealedSerializer
from countersign.graphs.runtime.checkpoints import LocalSaver, open_saver
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import StorageError, Tampered
from data_folder import MARA, TOM, copy_of, open_door, orders
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer


@dataclass
class Evil:
    """Stands for any class whose making could do harm."""

    made: str = "no"


@pytest.fixture
def saver(tmp_path: Path) -> Iterator[LocalSaver]:
    opened = open_saver(tmp_path / "checkpoints.db", key)
    yield opened
    opened.conn.close()


def key() -> bytes:
    """The secret of these tests."""
    return bytes(32)


def put(saver: LocalSaver, thread: str, value: Any) -> None:
    config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint() | {"channel_values": {"value": value}}
    asyncio.run(saver.aput(config, checkpoint, {}, {}))


def get(saver: LocalSaver, thread: str) -> Any:
    found = asyncio.run(saver.aget_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": ""}}))
    assert found is not None
    return found.checkpoint["channel_values"]["value"]


def test_plain_data_comes_back(saver: LocalSaver) -> None:
    """What a run knows must survive the pause unchanged."""
    value = {"text": "ä", "list": [1, None, True], "nested": {"a": {"b": "c"}}}
    put(saver, "run-1", value)
    assert get(saver, "run-1") == value


def test_no_class_is_made_from_a_checkpoint(saver: LocalSaver, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever can write the file must not be able to have code run when it is read (CVE-2026-28277)."""
    with saver.conn as connection:
        put(saver, "run-1", "harmless")
        evil = empty_checkpoint() | {"channel_values": {"value": Evil()}}
        kind, blob = SealedSerializer(key).dumps_typed(evil)
        connection.execute("UPDATE checkpoints SET type = ?, checkpoint = ?", (kind, blob))
    assert not isinstance(get(saver, "run-1"), Evil)
    assert "Blocked" in caplog.text


def test_no_pickle_is_read(saver: LocalSaver) -> None:
    """A pickle runs code by being read."""
    put(saver, "run-1", "harmless")
    with saver.conn as connection:
        connection.execute("UPDATE checkpoints SET type = 'pickle', checkpoint = ?", (pickle.dumps({"a": 1}),))
    with pytest.raises(Tampered):
        get(saver, "run-1")


def test_what_was_not_written_here_is_not_read(saver: LocalSaver) -> None:
    """Only this installation's key makes a checkpoint; one from elsewhere could say that people had agreed."""
    put(saver, "run-1", "harmless")
    for write in (JsonPlusSerializer().dumps_typed, SealedSerializer(lambda: b"another").dumps_typed):
        kind, blob = write(empty_checkpoint() | {"channel_values": {"value": "forged"}})
        with saver.conn as connection:
            connection.execute("UPDATE checkpoints SET type = ?, checkpoint = ?", (kind, blob))
        with pytest.raises(Tampered, match="not as it was written"):
            get(saver, "run-1")


def test_a_deleted_run_leaves_nothing(saver: LocalSaver) -> None:
    """What ended must not stay behind as a copy of everything that was read."""
    put(saver, "run-1", "a")
    put(saver, "run-2", "b")
    assert sorted(saver.threads()) == ["run-1", "run-2"]
    asyncio.run(saver.adelete_thread("run-1"))
    assert saver.threads() == ["run-2"]
    for table in ("checkpoints", "writes"):
        count = saver.conn.execute(f"SELECT count(*) FROM {table} WHERE thread_id = 'run-1'")  # noqa: S608
        assert count.fetchone() == (0,)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """The user must learn which file to move away, and what that costs."""
    path = tmp_path / "checkpoints.db"
    path.write_bytes(b"no database at all" * 200)
    with pytest.raises(StorageError, match=r"checkpoints\.db.*move the file away"):
        open_saver(path, key)


def count_of(home: Path, table: str = "checkpoints") -> int:
    with sqlite3.connect(home / "checkpoints.db") as connection:
        counted = int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    connection.close()
    return counted


def test_only_what_waits_is_kept(assistant: Assistant, home: Path) -> None:
    """Done, rejected, failed: no checkpoint stays; waiting: they stay until the end."""
    first, second = orders(home, 15000, 60000)[:2]
    for text in ("hello", "what is our refund limit?", "refund order ORD-1"):
        assistant.send(text, as_user=MARA, thread="ended")
    assert (count_of(home), count_of(home, "writes")) == (0, 0)
    turns = [assistant.send(f"refund order {order}", as_user=MARA, thread=order) for order in (first, second)]
    assert set(assistant.core.saver.threads()) == {turn.run for turn in turns}
    assistant.answer(turns[0].pending[0].review_id, "approve", as_user=TOM)
    assistant.answer(turns[1].pending[0].review_id, "reject", as_user=TOM, message="no")
    assert (count_of(home), count_of(home, "writes")) == (0, 0)


def test_a_failed_run_leaves_no_checkpoint_and_no_open_review(
    assistant: Assistant, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure must not keep what was read, nor leave people a request that can no longer run."""
    order = orders(home, 15000, 60000)[0]
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)

    def full(*_: Any) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(assistant.core.saver, "put", full)
        ended = assistant.answer(turn.pending[0].review_id, "approve", as_user=TOM)
    assert ended is not None
    assert ended.state is RunState.FAILED
    assert "disk is full" in ended.reply
    assert "Traceback" not in ended.reply
    assert count_of(home) == 0
    assert not [review for review in assistant.waiting(as_user=MARA) if order in review.summary]


def test_what_a_crash_left_behind_goes_at_the_next_start(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that died between the reply and the deletion must not leave data for ever."""
    home = copy_of(untouched, tmp_path / "home")
    with open_door(home) as before:
        monkeypatch.setattr(before.core.saver, "delete_thread", lambda _: None)
        before.send("hello", as_user=MARA)
    assert count_of(home) > 0
    with open_door(home):
        assert count_of(home) == 0
