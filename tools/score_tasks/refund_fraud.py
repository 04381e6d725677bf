"""This task scores whether a refund turns out to be fraud."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ...policies.errors import BadInput
from ..connectors.business import PastCase
from ..connectors.port import BusinessRecord, SystemOfRecord
from ..scoring.features import FeatureValues
from ..scoring.task import LearningTask, ReviewedCase, Target
from ..spec import ToolContext
from .models import MADE_UP, MODELS

_FRAUD = re.compile(r"\b(?:fraud\w*|fake\w*|forg(?:ed|ery)|scam\w*|stolen)\b", re.IGNORECASE)
_NO_FRAUD = re.compile(
    r"\b(?:no|not|isn't|never|without|hardly)\b[^.!?]{0,30}\b(?:fraud|fake|forg|scam)", re.IGNORECASE
)
REFUND_FEATURES = {
    "amount_minor": ("log", "the amount of the refund"),
    "share_percent": ("plain", "the share of what was paid that would go back"),
    "days_since_delivery": ("plain", "days since the delivery"),
    "refunds_90d": ("plain", "refunds of this customer within 90 days"),
    "refund_rate_percent": ("plain", "refunds for each hundred orders of this customer"),
    "customer_days": ("log", "how long this has been a customer, in days"),
    "never_came": ("plain", "that the goods are said never to have come"),
    "against_delivery": ("plain", "that the carrier's delivery speaks against it"),
    "complained": ("plain", "that there is a ticket about the order"),
    "by_card": ("plain", "that it was paid by card"),
}
_NEVER_CAME = re.compile(
    r"\b(?:never|not)\s+(?:been\s+)?(?:came|come|arriv\w*|received|delivered|got|shown? up)|\bempty (?:box|parcel)"
    r"|\bdid ?n[o']t (?:arrive|come|get|receive)|\b(?:missing|lost) (?:parcel|package|delivery)",
    re.IGNORECASE,
)
_MAX_REFUNDS = 10_000


def load_refund_features(
    records: SystemOfRecord, today: date, order: BusinessRecord, amount_minor: int, reason: str
) -> dict[str, float]:
    """The features of a refund that is asked for today.

    Args:
        reason: as it was given; what it says of the goods' not coming counts, nothing else of it.
    """
    customer_id = order["customer_id"]
    customer = records.get("customer", customer_id) or {}
    paid = records.find("payment", where={"order_id": order["id"], "direction": "in", "status": "captured"}, limit=500)
    total = sum(row["amount_minor"] for row in paid)
    back = records.find("refund", where={"customer_id": customer_id, "status": ("!=", "cancelled")}, limit=_MAX_REFUNDS)
    orders = records.count("order", where={"customer_id": customer_id})
    lost = order["status"] == "lost"
    never = lost or _NEVER_CAME.search(reason) is not None
    delivered = order["delivered_on"]
    since = customer.get("since")
    return {
        "amount_minor": float(amount_minor),
        "share_percent": 100.0 * amount_minor / total if total > 0 else 100.0,
        "days_since_delivery": 0.0 if lost or delivered is None else float((today - delivered).days),
        "refunds_90d": float(sum((today - row["created_on"]).days <= 90 for row in back)),
        "refund_rate_percent": 100.0 * len(back) / max(orders, 1),
        "customer_days": float(max((today - since).days, 0)) if since else 0.0,
        "never_came": float(never),
        "against_delivery": float(never and not lost),
        "complained": float(records.count("ticket", where={"order_id": order["id"]}) > 0),
        "by_card": float(any(row["method"] == "card" for row in paid)),
    }


def load_refund_call(args: Any, context: ToolContext) -> FeatureValues | None:
    """The features of a call that pays money back on an order."""
    order_id, amount = getattr(args, "order_id", None), getattr(args, "amount_minor", None)
    if not order_id or not isinstance(amount, int):
        return None
    records = context.services.records
    order = records.get("order", order_id)
    reason = str(getattr(args, "reason", "") or "")
    return None if order is None else load_refund_features(records, context.today, order, amount, reason)


def state_refund(records: SystemOfRecord, order: BusinessRecord) -> FeatureValues:
    """The features of the last refund on an order, which is what somebody means who speaks of the order.

    Raises:
        BadInput: nothing was refunded.
    """
    given = records.find("refund", where={"order_id": order["id"]}, order_by="-created_on", limit=1)
    if not given:
        raise BadInput(f"Nothing was refunded on {order['id']}, so there is nothing to judge.")
    return load_refund_features(records, given[0]["created_on"], order, given[0]["amount_minor"], given[0]["reason"])


def read_refund_review(tool: str, args: Mapping[str, Any], kind: str, message: str) -> ReviewedCase | None:
    """What a review of a refund says of fraud."""
    if tool != "refunds.issue":
        return None
    return ReviewedCase(str(args.get("order_id", "")), label_refund(kind, message))


def label_refund(kind: str, message: str) -> str:
    """An approval or an edit says that it is no fraud; a rejection says that it is only where its reason does."""
    if kind in ("approved", "edited"):
        return "0"
    return "1" if kind == "rejected" and _FRAUD.search(message) and not _NO_FRAUD.search(message) else ""


def _simple_fraud(case: PastCase) -> float:
    return max(float(case.values["refunds_90d"] >= 2), case.values["against_delivery"])


def _load_nothing(_records: SystemOfRecord, _order_id: str) -> None:
    """An order may be refunded more than once; only the decision knows which refund it was."""


FRAUD = LearningTask(
    name="fraud",
    asks="that a refund turns out to be fraud",
    owner="support_manager",
    features=REFUND_FEATURES,
    target=Target(auc=820, calibration=60),
    baseline=_simple_fraud,
    baseline_words="two refunds within 90 days, or goods that never came although they were delivered",
    limits=("It knows nothing of a person, of where they live or of how they write.",),
    model=MODELS / "fraud.json",
    model_note=MADE_UP,
    score_call=load_refund_call,
    load_case=_load_nothing,
    record="order",
    party="customer_id",
    stated_by=frozenset({"support_lead", "support_manager", "controller"}),
    state_case=state_refund,
    read_review=read_refund_review,
    decided_values=True,
)
