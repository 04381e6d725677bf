"""The contract review reads, checks citations, applies the firm's rules, notes, and asks counsel where due."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from ....policies.domain.proposal import Provenance
from ....tools.asked_as import AskedAs
from ...language.formatting import format_bullets
from ...language.party_names import find_clear_choice, find_party_names
from ...language.request_values import MoneyAmount, find_record_numbers, parse_request_amount
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ..engine.workflow import RequestText, Workflow
from .note import PRELIMINARY, collect_findings, format_note, format_short_note
from .precedents import MOST, add_precedents, select_contracts

HIGH_RISK, BY_VALUE = "legal-handbook#3.3", "legal-handbook#3.1"
COUNSEL_ABOVE_MINOR = 100_000_00
"""Above this total value counsel approves every contract (legal-handbook#3.1)."""
CLOSE_PERCENT = 35
"""How near a precedent must be to be cited."""
_RECALLED, _LISTED = 20, 5
"""So many precedents are recalled, so that concluded contracts are among them; so many are listed, the nearest."""
_PRECEDENT = "precedent_"
_APPROVABLE = ("draft", "in_review")
_NUMBER_ALONE = re.compile(r"\s*(?:contract\s*)?#?(\d{1,4})\s*")


class ContractReviewInput(BaseModel):
    """What a review needs: an uploaded document, a contract's number, or the counterparty's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document_id: str | None = None
    contract_id: str | None = None
    counterparty: str | None = None
    value_minor: int | None = None
    currency: str | None = None
    lead: str = ""


def fill_contract_review(words: RequestText) -> Mapping[str, Any]:
    """The document or contract, its value if it is named, and who leads the requester."""
    found: dict[str, Any] = {"lead": words.lead}
    if words.documents:
        found["document_id"] = words.documents[0]
    named = find_record_numbers("contract", words.text)
    alone = _NUMBER_ALONE.fullmatch(words.text)
    names = find_party_names(words.text)
    if named:
        found["contract_id"] = named[0]
    elif alone:
        found["contract_id"] = f"CON-{int(alone[1]):04d}"
    elif words.documents:
        pass  # the document is what is meant
    elif names:
        found["counterparty"] = names[0]
    elif earlier := find_record_numbers("contract", "", words.earlier):
        found["contract_id"] = earlier[0]
    value = parse_request_amount(words.text)
    if isinstance(value, MoneyAmount):
        found |= {"value_minor": value.minor, "currency": value.currency}
    return found


def find_contract(case: StepContext[ContractReviewInput]) -> StepResult | None:
    """Find the contract of a counterparty; ask when nothing says what to review."""
    wanted = case.input
    if wanted.document_id or wanted.contract_id:
        return None
    if not wanted.counterparty:
        return Ask("Which contract? Tell me its number, for example CON-0031, or attach the document.", "contract_id")
    args = {"counterparty": wanted.counterparty, "limit": 5}
    return Calls.of(
        Call("search", "contracts.search", args, {"counterparty": Provenance.USER, "limit": Provenance.TRUSTED})
    )


def read_named_contract(case: StepContext[ContractReviewInput]) -> StepResult:
    """Read the contract and what the memory holds on such contracts, at the same time."""
    contract_id = case.input.contract_id
    if "search" in case.outcomes:
        if stop := case.stop("search", f"look for the contract with {case.input.counterparty}"):
            return stop
        rows = case.value("search")["contracts"]
        chosen = find_clear_choice(
            str(case.input.counterparty), {row["contract_id"]: row["counterparty"] for row in rows}
        )
        same = [row for row in rows if row["contract_id"] == chosen or row["counterparty"] == _name(rows, chosen)]
        if chosen is None or len(same) > 1:
            return _ask_which(case.input.counterparty, rows)
        contract_id = chosen
    source = case.input.document_id or str(contract_id)
    origin = Provenance.TRUSTED if "search" in case.outcomes else Provenance.USER
    calls = [Call("review", "contracts.review", {"source_id": source}, {"source_id": origin})]
    if contract_id:
        calls.append(Call("contract", "contracts.get", {"contract_id": contract_id}, {"contract_id": origin}))
    return Calls(tuple(calls))


def look_for_precedents(case: StepContext[ContractReviewInput]) -> StepResult | None:
    """Ask memory for what was settled on such contracts, and on what is risky in this one."""
    if not case.has("review"):
        return None
    found = collect_findings(case.value("review"), case.clauses)
    title = case.value("contract")["title"] if case.has("contract") else found["title"] or "contract"
    about = " ".join(dict.fromkeys(item["kind"].replace("_", " ") for item in found["risks"][:5]))
    wanted = {"query": f"{title} {about}"[:400], "kinds": ["precedent", "correction"], "limit": _RECALLED}
    origin = dict.fromkeys(wanted, str(Provenance.TRUSTED)) | {"query": str(Provenance.UNTRUSTED)}
    return Calls.of(Call("precedents", "memory.recall", wanted, origin))


def read_precedents(case: StepContext[ContractReviewInput]) -> StepResult | None:
    """Read the nearest contracts on record for how they word what is risky here."""
    if not case.has("review") or not case.has("precedents") or not case.value("review")["risks"]:
        return None
    # However unlike the whole contract is, how its nearest on record words the same clause is worth reading.
    chosen = select_contracts(case.value("precedents")["items"], case.value("review")["source_id"])
    origin = {"source_id": str(Provenance.UNTRUSTED)}
    calls = [
        Call(f"{_PRECEDENT}{place}", "contracts.review", {"source_id": source}, origin)
        for place, source in enumerate(chosen)
    ]
    return Calls(tuple(calls)) if calls else None


def write_note(case: StepContext[ContractReviewInput]) -> StepResult | None:
    """Keep the findings on the contract."""
    if stop := case.stop("review", f"review {case.input.document_id or case.input.contract_id or 'the contract'}"):
        return stop
    if case.input.document_id or not case.has("contract"):
        return None
    args = {"contract_id": case.value("contract")["contract_id"], "body": format_short_note(_findings(case))}
    return Calls.of(Call("note", "contracts.note", args, {"contract_id": _origin(case), "body": Provenance.UNTRUSTED}))


def put_to_counsel(case: StepContext[ContractReviewInput]) -> StepResult | None:
    """High risk or a high value goes to counsel: as an approval where the contract can be approved, else as a task."""
    reasons = _reasons(case)
    if not reasons:
        return None
    contract = case.value("contract") if case.has("contract") else None
    if contract and not case.input.document_id and contract["status"] in _APPROVABLE:
        args = {"contract_id": contract["contract_id"], "status": "approved"}
        provenance = {"contract_id": _origin(case), "status": str(Provenance.TRUSTED)}
        meanwhile = format_note(_findings(case), dict(contract), _precedents(case))
        return Calls.of(Call("approval", "contracts.set_status", args, provenance), meanwhile=meanwhile)
    found = collect_findings(case.value("review"), case.clauses)
    about = contract["contract_id"] if contract else found["source_id"]
    body = [f"{item['level']}: {item['kind']}, {item['why']}" for item in found["risks"] if item["level"] == "high"]
    task: dict[str, Any] = {
        "title": f"Counsel: {about} needs a decision ({', '.join(section for section, _ in reasons)})",
        "detail": "\n".join([PRELIMINARY, *(why for _, why in reasons), *body])[:4000],
    }
    provenance = {"title": str(Provenance.TRUSTED), "detail": str(Provenance.UNTRUSTED)}
    if case.input.lead:
        task["assignee"], provenance["assignee"] = case.input.lead, Provenance.TRUSTED
    if contract:
        task["about_id"], provenance["about_id"] = contract["contract_id"], _origin(case)
    return Calls.of(Call("task", "tasks.create", task, provenance))


def report_review(case: StepContext[ContractReviewInput]) -> StepResult:
    """The note, and what became of it."""
    found = _findings(case)
    contract = dict(case.value("contract")) if case.has("contract") else None
    near = _precedents(case)
    lines = [
        format_note(found, contract if not case.input.document_id else None, near),
        "### What was done",
        format_bullets(_describe_done(case)),
    ]
    sections = dict.fromkeys(item["section"] for item in found["risks"])
    about = contract["contract_id"] if contract else found["source_id"]
    cited = [about, *sections, *(section for section, _ in _reasons(case)), *(item["source"] for item in near)]
    data = {
        "review": found,
        "precedents": near,
        "preliminary": True,
        "contract_id": contract["contract_id"] if contract else None,
    }
    data |= {key: case.outcome(key).record()["value"] for key in ("note", "approval", "task") if case.has(key)}
    return Finish("\n\n".join(lines), citations=tuple(dict.fromkeys(cited)), data=data)


def _describe_done(case: StepContext[ContractReviewInput]) -> list[str]:
    lines = []
    if "note" in case.outcomes:
        kept = case.outcome("note")
        lines.append(
            f"The findings are kept as {kept.value['note_id']}." if kept.ok else f"No note was kept: {kept.message}"
        )
    for section, why in _reasons(case):
        lines.append(f"{why} ({section}).")
    if "approval" in case.outcomes:
        asked = case.outcome("approval")
        lines.append(
            "Counsel approved the contract." if asked.ok else f"The contract was not approved: {asked.message}"
        )
    if "task" in case.outcomes:
        task = case.outcome("task")
        given = f"{task.value['assignee']} has it as {task.value['task_id']}." if task.ok else ""
        lines.append(given or f"The task for counsel was not made: {task.message} Please tell counsel yourself.")
    return lines or ["Nothing was changed; no finding asks for counsel."]


def _reasons(case: StepContext[ContractReviewInput]) -> list[tuple[str, str]]:
    """Why counsel must see it: handbook section and words."""
    reasons = []
    high = case.value("review")["high_risks"]
    if high:
        reasons.append((HIGH_RISK, f"{high} finding{'s' if high > 1 else ''} of high risk: this goes to counsel"))
    stored = case.value("contract")["value_minor"] if case.has("contract") else None
    value = case.input.value_minor if case.input.value_minor is not None else stored
    if isinstance(value, int) and value > COUNSEL_ABOVE_MINOR:
        reasons.append((BY_VALUE, "The value is above 100,000.00 EUR: counsel approves"))
    return reasons


def _findings(case: StepContext[ContractReviewInput]) -> dict[str, Any]:
    """The review, each risk with how a contract on record settled it."""
    found = collect_findings(case.value("review"), case.clauses)
    read = [case.value(key) for key in (f"{_PRECEDENT}{place}" for place in range(MOST)) if case.has(key)]
    return found | {"risks": add_precedents(found["risks"], read)}


def _precedents(case: StepContext[ContractReviewInput]) -> list[dict[str, Any]]:
    items = case.value("precedents")["items"] if case.has("precedents") else []
    near = [item for item in items if (item["similarity_percent"] or 0) >= CLOSE_PERCENT]
    return [
        {name: item[name] for name in ("source", "title", "on")} | {"text": item["text"][:400]}
        for item in near[:_LISTED]
    ]


def _origin(case: StepContext[ContractReviewInput]) -> str:
    return Provenance.TRUSTED if "search" in case.outcomes else Provenance.USER


def _name(rows: list[dict[str, Any]], contract_id: str | None) -> str | None:
    return next((row["counterparty"] for row in rows if row["contract_id"] == contract_id), None)


def _ask_which(wanted: str | None, rows: list[dict[str, Any]]) -> Ask:
    if not rows:
        return Ask(f"I found no contract with {wanted}. What is its number, for example CON-0031?", "contract_id")
    listed = format_bullets([f"{row['contract_id']}: {row['title']}" for row in rows])
    return Ask(f"Which contract do you mean? Tell me its number.\n{listed}", "contract_id")


CONTRACT_REVIEW = Workflow(
    name="contract_review",
    version="2",
    owner="legal-operations",
    title="Review a contract",
    input=ContractReviewInput,
    fill=fill_contract_review,
    steps=(
        find_contract,
        ("read", read_named_contract),
        look_for_precedents,
        read_precedents,
        write_note,
        put_to_counsel,
        ("report", report_review),
    ),
    asked_as=AskedAs(
        verbs=(
            "review",
            "check",
            "vet",
            "assess",
            "analyse",
            "analyze",
            "examine",
            "evaluate",
            "read",
            "look at",
            "look into",
            "go through",
            "go over",
            "inspect",
            "screen",
            "scan",
            "summarise",
            "summarize",
        ),
        light_verbs=("do", "make", "run", "start", "give", "need", "find", "tell", "show", "list"),
        objects=("review", "risk", "clause", "assessment", "analysis", "check"),
        examples=("review contract CON-0031",),
    ),
    writes=("contracts.note", "contracts.set_status", "tasks.create"),
)
