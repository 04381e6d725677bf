"""How people ask in the soak, and the call that must come of it."""

from collections.abc import Mapping
from typing import Any

REASON = "requested by the customer"


def refund_request(order: str, amount: int) -> tuple[str, dict[str, Any]]:
    """The words and the arguments of a refund; the amount in minor units."""
    args = {"order_id": order, "amount_minor": amount, "currency": "EUR", "reason": REASON}
    return f"refund {amount // 100}.{amount % 100:02} EUR on order {order}", args


def invoice_request(invoice: str, exceptions: Mapping[str, tuple[str, ...]]) -> tuple[str, dict[str, Any]]:
    """The words and the arguments of a posting."""
    kinds = ", ".join(kind.replace("_", " ") for kind in exceptions[invoice])
    note = f"Exceptions: {kinds}" if kinds else "Three-way match without exception"
    return f"post invoice {invoice}", {"invoice_id": invoice, "note": note}
