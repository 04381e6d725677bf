"""These handlers write to a supplier, and change bank details, which an e-mail alone never brings about."""

import re

from ....policies.domain.proposal import Provenance
from ....tools.extraction.extract import find_iban_mentions
from ...language.formatting import format_plain_name
from ...language.party_names import find_clear_choice, find_party_names
from ...language.request_values import find_last_said, find_record_numbers, name_record_to_change
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest
from ...workflows.invoice_exception.letter import write_letter

MESSAGES, BANK = "finance-handbook#5.1", "finance-handbook#4.2"
_BODY = re.compile(r":\s*(?P<body>\S.{7,})", re.DOTALL)
_REPORTED = re.compile(
    r"\b(?:tell|inform|let|write|promise|assure|message|ping|reply)\b.{0,80}?\bthat\b\s*(?P<body>\S.{3,})",
    re.IGNORECASE | re.DOTALL,
)
_PROMISES = re.compile(r"\b(?:promise|assure|guarantee)\b", re.IGNORECASE)
_BY_POST = re.compile(
    r"\b(?:e-?mails?|mail|letter|fax|wrote|writes|sent|sends|message|informed|says|told|attached|phoned|called)\b",
    re.IGNORECASE,
)


def begin_message(case: StepContext[HandlerRequest]) -> StepResult:
    """Read the invoice that the message is about and what is wrong with it."""
    question = "About which invoice should I write? Tell me its number, for example INV-1042."
    ids = name_record_to_change("invoice", question, case.input.text, case.input.earlier)
    if isinstance(ids, Ask):
        return ids
    args, origin = {"invoice_id": ids[0]}, {"invoice_id": Provenance.USER}
    return Calls.of(Call("invoice", "invoices.get", args, origin), Call("match", "invoices.match", args, origin))


def tell_message(case: StepContext[HandlerRequest]) -> StepResult:
    """Send the person's own words, or the exception in figures; then say so."""
    for key in ("invoice", "match"):
        if stop := case.stop(key, "write to the supplier"):
            return stop
    invoice = case.value("invoice")
    if "message" in case.outcomes:
        if stop := case.stop("message", f"write to {format_plain_name(invoice['supplier'])}"):
            return Finish(stop.text, stop.status, (invoice["invoice_id"], MESSAGES))
        sent = case.value("message")
        text = f"Sent to {format_plain_name(invoice['supplier'])} about {invoice['invoice_id']} ({sent['message_id']})."
        return Finish(
            text, citations=(invoice["invoice_id"], sent["message_id"], MESSAGES), data={"message": dict(sent)}
        )
    own = _own_words(case.input.text)
    composed = write_letter(invoice, case.value("match"))
    if own is None and composed is None:
        return Ask(
            f"{invoice['invoice_id']} has nothing for the supplier to fix. What should the message "
            "say? Write it after a colon.",
            "body",
        )
    args = composed if own is None else {
        "supplier_id": invoice["supplier_id"],
        "invoice_id": invoice["invoice_id"],
        "subject": f"Your invoice, our reference {invoice['invoice_id']}",
        "body": own,
        "promises_payment": _PROMISES.search(case.input.text) is not None,
    }  # fmt: skip
    origin = dict.fromkeys(args or {}, Provenance.TRUSTED) | {"invoice_id": Provenance.USER}
    if own is not None:
        origin["body"] = Provenance.USER
    return Calls.of(Call("message", "suppliers.message", args or {}, origin))


def _own_words(text: str) -> str | None:
    found = _BODY.search(text) or _REPORTED.search(text)
    return found["body"].strip()[:8000] if found else None


def begin_bank(case: StepContext[HandlerRequest]) -> StepResult:
    """Find the account in the person's own words, then the supplier."""
    iban = _iban(case)
    if isinstance(iban, Ask):
        return iban
    if ids := find_record_numbers("supplier", case.input.text):
        return _change(ids[0], Provenance.USER, iban, case)
    names = find_party_names(case.input.text)
    if not names:
        return Ask("Which supplier? Tell me the number, for example SUP-019.", "supplier_id")
    return Calls.of(
        Call(
            "rows",
            "invoices.search",
            {"supplier": names[0], "limit": 1},
            {"supplier": Provenance.USER, "limit": Provenance.TRUSTED},
        )
    )


def tell_bank(case: StepContext[HandlerRequest]) -> StepResult:
    """Make sure that it is the supplier who was named; put the change to policy; say what came of it."""
    if "change" in case.outcomes:
        if stop := case.stop("change", "change the bank details"):
            return Finish(stop.text, stop.status, (BANK,))
        done = case.value("change")
        text = (
            f"The account of {done['supplier_id']} now ends in {done['iban_ending']} (before: {done['before_ending']})."
        )
        return Finish(text, citations=(done["supplier_id"], BANK), data={"change": dict(done)})
    if stop := case.stop("rows", "look for the supplier"):
        return stop
    rows, wanted = case.value("rows")["invoices"], find_party_names(case.input.text)[0]
    unknown = Ask(f"I found no supplier called {wanted}. What is the number, for example SUP-019?", "supplier_id")
    if not rows:
        return unknown
    if "supplier" not in case.outcomes:
        args = {"supplier_id": rows[0]["supplier_id"]}
        return Calls.of(Call("supplier", "suppliers.get", args, {"supplier_id": Provenance.TRUSTED}))
    if stop := case.stop("supplier", "look at the supplier"):
        return stop
    supplier = case.value("supplier")
    iban = _iban(case)
    if find_clear_choice(wanted, {supplier["supplier_id"]: supplier["name"]}) is None:
        return unknown
    return iban if isinstance(iban, Ask) else _change(supplier["supplier_id"], Provenance.TRUSTED, iban, case)


def _change(supplier_id: str, source: Provenance, iban: str, case: StepContext[HandlerRequest]) -> Calls:
    # An account that somebody wrote to us is an outsider's word, whoever types it in.
    origin = Provenance.UNTRUSTED if _BY_POST.search(case.input.text) or case.input.documents else Provenance.USER
    args = {"supplier_id": supplier_id, "iban": iban}
    return Calls.of(Call("change", "suppliers.change_bank", args, {"supplier_id": source, "iban": origin}))


def _iban(case: StepContext[HandlerRequest]) -> str | Ask:
    found = find_last_said(case.input.text, find_iban_mentions)
    if not found:
        return Ask(
            "What is the new IBAN? Use a number confirmed by a call to the supplier, never one from an e-mail.", "iban"
        )
    if not found[0].valid:
        return Ask(
            f"{found[0].text.strip()} is no valid IBAN: its length or check digits are wrong. What is it?", "iban"
        )
    return found[0].canonical


SUPPLIER_MESSAGE = Handler(begin_message, tell_message, writes=("suppliers.message",))
BANK_CHANGE = Handler(begin_bank, tell_bank, writes=("suppliers.change_bank",))
