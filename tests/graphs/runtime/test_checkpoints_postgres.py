"""Checkpoints in PostgreSQL: plain data only, made once by many, gone with their run."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs.runtime.checkpoint_seals import SealedSerializer
from countersign.graphs.runtime.checkpoints_postgres import SharedSaver, open_shared_saver
from countersign.policies.errors import StorageError
from databases import Databases
from langgraph.checkpoint.base import empty_checkpoint
from process_group import run_together
from sqlalchemy import Engine, text

pytestmark = pytest.mark.postgres


@dataclass
class Evil:
    """Stands for any class whose making could do harm."""

    made: str = "no"


@pytest.fixture
def databases(postgres_server: str) -> Iterator[Databases]:
    kind = Databases(postgres_server)
    yield kind
    kind.close()


@pytest.fixture
def engine(databases: Databases, tmp_path: Path) -> Engine:
    return databases.open(tmp_path / "checkpoints.db")


@pytest.fixture
def saver(engine: Engine) -> Iterator[SharedSaver]:
    opened = open_shared_saver(engine, key)
    yield opened
    opened.close()


def key() -> bytes:
    """The secret of these tests."""
    return bytes(32)


def put(saver: SharedSaver, thread: str, value: Any) -> None:
    config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint() | {"channel_values": {"value": value}, "channel_versions": {"value": "1"}}
    asyncio.run(saver.aput(config, checkpoint, {}, {"value": "1"}))


def get(saver: SharedSaver, thread: str) -> Any:
    found = asyncio.run(saver.aget_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": ""}}))
    assert found is not None
    return found.checkpoint["channel_values"]["value"]


def test_plain_data_comes_back_and_goes_with_its_run(saver: SharedSaver, engine: Engine) -> None:
    """What a run knows survives the pause unchanged, and nothing of it stays afterwards."""
    value = {"text": "ä", "list": [1, None, True], "nested": {"a": {"b": "c"}}}
    for run in ("run-1", "run-2"):
        put(saver, run, value)
    assert get(saver, "run-1") == value
    asyncio.run(saver.adelete_thread("run-1"))
    assert saver.threads() == ["run-2"]
    with engine.connect() as connection:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            count = connection.execute(text(f"SELECT count(*) FROM {table} WHERE thread_id = 'run-1'"))  # noqa: S608
            assert count.scalar() == 0


def test_no_class_is_made_from_a_checkpoint(
    saver: SharedSaver, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever can write the table must not be able to have code run when it is read (CVE-2026-28277)."""
    put(saver, "run-1", {"harmless": [1]})
    kind, blob = SealedSerializer(key).dumps_typed(Evil())
    with engine.begin() as connection:
        changed = connection.execute(
            text("UPDATE checkpoint_blobs SET type = :kind, blob = :blob"), {"kind": kind, "blob": blob}
        )
    assert changed.rowcount == 1
    assert not isinstance(get(saver, "run-1"), Evil)
    assert "Blocked" in caplog.text


OPEN = """
import sys
from countersign.graphs.runtime.checkpoints_postgres import open_shared_saver
from countersign.policies.storage.database import open_database
engine = open_database(sys.argv[1])
print("ready", flush=True)
input()
saver = open_shared_saver(engine, bytes)
print(saver.threads())
saver.close()
engine.dispose()
"""


def test_processes_that_come_first_at_once_all_get_their_tables(databases: Databases, tmp_path: Path) -> None:
    """Two web servers start after an installation; building the same indexes at once would fail or hang."""
    command = ["-c", OPEN, databases.url(tmp_path / "new.db")]
    assert run_together([command] * 3) == ["[]\n"] * 3
    with databases.open(tmp_path / "new.db").connect() as connection:
        broken = connection.execute(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid"))
        assert broken.scalar() == 0


def test_a_connection_that_the_server_dropped_is_replaced(saver: SharedSaver, engine: Engine) -> None:
    """After a restart of the server the next step must work without a restart of ours."""
    put(saver, "run-1", "a")
    with engine.begin() as connection:
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
        connection.execute(text(statement + "datname = current_database()"))
    assert saver.threads() == ["run-1"]


def test_what_fails_is_said_in_words(saver: SharedSaver, engine: Engine) -> None:
    """No trace of the driver, and the database is named."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE checkpoints"))
    with pytest.raises(StorageError, match=r"The checkpoints in postgresql://.* cannot be used"):
        saver.delete_thread("run-1")
