"""What it costs that a write runs once and can be proved, and that people sign: against the disk alone.

Run `python benchmarks/writes.py [--json] [--rounds N] [--reviews N]`. Two comparisons, in one run:

- write: everything around the body of one guarded write (decide twice, ledger, audit, and what the log knows of it),
  with a body that does nothing; against as many bare SQLite commits of one row each, with ``synchronous=FULL`` where
  ours has it. The commits are counted, not assumed;
- reviews: so many open reviews answered one after the other, signed and recorded; the last hundred against the first.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from countersign.graphs import AsyncAssistant, Settings, open_assistant
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Obligations, Verdict
from countersign.policies.domain.proposal import Effect, Proposal
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.rules.loader import load_packs
from countersign.policies.storage.database import open_database
from countersign.tools.ledger.ledger import Ledger
from countersign.tools.outcome import Grant
from countersign.tools.registry.registry import Origin, Registry
from countersign.tools.spec import Arguments, Result, ToolContext, tool
from sqlalchemy import event

PACK = """
pack: bench
version: "1"
owner: controller
description: The rule of the one tool that is timed.
rules:
  - id: bench.note
    description: Small notes go through.
    owner: controller
    source: finance-handbook#2.1
    tools: [bench.note]
    when: size(args.text) <= 100 && records.note.open
    effect: allow
    reason: A short note goes through.
"""


class Note(Arguments):
    """What is noted."""

    text: str


class Noted(Result):
    """That it is noted."""

    text: str


@tool(
    "bench.note",
    effect=Effect.WRITE,
    owner="finance",
    system="bench",
    summary="Note {text}",
    critical=("text",),
    facts=lambda _args, _context: {"note": {"open": True}},
)
def note(args: Note, _context: ToolContext) -> Noted:
    """Does nothing, so that only what stands around it is timed."""
    return Noted(text=args.text)


def guarded(assistant: AsyncAssistant, engine: Any, folder: Path) -> Callable[[], Any]:
    """One guarded write of the tool that does nothing."""
    (folder / "bench.yaml").write_text(PACK)
    policy = load_packs([folder / "bench.yaml"])
    desk = assistant.services
    registry = Registry(
        [note],
        policy=lambda: policy,
        services=desk.registry.services,
        ledger=Ledger(engine, desk.audit),
        reviews=desk.reviews,
        audit=desk.audit,
    )
    who = assistant.principal("karl.weiss")

    async def write() -> None:
        origin = Origin(who, "finance", "bench", f"run-{uuid4().hex}", frozenset({"bench.note"}))
        proposal = registry.propose("bench.note", {"text": "seen"}, origin, {"text": "user"})
        decision = registry.decide(proposal)
        assert decision.verdict is Verdict.ALLOW, decision
        outcome = await registry.execute(proposal, Grant(proposal.digest))
        assert outcome.ok, outcome

    return write


def bare(path: Path, durable: int, plain: int) -> Callable[[], None]:
    """So many commits of one small row each; ``durable`` of them wait for the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, body TEXT)")

    def write() -> None:
        for number in range(durable + plain):
            connection.execute(f"PRAGMA synchronous={'FULL' if number < durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO log (body) VALUES (?)", ("x" * 400,))
            connection.execute("COMMIT")

    return write


async def measure_write(assistant: AsyncAssistant, engine: Any, folder: Path, rounds: int) -> dict[str, Any]:
    """Median milliseconds of a guarded write and of the bare commits, in alternating order."""
    write = guarded(assistant, engine, folder)
    commits: list[str] = []
    event.listen(engine, "commit", lambda connection: commits.append(_synchronous(connection)))
    await write()
    commits.clear()
    await write()
    durable, plain = commits.count("FULL"), commits.count("NORMAL")
    disk = bare(folder / "bare.db", durable, plain)
    ours, theirs = [], []
    for number in range(rounds):
        for side in ("ours", "bare") if number % 2 else ("bare", "ours"):
            start = time.perf_counter()
            if side == "ours":
                await write()
                ours.append((time.perf_counter() - start) * 1000)
            else:
                disk()
                theirs.append((time.perf_counter() - start) * 1000)
    mine, other = statistics.median(ours), statistics.median(theirs)
    return {
        "commits": durable + plain,
        "waiting_for_the_disk": durable,
        "guarded_ms": mine,
        "bare_ms": other,
        "ratio": mine / other,
    }


def _synchronous(connection: Any) -> str:
    with closing(connection.connection.driver_connection.execute("PRAGMA synchronous")) as cursor:
        return {1: "NORMAL", 2: "FULL"}[cursor.fetchone()[0]]


def measure_reviews(assistant: AsyncAssistant, count: int) -> dict[str, Any]:
    """Median milliseconds per answer, of the first and of the last hundred of so many open reviews."""
    reviews, now = assistant.services.reviews, assistant.services.now()
    asks, signs = assistant.principal("mara.voss"), assistant.principal("tom.adler")
    opened = []
    start = time.perf_counter()
    for number in range(count):
        proposal = _refund(number)
        duties = Obligations(seats=("support_manager",), deadline=timedelta(days=2), owner="support_manager")
        decision = Decision(Verdict.REVIEW, ("bench",), ("Above the limit.",), proposal.digest, "", obligations=duties)
        opened.append(reviews.open(proposal, decision, asks, f"Refund {number}", now).review_id)
    opening = (time.perf_counter() - start) * 1000 / count
    took = []
    for review_id in opened:
        start = time.perf_counter()
        reviews.answer(review_id, signs, Answer(AnswerType.APPROVE), now)
        took.append((time.perf_counter() - start) * 1000)
    first, last = statistics.median(took[:100]), statistics.median(took[-100:])
    return {
        "reviews": count,
        "opening_ms": opening,
        "first_ms": first,
        "last_ms": last,
        "answers_per_second": 1000 * count / sum(took),
        "ratio": last / first,
    }


def _refund(number: int) -> Proposal:
    args = canonicalize({"order_id": f"ORD-{number}", "amount_minor": 20_000 + number})
    thread, run = "halden/mara.voss/bench", f"run-{number}"
    tenant = "halden-birch"
    return Proposal("refunds.issue", "1", args, "support", "mara.voss", tenant, thread, run, "", planned=True)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description="Guarded writes and signed answers against the disk alone.")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--reviews", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = Settings.from_env({}, Path(name) / "home")
        assistant = open_assistant(settings)
        engine = open_database(settings.database)
        write = asyncio.run(measure_write(assistant, engine, Path(name), options.rounds))
        answered = measure_reviews(assistant, options.reviews)
        assert assistant.services.audit.verify() > options.reviews
        engine.dispose()
        assistant.close()
    found = {"write": write, "reviews": answered}
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"write    {write['commits']} commits ({write['waiting_for_the_disk']} wait for the disk): "
        f"guarded {write['guarded_ms']:.2f} ms   bare {write['bare_ms']:.2f} ms   ratio {write['ratio']:.2f}"
    )
    print(
        f"reviews  {answered['reviews']} open: an answer {answered['first_ms']:.2f} ms at first, "
        f"{answered['last_ms']:.2f} ms at last, ratio {answered['ratio']:.2f}; "
        f"{answered['answers_per_second']:.0f} a second; opening {answered['opening_ms']:.2f} ms"
    )


if __name__ == "__main__":
    main()
