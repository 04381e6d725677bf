"""The state machine: hypothesis chooses who does what, and in which order.

One rule draws the action by weight from those that are possible. Many rules would be switched off in whole examples
(hypothesis tests swarms), and most lives would then hold no request at all.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import soak_attacks as attacks
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from soak_actions import Soak
from soak_environment import Stage, keep_checkpoints
from soak_model import Run, Sheet
from soak_requests import invoice_request, refund_request
from soak_rules import BOOKS
from soak_staff import BASE, CLERKS, EVERYBODY, REQUESTERS

AMOUNTS = (15_000, 35_000, 4_000, 9_000, 27_000, 70_000, 110_000, 150_000)
SPANS = (timedelta(minutes=5), timedelta(hours=5), timedelta(hours=25), timedelta(days=2, minutes=1), timedelta(days=6))
CHATTER = ("hello", "what is waiting for me?", "show order {order}")
KINDS = ("approve", "approve", "reject", "respond", "request_changes")
T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]
PICK = range(100)

ALWAYS = {"refund": 9, "invoice": 3, "chat": 2, "time": 4, "roles": 3, "back": 2, "rules": 3, "restart": 2}
"""What is always possible, and how often it is done."""
WITH_OPEN = {"approve": 8, "answer": 4, "anybody": 4, "edit": 5, "delegate": 2, "client": 6, "race": 3}
WITH_REVIEW = {"withdraw": 2, "stale": 4, "forge": 5, "direct": 4, "loosen": 2}
WITH_RUN = {"nothing": 2, "replay": 6, "fork": 4}


def machine_for(stage: Stage, folder: Path, tally: Counter[str]) -> type[RuleBasedStateMachine]:
    """The machine over one prepared company.

    Args:
        folder: each example makes a folder in it, and removes it.
        tally: counts what happened, over all examples.
    """
    numbers = count()

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.home = folder / f"soak-{next(numbers)}"
            self.checkpoint_guard = keep_checkpoints()
            self.checkpoint_guard.__enter__()
            self.actions = Actions(Soak.begin(stage, self.home, tally))

        def teardown(self) -> None:
            try:
                self.actions.soak.end()
            finally:
                self.checkpoint_guard.__exit__(None, None, None)
                shutil.rmtree(self.home, ignore_errors=True)
            tally["examples"] += 1

        @rule(data=st.data())
        def live(self, data: st.DataObject) -> None:
            possible = [name for name, weight in self.actions.possible().items() for _ in range(weight)]
            self.actions.do(data.draw(st.sampled_from(possible)), lambda items: data.draw(st.sampled_from(items)))

    return Machine


class Actions:
    """The actions by name, each with what it chooses."""

    def __init__(self, soak: Soak) -> None:
        self.soak = soak
        self.choose: Choose = _nothing
        self.met: Sheet | None = None

    def possible(self) -> dict[str, int]:
        """The names of what can be done now, with their weights."""
        model, found = self.soak.model, dict(ALWAYS)
        if model.open():
            found |= WITH_OPEN
        if model.sheets:
            found |= WITH_REVIEW
        if self.requests():
            found |= WITH_RUN
        return found

    def do(self, name: str, choose: Choose) -> None:
        """Does it, on one of the two doors."""
        self.choose = choose
        getattr(self, name)(choose((0, 0, 0, 1)))

    def requests(self) -> list[Run]:
        """The runs that asked for something."""
        return [run for run in self.soak.model.runs.values() if run.tool]

    def open(self) -> Sheet:
        """One of the open reviews."""
        return self.pick(self.soak.model.open())

    def sheet(self) -> Sheet:
        """Any review."""
        return self.pick(list(self.soak.model.sheets.values()))

    def pick(self, items: list[T]) -> T:
        """One of them, most often one of the newest."""
        place: int = self.choose(PICK)
        return items[-1 - (place % len(items) if place % 3 == 2 else place % min(3, len(items)))]

    def one(self, *items: Any) -> Any:
        """One of them, evenly."""
        return self.choose(items)

    def refund(self, at: int) -> None:
        user, order = self.one(*REQUESTERS), self.one(*self.soak.world.stage.orders)
        text, args = refund_request(order, self.one(*AMOUNTS))
        thread = self.one("first", "second")
        note(f"{user} in {thread}: {text}")
        self.soak.send(at, user, "refunds.issue", args, text, thread)

    def invoice(self, at: int) -> None:
        text, args = invoice_request(self.one(*self.soak.world.stage.exceptions), self.soak.world.stage.exceptions)
        self.soak.send(at, self.one(*CLERKS), "invoices.post", args, text, self.one("first", "second"))

    def chat(self, at: int) -> None:
        text = self.one(*CHATTER).format(order=self.soak.world.stage.orders[0])
        self.soak.chat(at, self.one(*REQUESTERS), text, self.one("first", "second"))

    def approve(self, at: int) -> None:
        self._by_who_may(at, "approve")

    def answer(self, at: int) -> None:
        self._by_who_may(at, self.one(*KINDS))

    def _by_who_may(self, at: int, kind: str) -> None:
        sheet = self.open()
        able = [user for user in BASE if self.soak.model.seat(sheet, user)] or [*BASE]
        self.soak.answer("answer", at, sheet, self.one(*able), kind)

    def anybody(self, at: int) -> None:
        self.soak.answer("anybody answers", at, self.open(), self.one(*EVERYBODY), self.one(*KINDS))

    def edit(self, at: int) -> None:
        sheet = self.open()
        amount = self.one(*AMOUNTS, 0, 90_000_000)
        change = {"amount_minor": amount} if sheet.tool == "refunds.issue" else {"note": f"seen {amount}"}
        able = [user for user in BASE if self.soak.model.seat(sheet, user)]
        self.soak.answer(
            "edit", at, sheet, self.one(*able, *able, "karl.weiss", "mara.voss"), "edit", {**sheet.args, **change}
        )

    def delegate(self, at: int) -> None:
        sheet = self.open()
        able = [user for user in BASE if self.soak.model.seat(sheet, user)]
        self.soak.answer(
            "delegate", at, sheet, self.one(*able, *EVERYBODY), "delegate", None, self.one(*able, *EVERYBODY)
        )

    def race(self, at: int) -> None:
        sheet, kinds = self.open(), (self.one(*KINDS), self.one(*KINDS))
        able = [user for user in BASE if self.soak.model.seat(sheet, user)] or [*BASE]
        attacks.race(self.soak, sheet, (self.one(*able), self.one(*able)), kinds)
        del at

    def client(self, at: int) -> None:
        """Often at the pause where a client answered last, because what it left there must not count for another."""
        again = self.met is not None and self.met.state == "open" and self.one(True, True, False)
        sheet = self.met = self.met if again and self.met is not None else self.open()
        able = [user for user in BASE if self.soak.model.seat(sheet, user)]
        user, kind = self.one(*able, "", *EVERYBODY[:4], *able), self.one("approve", "approve", "reject")
        if again and self.one(True, False):
            attacks.client_resumes(self.soak, at, sheet, user)
            return
        attacks.client_answers(self.soak, at, sheet, user, kind, self.one(*attacks.FORMS), keyed=self.one(True, False))

    def stale(self, at: int) -> None:
        if self.soak.last is not None and self.one(True, False):
            review_id, user, kind, args, to = self.soak.last
            self.soak.answer("same answer again", at, self.soak.model.sheets[review_id], user, kind, args, to)
            return
        closed = [sheet for sheet in self.soak.model.sheets.values() if sheet.state != "open"]
        sheet = self.pick(closed) if closed else self.open()
        self.soak.answer("stale answer", at, sheet, self.one(*EVERYBODY), self.one(*KINDS))

    def withdraw(self, at: int) -> None:
        sheet = self.sheet()
        self.soak.withdraw(at, sheet, self.one(sheet.requester, "mara.voss.admin", "tom.adler"))

    def nothing(self, at: int) -> None:
        attacks.resume_none(self.soak, at, self.pick(self.requests()))

    def replay(self, at: int) -> None:
        attacks.replay(self.soak, at, self.pick(self.requests()), self.choose(PICK), settled=self.one(True, False))

    def fork(self, at: int) -> None:
        run, which, amount = self.pick(self.requests()), self.choose(PICK), self.one(None, *AMOUNTS)
        text, args = "hello", None
        if amount is not None and run.tool == "refunds.issue":
            text, args = refund_request(run.wanted[0][1]["order_id"], amount)
        attacks.fork(self.soak, at, run, which, text, args, self.one("intake", "route", ""))

    def forge(self, at: int) -> None:
        sheet = self.sheet()
        attacks.forge(self.soak, at, sheet, self._changes(sheet), self._grant(sheet), beside=self.one(True, False))

    def direct(self, at: int) -> None:
        sheet = self.sheet()
        attacks.call_directly(self.soak, at, sheet, self._changes(sheet), self._grant(sheet))

    def loosen(self, at: int) -> None:
        """The rules let through what people were asked about and did not agree to, and somebody tries it."""
        asked = [sheet for sheet in self.soak.model.sheets.values() if sheet.state != "approved"]
        if asked:
            sheet = self.pick(asked)
            self.soak.rules_change("loose")
            attacks.call_directly(self.soak, at, sheet, {}, self.one("", sheet.review_id))

    def _changes(self, sheet: Sheet) -> dict[str, Any]:
        change = self.one(None, None, None, None, None, *AMOUNTS[:3])
        return {} if change is None or sheet.tool != "refunds.issue" else {"amount_minor": change}

    def _grant(self, sheet: Sheet) -> str:
        return str(self.one(sheet.review_id, "", "", self.sheet().review_id))

    def time(self, at: int) -> None:
        self.soak.pass_time(at, self.one(*SPANS))

    def roles(self, at: int) -> None:
        user = self.one(*BASE)
        self.soak.staff_changes(user, self.one(("employee",), None, BASE[user][1]))
        del at

    def back(self, at: int) -> None:
        for user, (_, roles) in BASE.items():
            if self.soak.model.staff.roles[user] != roles:
                self.soak.staff_changes(user, roles)
        del at

    def rules(self, at: int) -> None:
        self.soak.rules_change(self.one("written", "loose", *BOOKS))
        del at

    def restart(self, at: int) -> None:
        self.soak.restart(at)


def _nothing(_items: Sequence[Any]) -> Any:
    raise RuntimeError("an action chooses only while it is done")
