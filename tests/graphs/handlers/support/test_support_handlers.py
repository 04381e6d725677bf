"""Support's requests: if this breaks, personal data leaks or a voucher goes to the wrong customer."""

from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from message_sender import Say


def record(assistant: Assistant, kind: str, id: str) -> dict[str, Any]:
    found = assistant.core.services.registry.services.records.get(kind, id)
    assert found is not None
    return dict(found)


def test_where_is_an_order(say: Say) -> None:
    """Status, parcel and money of the order that was named."""
    turn = say("where is order 8841?", "mara.voss")
    assert "ORD-8841" in turn.citations
    assert "delivered" in turn.reply
    assert "389.00 EUR" in turn.reply


def test_a_section_is_named_once(say: Say) -> None:
    """Its number stands in the citation; said again it reads like another one."""
    assert "(support-handbook#3.2, Refund limits)" in say("what is our refund limit?", "mara.voss").reply


def test_people_read_names_beside_numbers(assistant: Assistant, say: Say) -> None:
    """Nobody knows who CUS-0270 is; a number alone sends people to look it up."""
    customer = record(assistant, "customer", record(assistant, "order", "ORD-8841")["customer_id"])
    named = f"of {customer['name']} ({customer['id']})"
    assert named in say("where is order 8841?", "mara.voss").reply
    assert named in say("show ticket TCK-0456", "mara.voss").reply
    assert f"from {record(assistant, 'supplier', 'SUP-001')['name']} (SUP-001)" in (
        say("list open invoices of SUP-001", "lena.brandt").reply
    )
    order = record(assistant, "purchase_order", "PO-2553")
    supplier = record(assistant, "supplier", order["supplier_id"])["name"]
    assert f"with {supplier} ({order['supplier_id']})" in say("show purchase order PO-2553", "karl.weiss").reply


def test_a_plain_employee_learns_nothing_of_orders(say: Say) -> None:
    """Support-handbook#2.1: an employee without a role may not read orders."""
    turn = say("where is order 8841?", "pia.lorenz")
    assert "389.00" not in turn.reply
    assert turn.data[0]["status"] == "stopped"


def test_an_order_that_is_not_named_is_asked_for(say: Say) -> None:
    """The bare number given as the answer goes on with the question."""
    assert say("order status please", "mara.voss", "status").data[0]["status"] == "asks"
    assert "ORD-8841" in say("8841", "mara.voss", "status").citations


def test_an_unknown_order(say: Say) -> None:
    """A wrong number is said."""
    assert "ORD-99999" in say("where is order 99999?", "mara.voss").reply


def test_a_ticket_is_quoted_not_obeyed(say: Say) -> None:
    """What a customer wrote stands in quotes."""
    turn = say("show me ticket TCK-0003", "mara.voss")
    assert "The customer wrote: “" in turn.reply
    assert turn.data[0]["data"]["ticket"]["ticket_id"] == "TCK-0003"


def test_comment_on_a_ticket(assistant: Assistant, say: Say) -> None:
    """The person's own words are written, internally unless the customer is addressed."""
    assert "COM-" in say("add a comment to TCK-0412: customer called back", "mara.voss").reply
    rows = assistant.core.services.registry.services.records.find("ticket_comment", where={"ticket_id": "TCK-0412"})
    (mine,) = (row for row in rows if row["body"] == "customer called back")
    assert mine["author"] == "mara.voss"
    assert mine["public"] is False


def test_closing_as_fraud_waits_for_a_lead(assistant: Assistant, say: Say) -> None:
    """A second account of the same human must not be the lead who agrees."""
    turn = say("close TCK-0288 as fraud", "mara.voss")
    (review,) = turn.pending
    assert review.free_seats == ("support_lead",)
    with pytest.raises(Exception, match="separation of duties"):
        assistant.answer(review.review_id, "approve", as_user="mara.voss.admin")
    done = assistant.answer(review.review_id, "approve", as_user="tom.adler")
    assert done is not None
    assert record(assistant, "ticket", "TCK-0288")["status"] == "fraud"


def test_what_no_tool_does_goes_to_a_person(say: Say) -> None:
    """Assigning is nobody's tool; saying it was done would be a lie."""
    assert "TSK-" in say("please assign TCK-0610 to Tom", "mara.voss").reply


def test_small_and_large_vouchers(assistant: Assistant, say: Say) -> None:
    """Up to 25.00 EUR go through; above, a manager signs (support-handbook#4.2)."""
    small = say("give CUS-0042 a goodwill voucher of 25 EUR", "mara.voss")
    assert small.data[0]["data"]["voucher"]["amount_minor"] == 2500
    large = say("give CUS-0042 a goodwill voucher of 25.01 EUR", "mara.voss")
    assert large.state is RunState.WAITING
    assert large.pending[0].free_seats == ("support_manager",)
    done = assistant.answer(large.pending[0].review_id, "reject", as_user="tom.adler", message="no reason given")
    assert done is not None
    assert "no reason given" in done.reply


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("give CUS-0042 a voucher of 20 USD", "USD"),
        ("give CUS-0042 a voucher of -20 EUR", "not above zero"),
        ("issue a goodwill voucher for CUS-0042", "How much"),
        ("give a goodwill voucher of 20 EUR", "Which customer"),
        ("give the customer Aldgate a goodwill voucher of 20 EUR", "Which of these customers"),
    ],
)
def test_what_is_missing_or_wrong_is_asked(say: Say, text: str, said: str) -> None:
    """Nothing is given while the amount or the customer is unclear."""
    turn = say(text, "mara.voss")
    assert said in turn.reply
    assert not turn.pending
    assert turn.data[0]["status"] == "asks"


def test_a_voucher_for_the_customer_of_an_order(assistant: Assistant, say: Say) -> None:
    """The customer comes from the system of record, and the answer to the question completes the request."""
    say("give a goodwill voucher for ORD-8841", "mara.voss", "amount")
    turn = say("10 EUR", "mara.voss", "amount")
    customer = record(assistant, "order", "ORD-8841")["customer_id"]
    assert turn.data[0]["data"]["voucher"] | {} == turn.data[0]["data"]["voucher"]
    assert turn.data[0]["data"]["voucher"]["customer_id"] == customer


def test_contact_data_needs_a_reason(assistant: Assistant, say: Say) -> None:
    """Support-handbook#2.2: personal data only with a ticket or an order at hand."""
    order = record(assistant, "order", "ORD-8841")
    email = record(assistant, "customer", order["customer_id"])["email"]
    without = say(f"what's the email address of {order['customer_id']}", "mara.voss")
    assert email not in without.reply
    assert "support-handbook#2.2" in without.citations
    at_hand = say(f"what's the email address of {order['customer_id']} for order ORD-8841", "mara.voss")
    assert email in at_hand.reply
    assert (
        email not in say(f"what's the email address of {order['customer_id']} for order ORD-8841", "lena.brandt").reply
    )


def test_a_customer_by_name(say: Say) -> None:
    """Clear names are found, unclear ones offered."""
    assert "CUS-" in say("look up the customer Aldgate Modellbau", "mara.voss").citations[0]
    assert say("look up the customer Aldgate", "mara.voss").data[0]["status"] == "asks"


def test_a_complaint_is_heard_and_nothing_is_done(say: Say) -> None:
    """A complaint is no order: no refund and no voucher come of it by themselves."""
    turn = say(
        "the customer of order ORD-8841 is furious, terrible experience, and threatens to go to a lawyer", "mara.voss"
    )
    assert turn.state is RunState.DONE
    assert "sorry" in turn.reply
    assert "support-handbook#5.1" in turn.citations
    assert "VOU-" not in turn.reply
    assert "REF-" not in turn.reply


def test_an_answer_that_names_another_order_is_about_that_order(say: Say) -> None:
    """Asked how much of one order goes back, a person may turn to another; money must follow their words."""
    assert say("refund part of order 8870", "mara.voss", "turned").data[0]["status"] == "asks"
    paid = say("refund 20 EUR on order 8875", "mara.voss", "turned").data[0]["data"]["refund"]
    assert (paid["order_id"], paid["amount_minor"]) == ("ORD-8875", 2000)


def test_a_short_request_is_no_answer(say: Say) -> None:
    """A question of four words is read as one, also while another question is open."""
    assert say("refund part of order 8877", "mara.voss", "short").data[0]["status"] == "asks"
    assert "ORD-8878" in say("where is order 8878?", "mara.voss", "short").citations
