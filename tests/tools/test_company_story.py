"""The demo look-ups: whatever the seed, there is a record that shows each rule."""

from collections.abc import Iterator
from datetime import date

import pytest
from countersign.policies.errors import BadInput
from countersign.tools.sample_company import story
from countersign.tools.sample_company.store.database import open_company
from countersign.tools.sample_company.store.sql_records import SqlRecords

TODAY = date(2026, 3, 16)


@pytest.fixture(scope="module", params=[7, 4])
def records(request: pytest.FixtureRequest) -> Iterator[SqlRecords]:
    opened = open_company("sqlite://", seed=request.param, today=TODAY)
    yield opened
    opened.close()


@pytest.mark.parametrize(("low", "high"), [(0, 10_000), (10_000, 100_000), (100_000, 100_000_000)])
def test_each_refund_limit_has_an_order(records: SqlRecords, low: int, high: int) -> None:
    """The demo shows one refund on each side of each limit, with no second rule in the way."""
    order = story.find_refundable_order(records, low, high)
    assert low < order["total_minor"] <= high
    assert order["status"] == "delivered"
    assert (TODAY - order["delivered_on"]).days <= 30
    assert order["placed_by"] is None
    assert records.count("refund", where={"order_id": order["id"]}) == 0
    assert story.count_recent_refunds(records, order["customer_id"]) == 0


def test_each_age_has_an_order(records: SqlRecords) -> None:
    """30 and 60 days are the limits of support-handbook#3.1."""
    assert 31 <= (TODAY - story.find_order_for_manager(records)["delivered_on"]).days <= 60
    assert (TODAY - story.find_order_too_old(records)["delivered_on"]).days > 60
    lost = story.find_lost_order(records)
    assert (lost["status"], lost["delivered_on"]) == ("lost", None)


def test_a_third_refund_can_be_shown(records: SqlRecords) -> None:
    """support-handbook#3.4 needs a customer with two refunds in 90 days and another order."""
    order = story.find_third_refund_order(records)
    assert story.count_recent_refunds(records, order["customer_id"]) == 2
    assert (TODAY - order["delivered_on"]).days <= 30


def test_staff_and_foreign_orders_can_be_shown(records: SqlRecords) -> None:
    """Nobody refunds an order of their own, and only euro is automatic."""
    assert story.find_own_order(records, "mara.voss")["placed_by"] == "mara.voss"
    assert story.find_foreign_order(records)["currency"] != "EUR"
    with pytest.raises(BadInput, match=r"placed by ines\.roth"):
        story.find_own_order(records, "ines.roth")
