"""How fast recorded decisions are decided again: ``python benchmarks/backtest.py [DECISIONS]``.

The log is a real one in SQLite: refunds, vouchers, invoices and reads of a made-up company, recorded by the code that
records every decision, each decided under the default packs. They are then decided again under the same packs with a
lower limit for refunds. Printed are the seconds for reading, deciding and comparing, and what flipped.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from countersign.app.access.rulebook import load_packs_at
from countersign.graphs.assistant.default_content import load_content
from countersign.policies.audit.log import AuditEvent, AuditLog
from countersign.policies.backtest.backtest import run_backtest
from countersign.policies.engine.engine import decide
from countersign.policies.engine.evidence_record import dump_facts
from countersign.policies.rules.pack import PackCase
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set
from countersign.policies.storage.database import make_sqlite_url, open_database
from countersign.policies.storage.schema import upgrade_schema
from countersign.policies.testing.cases import build_situation, resolve_cases
from countersign.tools.ledger.audit_events import make_call_event

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
BASES = (
    "refund of exactly 100.00 EUR",
    "voucher of exactly 25.00 EUR",
    "matched invoice of exactly 5,000.00 EUR",
    "contact data with a ticket at hand",
)


def main() -> None:
    """Writes the log, decides it again, prints the figures."""
    parser = argparse.ArgumentParser(description="How fast recorded decisions are decided again.")
    parser.add_argument("decisions", type=int, nargs="?", default=100_000)
    wanted = parser.parse_args().decisions
    content = load_content()
    policy, tools = load_packs_at((), content), content.policy_views
    cases = [case for pack in policy.packs for case in resolve_cases(pack) if case.name in BASES]
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(make_sqlite_url(Path(folder) / "log.db"))
        upgrade_schema(engine)
        audit = AuditLog(engine)
        batch: list[AuditEvent] = []
        for event in _events(policy, cases, tools, wanted):
            batch.append(event)
            if len(batch) == 1000:
                audit.append(*batch)
                batch.clear()
        if batch:
            audit.append(*batch)
        lower = _lowered(policy)
        for processes in (1, 2):
            begun, busy = time.perf_counter(), _busy()
            found = run_backtest(lower, audit.records(kind="decision"), processes=processes)
            took, worked = time.perf_counter() - begun, _busy() - busy
            counts = ", ".join(f"{count:,} {change}" for change, count in found.counts().items())
            print(
                f"{found.decided:,} decisions, {processes} process(es): {took:.1f} s, {worked:.1f} s of CPU; {counts}"
            )
        same = run_backtest(policy, audit.records(kind="decision"))
        print(f"under the same packs: {len(same.flips)} flips")
        engine.dispose()


def _busy() -> float:
    """Seconds of CPU of this process and those it waited for."""
    return sum(os.times()[:4])


def _events(
    policy: PolicySet, cases: list[PackCase], tools: dict[str, dict[str, object]], wanted: int
) -> Iterator[AuditEvent]:
    for number in range(wanted):
        case = cases[number % len(cases)]
        if "amount_minor" in case.args:
            case = case.model_copy(update={"args": {**case.args, "amount_minor": 100 + number * 7 % 20_000}})
        proposal, facts = build_situation(policy, case, tools, NOW + timedelta(seconds=number))
        decision = decide(policy, proposal, facts)
        yield make_call_event(
            "decision", proposal, decision.record() | {"proposal": proposal.record()} | dump_facts(facts)
        )


def _lowered(policy: PolicySet) -> PolicySet:
    """The same packs, with 80.00 EUR instead of 100.00 EUR for refunds without a signature and 120.00 for vouchers."""
    packs = []
    for pack in policy.packs:
        rules = []
        for rule in pack.rules:
            when = rule.when
            if rule.id.startswith("support.refund."):
                when = when.replace("10000 ", "8000 ").replace("<= 10000", "<= 8000")
            if rule.id.startswith("support.voucher."):
                when = when.replace("2500", "12000")
            rules.append(rule.model_copy(update={"when": when}))
        packs.append(pack.model_copy(update={"rules": tuple(rules)}))
    return assemble_policy_set(packs)


if __name__ == "__main__":
    main()
