"""Budgets: room is taken before money is spent, and never more than there is, over threads and processes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from clocks import StoppedClock
from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import PolicyError
from countersign.policies.limits.budgets import ALERT, LIFETIME, REACHED, BudgetLedger
from countersign.policies.rules.budget import MICRO, BudgetAction, OverBudget, Payer, convert_to_micros
from countersign.policies.rules.loader import load_packs
from databases import Databases
from process_group import run_together

HITTING = Path(__file__).parents[2] / "support" / "limit_process.py"
HEAD = """
pack: house
version: "1"
owner: boss
description: The budgets of one test.
rules:
  - {id: house.all, description: Everything., owner: boss, source: book#1, tools: ["*"], effect: allow, reason: Fine.}
budgets:
"""
BUDGET = "  - {{id: house.{name}, owner: boss, source: book#2, reason: Too dear., currency: EUR, {rest}}}\n"
MARA = Principal("mara.voss", "acme", teams=frozenset({"support", "night"}))
TOM = Principal("tom.adler", "acme", teams=frozenset({"support"}))
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
DAY = "per: user, window: day, amount_minor: 300"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOON)


@pytest.fixture
def spending(databases: Databases, tmp_path: Path, clock: StoppedClock) -> Callable[..., BudgetLedger]:
    """Makes the accounts under budgets such as ``user="per: user, window: day, amount_minor: 300"``."""

    def make(**budgets: str) -> BudgetLedger:
        pack = tmp_path / "money.yaml"
        body = "".join(BUDGET.format(name=name, rest=rest) for name, rest in budgets.items())
        pack.write_text(HEAD + body if body else HEAD.replace("budgets:\n", ""))
        policy = load_packs([pack])
        engine = databases.open(tmp_path / "money.db")
        return BudgetLedger(engine, lambda: policy, AuditLog(engine), clock)

    return make


def payer(who: Principal = MARA, case: str = "one", run: str = "run-1") -> Payer:
    return Payer(who, f"acme/{who.user_id}/{case}", run)


def take(spending: BudgetLedger, euros: str, by: Payer | None = None) -> str:
    return spending.reserve(by or payer(), "model:m", convert_to_micros(Decimal(euros)), "EUR")


def used(spending: BudgetLedger, per: str = "user") -> tuple[int, int]:
    """Spent and reserved micros of the first account of a kind today."""
    first = spending.sums("acme", per, by_day=True)[0]
    return first.spent, first.held


def test_what_is_reserved_is_not_there_for_others(spending: Callable[..., BudgetLedger]) -> None:
    """Two answers of two euros from three must not both be asked for, although neither has cost anything yet."""
    money = spending(user=DAY)
    first = take(money, "2")
    with pytest.raises(OverBudget, match=r"^Too dear\. 66 % of 3\.00 EUR for each user and day is used \(book#2\)\."):
        take(money, "2")
    money.settle(first, 500_000)
    second = take(money, "2.5")
    assert used(money) == (500_000, 2_500_000)
    money.settle(second, None)
    money.settle(second, 1)
    assert used(money) == (3 * MICRO, 0), "nobody knows what it cost, so all of it counts, and once"


def test_a_dead_reservation_counts_until_its_life_ends(
    spending: Callable[..., BudgetLedger], clock: StoppedClock
) -> None:
    """A crash between asking and answer must neither free money at once nor hold it for ever."""
    money = spending(user=DAY)
    dead = take(money, "3")
    clock.now += LIFETIME - timedelta(seconds=1)
    with pytest.raises(OverBudget):
        take(money, "1")
    clock.now += timedelta(seconds=1)
    assert used(money) == (0, 0), "what has no life is not shown either"
    alive = take(money, "1")
    money.settle(dead, 2 * MICRO)
    assert used(money) == (2 * MICRO, MICRO), "an answer that comes late is booked all the same"
    money.settle(alive, 0)


@pytest.mark.parametrize(
    ("rest", "same", "other"),
    [
        ("per: user, window: day, amount_minor: 100", payer(case="two"), payer(TOM)),
        ("per: case, window: case, amount_minor: 100", payer(), payer(case="two")),
        ("per: team, window: day, amount_minor: 100", payer(TOM), payer(Principal("x", "acme"))),
        ("per: tenant, window: month, amount_minor: 100", payer(TOM), payer(Principal("x", "other"))),
    ],
)
def test_each_budget_knows_whose_money_it_is(
    spending: Callable[..., BudgetLedger], rest: str, same: Payer, other: Payer
) -> None:
    """Money of one person, case, team or tenant must not pay for another's, and is one sum for all who share it."""
    money = spending(it=rest)
    take(money, "1")
    with pytest.raises(OverBudget):
        take(money, "0.01", same)
    take(money, "1", other)


def test_a_day_and_a_month_begin_anew(spending: Callable[..., BudgetLedger], clock: StoppedClock) -> None:
    """What was spent yesterday must count for the month and not for the day."""
    money = spending(
        day="per: user, window: day, amount_minor: 100", month="per: user, window: month, amount_minor: 200"
    )
    for _ in range(2):
        money.settle(take(money, "1"), None)
        clock.now += timedelta(days=1)
    with pytest.raises(OverBudget, match="and month is used"):
        take(money, "0.01")
    clock.now += timedelta(days=20)
    take(money, "1")


def test_a_budget_that_comes_later_knows_what_was_spent(spending: Callable[..., BudgetLedger]) -> None:
    """A new pack must not give everybody the whole sum once more."""
    before = spending()
    before.settle(take(before, "2.50"), None)
    with pytest.raises(OverBudget):
        take(spending(user=DAY), "1")


def test_people_are_told_once_before_it_runs_out(
    databases: Databases, tmp_path: Path, spending: Callable[..., BudgetLedger]
) -> None:
    """The owner must see it coming, and not a hundred times; the turn in which it happened says so."""
    money = spending(user=DAY + ", alert_at: 50, then: stop")
    take(money, "1", payer(run="run-1"))
    assert money.notes("run-1") == []
    take(money, "1", payer(run="run-2"))
    take(money, "0.50", payer(run="run-3"))
    assert money.notes("run-2") == ["Budget: 66 % of 3.00 EUR for each user and day is used (book#2)."]
    assert money.notes("run-3") == []
    with pytest.raises(OverBudget) as over:
        take(money, "1", payer(run="run-4"))
    assert over.value.stop
    log = AuditLog(databases.open(tmp_path / "money.db"))
    [alert], [reached] = list(log.records(kind=ALERT)), list(log.records(kind=REACHED))
    assert (alert.run, alert.data["used_micros"]) == ("run-2", 2 * MICRO)
    assert (reached.run, reached.data["wanted_micros"], reached.data["then"]) == ("run-4", MICRO, "stop")


def test_a_budget_near_its_end_asks_for_the_cheaper_model(spending: Callable[..., BudgetLedger]) -> None:
    """The cheaper model must be asked from the alert on, and not before."""
    money = spending(user=DAY + ", alert_at: 50, then: cheaper")
    take(money, "1.49")
    assert money.find_low_budget(payer(), BudgetAction.CHEAPER) is None
    take(money, "0.01")
    assert money.find_low_budget(payer(), BudgetAction.CHEAPER) is not None
    assert money.find_low_budget(payer(TOM), BudgetAction.CHEAPER) is None


def test_currencies_are_never_compared(spending: Callable[..., BudgetLedger]) -> None:
    """Yen that count as euros would let a hundred times too much through."""
    money = spending(user=DAY)
    with pytest.raises(OverBudget, match="in one currency"):
        money.reserve(payer(), "model:m", 1, "JPY")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_hundred_at_once_never_overspend(databases: Databases, tmp_path: Path, processes: int) -> None:
    """One euro each, 37 there: the 38th that gets through is money that nobody granted."""
    pack = tmp_path / "race.yaml"
    pack.write_text(HEAD + BUDGET.format(name="team", rest="per: team, window: month, amount_minor: 3700"))
    engine = databases.open(tmp_path / "race.db")
    words = [str(HITTING), str(tmp_path / "race.db"), "spend", str(100 // processes)]
    got = [int(said) for said in run_together([[*words, f"p{number}"] for number in range(processes)])]
    assert sum(got) == 37, got
    policy = load_packs([pack])
    for found in BudgetLedger(engine, lambda: policy, AuditLog(engine)).sums("acme", "team"):
        assert (found.spent + found.held, found.times) == (37 * MICRO, 37)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("per: case, window: day, amount_minor: 1", "per: case goes with window: case"),
        ("per: user, window: week, amount_minor: 1", "unknown window 'week'"),
        ("per: user, window: day, amount_minor: 1.5", "Write money in minor units"),
        ("per: user, window: day, amount_minor: 1, then: stopp", "did you mean 'stop'?"),
        ("per: user, window: day, amount_minor: 1, alert_at: 101", "alert_at"),
    ],
)
def test_a_budget_that_cannot_be_used_is_named(tmp_path: Path, rest: str, said: str) -> None:
    """A budget with a slip of the pen that is silently dropped is no budget."""
    pack = tmp_path / "slip.yaml"
    pack.write_text(HEAD + BUDGET.format(name="slip", rest=rest))
    with pytest.raises(PolicyError, match=r"slip\.yaml:9:") as error:
        load_packs([pack])
    assert said in str(error.value)
