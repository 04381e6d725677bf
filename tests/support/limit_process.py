"""A process that hits one rate limit, or spends from one budget, many times at once.

``python limit_process.py PATH hit TIMES NAME`` sends so many messages of one user in 25 threads; ``... spend ...``
reserves one euro as often and settles every second reservation. It says ``ready``, waits for a line, and prints how
many got through.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.principal import Principal
from countersign.policies.limits.budgets import BudgetLedger
from countersign.policies.limits.rate_limiter import RateLimiter
from countersign.policies.rules.budget import MICRO, OverBudget, Payer
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.rate_limit import LimitSubject
from countersign.policies.storage.database import open_database
from countersign.policies.storage.schema import upgrade_schema
from databases import url_of

WHO = Principal("mara.voss", "acme", teams=frozenset({"support", "night"}))


def main(path: str, command: str, times: str) -> None:
    """Gets ready, waits, and does it."""
    engine = open_database(url_of(Path(path)))
    upgrade_schema(engine)
    policy = load_packs([Path(path).with_suffix(".yaml")])
    rates = RateLimiter(engine, lambda: policy, AuditLog(engine))

    def hit(number: int) -> bool:
        return not rates.refusal(LimitSubject.MESSAGE, "", WHO, f"{path} {number} {id(rates)} {sys.argv[-1]}")[0]

    budget = BudgetLedger(engine, lambda: policy, AuditLog(engine))

    def spend(number: int) -> bool:
        try:
            ticket = budget.reserve(Payer(WHO, f"acme/mara.voss/{number}", "run-1"), "model:m", MICRO, "EUR")
        except OverBudget:
            return False
        if number % 2:
            budget.settle(ticket, MICRO)
        return True

    jobs = {"hit": hit, "spend": spend}
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(25) as pool:
        print(sum(pool.map(jobs[command], range(int(times)))))
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:4])
