"""Each of these orders shows one rule in the demo; they are found by query, so that any seed has them."""

from collections.abc import Iterator
from datetime import timedelta

from ...policies.errors import BadInput
from ..connectors.port import BusinessRecord, SystemOfRecord

_MOST = 10_000


def find_refundable_order(records: SystemOfRecord, low_minor: int, high_minor: int) -> BusinessRecord:
    """The newest order that only its amount decides about: delivered within 30 days, fully paid, never refunded.

    Args:
        records: the port.
        low_minor: the total is above this, in minor units of the base currency.
        high_minor: the total is at most this.

    Raises:
        BadInput: this company has no such order.
    """
    return _first(_orders(records, 0, 30, low_minor, high_minor), f"refundable between {low_minor} and {high_minor}")


def find_order_too_old(records: SystemOfRecord) -> BusinessRecord:
    """A small order delivered more than 60 days ago. Raises ``BadInput`` when there is none."""
    return _first(_orders(records, 61, 200, 0, 10_000), "delivered more than 60 days ago")


def _orders(records: SystemOfRecord, newest: int, oldest: int, low: int, high: int) -> Iterator[BusinessRecord]:
    company = records.company()
    first, last = company.today - timedelta(days=oldest), company.today - timedelta(days=newest)
    refunded_since = company.today - timedelta(days=90)
    where = {
        "status": "delivered",
        "currency": company.currency,
        "placed_by": None,
        "delivered_on": (">=", first),
        "total_minor": (">", low),
    }
    for row in records.find("order", where=where, order_by="-delivered_on", limit=_MOST):
        if row["delivered_on"] > last or row["total_minor"] > high or not _is_untouched(records, row):
            continue
        of_customer = {"customer_id": row["customer_id"], "created_on": (">=", refunded_since)}
        if records.count("refund", where=of_customer) == 0:
            yield row


def _is_untouched(records: SystemOfRecord, order: BusinessRecord) -> bool:
    paid = records.find("payment", where={"order_id": order["id"], "status": "captured"})
    fully = sum(payment["amount_minor"] for payment in paid) == order["total_minor"]
    return fully and records.count("refund", where={"order_id": order["id"]}) == 0


def _first(rows: Iterator[BusinessRecord], what: str) -> BusinessRecord:
    for row in rows:
        return row
    raise BadInput(f"This company has no order that is {what}; create one with another seed or day.")
