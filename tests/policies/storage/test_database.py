"""Opening and sharing a database: if it broke, processes would lose each other's work or users see traces."""

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from countersign.policies.errors import BadInput, StorageError
from countersign.policies.storage import database
from countersign.policies.storage.database import begin_read, begin_write, make_sqlite_url, open_database
from databases import Databases
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

ADD = """
import sys
from sqlalchemy import text
from countersign.policies.storage.database import open_database, begin_write
engine = open_database(sys.argv[1])
with begin_write(engine) as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS counter (value INTEGER)"))
    if connection.execute(text("SELECT count(*) FROM counter")).scalar() == 0:
        connection.execute(text("INSERT INTO counter VALUES (0)"))
for _ in range(int(sys.argv[2])):
    with begin_write(engine, durable=True) as connection:
        value = connection.execute(text("SELECT value FROM counter")).scalar()
        connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})
engine.dispose()
"""


@pytest.fixture
def engine(tmp_path: Path, databases: Databases) -> Engine:
    opened = databases.open(tmp_path / "one.db")
    with begin_write(opened) as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER UNIQUE)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return opened


def value_in(engine: Engine) -> int:
    with begin_read(engine) as connection:
        return int(connection.execute(text("SELECT value FROM counter")).scalar_one())


def test_processes_that_open_a_new_file_at_once_lose_no_update(tmp_path: Path, databases: Databases) -> None:
    """Each reads and writes back; without the lock taken first, increments would vanish or the file be busy."""
    path = tmp_path / "shared.db"
    command = [sys.executable, "-c", ADD, databases.url(path), "25"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert value_in(databases.open(path)) == 100


def test_threads_beyond_the_pool_wait_their_turn(engine: Engine) -> None:
    """Fifty requests at once on one process are ordinary; none may fail or overwrite another."""

    def add(_: int) -> None:
        with begin_write(engine) as connection:
            connection.execute(text("UPDATE counter SET value = value + 1"))

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(add, range(100)))
    assert value_in(engine) == 100


def test_a_pool_that_stays_full_is_an_error_for_people(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool's own error is no database error; it must not escape as a trace."""
    monkeypatch.setattr(engine.pool, "_timeout", 0.01)
    held = [engine.connect() for _ in range(15)]
    with pytest.raises(StorageError, match="too many requests"), begin_read(engine):
        pass
    for connection in held:
        connection.close()


def test_what_raises_inside_is_rolled_back(engine: Engine) -> None:
    """Half a transaction would part an effect from its record."""

    def half() -> None:
        with begin_write(engine) as connection:
            connection.execute(text("UPDATE counter SET value = 7"))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        half()
    assert value_in(engine) == 0


def test_a_broken_character_is_bad_input(engine: Engine) -> None:
    """Half a character, pasted into an id, must end in a sentence and not in a trace of the driver."""
    query, broken = text("SELECT :said"), {"said": "REV-\ud800"}
    for opened in (begin_read, begin_write):
        with pytest.raises(BadInput, match="valid Unicode"), opened(engine) as connection:
            connection.execute(query, broken)


def test_a_lost_race_for_a_key_reaches_the_caller(engine: Engine) -> None:
    """The ledger settles such races itself; a storage error would hide them."""
    with pytest.raises(IntegrityError), begin_write(engine) as connection:
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    assert value_in(engine) == 0


def test_a_reader_sees_nothing_before_the_commit(engine: Engine) -> None:
    """A decision on uncommitted rows could be taken back under it."""
    with begin_write(engine) as connection:
        connection.execute(text("UPDATE counter SET value = 1"))
        assert value_in(engine) == 0
    assert value_in(engine) == 1


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_a_durable_commit_waits_for_the_disk(tmp_path: Path, durable: bool, level: int) -> None:
    """Signatures and effects must survive a power cut (synchronous=FULL); chat need not."""
    engine = open_database(make_sqlite_url(tmp_path / "one.db"))
    for _ in range(2):  # a pooled connection must not keep the level of the one before
        with begin_write(engine, durable=not durable):
            pass
        with begin_write(engine, durable=durable) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == level


def test_a_file_that_another_holds_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for ever, or a trace, would leave the user guessing."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    path = tmp_path / "held.db"
    engine = open_database(make_sqlite_url(path))
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"held\.db.*locked.*Another process"), begin_write(engine):
            pass
        other.execute("ROLLBACK")
    other.close()
    with begin_write(engine):
        pass


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """What may still be rescued must not be overwritten."""
    path = tmp_path / "broken.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"broken\.db.*backup"):
        open_database(make_sqlite_url(path))
    assert path.read_bytes() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A read-only data folder is a set-up mistake that the message must explain."""
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(StorageError, match="Make the folder writable"):
            open_database(make_sqlite_url(tmp_path / "new.db"))
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """Told to check the file or restore a backup, somebody would look in the wrong place."""
    opened = open_database(make_sqlite_url(tmp_path / "one.db"))
    with begin_write(opened) as connection:
        connection.execute(text("CREATE TABLE words (word TEXT)"))
    with begin_read(opened) as connection:  # the one connection of the pool keeps the bound
        connection.execute(text("PRAGMA max_page_count = 3"))
    with pytest.raises(StorageError, match="Make room"), begin_write(opened) as connection:
        connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": "x" * 100_000})
    opened.dispose()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The path in the message is what the user has to fix."""
    with pytest.raises(StorageError, match=r"nowhere/one\.db.*writable"):
        open_database(make_sqlite_url(tmp_path / "nowhere" / "one.db"))
