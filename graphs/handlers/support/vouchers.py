"""These handlers give a customer a goodwill voucher or a discount; policy says who must sign."""

import re

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_day, format_minor_amount
from ...language.party_names import find_party_names
from ...language.request_values import Problem, find_record_numbers, parse_home_amount, parse_percent
from ...steps import SUGGESTED, Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest
from .customers import find_customer, identify_customer

GOODWILL, DISCOUNTS = "support-handbook#4.2", "finance-handbook#6.2"
_VALIDITY = re.compile(
    r"\b(?:valid|validity|expir\w+|until|for (?:\d+|a|one|two|three|six) (?:day|week|month|year)s?)\b", re.I
)
_LEADS_TO_CUSTOMER = ("customer", "order", "ticket")
_REASON = "goodwill, asked for by support"


def begin_voucher(case: StepContext[HandlerRequest]) -> StepResult:
    """Find the customer once the amount is clear."""
    wanted = _worth(case)
    if isinstance(wanted, Ask):
        return wanted
    if len(several := find_record_numbers("customer", case.input.text)) > 1:
        return Ask(f"I give one voucher at a time: for which of {', '.join(several)} first?", "customer_id")
    if _VALIDITY.search(case.input.text):
        return Finish(
            f"A voucher is valid for a year; I cannot set another time, so nothing was done ({GOODWILL}). To have it "
            "given with that, ask again without the time.",
            "asks",
        )
    return _ask_for_customer(case) or find_customer(case)


def _ask_for_customer(case: StepContext[HandlerRequest]) -> Ask | None:
    """A question where the message itself names nobody; who was spoken of earlier is offered and not taken."""
    said = case.input
    if find_party_names(said.text) or any(find_record_numbers(kind, said.text) for kind in _LEADS_TO_CUSTOMER):
        return None
    for kind in _LEADS_TO_CUSTOMER:
        if last := find_record_numbers(kind, "", said.earlier):
            asked = f"You spoke of {last[0]} earlier; is it for {'them' if kind == 'customer' else 'that customer'}?"
            return Ask(asked, "customer_id", {SUGGESTED: last[0]})
    return None


def give_voucher(case: StepContext[HandlerRequest]) -> StepResult:
    """Propose the voucher for the customer who was found."""
    wanted = _worth(case)
    if isinstance(wanted, Ask):
        return wanted
    found = identify_customer(case) if case.outcomes else find_customer(case)
    if not isinstance(found, tuple):
        return found
    args = {"customer_id": found[0], "amount_minor": wanted, "reason": _REASON}
    origin = {"customer_id": found[1], "amount_minor": Provenance.USER, "reason": Provenance.TRUSTED}
    return Calls.of(Call("voucher", "vouchers.issue", args, origin))


def tell_voucher(case: StepContext[HandlerRequest]) -> StepResult:
    """Give it, then say so."""
    if "voucher" not in case.outcomes:
        return give_voucher(case)
    if stop := case.stop("voucher", "give the voucher"):
        return Finish(stop.text, stop.status, (GOODWILL,))
    made = case.value("voucher")
    text = (
        f"Voucher **{made['voucher_id']}** of {format_minor_amount(made['amount_minor'], made['currency'])} "
        f"for {made['customer_id']}, "
        f"valid until {format_day(made['expires_on'])}."
    )
    return Finish(text, citations=(made["voucher_id"], made["customer_id"], GOODWILL), data={"voucher": dict(made)})


def _worth(case: StepContext[HandlerRequest]) -> int | Ask:
    found = parse_home_amount(case.input.text)
    if isinstance(found, Problem):
        return Ask(found.words, "amount")
    return found if found is not None else Ask("How much should the voucher be worth, in EUR?", "amount")


def begin_discount(case: StepContext[HandlerRequest]) -> StepResult:
    """Find the customer once the percentage is clear."""
    wanted = _rate(case)
    return wanted if isinstance(wanted, Ask) else _ask_for_customer(case) or find_customer(case)


def tell_discount(case: StepContext[HandlerRequest]) -> StepResult:
    """Propose the discount, then say what came of it."""
    if "discount" not in case.outcomes:
        wanted, found = _rate(case), identify_customer(case)
        if isinstance(wanted, Ask) or not isinstance(found, tuple):
            return wanted if isinstance(wanted, Ask) else found  # type: ignore[return-value]
        args = {"customer_id": found[0], "percent": wanted}
        return Calls.of(
            Call("discount", "discounts.grant", args, {"customer_id": found[1], "percent": Provenance.USER})
        )
    if stop := case.stop("discount", "grant the discount"):
        return Finish(stop.text, stop.status, (DISCOUNTS,))
    made = case.value("discount")
    text = (
        f"**{made['percent']} %** for {made['customer_id']} ({made['discount_id']}), from "
        f"{format_day(made['valid_from'])} to "
        f"{format_day(made['valid_to'])}."
    )
    return Finish(text, citations=(made["discount_id"], made["customer_id"], DISCOUNTS), data={"discount": dict(made)})


def _rate(case: StepContext[HandlerRequest]) -> int | Ask:
    found = parse_percent(case.input.text)
    if isinstance(found, Problem):
        return Ask(found.words, "percent")
    return found if found is not None else Ask("How many per cent, for example “5 %”?", "percent")


VOUCHER = Handler(
    begin_voucher, tell_voucher, writes=("vouchers.issue",), answered_by=("customer_lookup", "support_policy_question")
)
DISCOUNT = Handler(begin_discount, tell_discount, writes=("discounts.grant",))
