"""Invoice exception: explain in figures; when asked to act, write to the supplier and put the posting to policy."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from ....policies.domain.proposal import Provenance
from ...language.formatting import amount, bullets, day, plain_name, words
from ...language.party_names import names_in
from ...language.request_values import numbers
from ...steps import Ask, Call, Calls, Case, Finish, Next
from ..engine.workflow import Playbook, Words
from .letter import letter
from .request import Wish, invoice_wish

WITH_EXCEPTION, BY_AMOUNT = "finance-handbook#3.3", "finance-handbook#3.2"
_SETTLED = ("posted", "paid")


class InvoiceExceptionInput(BaseModel):
    """Which invoice, or whose; and what is wanted of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    invoice_id: str | None = None
    supplier: str | None = None
    wish: Wish = Wish.EXPLAIN


def fill(said: Words) -> Mapping[str, Any]:
    """The invoice or the supplier, and whether to act."""
    found: dict[str, Any] = {"wish": str(invoice_wish(said.text))}
    named = numbers("invoice", said.text)
    names = names_in(said.text)
    if named:
        found["invoice_id"] = named[0]
    elif names:
        found["supplier"] = names[0]
    elif earlier := numbers("invoice", "", said.earlier):
        found["invoice_id"] = earlier[0]
    return found


def find_invoice(case: Case[InvoiceExceptionInput]) -> Next | None:
    """Find the stuck invoices of a supplier; ask when nothing says which invoice."""
    wanted = case.input
    if wanted.invoice_id:
        return None
    if not wanted.supplier:
        return Ask("Which invoice? Tell me its number, for example INV-1042.", "invoice_id")
    args = {"supplier": wanted.supplier, "status": "stuck", "limit": 10}
    origin = dict.fromkeys(args, Provenance.TRUSTED) | {"supplier": Provenance.USER}
    return Calls.of(Call("search", "invoices.search", args, origin))


def read(case: Case[InvoiceExceptionInput]) -> Next:
    """Read the invoice and run the three-way match, at the same time."""
    invoice_id = case.input.invoice_id
    if "search" in case.outcomes:
        if stop := case.stop("search", f"look for the invoices of {case.input.supplier}"):
            return stop
        rows = case.value("search")["invoices"]
        if len(rows) != 1:
            return _which(case.input.supplier, rows)
        invoice_id = rows[0]["invoice_id"]
    args, origin = {"invoice_id": str(invoice_id)}, {"invoice_id": _origin(case)}
    return Calls.of(Call("invoice", "invoices.get", args, origin), Call("match", "invoices.match", args, origin))


def read_order(case: Case[InvoiceExceptionInput]) -> Next | None:
    """Read what was ordered and received."""
    for key in ("invoice", "match"):
        if stop := case.stop(key, f"look at invoice {case.input.invoice_id or 'of ' + str(case.input.supplier)}"):
            return stop
    invoice = case.value("invoice")
    if not invoice["po_id"]:
        return None
    # The supplier wrote the number of the order on the invoice, so it is theirs until the order is found.
    return Calls.of(Call("order", "purchase_orders.get", {"po_id": invoice["po_id"]}, {"po_id": Provenance.UNTRUSTED}))


def tell_supplier(case: Case[InvoiceExceptionInput]) -> Next | None:
    """Write to the supplier about what is theirs to fix, when the person wants the exception handled."""
    invoice = case.value("invoice")
    if case.input.wish is not Wish.HANDLE or invoice["status"] in _SETTLED:
        return None
    args = letter(invoice, case.value("match"))
    if args is None:
        return None
    origin = dict.fromkeys(args, Provenance.TRUSTED) | {"invoice_id": _origin(case)}
    return Calls.of(Call("message", "suppliers.message", args, origin))


def post(case: Case[InvoiceExceptionInput]) -> Next | None:
    """Put the posting to policy, when the person wants it: it goes through, waits for a controller, or is denied."""
    invoice, match = case.value("invoice"), case.value("match")
    if case.input.wish is Wish.EXPLAIN or invoice["status"] in _SETTLED:
        return None
    kinds = ", ".join(map(words, match["kinds"]))
    args = {
        "invoice_id": invoice["invoice_id"],
        "note": f"Exceptions: {kinds}" if kinds else "Three-way match without exception",
    }
    return Calls.of(Call("posting", "invoices.post", args, {"invoice_id": _origin(case), "note": Provenance.TRUSTED}))


def report(case: Case[InvoiceExceptionInput]) -> Next:
    """What is wrong in figures, and what was done about it."""
    invoice, match = case.value("invoice"), case.value("match")
    posting = case.outcomes.get("posting")
    status = posting.value["status"] if posting is not None and posting.ok else invoice["status"]
    parts = [_state(invoice, status), _exceptions(match)]
    if case.has("order") and match["kinds"]:
        parts.append(_ordered(case.value("order")))
    parts.append(_done(case))
    cited = [invoice["invoice_id"], *([invoice["po_id"]] if case.has("order") else []), match["section"]]
    if posting is not None:
        cited.append(WITH_EXCEPTION if match["kinds"] else BY_AMOUNT)
    data: dict[str, Any] = {
        "invoice_id": invoice["invoice_id"],
        "wish": str(case.input.wish),
        "status": status,
        "kinds": list(match["kinds"]),
        "exceptions": list(match["exceptions"])[:50],
        "total_minor": invoice["total_minor"],
        "currency": invoice["currency"],
    }
    data |= {key: dict(case.value(key)) for key in ("message", "posting") if case.has(key)}
    ended = "done" if posting is None or posting.ok else "stopped"
    return Finish("\n\n".join(part for part in parts if part), ended, tuple(dict.fromkeys(cited)), data)


def _state(invoice: Mapping[str, Any], status: str) -> str:
    late = f", {invoice['days_overdue']} days overdue" if invoice["days_overdue"] else ""
    return (
        f"**{invoice['invoice_id']}** from {plain_name(invoice['supplier'])}, "
        f"{amount(invoice['total_minor'], invoice['currency'])}, "
        f"due {day(invoice['due_on'])}{late}, is **{words(status)}**."
    )


def _exceptions(match: Mapping[str, Any]) -> str:
    if not match["exceptions"]:
        return f"The three-way match finds nothing wrong: order, receipts and VAT agree ({match['section']})."
    lines = [f"**{words(item['kind'])}**: {item['words']}" for item in match["exceptions"]]
    return f"What is wrong ({match['section']}):\n{bullets(lines)}"


def _ordered(order: Mapping[str, Any]) -> str:
    lines = [
        f"line {line['line_no']}: {line['quantity']} ordered at {amount(line['unit_minor'], order['currency'])}, "
        f"{line['received']} received, {line['vat_percent']} % VAT"
        for line in order["lines"]
    ]
    return f"On {order['po_id']} of {day(order['ordered_on'])}:\n{bullets(lines, most=8)}"


def _done(case: Case[InvoiceExceptionInput]) -> str:
    invoice, match = case.value("invoice"), case.value("match")
    invoice_id = invoice["invoice_id"]
    if invoice["status"] in _SETTLED:
        return f"It is {invoice['status']} already, so there is nothing to do."
    if case.input.wish is Wish.EXPLAIN:
        return f"I changed nothing. {_offer(invoice_id, match['kinds'])}"
    lines = []
    if "message" in case.outcomes:
        sent = case.outcome("message")
        lines.append(
            f"The supplier was asked to put it right ({sent.value['message_id']}); no payment was promised."
            if sent.ok
            else f"The supplier was not written to: {sent.message}"
        )
    posting = case.outcome("posting")
    lines.append(f"{invoice_id} is posted." if posting.ok else f"{invoice_id} was not posted: {posting.message}")
    return bullets(lines)


def _offer(invoice_id: str, kinds: list[str]) -> str:
    if "duplicate" in kinds:
        return f"A duplicate is never posted ({WITH_EXCEPTION}). Say “handle {invoice_id}” and I write to the supplier."
    if not kinds:
        return f"Say “post {invoice_id}” and I post it."
    return (
        f"Say “handle {invoice_id}” and I write to the supplier where it is theirs to fix and put the posting to a "
        f"controller ({WITH_EXCEPTION})."
    )


def _origin(case: Case[InvoiceExceptionInput]) -> str:
    return Provenance.TRUSTED if "search" in case.outcomes else Provenance.USER


def _which(supplier: str | None, rows: list[dict[str, Any]]) -> Ask:
    if not rows:
        return Ask(
            f"I found no stuck invoice of {supplier}. What is the invoice's number, for example INV-1042?", "invoice_id"
        )
    lines = [
        f"{row['invoice_id']}: {amount(row['total_minor'], row['currency'])}, due {day(row['due_on'])}" for row in rows
    ]
    return Ask(f"Which of these stuck invoices do you mean?\n{bullets(lines)}", "invoice_id")


INVOICE_EXCEPTION = Playbook(
    name="invoice_exception",
    version="1",
    owner="accounts-payable",
    title="Resolve an invoice exception",
    input=InvoiceExceptionInput,
    fill=fill,
    steps=(find_invoice, read, read_order, tell_supplier, post, report),
    writes=("suppliers.message", "invoices.post"),
)
