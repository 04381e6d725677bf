"""The history index finds the effects that a rule asks about, and never looks through the whole ledger.

An effect is marked in the transaction that starts it, and no longer counts from the transaction on that records its
failure. What policy was told of the past is looked at again in the transaction that starts the effect: if another
effect came first, nothing starts and policy is asked again. So a limit holds however many calls are judged at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)

from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.audit.row_seals import add_row_seals, make_row_seal
from ...policies.domain.proposal import Proposal
from ...policies.rules.history import History, HistoryMark, compute_history_marks
from ...policies.rules.policy_set import PolicySet
from ...policies.storage.database import begin_read, begin_write
from .entry import EffectState
from .entry import table as ledger

metadata = MetaData()
table = Table(
    "ledger_marks",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("counts", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Index("ledger_marks_by_value", "tenant", "mark", "value", "counts", "at", "amount", "digest"),
)
indexed = Table("ledger_indexed", metadata, Column("mark", Text, primary_key=True), Column("at", Text, nullable=False))
_COUNTED = (EffectState.STARTED, EffectState.IN_DOUBT, EffectState.SUCCEEDED)
_CHUNK = 500
_FOUND = select(func.coalesce(func.sum(table.c.amount), 0)).where(
    table.c.tenant == bindparam("of_tenant"),
    table.c.mark == bindparam("of_mark"),
    table.c.value == bindparam("of_value"),
    table.c.counts == 1,
    table.c.at >= bindparam("since"),
    table.c.digest != bindparam("own"),  # it may have been begun before
)


class HistoryConflict(Exception):
    """Another effect came between policy's answer and this one; policy must be asked again."""


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """What policy was told of the past when it judged a call.

    Attributes:
        asked: each question, with what it was compared by, from when on, and the answer.
        marks: under which the effect itself is to be found.
    """

    proposal: Proposal
    asked: tuple[tuple[History, str, str, int], ...] = ()
    marks: tuple[HistoryMark, ...] = ()

    def values(self, policy: PolicySet) -> dict[str, int]:
        """The answers by the names that rules use."""
        names = {history: name for name, history in policy.histories.items()}
        return {names[history]: found for history, _, _, found in self.asked}


class HistoryIndex:
    """What rules may ask of the ledger.

    Args:
        engine: the ledger's database, its schema up to date.
        audit: vouches for the marks, as for the ledger's own rows.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit
        self._ready: set[str] = set()
        audit.guard_tables(table)

    def tell(self, policy: PolicySet, proposal: Proposal, records: Mapping[str, Any], now: datetime) -> HistoryFacts:
        """What the rules about a call ask of the past, and how the call itself is to be found.

        A call that has nothing at ``same``, or nothing to add up, is given no answer: a rule that asks then denies it.
        """
        if not policy.histories:
            return HistoryFacts(proposal)
        wanted = [policy.histories[name] for name in policy.histories_about(proposal.tool)]
        marks = compute_history_marks(policy.histories.values(), proposal, records)
        self._index({item.mark: item for item in policy.histories.values()}, now)
        asked = []
        with begin_read(self._engine) as connection:
            for item in wanted:
                value, since = item.value_in(proposal, records), item.since(now)
                if item.can_tell(proposal, records):
                    begin = since.isoformat() if since else ""
                    asked.append((item, value, begin, _count_found(connection, proposal, item.mark, value, begin)))
        return HistoryFacts(proposal, tuple(asked), marks)

    def begin(self, told: HistoryFacts, at: datetime) -> Callable[[Connection], list[dict[str, Any]]]:
        """What the transaction that starts an effect must do: look again, and mark it.

        Returns:
            A function of that transaction's connection. It returns what the log must vouch for, and raises
            :class:`HistoryConflict` when the past is no longer what policy was told.
        """

        def within(connection: Connection) -> list[dict[str, Any]]:
            for item, value, since, before in told.asked:
                if _count_found(connection, told.proposal, item.mark, value, since) != before:
                    raise HistoryConflict
            rows = [_make_row(told.proposal.digest, told.proposal.tenant, mark, at) for mark in told.marks]
            known = _read_marks(connection, told.proposal.digest)
            for row in rows:
                if row["mark"] in known:  # it was begun before and is begun again
                    connection.execute(update(table).where(*_match_row(row)).values(counts=1))
                else:
                    connection.execute(insert(table), row)
            return [make_row_seal(table, row | {"at": known.get(row["mark"], row["at"])}) for row in rows]

        return within

    def _index(self, histories: Mapping[str, History], now: datetime) -> None:
        """Marks what happened before a history was first asked for, from the log; once for each."""
        new = histories.keys() - self._ready
        if not new:
            return
        with begin_read(self._engine) as connection:
            known = set(connection.execute(select(indexed.c.mark)).scalars())
        for mark in sorted(new - known):
            self._index_one(mark, histories[mark], now)
        self._ready |= new

    def _index_one(self, mark: str, history: History, now: datetime) -> None:
        with begin_write(self._engine, durable=True) as connection:
            if connection.execute(select(indexed.c.mark).where(indexed.c.mark == mark)).first():
                return  # another process was first
            rows = list(self._earlier(connection, history))
            for start in range(0, len(rows), _CHUNK):
                some = rows[start : start + _CHUNK]
                connection.execute(insert(table), some)
                event = AuditEvent("history.indexed", "system", some[0]["tenant"], body={"mark": mark})
                self._audit.append_in(connection, add_row_seals(event, *(make_row_seal(table, row) for row in some)))
            connection.execute(insert(indexed), {"mark": mark, "at": now.isoformat()})

    def _earlier(self, connection: Connection, history: History) -> "list[dict[str, Any]]":
        query = select(ledger.c.digest, ledger.c.tool, ledger.c.tenant, ledger.c.started_at).where(
            ledger.c.state.in_(_COUNTED)
        )
        found = []
        for entry in connection.execute(query.order_by(ledger.c.intended_at)).all():
            if not history.speaks_of(entry.tool):
                continue
            judged = [
                record.data
                for record in self._audit.records_about(entry.digest, connection)
                if record.kind == "decision"
            ]
            if not judged:
                continue
            proposal = Proposal.from_record(judged[-1]["proposal"])
            for item in compute_history_marks([history], proposal, judged[-1].get("records", {})):
                at = datetime.fromisoformat(entry.started_at)
                found.append(_make_row(entry.digest, entry.tenant, item, at))
        return found


def uncount_effect(connection: Connection, digest: str) -> list[dict[str, Any]]:
    """Takes an effect that failed out of all histories, in the transaction that records it; what to vouch for."""
    if not _read_marks(connection, digest):
        return []
    connection.execute(update(table).where(table.c.digest == digest).values(counts=0))
    rows = connection.execute(select(table).where(table.c.digest == digest)).all()
    return [make_row_seal(table, row._mapping) for row in rows]


def _count_found(connection: Connection, proposal: Proposal, mark: str, value: str, since: str) -> int:
    """The count or sum, without what the call itself adds."""
    given = {"of_tenant": proposal.tenant, "of_mark": mark, "of_value": value, "since": since, "own": proposal.digest}
    return int(connection.execute(_FOUND, given).scalar_one())


def _read_marks(connection: Connection, digest: str) -> dict[str, str]:
    rows = connection.execute(select(table.c.mark, table.c.at).where(table.c.digest == digest)).all()
    return {row.mark: row.at for row in rows}


def _make_row(digest: str, tenant: str, mark: HistoryMark, at: datetime) -> dict[str, Any]:
    return {
        "digest": digest,
        "mark": mark.mark,
        "tenant": tenant,
        "value": mark.value,
        "at": at.isoformat(),
        "counts": 1,
        "amount": mark.amount,
    }


def _match_row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return table.c.digest == row["digest"], table.c.mark == row["mark"]
