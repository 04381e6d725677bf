"""The audit log: any change, deletion, swap or cut must show, and many writers must keep one chain."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.audit.log import AuditEvent, AuditLog
from countersign.policies.errors import BadInput, StorageError, Tampered
from countersign.policies.storage.database import begin_read, begin_write, make_sqlite_url, open_database
from countersign.policies.storage.schema import upgrade_schema
from databases import Databases
from sqlalchemy import Engine, text

ROWS = 6


@pytest.fixture
def engine(tmp_path: Path, databases: Databases) -> Engine:
    return databases.open(tmp_path / "audit.db")


@pytest.fixture
def audit(engine: Engine) -> AuditLog:
    log = AuditLog(engine)
    for number in range(ROWS):
        log.append(AuditEvent("step", "mara.voss", "halden", "thread-1", "run-1", {"number": number, "text": "ä 雪"}))
    return log


def change(engine: Engine, *statements: str) -> None:
    with begin_write(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_whole_log_is_counted(audit: AuditLog) -> None:
    """A false alarm would teach people to ignore the real one."""
    assert audit.verify() == ROWS
    assert [record.data["number"] for record in audit.records()] == list(range(ROWS))


def test_an_empty_log_is_whole(engine: Engine) -> None:
    """A new installation must not look tampered with."""
    assert AuditLog(engine).verify() == 0


@pytest.mark.parametrize("column", ["at", "kind", "tenant", "thread", "run", "actor", "subject", "body", "hash"])
@pytest.mark.parametrize("seq", [1, 3, ROWS])
def test_every_changed_field_of_every_row_is_noticed(audit: AuditLog, engine: Engine, column: str, seq: int) -> None:
    """One field that no hash covered would be the one that is forged."""
    change(engine, f"UPDATE audit_log SET {column} = {column} || 'x' WHERE seq = {seq}")  # noqa: S608 - names from above
    with pytest.raises(Tampered, match=f"record {seq} "):
        audit.verify()


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
def test_every_deleted_row_is_noticed(audit: AuditLog, engine: Engine, seq: int) -> None:
    """Deleting the last row is the easiest forgery of all; the head tells."""
    change(engine, f"DELETE FROM audit_log WHERE seq = {seq}")  # noqa: S608 - a number
    with pytest.raises(Tampered):
        audit.verify()


def test_swapped_rows_are_noticed(audit: AuditLog, engine: Engine) -> None:
    """Who asked and who approved must not change places."""
    change(
        engine,
        "UPDATE audit_log SET seq = 99 WHERE seq = 2",
        "UPDATE audit_log SET seq = 2 WHERE seq = 3",
        "UPDATE audit_log SET seq = 3 WHERE seq = 99",
    )
    with pytest.raises(Tampered, match="record 2 "):
        audit.verify()


def test_an_inserted_row_is_noticed(audit: AuditLog, engine: Engine) -> None:
    """An approval that nobody gave must not be slipped in at the end."""
    change(
        engine,
        f"INSERT INTO audit_log SELECT {ROWS + 1}, at, kind, tenant, thread, run, actor, subject, body, hash "  # noqa: S608
        "FROM audit_log WHERE seq = 1",
    )
    with pytest.raises(Tampered):
        audit.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = seq - 1",
        "UPDATE audit_head SET hash = 'f' || hash",
        "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_log WHERE seq = 3)",
        "UPDATE audit_head SET id = 2",
    ],
)
def test_a_head_that_does_not_fit_is_noticed_and_nothing_is_recorded(
    audit: AuditLog, engine: Engine, statement: str
) -> None:
    """With a head removed or set back, rows could be cut off its end without a sign."""
    change(engine, statement)
    with pytest.raises(Tampered):
        audit.verify()
    with pytest.raises(Tampered, match="Nothing can be recorded"):
        audit.append(AuditEvent("step", "mara.voss", "halden"))


def test_a_row_that_holds_bytes_is_noticed(tmp_path: Path) -> None:
    """What cannot even be read as a record must not stop the check with another error. (PostgreSQL keeps none.)"""
    engine = open_database(make_sqlite_url(tmp_path / "bytes.db"))
    upgrade_schema(engine)
    audit = AuditLog(engine)
    audit.append(AuditEvent("step", "a", "halden"), AuditEvent("step", "b", "halden"))
    change(engine, "UPDATE audit_log SET body = x'00ff' WHERE seq = 2")
    with pytest.raises((Tampered, StorageError)):
        audit.verify()


def test_events_of_one_commit_stand_or_fall_together(audit: AuditLog) -> None:
    """A broken event must not leave its siblings behind as half the truth."""
    with pytest.raises(BadInput):
        audit.append(AuditEvent("step", "a", "halden"), AuditEvent("step", "a", "halden", body={"amount": 1.5}))
    assert audit.verify() == ROWS


def test_a_record_goes_with_the_transaction_it_is_about(audit: AuditLog, engine: Engine) -> None:
    """A record of an effect that was rolled back would be a lie."""

    def failing() -> None:
        with begin_write(engine) as connection:
            audit.append_in(connection, AuditEvent("effect", "a", "halden"))
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        failing()
    assert audit.verify() == ROWS


@pytest.mark.parametrize(
    ("wanted", "count"),
    [({"tenant": "halden"}, 7), ({"tenant": "other"}, 1), ({"run": "run-1"}, ROWS), ({"kind": "late"}, 1), ({}, 8)],
)
def test_records_are_found_by_what_they_are_about(audit: AuditLog, wanted: dict[str, Any], count: int) -> None:
    """An auditor of one tenant must see all of it, and nothing of another."""
    audit.append(AuditEvent("late", "b", "halden"), AuditEvent("step", "c", "other"))
    assert len(list(audit.records(**wanted))) == count


def test_the_newest_of_a_kind_is_found(audit: AuditLog) -> None:
    """The policy in force is read from it."""
    last = audit.find_last("step", tenant="halden")
    assert last is not None
    assert last.data["number"] == ROWS - 1
    assert audit.find_last("step", tenant="other") is None


WRITER = """
import sys
from countersign.policies.audit.log import AuditEvent, AuditLog
from countersign.policies.storage.database import open_database
from countersign.policies.storage.schema import upgrade_schema
engine = open_database(sys.argv[1])
upgrade_schema(engine)
audit = AuditLog(engine)
for number in range(20):
    audit.append(AuditEvent("step", sys.argv[2], "halden", body={"number": number}), durable=number % 5 == 0)
engine.dispose()
"""


def test_processes_at_once_keep_one_chain(tmp_path: Path, databases: Databases) -> None:
    """Two chats and a web server write at the same time; a forked chain would look like tampering."""
    path = tmp_path / "shared.db"
    command = [sys.executable, "-c", WRITER, databases.url(path)]
    writers = [subprocess.Popen([*command, f"writer-{name}"], stderr=subprocess.PIPE, text=True) for name in range(3)]
    audit = AuditLog(databases.open(path))
    while any(writer.poll() is None for writer in writers):
        audit.verify()  # a log that grows meanwhile must not look tampered with either
        time.sleep(0.05)
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    assert audit.verify() == 60
    for name in range(3):
        numbers = [record.data["number"] for record in audit.records() if record.actor == f"writer-{name}"]
        assert numbers == list(range(20))


def test_verify_reads_what_another_process_wrote(tmp_path: Path, databases: Databases) -> None:
    """A check on a cached view would miss what others added or changed."""
    path = tmp_path / "two.db"
    one, other = (AuditLog(databases.open(path)) for _ in range(2))
    one.append(AuditEvent("step", "a", "halden"))
    assert other.verify() == 1
    other.append(AuditEvent("step", "b", "halden"))
    assert one.verify() == 2
    with begin_read(databases.open(path)) as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar() == 1


def test_what_the_log_knows_about_a_subject_is_found_and_checked(audit: AuditLog, engine: Engine) -> None:
    """Execution rests on these records alone; one that was changed, or lost the record before it, is no ground."""
    audit.append(AuditEvent("a", "x", "halden", subject="one"), AuditEvent("b", "x", "halden"))
    audit.append(AuditEvent("c", "x", "halden", subject="one"), AuditEvent("d", "x", "halden", subject="two"))
    assert [record.kind for record in audit.records_about("one")] == ["a", "c"]
    assert audit.records_about("nothing") == []
    change(engine, "DELETE FROM audit_log WHERE kind = 'b'")
    with pytest.raises(Tampered, match="is missing"):
        audit.records_about("one")
    change(engine, "UPDATE audit_log SET body = '[]' WHERE kind = 'd'")
    with pytest.raises(Tampered, match="does not match"):
        audit.records_about("two")
