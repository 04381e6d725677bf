"""What processes do in the crash tests: prepare a house, work until killed, put in order what was left, tell the facts.

The work is one turn with a review that two people sign, two writes and a note; on a ticket that does not exist the note
fails and both writes are taken back. Playbook aside, everything is real: tools, company, packs, ledger, signatures.
"""

import asyncio
import faulthandler
import json
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from countersign.agents.intents import INTENTS
from countersign.agents.routing import router
from countersign.agents.routing.classifier_file import load_classifier
from countersign.agents.routing.intents import load_catalogue
from countersign.agents.routing.rules import load_all_rules, load_rules
from countersign.graphs import Settings
from countersign.graphs.assistant import factory
from countersign.graphs.assistant.erasure import erase_traces
from countersign.graphs.assistant.session import AsyncAssistant
from countersign.graphs.steps import Call, Calls, Compensation, Finish, StepContext
from countersign.graphs.workflows.engine.workflow import Workflow
from countersign.graphs.workflows.refund.request import RefundInput, fill_refund
from countersign.memory.embeddings.embedder import open_embedder
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.governance import erasure
from countersign.memory.ingest.pipeline import IngestOptions, ingest_files
from countersign.memory.records.tables import rows
from countersign.policies.errors import CountersignError
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.rules.loader import load_packs
from countersign.tools.ledger.ledger import table as ledger
from countersign.tools.toolsets import ALL
from crash_points import Points, When
from data_folder import MARA, TOM, records
from patches import replace_function
from shipped import replace_workflow
from sqlalchemy import select
from word_embedder import WordEmbedder

CUSTOMER = "CUS-0042"
NOTES = ("likes calls in the morning", "moved to Wernigerode", "pays by invoice")
KARL = "karl.weiss"
"""A controller, who signs large refunds after the support manager."""
REVIEWERS = (TOM, KARL)
PATIENCE_SECONDS = 60


def look_up(case: StepContext[RefundInput]) -> Calls:
    """Read the order."""
    return Calls.of(Call("order", "orders.get", {"order_id": case.input.order_id}, {"order_id": "user"}))


def pay(case: StepContext[RefundInput]) -> Calls:
    """Refund all of it, which two people must sign."""
    order = case.value("order")
    args = {"order_id": order["order_id"], "amount_minor": order["refundable_minor"], "currency": order["currency"]}
    return Calls.of(Call("refund", "refunds.issue", args | {"reason": "lost"}, dict.fromkeys(args, "trusted")))


def thank(case: StepContext[RefundInput]) -> Calls:
    """Give a voucher."""
    args = {"customer_id": case.value("order")["customer_id"], "amount_minor": 500, "reason": "sorry"}
    return Calls.of(Call("voucher", "vouchers.issue", args, dict.fromkeys(args, "trusted")))


def note(case: StepContext[RefundInput]) -> Calls:
    """Write on the ticket, which may not exist."""
    args = {"ticket_id": case.input.ticket_id, "body": "paid back", "public": False}
    return Calls.of(Call("note", "tickets.comment", args, dict.fromkeys(args, "trusted")))


def end(case: StepContext[RefundInput]) -> Finish | Compensation:
    """Take everything back when the note failed."""
    if case.outcome("note").ok:
        return Finish("All done.")
    return Compensation(("refund", "voucher"), Finish("The note failed."))


_WRITES = ("refunds.issue", "vouchers.issue", "tickets.comment")
_STEPS = (look_up, pay, thank, note, end)
_WORKFLOW = Workflow("refund", "test", "tests", "Fails late", RefundInput, fill_refund, _STEPS, {}, _WRITES)


def adapt() -> None:
    """Once, in the process that the others are forked from: what makes opening slow."""
    import_module("countersign.graphs.runtime.checkpoints_postgres")
    packs = load_packs(None, tools=[spec.name for spec in ALL])
    embedder = MiniLM()
    words = WordEmbedder(embedder.name, embedder.dimensions)
    rules, classifier = load_rules(INTENTS.rules, load_catalogue(INTENTS)), load_classifier(INTENTS.classifier)
    replace_function(router, load_all_rules, lambda *_: rules)
    replace_function(router, load_classifier, lambda *_, **__: classifier)
    replace_function(factory, load_packs, lambda *_, **__: packs)
    replace_function(factory, open_embedder, lambda *_: words)


@dataclass(frozen=True)
class Place:
    """A data folder, the database of its records (empty: inside the folder), and what is asked for in it."""

    home: Path
    database: str = ""
    order: str = ""
    ticket: str = ""

    @property
    def text(self) -> str:
        """What Mara says."""
        return f"refund order {self.order} for ticket {self.ticket}"


@dataclass(frozen=True)
class Task:
    """What one process does, and where it dies.

    Attributes:
        result: file for what it has to tell: ``{"result": ...}`` or ``{"error": ...}``.
        start: where it waits for the processes that it races with.
    """

    do: str
    place: Place
    result: Path
    at: int = 0
    when: When = "before"
    reviewer: str = ""
    start: Barrier | None = None


def run(task: Task) -> None:
    """Does a task in this process; a death leaves no result."""
    assert sys.__stderr__ is not None
    faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True, file=sys.__stderr__)
    try:
        told: dict[str, Any] = {"result": asyncio.run(_run(task))}
    except Exception:  # noqa: BLE001 - whoever started this process shows it
        told = {"error": traceback.format_exc()}
    aside = task.result.with_suffix(".part")
    aside.write_text(json.dumps(told))
    aside.replace(task.result)


async def _run(task: Task) -> Any:
    place = task.place
    environment = {"COUNTERSIGN_DATABASE_URL": place.database} if place.database else {}
    assistant = factory.open_assistant(
        Settings.from_env(environment, home=place.home), extensions=replace_workflow(_WORKFLOW)
    )
    try:
        points = Points(place.home, type(assistant.saver), task.at, task.when)
        if task.start is not None:
            task.start.wait(PATIENCE_SECONDS)
        found = await JOBS[task.do](assistant, task)
        return points.steps if found is None else found
    finally:
        assistant.close()


async def _prepare(_assistant: AsyncAssistant, _task: Task) -> None:
    """Nothing beyond opening."""


async def _ask(assistant: AsyncAssistant, task: Task) -> None:
    await assistant.send(task.place.text, as_user=MARA)


async def _answer(assistant: AsyncAssistant, task: Task) -> None:
    for review in assistant.pending(as_user=task.reviewer):
        with suppress(CountersignError):  # another client was quicker
            await assistant.answer(review.review_id, Answer(AnswerType.APPROVE), as_user=task.reviewer)


async def _whole(assistant: AsyncAssistant, task: Task) -> None:
    """The turn from the request to the reply."""
    await _ask(assistant, task)
    for reviewer in REVIEWERS:
        for review in assistant.pending(as_user=reviewer):
            await assistant.answer(review.review_id, Answer(AnswerType.APPROVE), as_user=reviewer)


async def _catch_up(assistant: AsyncAssistant, _task: Task) -> None:
    await assistant.catch_up(assistant.principal(MARA).tenant)


async def _watch(assistant: AsyncAssistant, _task: Task) -> None:
    """Catches up again and again, as a server does, until nothing is left to do."""
    tenant = assistant.principal(MARA).tenant
    while assistant.conversations.list_unfinished(tenant):
        await assistant.catch_up(tenant)
        await asyncio.sleep(0.01)


async def _settle(assistant: AsyncAssistant, task: Task) -> dict[str, Any]:
    """What people do after a crash: look whether the request is there, sign what waits; and then the facts.

    Whoever does not know whether their answer counted gives it again, which must change nothing.
    """
    if not assistant.history(as_user=MARA):
        await _ask(assistant, task)
    await _catch_up(assistant, task)
    for reviewer in REVIEWERS:
        await _answer(assistant, Task("answer", task.place, task.result, reviewer=reviewer))
    for review in _reviews(assistant):
        for reviewer in REVIEWERS:
            with suppress(CountersignError):
                await assistant.answer(review.review_id, Answer(AnswerType.APPROVE), as_user=reviewer)
    return _facts(assistant, task.place)


async def _note_down(assistant: AsyncAssistant, _task: Task) -> list[str]:
    """Notes about a customer; tells the runs that wrote them."""
    said = (f"remember that {CUSTOMER} {what}" for what in NOTES)
    return sorted([(await assistant.send(text, as_user=MARA)).run for text in said])


async def _forget(assistant: AsyncAssistant, _task: Task) -> None:
    """Forgets the customer, one row at a time."""
    await _receipt(assistant, _task)


async def _receipt(assistant: AsyncAssistant, _task: Task) -> dict[str, Any]:
    """The same, and tells the receipt and how many notes there are still."""
    vars(erasure)["IDS_PER_QUERY"] = 1
    principal = assistant.principal(MARA)
    done = erase_traces(assistant, principal, CUSTOMER)
    left = assistant.services.memory.rows.scan_tenant(principal.tenant, rows.c.text.contains(CUSTOMER))
    return done.record() | {"left": len(left)}


async def _ingest(assistant: AsyncAssistant, task: Task) -> None:
    """Brings the papers that lie beside the data folder into memory, and forgets those that are no longer there."""
    papers = task.place.home.parent / "papers"
    filing = IngestOptions(prune=True, subjects=(CUSTOMER,))
    ingest_files(assistant.services.memory, assistant.principal(MARA), [papers], filing, base=papers.parent)


async def _filed(assistant: AsyncAssistant, task: Task) -> list[list[Any]]:
    """The same, and tells what memory holds of the papers, whichever way it is looked at."""
    await _ingest(assistant, task)
    memory, principal = assistant.services.memory, assistant.principal(MARA)
    held = memory.rows.scan_tenant(principal.tenant, rows.c.source.startswith("files/"))
    scope = memory.scope(principal)
    return sorted(
        [row.source, row.text, row.id in memory.rows.search_words(scope, row.text, 50), len(row.embedding or b"")]
        for row in held
    )


def _reviews(assistant: AsyncAssistant) -> list[Any]:
    return assistant.services.reviews.find(tenant=assistant.principal(MARA).tenant, state=None)


LEARNED_SECONDS = 60.0


def _facts(assistant: AsyncAssistant, place: Place) -> dict[str, Any]:
    desk, home = assistant.services, place.home
    # What is learned in the background writes to the log too; it must not write between the two looks at it.
    assert assistant.learner is None or assistant.learner.wait(LEARNED_SECONDS)
    with assistant.conversations._engine.connect() as connection:
        entries = connection.execute(select(ledger.c.tool, ledger.c.state).order_by(ledger.c.started_at)).all()
    log = list(desk.audit.records())
    vouchers = "SELECT amount_minor, status FROM vouchers WHERE reason = 'sorry'"
    return {
        "messages": [[message.role, message.text] for message in assistant.history(as_user=MARA)],
        "unfinished": len(assistant.conversations.list_unfinished(assistant.principal(MARA).tenant)),
        "checkpoints": assistant.saver.threads(),
        "reviews": [
            [str(found.state), *sorted(item.user_id for item in found.signatures)] for found in _reviews(assistant)
        ],
        "ledger": [[row.tool, str(row.state)] for row in entries],
        "effects": [record.data["tool"] for record in log if record.kind == "effect.succeeded"],
        "kinds": dict(Counter(record.kind for record in log)),
        "verified": desk.audit.verify() == len(log),
        "refunds": records(home, "SELECT status FROM refunds WHERE order_id = ?", place.order),
        "vouchers": records(home, vouchers),
        "notes": records(home, "SELECT count(*) FROM ticket_comments WHERE body = 'paid back'"),
    }


JOBS: dict[str, Callable[[AsyncAssistant, Task], Any]] = {
    "prepare": _prepare,
    "ask": _ask,
    "answer": _answer,
    "whole": _whole,
    "catch_up": _catch_up,
    "watch": _watch,
    "settle": _settle,
    "note_down": _note_down,
    "forget": _forget,
    "receipt": _receipt,
    "ingest": _ingest,
    "filed": _filed,
}
