"""The ledger of budgets reserves room before money is spent, in one transaction for which writers queue.

A reservation counts in full until it is settled with what it really cost. One that nobody settles, because its process
died, counts until its lifetime ends. The tables hold what was reserved and spent, the sums of each account, and what
people were told.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)

from ..audit.log import AuditEvent, AuditLog
from ..rules.budget import Account, Budget, BudgetAction, OverBudget, Payer, list_payer_accounts
from ..rules.policy_set import PolicySet
from ..storage.database import begin_read, begin_write

metadata = MetaData()
spending = Table(
    "spending",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("item", Text, nullable=False),  # what it was spent on, such as model:gpt-4.1-mini
    Column("accounts", Text, nullable=False),
    Column("reserved", BigInteger, nullable=False),  # micros
    Column("spent", BigInteger),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # seconds since 1970
    Column("expires", BigInteger, nullable=False),
    Index("spending_by_end", "state", "expires"),
)
accounts = Table(
    "spending_accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("per", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("span", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Index("spending_accounts_by_kind", "tenant", "per", "span"),
    Index("spending_accounts_by_subject", "tenant", "per", "subject"),
)
notes = Table(
    "spending_notes",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("spending_notes_by_run", "run"),
)


LIFETIME = timedelta(minutes=15)
ALERT, REACHED = "budget.alert", "budget.reached"
HELD, SETTLED, EXPIRED = "held", "settled", "expired"
_BOOK = (
    update(accounts)
    .where(accounts.c.account == bindparam("wanted"))
    .values(
        held=accounts.c.held + bindparam("more_held"),
        spent=accounts.c.spent + bindparam("more_spent"),
        times=accounts.c.times + bindparam("more_times"),
    )
)


@dataclass(frozen=True, slots=True)
class AccountSum:
    """What an account has spent and reserved, in micros, and how many times."""

    account: Account
    spent: int
    held: int
    times: int


class BudgetLedger:
    """All that is spent from one database.

    Args:
        engine: the database of the records, its schema up to date.
        policy: the packs in force now.
        audit: where it is written down that a budget runs low or out.
        now: the clock.
    """

    def __init__(
        self,
        engine: Engine,
        policy: Callable[[], PolicySet],
        audit: AuditLog,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._audit = audit
        self._now = now

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """The budgets in force."""
        return tuple(budget for pack in self._policy().packs for budget in pack.budgets)

    def find_low_budget(self, payer: Payer, then: BudgetAction) -> Budget | None:
        """A budget of this kind that has come to the share at which people are told, or ``None``."""
        wanted = [budget for budget in self.budgets if budget.then is then]
        if not wanted:
            return None
        now = self._now()
        with begin_read(self._engine) as connection:
            for budget, account in _find_concerned(wanted, payer, now):
                if budget.is_near(_read_used(connection, account)):
                    return budget
        return None

    def reserve(self, payer: Payer, item: str, micros: int, currency: str) -> str:
        """Takes room in every budget that concerns the payer, or in none.

        Args:
            item: what it is for, e.g. ``"model:gpt-4.1-mini"``.
            micros: the most it can cost, in millionths of the currency.

        Returns:
            The ticket to settle it with.

        Raises:
            OverBudget: one of them has no room for it, or is kept in another currency, which cannot be compared.
            StorageError: it could not be reserved; nothing may be spent.
        """
        now = self._now()
        budgets = self.budgets
        if foreign := next((budget for budget in budgets if budget.currency != currency), None):
            raise OverBudget(
                f"The budget {foreign.id} is in {foreign.currency} and prices are in {currency}, so nothing is spent. "
                "Write both in one currency.",
                stop=foreign.then is BudgetAction.STOP,
            )
        with begin_write(self._engine) as connection:
            _expire(connection, now)
            concerned = [
                (budget, account, _read_used(connection, account))
                for budget, account in _find_concerned(budgets, payer, now)
            ]
            over = [entry for entry in concerned if entry[2] + micros > entry[0].micros]
            full = min(over, key=lambda entry: entry[0].then is not BudgetAction.STOP, default=None)
            if full is not None:
                self._record_reached(connection, payer, *full, micros)
            else:
                ticket = _book(connection, payer, item, micros, currency, now)
                for budget, account, used in concerned:
                    if budget.is_near(used + micros):
                        self._record_alert(connection, payer, budget, account, used + micros)
        if full is not None:
            budget = full[0]
            raise OverBudget(
                f"{budget.reason} {budget.words(full[2])} What comes next could cost more than is left.",
                stop=budget.then is BudgetAction.STOP,
            )
        return ticket

    def settle(self, ticket: str, micros: int | None) -> None:
        """Records what something really cost in place of what was reserved; the second call changes nothing.

        Args:
            micros: ``None`` when nobody knows: then all that was reserved counts as spent.
        """
        with begin_write(self._engine) as connection:
            row = connection.execute(select(spending).where(spending.c.ticket == ticket)).first()
            if row is None or row.state == SETTLED:
                return
            cost = row.reserved if micros is None else max(0, micros)
            held = row.reserved if row.state == HELD else 0
            _move(connection, json.loads(row.accounts), held=-held, spent=cost)
            connection.execute(update(spending).where(spending.c.ticket == ticket).values(state=SETTLED, spent=cost))

    def notes(self, run: str) -> list[str]:
        """What a turn's reply must say about budgets."""
        with begin_read(self._engine) as connection:
            return list(connection.execute(select(notes.c.text).where(notes.c.run == run).distinct()).scalars())

    def sums(self, tenant: str, per: str, *, by_day: bool = False) -> list[AccountSum]:
        """What the accounts of one kind hold, newest span and largest sum first.

        Args:
            per: ``case``, ``user``, ``team`` or ``tenant``.
            by_day: each day's instead of each month's.
        """
        length = 0 if per == "case" else 10 if by_day else 7
        with begin_read(self._engine) as connection:
            rows = connection.execute(select(accounts).where(accounts.c.tenant == tenant, accounts.c.per == per)).all()
            dead: Counter[str] = Counter()  # the next reservation takes them off; whoever only looks writes nothing
            for late in _read_late(connection, self._now()):
                dead.update(dict.fromkeys(json.loads(late.accounts), late.reserved))
        found = [
            AccountSum(
                Account(row.tenant, row.per, row.subject, row.span, row.currency),
                row.spent,
                row.held - dead[row.account],
                row.times,
            )
            for row in rows
            if len(row.span) == length
        ]
        found.sort(key=lambda item: (-(item.spent + item.held), item.account.subject))
        return sorted(found, key=lambda item: item.account.window, reverse=True)

    def sum_case(self, tenant: str, thread: str) -> int:
        """What was spent and is reserved for a case, in micros."""
        wanted = (accounts.c.tenant == tenant, accounts.c.per == "case", accounts.c.subject == thread)
        query = select(func.coalesce(func.sum(accounts.c.spent + accounts.c.held), 0)).where(*wanted)
        with begin_read(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def _record_alert(self, connection: Connection, payer: Payer, budget: Budget, account: Account, used: int) -> None:
        words = f"Budget: {budget.words(used)}"
        if _say_once(connection, f"{budget.id}\x1f{account.key}", payer.run, words):
            self._record_event(connection, ALERT, payer, budget, account, used, 0)

    def _record_reached(
        self, connection: Connection, payer: Payer, budget: Budget, account: Account, used: int, wanted: int
    ) -> None:
        after = "the work went on without a model" if budget.then is not BudgetAction.STOP else ""
        words = f"Budget: {budget.reason} {budget.words(used)}" + (f" So {after}." if after else "")
        mark = f"{budget.id}\x1f{account.key}\x1f{payer.run}"
        if _say_once(connection, mark, payer.run if after else "", words):
            self._record_event(connection, REACHED, payer, budget, account, used, wanted)

    def _record_event(
        self, connection: Connection, kind: str, payer: Payer, budget: Budget, account: Account, used: int, wanted: int
    ) -> None:
        body = {
            "budget": budget.id,
            "owner": budget.owner,
            "per": budget.per,
            "subject": account.subject,
            "window": account.window,
            "currency": budget.currency,
            "amount_minor": budget.amount_minor,
            "used_micros": used,
            "wanted_micros": wanted,
            "then": str(budget.then),
        }
        who = payer.principal
        self._audit.append_in(
            connection, AuditEvent(kind, f"user:{who.user_id}", who.tenant, payer.thread, payer.run, body)
        )


def _find_concerned(budgets: Iterable[Budget], payer: Payer, now: datetime) -> list[tuple[Budget, Account]]:
    return [
        (budget, account)
        for budget in budgets
        for window, account in list_payer_accounts(payer, budget.currency, now)
        if (budget.per, budget.window) == (account.per, window)
    ]


def _read_used(connection: Connection, account: Account) -> int:
    found = connection.execute(
        select(accounts.c.held + accounts.c.spent).where(accounts.c.account == account.key)
    ).scalar()
    return int(found or 0)


def _book(connection: Connection, payer: Payer, item: str, micros: int, currency: str, now: datetime) -> str:
    ours = {account.key: account for _, account in list_payer_accounts(payer, currency, now)}
    known = set(connection.execute(select(accounts.c.account).where(accounts.c.account.in_(ours))).scalars())
    fresh = [
        {
            "account": key,
            "tenant": account.tenant,
            "per": account.per,
            "subject": account.subject,
            "span": account.window,
            "currency": currency,
            "held": 0,
            "spent": 0,
            "times": 0,
        }
        for key, account in ours.items()
        if key not in known
    ]
    if fresh:
        connection.execute(insert(accounts), fresh)
    _move(connection, list(ours), held=micros, times=1)
    ticket, at = uuid4().hex, int(now.timestamp())
    row = {
        "ticket": ticket,
        "tenant": payer.principal.tenant,
        "user_id": payer.principal.user_id,
        "thread": payer.thread,
        "run": payer.run,
        "item": item,
        "accounts": json.dumps(list(ours)),
        "reserved": micros,
        "state": HELD,
        "at": at,
        "expires": at + int(LIFETIME.total_seconds()),
    }
    connection.execute(insert(spending), row)
    return ticket


def _move(connection: Connection, keys: Iterable[str], *, held: int = 0, spent: int = 0, times: int = 0) -> None:
    more = {"more_held": held, "more_spent": spent, "more_times": times}
    connection.execute(_BOOK, [{"wanted": key, **more} for key in keys])


def _expire(connection: Connection, now: datetime) -> None:
    for row in _read_late(connection, now):
        _move(connection, json.loads(row.accounts), held=-row.reserved)
        connection.execute(update(spending).where(spending.c.ticket == row.ticket).values(state=EXPIRED))


def _read_late(connection: Connection, now: datetime) -> Sequence[Any]:
    """The reservations whose lifetime has ended."""
    over = spending.c.state == HELD, spending.c.expires <= int(now.timestamp())
    return connection.execute(select(spending.c.ticket, spending.c.accounts, spending.c.reserved).where(*over)).all()


def _say_once(connection: Connection, mark: str, run: str, text: str) -> bool:
    if connection.execute(select(notes.c.mark).where(notes.c.mark == mark)).first():
        return False
    connection.execute(insert(notes), {"mark": mark, "run": run, "text": text})
    return True
