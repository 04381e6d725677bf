"""The collector makes examples of what people answered: settled reviews, chosen readings, and plain statements."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...policies.audit.chain import AuditRecord
from ...policies.audit.log import AuditLog
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput, CountersignError
from ...policies.review.in_doubt import SETTLE_TOOL as DOUBT
from ...policies.review.pack_change import ADOPT_TOOL as POLICY
from ...policies.review.review import AnswerType, Review, ReviewState
from ...policies.review.store import ReviewStore
from ...policies.rules.model_scores import ADOPT_MODEL_TOOL
from ..connectors.port import SystemOfRecord
from ..scoring.features import load_invoice_features, load_refund_features
from .examples import LearningExample
from .tasks import get_learning_task

ROUTING = "routing"
_FRAUD = re.compile(r"\b(?:fraud\w*|fake\w*|forg(?:ed|ery)|scam\w*|stolen)\b", re.IGNORECASE)
_NO_FRAUD = re.compile(
    r"\b(?:no|not|isn't|never|without|hardly)\b[^.!?]{0,30}\b(?:fraud|fake|forg|scam)", re.IGNORECASE
)
_KINDS = {
    ReviewState.APPROVED: "approved",
    ReviewState.REJECTED: "rejected",
    ReviewState.EDITED: "edited",
    ReviewState.ANSWERED: "answered",
    ReviewState.CHANGES: "sent_back",
}
_NOT_WORK = (DOUBT, POLICY, ADOPT_MODEL_TOOL)
_CHOSE = "the user chose this reading"
_STATEMENT_RECORDS = {"fraud": "order", "invoice_risk": "invoice", "sentiment": "ticket", "urgency": "ticket"}
STATEMENT_ROLES = {
    "fraud": frozenset({"support_lead", "support_manager", "controller"}),
    "invoice_risk": frozenset({"finance_clerk", "controller", "cfo"}),
    "sentiment": frozenset({"support_agent", "support_lead", "support_manager"}),
    "urgency": frozenset({"support_agent", "support_lead", "support_manager"}),
}
"""Whose work it is to say what a case of each kind was."""


def collect_from_reviews(
    reviews: ReviewStore, audit: AuditLog, records: SystemOfRecord, tenant: str, known: frozenset[str], since: str = ""
) -> Iterator[LearningExample]:
    """One example for each review that people ended, by whoever ended it.

    Args:
        known: ids of examples that are kept already; their reviews are not looked at again.
        since: ISO time; reviews that were closed before it are left out.
    """
    for review in reviews.find(tenant=tenant, state=None, closed_since=since):
        if review.state not in _KINDS or review.proposal.tool in _NOT_WORK or not review.signatures:
            continue
        example = _make_review_example(review, records)
        if example.example_id in known:
            continue
        if example.task == "fraud":
            values = _read_recorded_features(audit.records_about(review.proposal.digest), "fraud")
            example = replace(example, values=values)
        yield example


def collect_from_routes(
    audit: AuditLog, tenant: str, human_of: Callable[[str], str], since: datetime | None = None
) -> Iterator[LearningExample]:
    """What a user had meant, where the assistant had to ask: a request as it was written, and the intent they chose."""
    asked: dict[str, str] = {}
    for record in audit.records(tenant=tenant, kind="reply", since=since):
        data = record.data.get("data") or {}
        route = data.get("route") or {}
        waiting = asked.pop(record.thread, "")
        intent = route.get("chosen") or (route.get("intent") if (route.get("reasons") or ()) == [_CHOSE] else "")
        if waiting and intent:
            person = str(record.data.get("to", ""))
            yield LearningExample(
                tenant=tenant,
                task=ROUTING,
                case_id=record.run,
                label=str(intent),
                kind="rerouted",
                source=record.run,
                person=person,
                human=human_of(person),
                at=record.at,
                values={"text": waiting},
                subjects=(person,),
            )
        for finding in data.get("findings") or ():
            clarify = (finding.get("asked") or {}).get("clarify") if isinstance(finding, dict) else None
            if clarify:
                asked[record.thread] = str(clarify.get("text", ""))


def make_stated_example(
    records: SystemOfRecord, task: str, case_id: str, positive: bool, who: Principal, at: str
) -> LearningExample:
    """A person's plain word on a case, e.g. that a ticket was not urgent.

    Args:
        case_id: an order for ``fraud`` (its last refund is meant), an invoice, or a ticket.

    Raises:
        BadInput: there is no such model or case, or it is not this person's work to say so.
    """
    wanted = get_learning_task(task)
    if not who.roles & STATEMENT_ROLES[task]:
        raise BadInput(
            f"What {wanted.asks.removeprefix('that ')} is for {' or '.join(sorted(STATEMENT_ROLES[task]))} to say."
        )
    row = records.get(_STATEMENT_RECORDS[task], case_id)
    if row is None:
        raise BadInput(f"There is no {_STATEMENT_RECORDS[task]} {case_id}; the model of {task} needs one.")
    values: dict[str, float] = {}
    if task == "fraud":
        given = records.find("refund", where={"order_id": row["id"]}, order_by="-created_on", limit=1)
        if not given:
            raise BadInput(f"Nothing was refunded on {row['id']}, so there is nothing to judge.")
        values = load_refund_features(
            records, given[0]["created_on"], row, given[0]["amount_minor"], given[0]["reason"]
        )
    elif task == "invoice_risk":
        values = load_invoice_features(records, row)
    customer = str(row.get("customer_id") or row.get("supplier_id") or "")
    return LearningExample(
        tenant=who.tenant,
        task=task,
        case_id=str(row["id"]),
        label=str(int(positive)),
        kind="said",
        source=f"said/{at}",
        person=who.user_id,
        human=who.human,
        at=at,
        values=_format_values(values),
        subjects=tuple(item for item in (customer, who.user_id) if item),
    )


def _make_review_example(review: Review, records: SystemOfRecord) -> LearningExample:
    last = next(item for item in reversed(review.signatures) if item.type is not AnswerType.DELEGATE)
    args = review.proposal.args
    kind = _KINDS[review.state]
    task, label, values, case_id = "", "", {}, ""
    if review.proposal.tool == "refunds.issue":
        task, case_id, label = "fraud", str(args.get("order_id", "")), _fraud_label(kind, review.message)
    elif "invoice_id" in args:
        task, case_id = "invoice_risk", str(args["invoice_id"])
        label = {"approved": "0", "rejected": "1"}.get(kind, "")
        values = _load_invoice_features(records, case_id)
    customer = str((review.shown.get("customer") or {}).get("customer_id", ""))
    return LearningExample(
        tenant=review.proposal.tenant,
        task=task or "work",
        case_id=case_id or review.proposal.digest[:12],
        label=label,
        kind=kind,
        source=review.review_id,
        person=last.user_id,
        human=last.human,
        at=review.closed_at or last.at,
        values=_format_values(values),
        subjects=tuple(item for item in (customer, review.requester, last.user_id) if item),
    )


def _fraud_label(kind: str, message: str) -> str:
    """An approval or an edit says that it is no fraud; a rejection says that it is only where its reason does."""
    if kind in ("approved", "edited"):
        return "0"
    return "1" if kind == "rejected" and _FRAUD.search(message) and not _NO_FRAUD.search(message) else ""


def _read_recorded_features(found: list[AuditRecord], task: str) -> dict[str, str]:
    """The features as they stood in the decision that people were asked about."""
    for record in reversed(found):
        if record.kind == "decision":
            told = (record.data.get("models") or {}).get(task) or {}
            return {str(name): str(value) for name, value in (told.get("values") or {}).items()}
    return {}


def _load_invoice_features(records: SystemOfRecord, invoice_id: str) -> dict[str, float]:
    try:
        row = records.get("invoice", invoice_id)
        return {} if row is None else load_invoice_features(records, row)
    except CountersignError:
        return {}


def _format_values(values: dict[str, Any]) -> dict[str, str]:
    return {name: f"{value:.10g}" for name, value in values.items()}
