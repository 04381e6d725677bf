"""What it costs to ask the past: deciding a call at a million rows of the ledger, with a history and without.

Run `python benchmarks/history.py [--rows N] [--json]`. One rule asks how often one of 20,000 customers was served in
30 days, and what was paid today, at 2,700 payments a day. SQLite, as the registry does it. Exit code 1
when the median decision takes 1 ms or more.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.governance.governance import open_governance
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.storage.database import begin_write, open_database
from countersign.tools.ledger.history_index import HistoryIndex, indexed, table
from countersign.tools.ledger.ledger import Ledger
from sqlalchemy import insert

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
CUSTOMERS, A_DAY, ROUNDS = 20_000, 2_700, 2_000
PACK = """
pack: till
version: "1"
owner: boss
description: The rules of the measurement.
{history}
rules:
  - {{id: till.pay, description: One rule., owner: boss, source: book#1, tools: [pay.out], effect: allow, reason: Yes.,
     when: "{when}"}}
"""
HISTORY = """history:
  thirty_days: {tools: [pay.out], same: args.customer, within: 30d}
  today: {tools: [pay.out], same: tenant, within: day, sum: args.amount_minor}"""
SPEC = {"name": "pay.out", "version": "1", "effect": "write", "owner": "till", "critical": []}
WHO = Principal("mara", "acme", frozenset({"clerk"}))


def fill(engine: Any, policy: PolicySet, rows: int) -> None:
    """As many marked effects, 2,700 a day, as two histories mark them."""
    count, total = policy.histories["thirty_days"].mark, policy.histories["today"].mark

    def marks() -> Any:
        for number in range(rows // 2):
            at = (NOW - timedelta(days=1) * ((number + 0.5) / A_DAY)).isoformat()
            common = {"digest": f"{number:064x}", "tenant": "acme", "at": at, "counts": 1}
            yield common | {"mark": count, "value": f"CUS-{number % CUSTOMERS}", "amount": 1}
            yield common | {"mark": total, "value": "acme", "amount": 100 + number % 900}

    found = marks()
    while some := [row for _, row in zip(range(50_000), found, strict=False)]:
        with begin_write(engine) as connection:
            connection.execute(insert(table), some)
    with begin_write(engine) as connection:
        connection.execute(insert(indexed), [{"mark": mark, "at": NOW.isoformat()} for mark in (count, total)])


def proposals(policy: PolicySet) -> list[Proposal]:
    """Calls for customers all over the ledger."""
    return [
        Proposal(
            "pay.out",
            "1",
            canonicalize({"customer": f"CUS-{n * 7 % CUSTOMERS}", "amount_minor": 100}),
            "finance",
            "mara",
            "acme",
            "t",
            f"run-{n}",
            policy.revision,
            planned=True,
        )
        for n in range(ROUNDS)
    ]


def timed(policy: PolicySet, histories: HistoryIndex) -> list[float]:
    """Milliseconds for each decision, with what it asks of the past."""
    took = []
    for proposal in proposals(policy):
        started = time.perf_counter()
        told = histories.tell(policy, proposal, {}, NOW)
        decision = decide(policy, proposal, Facts(WHO, SPEC, {}, NOW, history=told.values(policy)))
        took.append((time.perf_counter() - started) * 1000)
        if decision.verdict != "allow":
            raise SystemExit(f"The measurement went wrong: {decision.reasons}")
    return took


def measure(rows: int) -> dict[str, Any]:
    """Both kinds in one run, in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "with.yaml").write_text(
            PACK.format(history=HISTORY, when="history.thirty_days < 99 && history.today < 99000000")
        )
        (folder / "without.yaml").write_text(PACK.format(history="", when="args.amount_minor < 990"))
        asks, plain = load_packs([folder / "with.yaml"]), load_packs([folder / "without.yaml"])
        engine = open_database(f"sqlite:///{folder / 'books.db'}")
        histories = Ledger(engine, open_governance(engine, folder).audit).histories
        fill(engine, asks, rows)
        found = [(timed(plain, histories), timed(asks, histories)) for _ in range(2)][-1]
        engine.dispose()
    without, with_history = found
    return {
        "rows": rows,
        "decision_ms": {"p50": _at(without, 50), "p95": _at(without, 95)},
        "with_history_ms": {"p50": _at(with_history, 50), "p95": _at(with_history, 95)},
    }


def _at(values: list[float], percent: int) -> float:
    return round(statistics.quantiles(values, n=100)[percent - 1], 3)


def main(arguments: list[str] | None = None) -> int:
    """The command; see the module's text."""
    parser = argparse.ArgumentParser(description="What it costs to ask the past.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = measure(options.rows)
    if options.json:
        print(json.dumps(found))
    else:
        plain, asks = found["decision_ms"], found["with_history_ms"]
        print(f"{found['rows']:,} rows; a decision takes {plain['p50']} ms (p95 {plain['p95']})")
        print(f"one that asks a count and a day's sum takes {asks['p50']} ms (p95 {asks['p95']})")
    return 0 if found["with_history_ms"]["p50"] < 1 else 1


if __name__ == "__main__":
    sys.exit(main())
