"""What the fraud model knows of a refund, from the systems of record."""

import re
from datetime import date

from ..connectors.port import Record, SystemOfRecord

FEATURES = {
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
_MOST = 10_000


def refund_values(
    records: SystemOfRecord, today: date, order: Record, amount_minor: int, reason: str
) -> dict[str, float]:
    """The features of a refund that is asked for today.

    Args:
        reason: as it was given; what it says of the goods' not coming counts, nothing else of it.
    """
    customer_id = order["customer_id"]
    customer = records.get("customer", customer_id) or {}
    paid = records.find("payment", where={"order_id": order["id"], "direction": "in", "status": "captured"}, limit=500)
    total = sum(row["amount_minor"] for row in paid)
    back = records.find("refund", where={"customer_id": customer_id, "status": ("!=", "cancelled")}, limit=_MOST)
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
