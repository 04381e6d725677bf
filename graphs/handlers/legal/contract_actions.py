"""These handlers act on one contract: they send it for signature, note something, or give somebody a task."""

import re
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_day, format_plain_name, format_words
from ...language.request_values import Problem, parse_day
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest
from .contract_questions import identify_contract, look_up_contract

SIGNATURE, NOTES = "legal-handbook#3.4", "legal-handbook#4.1"
_BODY = re.compile(r"(?::|\bthat\b|\bsaying\b)\s*(?P<body>\S.+)", re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(r"[\"“](?P<body>[^\"”]{3,})[\"”]")
_TASK = re.compile(r"\b(?:task|remind|follow[- ]up|chase)\b", re.IGNORECASE)
_TO = re.compile(r"\b(?:to|about)\s+(?P<body>(?!CON\b|the file)\w.+)", re.IGNORECASE)
_PERSON = re.compile(r"\b(?P<user>[a-z]+\.[a-z]+)\b")
_NAMED = re.compile(r"\b(?:for|remind|assign (?:a task )?to)\s+(?!me\b)(?P<name>[A-Z][a-z]+)\b")


def begin_signature(case: StepContext[HandlerRequest]) -> StepResult:
    """Find the contract and see how it stands."""
    return look_up_contract(case)


def tell_signature(case: StepContext[HandlerRequest]) -> StepResult:
    """Put the sending to policy: it always needs counsel; say what came of it."""
    if "sent" in case.outcomes:
        if stop := case.stop("sent", "send the contract for signature"):
            return Finish(stop.text, stop.status, (SIGNATURE,))
        sent = case.value("sent")
        whom = format_plain_name(sent["counterparty"])
        text = f"**{sent['contract_id']}** is on its way to {whom} for signature ({sent['message_id']})."
        return Finish(text, citations=(sent["contract_id"], SIGNATURE), data={"sent": dict(sent)})
    found = identify_contract(case)
    if not isinstance(found, tuple):
        return found
    if "contract" not in case.outcomes:
        return Calls.of(Call("contract", "contracts.get", {"contract_id": found[0]}, {"contract_id": found[1]}))
    if stop := case.stop("contract", "look at the contract"):
        return stop
    status = case.value("contract")["status"]
    if status in ("draft", "in_review", "sent", "active", "expired"):
        text = (
            f"{found[0]} is {format_words(status)}; only an approved contract is sent for signature "
            f"({SIGNATURE}). Nothing was sent."
        )
        return Finish(text, "stopped", (found[0], SIGNATURE))
    return Calls.of(Call("sent", "contracts.send_for_signature", {"contract_id": found[0]}, {"contract_id": found[1]}))


def begin_note(case: StepContext[HandlerRequest]) -> StepResult:
    """Know the words and the day before looking for the contract."""
    wanted = _parse_wanted(case)
    return wanted if isinstance(wanted, Ask) else look_up_contract(case)


def tell_note(case: StepContext[HandlerRequest]) -> StepResult:
    """Write the note or the task, then say so."""
    if "note" in case.outcomes:
        if stop := case.stop("note", "write the note"):
            return stop
        made = case.value("note")
        return Finish(
            f"Noted on {made['contract_id']} ({made['note_id']}).",
            citations=(made["contract_id"], made["note_id"], NOTES),
        )
    if "task" in case.outcomes:
        if stop := case.stop("task", "make the task"):
            return stop
        task = case.value("task")
        until = f" until {format_day(task['due_on'])}" if task["due_on"] else ""
        return Finish(
            f"{task['assignee']} has **{task['task_id']}**{until}: {task['title']}", citations=(task["task_id"], NOTES)
        )
    wanted, found = _parse_wanted(case), identify_contract(case)
    if isinstance(wanted, Ask):
        return wanted
    if not isinstance(found, tuple):
        return found
    origin = dict.fromkeys(wanted, Provenance.USER)
    if "title" in wanted:
        return Calls.of(Call("task", "tasks.create", wanted | {"about_id": found[0]}, origin | {"about_id": found[1]}))
    return Calls.of(
        Call("note", "contracts.note", wanted | {"contract_id": found[0]}, origin | {"contract_id": found[1]})
    )


def _parse_wanted(case: StepContext[HandlerRequest]) -> dict[str, Any] | Ask:
    text = case.input.text
    words_said = _QUOTED.search(text) or _BODY.search(text) or (_TO.search(text) if _TASK.search(text) else None)
    if not _TASK.search(text):
        if words_said is None:
            return Ask("What should the note say? Write it after a colon.", "body")
        return {"body": words_said["body"].strip()[:7000]}
    until = parse_day(text, case.today)
    if isinstance(until, Problem):
        return Ask(until.words, "day")
    task: dict[str, Any] = {"title": " ".join((words_said["body"] if words_said else text).split())[:200]}
    if until:
        task["due_on"] = until.isoformat()
    if person := _PERSON.search(text):
        task["assignee"] = person["user"]
    elif named := _NAMED.search(text):
        return Ask(f"Which {named['name']} is meant? Tell me the user id, for example noah.lind.", "assignee")
    return task


SEND_FOR_SIGNATURE = Handler(
    begin_signature,
    tell_signature,
    writes=("contracts.send_for_signature",),
    answered_by=("contract_question", "legal_policy_question"),
)
LEGAL_NOTE = Handler(begin_note, tell_note, writes=("contracts.note", "tasks.create"))
