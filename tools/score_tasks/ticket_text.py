"""These tasks score a ticket's words: whether a customer is displeased, and whether it cannot wait."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..connectors.business import PastCase
from ..connectors.port import BusinessRecord, SystemOfRecord
from ..scoring.features import FeatureValues, extract_word_features
from ..scoring.task import LearningTask, Target
from ..spec import ToolContext
from .models import MADE_UP, MODELS


def load_ticket_call(args: Any, context: ToolContext) -> FeatureValues | None:
    """The words of the ticket that a call names."""
    ticket_id = getattr(args, "ticket_id", None)
    return load_ticket_features(context.services.records, ticket_id) if ticket_id else None


def load_ticket_features(records: SystemOfRecord, ticket_id: str) -> FeatureValues | None:
    """The words that a customer wrote in a ticket."""
    ticket = records.get("ticket", ticket_id)
    return None if ticket is None else extract_ticket_words(ticket)


def extract_ticket_words(ticket: BusinessRecord) -> FeatureValues:
    """The words of a ticket that is at hand."""
    return extract_word_features(f"{ticket['subject']}. {ticket['body']}")


def list_recent_tickets(records: SystemOfRecord, most: int) -> Iterator[FeatureValues]:
    """The words of the tickets that came last."""
    return map(extract_ticket_words, records.find("ticket", order_by="-opened_at", limit=most))


def _keep_no_words(_records: SystemOfRecord, _ticket: BusinessRecord) -> FeatureValues:
    """Words are a person's; they are read again from the ticket, and gone when it is."""
    return {}


def _read_no_review(_tool: str, _args: Mapping[str, Any], _kind: str, _message: str) -> None:
    """A review says nothing of how a customer feels."""


def _keywords(*words: str) -> Callable[[PastCase], float]:
    return lambda case: float(sum(word in case.text.lower() for word in words))


_STATED_BY = frozenset({"support_agent", "support_lead", "support_manager"})
SENTIMENT = LearningTask(
    name="sentiment",
    asks="that a customer is displeased",
    owner="support_manager",
    features={},
    target=Target(auc=840, calibration=90),
    baseline=_keywords("complain", "disappoint", "unacceptable", "angry", "bad", "terrible", "refund"),
    baseline_words="counts seven words of complaint",
    limits=("English only. Irony and quoted mails mislead it.",),
    model=MODELS / "sentiment.json",
    model_note=MADE_UP,
    score_call=load_ticket_call,
    load_case=load_ticket_features,
    record="ticket",
    party="customer_id",
    stated_by=_STATED_BY,
    state_case=_keep_no_words,
    read_review=_read_no_review,
    list_lately=list_recent_tickets,
)
URGENCY = LearningTask(
    name="urgency",
    asks="that a ticket cannot wait",
    owner="support_manager",
    features={},
    target=Target(auc=840, calibration=90),
    baseline=_keywords("urgent", "immediately", "today", "asap", "emergency", "now", "tomorrow"),
    baseline_words="counts seven words of haste",
    limits=("English only. Somebody who knows its words can look urgent; nothing is allowed for that.",),
    model=MODELS / "urgency.json",
    model_note=MADE_UP,
    score_call=load_ticket_call,
    load_case=load_ticket_features,
    record="ticket",
    party="customer_id",
    stated_by=_STATED_BY,
    state_case=_keep_no_words,
    read_review=_read_no_review,
    list_lately=list_recent_tickets,
)
