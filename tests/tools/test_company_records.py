"""The port to the company's records: narrow, exact, and safe to call twice."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.errors import BadInput, StorageError, Unavailable
from countersign.tools.company import engines
from countersign.tools.company.kinds import KINDS, kind_of, sensitive
from countersign.tools.company.records import Conflict, SystemOfRecord
from countersign.tools.company.sql_records import SqlRecords
from countersign.tools.company.store import open_company
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

TODAY = date(2026, 3, 16)
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("company") / "company.db"
    open_company(f"sqlite:///{path}", today=TODAY).close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "company.db"
    copy.write_bytes(template.read_bytes())
    return copy


@pytest.fixture
def records(path: Path) -> Iterator[SqlRecords]:
    opened = SqlRecords(f"sqlite:///{path}")
    yield opened
    opened.close()


def refund(amount: int = 1000) -> dict[str, Any]:
    return {
        "order_id": "ORD-8841",
        "customer_id": "CUS-0001",
        "amount_minor": amount,
        "currency": "EUR",
        "reason": "damaged",
        "status": "approved",
        "created_on": TODAY,
        "created_by": "mara.voss",
    }


def half(rows: SystemOfRecord) -> None:
    with rows.transaction() as tx:
        tx.insert("refund", refund(), key="half")
        tx.update("ticket", "456", {"status": "solved"}, {"status": "no such status"})


@pytest.mark.parametrize("written", ["8841", "#8841", "ord-8841", "ORD 8841", " ORD-8841 ", "ord8841", "08841"])
def test_ids_are_found_as_people_write_them(records: SqlRecords, written: str) -> None:
    """A customer writes "order 8841"; a strict look-up would find nothing."""
    found = records.get("order", written)
    assert found is not None
    assert found["id"] == "ORD-8841"


@pytest.mark.parametrize("written", ["", "8841; DROP TABLE orders", "INV-1042", "-8841", "٨٨٤١", "9" * 60, "ORD-1"])
def test_other_text_finds_nothing(records: SqlRecords, written: str) -> None:
    """Text that is no id must neither match by accident nor reach the database as code."""
    assert records.get("order", written) is None
    assert records.count("order") == 3000


def test_conditions_hold_together(records: SqlRecords) -> None:
    """Each operator is used by some tool; one that filtered wrongly would feed it wrong records."""
    where = {
        "status": ("in", ["delivered", "lost"]),
        "total_minor": ("<=", 10_000),
        "ordered_on": (">", date(2026, 1, 1)),
        "placed_by": None,
        "currency": ("!=", "USD"),
    }
    found = records.find("order", where=where, order_by=["-total_minor", "id"], limit=500)
    everything = records.find("order", limit=10_000)
    expected = [
        row
        for row in everything
        if row["status"] in ("delivered", "lost")
        and row["total_minor"] <= 10_000
        and row["ordered_on"] > date(2026, 1, 1)
        and row["placed_by"] is None
        and row["currency"] != "USD"
    ]
    assert found
    assert found == sorted(expected, key=lambda row: (-row["total_minor"], row["id"]))
    assert records.count("order", where=where) == len(found)


def test_contains_is_literal_and_ignores_case(records: SqlRecords) -> None:
    """A percent sign typed by a user must not match everything."""
    assert records.find("customer", where={"name": ("contains", "%")}) == []
    assert records.find("customer", where={"name": ("contains", "_____")}) == []
    name = records.find("customer", limit=1)[0]["name"]
    assert records.find("customer", where={"name": ("contains", name.upper())})


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("salary", {}),
        ("sqlite_master", {}),
        ("order", {"where": {"1=1; --": 1}}),
        ("order", {"where": {"total_minor": ("; DROP", 1)}}),
        ("order", {"where": {"total_minor": "100"}}),
        ("order", {"where": {"total_minor": 1.5}}),
        ("order", {"where": {"total_minor": True}}),
        ("order", {"where": {"total_minor": 2**70}}),
        ("order", {"where": {"status": ("in", "delivered")}}),
        ("order", {"where": {"status": "a\x00b"}}),
        ("order", {"where": {"status": "\ud800"}}),
        ("order", {"where": {"ordered_on": "2026-02-30"}}),
        ("order", {"where": {"total_minor": ("<", None)}}),
        ("order", {"where": {"status": ("in", ["x"] * 5000)}}),
        ("order", {"where": {"status": ("contains", None)}}),
        ("order", {"where": {"status": ("contains", 5)}}),
        ("order", {"where": {"total_minor": ("contains", "1")}}),
        ("order", {"order_by": "random()"}),
        ("order", {"limit": 0}),
        ("order", {"limit": 10**9}),
        ("employee", {"where": {"roles": ["controller"]}}),
    ],
)
def test_what_is_not_in_the_schema_is_refused(records: SqlRecords, kind: str, arguments: dict[str, Any]) -> None:
    """Names come from the schema only; values must fit the column. Both fail before any SQL is run."""
    with pytest.raises(BadInput):
        records.find(kind, **arguments)


def test_salaries_do_not_exist_for_the_port(records: SqlRecords, path: Path) -> None:
    """people-handbook#2.1: the column is in the database, and no way through the port reaches it."""
    with sqlite3.connect(path) as raw:
        (salary,) = raw.execute("SELECT salary_minor FROM employees WHERE user_id='karl.weiss'").fetchone()
    raw.close()
    assert salary > 0
    assert "salary_minor" not in (records.get("employee", "karl.weiss") or {})
    assert all("salary_minor" not in row for row in records.find("employee"))
    assert salary not in [value for row in records.find("employee") for value in row.values()]
    for attempt in (
        lambda: records.find("employee", where={"salary_minor": (">", 0)}),
        lambda: records.find("employee", where={"SALARY_MINOR": (">", 0)}),
        lambda: records.find("employee", order_by="-salary_minor"),
        lambda: records.count("employee", where={"salary_minor": (">", 0)}),
        lambda: records.update("employee", "karl.weiss", {"salary_minor": 1}, {"user_id": "karl.weiss"}),
        lambda: records.update("ticket", "1", {"priority": "low"}, {"salary_minor": salary}),
    ):
        with pytest.raises(BadInput) as refusal:
            attempt()
        assert str(salary) not in str(refusal.value)
        assert "confidential" not in str(refusal.value)


def test_roles_and_limits_cannot_be_written(records: SqlRecords) -> None:
    """A tool that could change roles could make its own reviewer."""
    for name, value in (("roles", ["cfo"]), ("limit_minor", 10**9), ("manager", "mara.voss"), ("active", False)):
        with pytest.raises(BadInput, match="cannot be changed"):
            records.update("employee", "mara.voss", {name: value}, {"user_id": "mara.voss"})
    with pytest.raises(BadInput, match="cannot be added"):
        records.insert("employee", {"user_id": "new.user"})


def test_an_update_wins_only_over_what_was_seen(records: SqlRecords) -> None:
    """Two people who decide on the same stale record must not both succeed."""
    changed = records.update("invoice", "INV-1042", {"status": "posted"}, {"status": "stuck"})
    assert changed["status"] == "posted"
    with pytest.raises(Conflict, match="status is 'posted'"):
        records.update("invoice", "INV-1042", {"status": "received"}, {"status": "stuck"})
    assert (records.get("invoice", "INV-1042") or {})["status"] == "posted"


def test_an_update_needs_a_target_and_an_expectation(records: SqlRecords) -> None:
    """A blind or empty update would overwrite what somebody else has just done."""
    with pytest.raises(BadInput, match="no invoice INV-9999"):
        records.update("invoice", "9999", {"status": "paid"}, {"status": "stuck"})
    with pytest.raises(BadInput, match="what is expected"):
        records.update("invoice", "1042", {"status": "paid"}, {})
    with pytest.raises(BadInput, match="total_minor"):
        records.update("invoice", "1042", {"total_minor": 1}, {"status": "stuck"})


def test_a_repeated_key_gives_the_first_record(records: SqlRecords) -> None:
    """A retried refund must not be a second refund."""
    first = records.insert("refund", refund(), key="grant-1")
    assert records.insert("refund", refund(), key="grant-1") == first
    assert records.insert("refund", refund(), key="grant-2") != first
    found = records.by_key("refund", "grant-1")
    assert found is not None
    assert (found["id"], found["amount_minor"]) == (first, 1000)
    assert records.by_key("refund", "grant-3") is None
    assert records.count("refund", where={"order_id": "ORD-8841"}) == 2


def test_many_threads_with_one_key_make_one_record(records: SqlRecords) -> None:
    """A double click reaches the database twice at the same moment."""
    ids: list[str] = []
    start = threading.Barrier(6)

    def press() -> None:
        start.wait()
        ids.append(records.insert("refund", refund(), key="once"))

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert records.count("refund", where={"order_id": "ORD-8841"}) == 1


def test_threads_without_a_key_get_different_ids(records: SqlRecords) -> None:
    """Numbers are drawn inside the transaction; drawing them before would let two records collide."""
    ids: list[str] = []

    def add() -> None:
        ids.extend(records.insert("refund", refund()) for _ in range(5))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 20


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 10.5},
        {"amount_minor": "1000"},
        {"amount_minor": None},
        {"created_on": NOON},
        {"reason": "x" * 251},
        {"id": "REF-0001"},
        {"idempotency_key": "mine"},
        {"colour": "red"},
    ],
)
def test_a_record_that_does_not_fit_is_refused(records: SqlRecords, change: dict[str, Any]) -> None:
    """SQLite would store almost anything; wrong types must not lie in wait for a later reader."""
    before = records.count("refund")
    with pytest.raises(BadInput):
        records.insert("refund", refund() | change)
    assert records.count("refund") == before


def test_a_record_needs_all_its_fields(records: SqlRecords) -> None:
    """The message names what is missing, so that a person can supply it."""
    with pytest.raises(BadInput, match="amount_minor, currency"):
        records.insert("refund", {"order_id": "ORD-8841", "customer_id": "CUS-0001"})


def test_a_transaction_is_all_or_nothing(records: SqlRecords) -> None:
    """A refund that is booked while its ticket could not be changed would be told to nobody."""
    with pytest.raises(Conflict):
        half(records)
    assert records.by_key("refund", "half") is None
    with records.transaction() as tx:
        made = tx.insert("refund", refund(), key="whole")
        tx.update("ticket", "456", {"status": "solved"}, {"status": (tx.get("ticket", "456") or {})["status"]})
    assert (records.by_key("refund", "whole") or {})["id"] == made


def test_an_inner_transaction_can_fail_alone(records: SqlRecords) -> None:
    """What went wrong inside must not undo, or be kept by, what is around it."""
    with records.transaction() as outer:
        outer.insert("refund", refund(), key="outer")
        with pytest.raises(Conflict):
            half(outer)
    assert records.by_key("refund", "outer")
    assert records.by_key("refund", "half") is None


def test_moments_come_back_with_their_zone(records: SqlRecords) -> None:
    """SQLite drops zones; a naive moment would shift by hours on another machine."""
    values = {"about_kind": "order", "about_id": "ORD-8841", "author": "mara.voss", "body": "x", "at": NOON}
    made = records.insert("note", values)
    assert (records.get("note", made) or {})["at"] == NOON
    with pytest.raises(BadInput, match="time zone"):
        records.insert("note", values | {"at": NOON.replace(tzinfo=None)})


def test_a_locked_database_says_try_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer that does not let go must end in a clear message, not in a hang or a trace."""
    monkeypatch.setattr(engines, "_BUSY_MS", 50)
    records = SqlRecords(f"sqlite:///{path}")
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="did not answer"):
        records.insert("refund", refund())
    assert records.count("refund") > 0  # readers are not kept waiting by a writer
    raw.execute("ROLLBACK")
    raw.close()
    records.close()


def test_a_damaged_database_says_so(path: Path) -> None:
    """A torn file must be named as damaged, so that somebody restores it."""
    data = bytearray(path.read_bytes())
    data[100:200_000] = b"\xff" * 199_900
    path.write_bytes(bytes(data))
    records = SqlRecords(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="damaged"):
        records.count("order")
    records.close()


def test_a_password_is_never_shown() -> None:
    """Error messages end up in logs and on screens."""
    url = make_url("x://me:hush@host/db?password=hush")
    message = str(engines.translated(SQLAlchemyError("boom"), engines.shown(url)))
    assert "host/db" in message
    assert "hush" not in message


def test_sensitive_columns_are_marked() -> None:
    """Masks and packs take these marks from the schema; an unmarked column would be shown."""
    assert sensitive(kind_of("customer")) == {"email": "personal", "phone": "personal", "address": "personal"}
    assert sensitive(kind_of("supplier")) == {"iban": "bank", "bic": "bank"}


def test_every_writable_kind_can_be_written_once() -> None:
    """A kind without the key column could not be reconciled after a crash."""
    for kind in KINDS.values():
        assert kind.writable == ("idempotency_key" in kind.table.c), kind.name
        assert set(kind.changes) <= set(kind.visible), kind.name
        assert kind.key not in kind.changes
