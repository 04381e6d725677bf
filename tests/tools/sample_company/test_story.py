"""The demo look-ups: whatever the seed, there is a record that shows each rule."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from countersign.policies.errors import BadInput
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company import demo_orders
from countersign.tools.sample_company.store.database import open_company

TODAY = date(2026, 3, 16)


@pytest.fixture(scope="module", params=[7, 4])
def records(request: pytest.FixtureRequest) -> Iterator[SqlRecords]:
    opened = open_company("sqlite://", seed=request.param, today=TODAY)
    yield opened
    opened.close()


@pytest.mark.parametrize(("low", "high"), [(0, 10_000), (10_000, 100_000), (100_000, 100_000_000)])
def test_each_refund_limit_has_an_order(records: SqlRecords, low: int, high: int) -> None:
    """The demo shows one refund on each side of each limit, with no second rule in the way."""
    order = demo_orders.find_refundable_order(records, low, high)
    assert low < order["total_minor"] <= high
    assert order["status"] == "delivered"
    assert (TODAY - order["delivered_on"]).days <= 30
    assert order["placed_by"] is None
    assert records.count("refund", where={"order_id": order["id"]}) == 0
    since = {"customer_id": order["customer_id"], "created_on": (">=", TODAY - timedelta(days=90))}
    assert records.count("refund", where=since) == 0


def test_an_order_is_too_old(records: SqlRecords) -> None:
    """After 60 days nothing is paid back (support-handbook#3.1); a company without such an order says so."""
    assert (TODAY - demo_orders.find_order_too_old(records)["delivered_on"]).days > 60
    with pytest.raises(BadInput, match="no order that is refundable"):
        demo_orders.find_refundable_order(records, 100_000_000, 100_000_001)
