"""What it costs to count under rate limits, and to reserve and settle money.

Run `python benchmarks/limiting.py [--times N] [--json]`: one user under three limits with many hits in the window, and
two budgets with many reservations before, one after the other on SQLite. Milliseconds, half of all and 95 of 100.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.principal import Principal
from countersign.policies.limits.budgets import BudgetLedger
from countersign.policies.limits.rate_limiter import RateLimiter
from countersign.policies.rules.budget import Payer
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.rate_limit import LimitSubject
from countersign.policies.storage.database import open_database
from countersign.policies.storage.schema import upgrade_schema

WHO = Principal("mara", "acme", teams=frozenset({"support"}))
PACK = """
pack: till
version: "1"
owner: boss
description: The rules of the measurement.
rules:
  - {id: till.pay, description: One rule., owner: boss, source: book#1, tools: [pay.out], effect: allow, reason: Yes.}
limits:
  - {id: till.user, owner: boss, source: book#1, per: user, rate: 900000/day, reason: Too often.}
  - {id: till.team, owner: boss, source: book#1, per: team, rate: 900000/day, reason: Too often.}
  - {id: till.all, owner: boss, source: book#1, per: tenant, rate: 900000/day, reason: Too often.}
budgets:
  - {id: till.case, owner: boss, source: book#1, per: case, window: case, amount_minor: 900000000, currency: EUR,
     reason: Too dear.}
  - {id: till.day, owner: boss, source: book#1, per: team, window: day, amount_minor: 900000000, currency: EUR,
     reason: Too dear.}
"""


def timed(times: int, work: Callable[[int], None]) -> dict[str, float]:
    """Milliseconds of one call: p50 and p95."""
    took = []
    for number in range(times):
        started = time.perf_counter()
        work(number)
        took.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(took, n=100)
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3)}


def measure(times: int) -> dict[str, Any]:
    """All kinds in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "till.yaml").write_text(PACK)
        policy = load_packs([folder / "till.yaml"])
        engine = open_database(f"sqlite:///{folder / 'books.db'}")
        upgrade_schema(engine)
        audit = AuditLog(engine)
        rates, spending = RateLimiter(engine, lambda: policy, audit), BudgetLedger(engine, lambda: policy, audit)
        tickets: list[str] = []
        payer = Payer(WHO, "acme/mara/one", "run-1")

        def hit(number: int) -> None:
            if rates.refusal(LimitSubject.MESSAGE, "", WHO, f"run-{number}")[0]:
                raise SystemExit("The measurement went wrong: a limit was reached.")

        found = {
            "times": times,
            "three_limits_ms": timed(times, hit),
            "reserve_ms": timed(times, lambda _: tickets.append(spending.reserve(payer, "model:m", 1000, "EUR"))),
            "settle_ms": timed(times, lambda number: spending.settle(tickets[number], 500)),
        }
        engine.dispose()
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command; see the module's text."""
    parser = argparse.ArgumentParser(description="What limits and budgets cost.")
    parser.add_argument("--times", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = measure(options.times)
    if options.json:
        print(json.dumps(found))
        return 0
    for what in ("three_limits_ms", "reserve_ms", "settle_ms"):
        print(f"{what.removesuffix('_ms').replace('_', ' ')}: {found[what]['p50']} ms (p95 {found[what]['p95']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
