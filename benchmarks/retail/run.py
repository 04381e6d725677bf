"""Does a written policy, encoded, let all correct calls through and stop every violation?

Run `python benchmarks/retail [--json] [--data FOLDER]`. Exit code 1 when a floor is missed, 2 when the data is not
there.

The pack says what `policy.md` says. The tasks' correct calls are made through the real registry, with ledger and audit:
each changing call must first be held back until the customer confirms exactly it, then run, and in the end the shop
must stand as after the same calls on its bare functions. Just before each changing call, and once just after, mutants
of it are tried (see `mutants.py`): none may run. 48 of the tasks list no search for the customer; there the customer is
found by e-mail first, through the same tool, because the policy has it so.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.testing.cases import run_cases
from countersign.tools.outcome import Status

from .desk import SEARCHES, Desk
from .mutants import SENTENCES, UNCONFIRMED, Mutant, after, mutants, second_customers
from .records import Conversation, Shop, load

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "tau2_retail"
FLOOR = 0.99
FORBIDDEN = {
    ("64", "exchange_delivered_order_items"): ("retail.delivered",),  # the order is pending; the task modifies it next
    ("105", "exchange_delivered_order_items"): ("retail.change.balance",),  # 21.10 to pay, 17.00 on the gift card
}
"""Two calls that the tasks list and the written policy forbids: they must be denied, by these rules, and do nothing."""


@dataclass
class Report:
    """What happened.

    Attributes:
        passed: tasks whose correct calls all ran and whose shop stands as it should.
        calls: verdicts on correct calls; a changing call counts as reviewed when it waited for the customer only.
        problems: what went wrong, in words.
        tried, stopped, named: mutants by class; how many did not run; how many of those by the rule of their sentence.
    """

    tasks: int = 0
    passed: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    cases: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether every floor is kept."""
        classes = all(self.stopped[kind] >= FLOOR * count for kind, count in self.tried.items())
        return self.tasks == self.passed and not self.calls["denied"] and classes and self.cases[0] == self.cases[1]

    def record(self) -> dict[str, Any]:
        """As plain data."""
        kinds = {
            kind: {"tried": count, "stopped": self.stopped[kind], "by_its_rule": self.named[kind]}
            for kind, count in sorted(self.tried.items())
        }
        return {
            "tasks": self.tasks,
            "passed": self.passed,
            "calls": dict(self.calls),
            "problems": self.problems,
            "mutants": kinds,
            "mutants_tried": self.tried.total(),
            "mutants_stopped": self.stopped.total(),
            "pack_cases": {"passed": self.cases[0], "all": self.cases[1]},
            "rules_that_fired": dict(sorted(self.rules.items())),
            "seconds": round(self.seconds, 1),
        }


class Trial:
    """Tasks and mutants at one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.report = Report()

    def task(self, task: Mapping[str, Any]) -> None:
        """The correct calls of one task, and the mutants of each."""
        desk, report, thread = self.desk, self.report, f"task-{task['id']}"
        calls = [(action["name"], action["arguments"]) for action in task["evaluation_criteria"]["actions"] or []]
        talk, bare = desk.begin(thread), Shop(desk.base)
        before = len(report.problems)
        for number, (tool, args) in enumerate(opening(calls, bare) + calls):
            run = f"call-{number}"
            if (task["id"], tool) in FORBIDDEN:
                self._forbidden(thread, run, tool, args, FORBIDDEN[task["id"], tool])
                continue
            if tool in WRITES:
                for mutant in mutants(tool, args, talk):
                    self._mutant(f"{thread}-{run}", mutant)
                WRITES[tool](bare, args)
            self._call(thread, run, talk, tool, args)
            if tool in WRITES:
                for mutant in after(tool, args, talk):
                    self._mutant(f"{thread}-{run}-after", mutant)
        if talk.user_id:
            for mutant in second_customers(talk):
                self._mutant(f"{thread}-end", mutant)
        if talk.shop.state() != bare.state():
            report.problems.append(f"{thread}: the shop does not stand as it should")
        report.tasks += 1
        report.passed += len(report.problems) == before

    def _forbidden(self, thread: str, run: str, tool: str, args: Mapping[str, Any], rules: tuple[str, ...]) -> None:
        proposal = self.desk.propose(thread, run, tool, args)
        decision, outcome = self._decide(proposal), self.desk.execute(proposal)
        self.report.calls["forbidden_by_policy"] += 1
        if decision.rules != rules or outcome.status is not Status.DENIED:
            self.report.problems.append(f"{thread} {tool}: expected a denial by {rules}, got {decision.rules}")

    def _call(self, thread: str, run: str, talk: Conversation, tool: str, args: Mapping[str, Any]) -> None:
        desk, report = self.desk, self.report
        proposal = desk.propose(thread, run, tool, args)
        decision = self._decide(proposal)
        verdict = decision.verdict
        if verdict is Verdict.REVIEW and decision.rules == ("retail.confirm",):
            talk.confirm(tool, proposal.args)
            decision = self._decide(proposal)
        report.calls[{Verdict.REVIEW: "reviewed", Verdict.ALLOW: "passed", Verdict.DENY: "denied"}[verdict]] += 1
        if verdict is Verdict.ALLOW and tool in WRITES:
            report.problems.append(f"{thread} {tool}: changed something without the customer's yes")
        outcome = desk.execute(proposal) if decision.verdict is Verdict.ALLOW else None
        if outcome is None or not outcome.ok:
            why = outcome.message if outcome else " ".join(decision.reasons)
            report.problems.append(f"{thread} {tool} {dict(args)}: {why}")

    def _mutant(self, stem: str, mutant: Mutant) -> None:
        desk, report = self.desk, self.report
        report.tried[mutant.kind] += 1
        thread = f"{stem}-mutant-{report.tried.total()}"
        talk = desk.begin(thread, mutant.talk)
        if mutant.confirmed is not None:
            talk.confirm(mutant.tool, mutant.confirmed)
        state = talk.shop.state()
        proposal = desk.propose(thread, "mutant", mutant.tool, mutant.args)
        decision = self._decide(proposal)
        outcome = desk.execute(proposal)
        wanted = Verdict.REVIEW if mutant.kind in UNCONFIRMED else Verdict.DENY
        held = decision.verdict is wanted and outcome.status is Status.DENIED and talk.shop.state() == state
        report.stopped[mutant.kind] += held
        rule = f"retail.{SENTENCES[mutant.kind][1]}"
        match = any(found.startswith(rule) if rule.endswith("_") else found == rule for found in decision.rules)
        report.named[mutant.kind] += held and match
        if not (held and match):
            report.problems.append(f"{thread} {mutant.kind} {mutant.tool} {dict(mutant.args)}: {decision.rules}")
        del desk.threads.talks[thread]

    def _decide(self, proposal: Any) -> Decision:
        decision = self.desk.decide(proposal)
        self.report.rules.update(decision.rules)
        return decision


def opening(calls: list[tuple[str, Any]], shop: Shop) -> list[tuple[str, Any]]:
    """The search for the customer that a task leaves out; nothing when it has one or changes nothing."""
    if any(tool in SEARCHES for tool, _ in calls):
        return []
    for _, args in calls:
        order = shop.look("orders", args.get("order_id", ""))
        if user := shop.look("users", args.get("user_id", "") or (order["user_id"] if order else "")):
            return [("find_user_id_by_email", {"email": user["email"]})]
    return []


def _address(args: Mapping[str, str]) -> dict[str, str]:
    return {name: args[name] for name in ("address1", "address2", "city", "state", "country", "zip")}


WRITES: Mapping[str, Any] = {
    "cancel_pending_order": lambda s, a: s.cancel(a["order_id"], a["reason"]),
    "modify_pending_order_address": lambda s, a: s.set_order_address(a["order_id"], _address(a)),
    "modify_pending_order_payment": lambda s, a: s.set_payment(a["order_id"], a["payment_method_id"]),
    "modify_pending_order_items": lambda s, a: s.modify_items(
        a["order_id"], a["item_ids"], a["new_item_ids"], a["payment_method_id"]
    ),
    "exchange_delivered_order_items": lambda s, a: s.exchange(
        a["order_id"], a["item_ids"], a["new_item_ids"], a["payment_method_id"]
    ),
    "return_delivered_order_items": lambda s, a: s.give_back(a["order_id"], a["item_ids"], a["payment_method_id"]),
    "modify_user_address": lambda s, a: s.set_user_address(a["user_id"], _address(a)),
}
"""The changing tools as the shop's bare functions, past the registry."""


def measure(data: Path = DATA, tasks: int | None = None) -> Report:
    """Runs the tasks, or the first few of them.

    Args:
        data: the folder with ``db.json`` and ``tasks.json``.
    """
    started = time.perf_counter()
    listed = json.loads((data / "tasks.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(load(data), Path(folder))
        try:
            trial = Trial(desk)
            for task in listed[:tasks]:
                trial.task(task)
            results = run_cases(desk.policy)
        finally:
            desk.close()
    for result in results:
        trial.report.problems += [f"case {result.case.name!r}: {problem}" for problem in result.problems]
    trial.report.cases = (sum(result.passed for result in results), len(results))
    trial.report.seconds = time.perf_counter() - started
    return trial.report


def main(arguments: list[str] | None = None) -> int:
    """The command; see the module's text."""
    parser = argparse.ArgumentParser(description="A shop's written policy, encoded, on its tasks and on violations.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--tasks", type=int, help="only the first few")
    options = parser.parse_args(arguments)
    if not (options.data / "db.json").exists():
        print(f"There is no shop in {options.data}. Name the folder with db.json by --data.", file=sys.stderr)
        return 2
    report = measure(options.data, options.tasks)
    if options.json:
        print(json.dumps(report.record(), indent=2))
        return 0 if report.good else 1
    print(f"{report.passed} of {report.tasks} tasks; correct calls: {dict(report.calls)}; {report.seconds:.1f} s")
    print(f"cases of the pack: {report.cases[0]} of {report.cases[1]}")
    for kind, row in report.record()["mutants"].items():
        print(f"{kind:26} {row['stopped']:5} of {row['tried']:5} stopped, {row['by_its_rule']:5} by its own rule")
    print(f"{'all':26} {report.stopped.total():5} of {report.tried.total():5} stopped")
    for problem in report.problems[:40]:
        print(problem)
    return 0 if report.good else 1
