"""Finds records that show one rule each, for demos, documents and tests; by query, so that any seed has them."""

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


def find_order_for_manager(records: SystemOfRecord) -> BusinessRecord:
    """A small order delivered 31 to 60 days ago. Raises ``BadInput`` when there is none."""
    return _first(_orders(records, 31, 60, 0, 10_000), "delivered 31 to 60 days ago")


def find_order_too_old(records: SystemOfRecord) -> BusinessRecord:
    """A small order delivered more than 60 days ago. Raises ``BadInput`` when there is none."""
    return _first(_orders(records, 61, 200, 0, 10_000), "delivered more than 60 days ago")


def find_lost_order(records: SystemOfRecord) -> BusinessRecord:
    """An order that never arrived. Raises ``BadInput`` when there is none."""
    rows = records.find("order", where={"status": "lost", "placed_by": None}, order_by="-id", limit=_MOST)
    return _first((row for row in rows if row["currency"] == "EUR" and _is_untouched(records, row)), "lost")


def find_own_order(records: SystemOfRecord, user_id: str) -> BusinessRecord:
    """A delivered order that this employee placed. Raises ``BadInput`` when there is none."""
    rows = records.find("order", where={"placed_by": user_id, "status": "delivered"}, order_by="-id", limit=1)
    return _first(iter(rows), f"placed by {user_id}")


def find_foreign_order(records: SystemOfRecord) -> BusinessRecord:
    """A delivered order in another currency than the company's. Raises ``BadInput`` when there is none."""
    where = {"currency": ("!=", records.company().currency), "status": "delivered", "placed_by": None}
    return _first(iter(records.find("order", where=where, order_by="-id", limit=1)), "in another currency")


def find_third_refund_order(records: SystemOfRecord) -> BusinessRecord:
    """A fresh small order whose customer got two refunds within the last 90 days. Raises ``BadInput`` if none."""
    rows = _orders(records, 0, 30, 0, 100_000_000, refunds_before=2)
    return _first(rows, "of a customer with two recent refunds")


def count_recent_refunds(records: SystemOfRecord, customer_id: str, days: int = 90) -> int:
    """How many refunds the customer got in the last so many days, today included."""
    since = records.company().today - timedelta(days=days)
    return records.count("refund", where={"customer_id": customer_id, "created_on": (">=", since)})


def _orders(
    records: SystemOfRecord, newest: int, oldest: int, low: int, high: int, refunds_before: int = 0
) -> Iterator[BusinessRecord]:
    company = records.company()
    first, last = company.today - timedelta(days=oldest), company.today - timedelta(days=newest)
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
        if count_recent_refunds(records, row["customer_id"]) == refunds_before:
            yield row


def _is_untouched(records: SystemOfRecord, order: BusinessRecord) -> bool:
    paid = records.find("payment", where={"order_id": order["id"], "status": "captured"})
    fully = sum(payment["amount_minor"] for payment in paid) == order["total_minor"]
    return fully and records.count("refund", where={"order_id": order["id"]}) == 0


def _first(rows: Iterator[BusinessRecord], what: str) -> BusinessRecord:
    for row in rows:
        return row
    raise BadInput(f"This company has no order that is {what}; create one with another seed or day.")
