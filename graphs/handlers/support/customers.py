"""This handler looks a customer up; other handlers find here the customer that a request is about."""

import re
from collections.abc import Mapping
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_bullets, format_count, format_day, format_plain_name
from ...language.party_names import find_clear_choice, find_party_names
from ...language.request_values import find_record_numbers
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

CONTACT_RULE = "support-handbook#2.2"
_CONTACT = re.compile(
    r"\b(?:e-?mail|phone|telephone|number to call|address|contact|reach|call|lives?)\b", re.IGNORECASE
)
_SOURCES = (("order", "orders.get"), ("ticket", "tickets.get"))


def find_customer(case: StepContext[HandlerRequest]) -> Calls | Ask:
    """The calls that lead to the customer who is meant: by number, by an order or ticket, or by name."""
    said = case.input
    if ids := find_record_numbers("customer", said.text):
        return Calls.of(Call("customer", "customers.get", {"customer_id": ids[0]}, {"customer_id": Provenance.USER}))
    for kind, tool in _SOURCES:
        if ids := find_record_numbers(kind, said.text):
            return Calls.of(Call(kind, tool, {f"{kind}_id": ids[0]}, {f"{kind}_id": Provenance.USER}))
    if names := find_party_names(said.text):
        return Calls.of(
            Call(
                "names",
                "customers.search",
                {"query": names[0][:200], "limit": 5},
                {"query": Provenance.USER, "limit": Provenance.TRUSTED},
            )
        )
    for kind, tool in (("customer", "customers.get"), *_SOURCES):
        if ids := find_record_numbers(kind, "", said.earlier):
            return Calls.of(Call(kind, tool, {f"{kind}_id": ids[0]}, {f"{kind}_id": Provenance.USER}))
    return Ask("Which customer? Tell me the number, for example CUS-0042, or the name.", "customer_id")


def identify_customer(case: StepContext[HandlerRequest]) -> tuple[str, Provenance] | Ask | Finish:
    """The number of the customer who is meant and where it comes from; a question when that is not clear."""
    if "customer" in case.outcomes:
        stop = case.stop("customer", "look up the customer")
        known = Provenance.USER if not {"order", "ticket", "names"} & case.outcomes.keys() else Provenance.TRUSTED
        return stop or (case.value("customer")["customer_id"], known)
    for kind, _ in _SOURCES:
        if kind in case.outcomes:
            stop = case.stop(kind, f"look up the {kind}")
            return stop or (case.value(kind)["customer_id"], Provenance.TRUSTED)
    if stop := case.stop("names", "look for the customer"):
        return stop
    wanted = find_party_names(case.input.text)[0]
    rows = case.value("names")["customers"]
    chosen = find_clear_choice(wanted, {row["customer_id"]: row["name"] for row in rows})
    if chosen:
        return chosen, Provenance.TRUSTED
    listed = format_bullets([f"{row['customer_id']}: {format_plain_name(row['name'])}" for row in rows])
    question = (
        f"Which of these customers do you mean?\n{listed}"
        if rows
        else f"I found no customer called {wanted}. What is the number?"
    )
    return Ask(question, "customer_id")


def tell_customer(case: StepContext[HandlerRequest]) -> StepResult:
    """Say what is known of the customer; contact data only with an order or ticket at hand."""
    found = identify_customer(case)
    if not isinstance(found, tuple):
        return found
    customer_id, source = found
    if "customer" not in case.outcomes:
        return Calls.of(Call("customer", "customers.get", {"customer_id": customer_id}, {"customer_id": source}))
    customer = case.value("customer")
    if not _CONTACT.search(case.input.text):
        return _describe(customer)
    reason = {f"{kind}_id": ids[0] for kind, _ in _SOURCES if (ids := find_record_numbers(kind, case.input.text))}
    if not reason:
        return Finish(
            f"{_describe(customer).text}\n\nE-mail, phone and address are shown only with an order or a ticket at hand "
            f"({CONTACT_RULE}). Name the one you are working on.",
            "stopped",
            (customer_id, CONTACT_RULE),
        )
    if "contact" not in case.outcomes:
        origin = dict.fromkeys(reason, Provenance.USER) | {"customer_id": source}
        return Calls.of(Call("contact", "customers.contact", {"customer_id": customer_id} | reason, origin))
    if stop := case.stop("contact", f"show the contact data of {customer_id}"):
        return stop
    contact = case.value("contact")
    lines = [f"{name}: {contact[name]}" for name in ("contact", "email", "phone", "address")]
    return Finish(
        f"{_describe(customer).text}\n{format_bullets(lines)}", citations=(customer_id, CONTACT_RULE, *reason.values())
    )


def _describe(customer: Mapping[str, Any]) -> Finish:
    text = (
        f"**{format_plain_name(customer['name'])}** ({customer['customer_id']}, {customer['country']}), tier "
        f"{customer['tier']}, {customer['segment']}, customer since {format_day(customer['since'])}, looked after by "
        f"{customer['account_manager']}. "
        f"{format_count(customer['orders'], 'order')}, {format_count(customer['open_tickets'], 'open ticket')}, "
        f"{format_count(customer['refunds_90d'], 'refund')} in 90 days."
    )
    return Finish(text, citations=(customer["customer_id"],), data={"customer": dict(customer)})


CUSTOMER_LOOKUP = Handler(find_customer, tell_customer)
