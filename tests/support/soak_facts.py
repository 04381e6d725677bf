"""What is really there, read without the product: reviews, ledger, log and the company's own books."""

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.policies.storage.database import open_database
from databases import url_of
from soak_rules import Facts
from sqlalchemy import text

GENESIS = "0" * 64
FIELDS = ("seq", "at", "kind", "tenant", "thread", "run", "actor", "subject", "body")
EFFECTS = {"refunds.issue": "refunds", "invoices.post": "invoice_events"}
PAID = """
    SELECT coalesce(sum(amount_minor), 0) FROM payments
    WHERE order_id = ? AND direction = 'in' AND status = 'captured'
"""
KEYED = {"refunds": "created_by", "invoice_events": "actor"}


@dataclass(frozen=True)
class Effect:
    """One row that appeared in the company's books.

    Attributes:
        key: the idempotency key it came with.
        by: on whose behalf.
        args: what was done, as the row says.
    """

    tool: str
    row_id: str
    key: str
    by: str
    args: dict[str, Any]


@dataclass
class Seen:
    """What one look at everything found."""

    reviews: dict[str, dict[str, Any]]
    ledger: dict[str, dict[str, Any]]
    log: list[dict[str, Any]]
    effects: list[Effect]
    faults: list[str]


@dataclass
class Books:
    """Looks again and again; remembers how far it has read.

    Args:
        home: the data folder.
    """

    home: Path
    head: tuple[int, str] = (0, GENESIS)
    keys: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._engine = open_database(url_of(self.home / "countersign.db"))
        self._company = sqlite3.connect(self.home / "company.db", isolation_level=None)
        self._company.row_factory = sqlite3.Row
        names = [row[0] for row in self._company.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self._others = [name for name in names if name not in (*KEYED, "employees")]
        self._counts = self._count()
        self._known = {name: {row["id"] for row in self._company.execute(f"SELECT id FROM {name}")} for name in KEYED}  # noqa: S608

    def close(self) -> None:
        """Closes what was opened."""
        self._engine.dispose()
        self._company.close()

    def look(self) -> Seen:
        """Everything as it stands, and what is new since the last look."""
        faults: list[str] = []
        with self._engine.connect() as connection:
            reviews = {
                row["review_id"]: dict(row) for row in connection.execute(text("SELECT * FROM reviews")).mappings()
            }
            ledger = {row["digest"]: dict(row) for row in connection.execute(text("SELECT * FROM ledger")).mappings()}
            query = text("SELECT * FROM audit_log WHERE seq > :seq ORDER BY seq")
            log = [dict(row) for row in connection.execute(query, {"seq": self.head[0]}).mappings()]
            end = connection.execute(text("SELECT seq, hash FROM audit_head")).one()
        for record in log:
            self.head = self._follow(record, faults)
        if tuple(end) != self.head:
            faults.append(f"the log's head says {tuple(end)}, its records {self.head}")
        counts = self._count()
        faults += [
            f"{name} changed from {self._counts[name]} to {now}"
            for name, now in counts.items()
            if now != self._counts[name]
        ]
        return Seen(reviews, ledger, log, self._new_effects(), faults)

    def _follow(self, record: dict[str, Any], faults: list[str]) -> tuple[int, str]:
        seq, previous = self.head
        content = json.dumps(
            {name: record[name] for name in FIELDS}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        linked = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
        if (record["seq"], record["hash"]) != (seq + 1, linked):
            faults.append(f"record {record['seq']} of the log does not follow record {seq}")
        return record["seq"], record["hash"]

    def _new_effects(self) -> list[Effect]:
        """New rows of the books; the company then forgets their keys, as real systems do after a while.

        So only the ledger stands between a replay and a second effect.
        """
        found = []
        for tool, name in EFFECTS.items():
            for row in self._company.execute(f"SELECT * FROM {name} ORDER BY id").fetchall():  # noqa: S608
                if row["id"] in self._known[name]:
                    continue
                self._known[name].add(row["id"])
                found.append(Effect(tool, row["id"], row["idempotency_key"] or "", row[KEYED[name]], _args(tool, row)))
                self._company.execute(f"UPDATE {name} SET idempotency_key = NULL WHERE id = ?", (row["id"],))  # noqa: S608
        return found

    def _count(self) -> dict[str, int]:
        return {name: self._company.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in self._others}  # noqa: S608

    def facts(self, tool: str, args: dict[str, Any], exceptions: dict[str, tuple[str, ...]], without: int = 0) -> Facts:
        """What the rules may ask about a call.

        Args:
            without: leave out so many of the newest refunds of the order's customer.
        """
        if tool == "invoices.post":
            row = self._company.execute("SELECT * FROM invoices WHERE id = ?", (args["invoice_id"],)).fetchone()
            return Facts(total=row["total_minor"], status=row["status"], exceptions=exceptions[row["id"]])
        order, customer = args["order_id"], self.customer(args["order_id"])
        rows = self._company.execute("SELECT * FROM refunds WHERE customer_id = ? ORDER BY id", (customer,)).fetchall()
        rows = rows[: len(rows) - without]
        back = sum(row["amount_minor"] for row in rows if row["order_id"] == order)
        return Facts(refundable=self._company.execute(PAID, (order,)).fetchone()[0] - back, refunds=len(rows))

    def customer(self, order: str) -> str:
        """Whose order it is."""
        return str(self._company.execute("SELECT customer_id FROM orders WHERE id = ?", (order,)).fetchone()[0])

    def set_staff(self, user: str, roles: tuple[str, ...] | None) -> None:
        """Changes the directory: other roles, or gone."""
        values = (json.dumps(list(roles or ())), int(roles is not None), user)
        self._company.execute("UPDATE employees SET roles = ?, active = ? WHERE user_id = ?", values)


def _args(tool: str, row: sqlite3.Row) -> dict[str, Any]:
    if tool == "refunds.issue":
        return {name: row[name] for name in ("order_id", "amount_minor", "currency", "reason")}
    note = row["detail"].partition("; ")[2]
    return {"invoice_id": row["invoice_id"], "note": note}


def digest_of(record: dict[str, Any]) -> str:
    """The digest of a proposal's record, computed without the product."""
    plain = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
