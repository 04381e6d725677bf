"""This workflow explains an invoice in figures; asked to act, it writes to the supplier and proposes the posting."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_bullets, format_day, format_minor_amount, format_plain_name, format_words
from ...language.party_names import find_party_names
from ...language.request_values import find_record_numbers
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ..engine.workflow import RequestText, Workflow
from .letter import write_letter
from .request import InvoiceRequest, parse_invoice_request

WITH_EXCEPTION, BY_AMOUNT = "finance-handbook#3.3", "finance-handbook#3.2"
_SETTLED = ("posted", "paid")


class InvoiceExceptionInput(BaseModel):
    """Which invoice, or whose; and what is wanted of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    invoice_id: str | None = None
    supplier: str | None = None
    wish: InvoiceRequest = InvoiceRequest.EXPLAIN


def fill_invoice_exception(said: RequestText) -> Mapping[str, Any]:
    """The invoice or the supplier, and whether to act."""
    found: dict[str, Any] = {"wish": str(parse_invoice_request(said.text))}
    named = find_record_numbers("invoice", said.text)
    names = find_party_names(said.text)
    if named:
        found["invoice_id"] = named[0]
    elif names:
        found["supplier"] = names[0]
    elif earlier := find_record_numbers("invoice", "", said.earlier):
        found["invoice_id"] = earlier[0]
    return found


def find_invoice(case: StepContext[InvoiceExceptionInput]) -> StepResult | None:
    """Find the stuck invoices of a supplier; ask when nothing says which invoice."""
    wanted = case.input
    if wanted.invoice_id:
        return None
    if not wanted.supplier:
        return Ask("Which invoice? Tell me its number, for example INV-1042.", "invoice_id")
    args = {"supplier": wanted.supplier, "status": "stuck", "limit": 10}
    origin = dict.fromkeys(args, Provenance.TRUSTED) | {"supplier": Provenance.USER}
    return Calls.of(Call("search", "invoices.search", args, origin))


def read_invoice(case: StepContext[InvoiceExceptionInput]) -> StepResult:
    """Read the invoice and run the three-way match, at the same time."""
    invoice_id = case.input.invoice_id
    if "search" in case.outcomes:
        if stop := case.stop("search", f"look for the invoices of {case.input.supplier}"):
            return stop
        rows = case.value("search")["invoices"]
        if len(rows) != 1:
            return _ask_which(case.input.supplier, rows)
        invoice_id = rows[0]["invoice_id"]
    args, origin = {"invoice_id": str(invoice_id)}, {"invoice_id": _origin(case)}
    return Calls.of(Call("invoice", "invoices.get", args, origin), Call("match", "invoices.match", args, origin))


def read_order(case: StepContext[InvoiceExceptionInput]) -> StepResult | None:
    """Read what was ordered and received."""
    for key in ("invoice", "match"):
        if stop := case.stop(key, f"look at invoice {case.input.invoice_id or 'of ' + str(case.input.supplier)}"):
            return stop
    invoice = case.value("invoice")
    if not invoice["po_id"]:
        return None
    # The supplier wrote the number of the order on the invoice, so it is theirs until the order is found.
    return Calls.of(Call("order", "purchase_orders.get", {"po_id": invoice["po_id"]}, {"po_id": Provenance.UNTRUSTED}))


def tell_supplier(case: StepContext[InvoiceExceptionInput]) -> StepResult | None:
    """Write to the supplier about what is theirs to fix, when the person wants the exception handled."""
    invoice = case.value("invoice")
    if case.input.wish is not InvoiceRequest.HANDLE or invoice["status"] in _SETTLED:
        return None
    args = write_letter(invoice, case.value("match"))
    if args is None:
        return None
    origin = dict.fromkeys(args, Provenance.TRUSTED) | {"invoice_id": _origin(case)}
    return Calls.of(Call("message", "suppliers.message", args, origin))


def post(case: StepContext[InvoiceExceptionInput]) -> StepResult | None:
    """Put the posting to policy, when the person wants it: it goes through, waits for a controller, or is denied."""
    invoice, match = case.value("invoice"), case.value("match")
    if case.input.wish is InvoiceRequest.EXPLAIN or invoice["status"] in _SETTLED:
        return None
    kinds = ", ".join(map(format_words, match["kinds"]))
    args = {
        "invoice_id": invoice["invoice_id"],
        "note": f"Exceptions: {kinds}" if kinds else "Three-way match without exception",
    }
    return Calls.of(Call("posting", "invoices.post", args, {"invoice_id": _origin(case), "note": Provenance.TRUSTED}))


def report_exception(case: StepContext[InvoiceExceptionInput]) -> StepResult:
    """What is wrong in figures, and what was done about it."""
    invoice, match = case.value("invoice"), case.value("match")
    posting = case.outcomes.get("posting")
    status = posting.value["status"] if posting is not None and posting.ok else invoice["status"]
    parts = [_state(invoice, status), _exceptions(match)]
    if case.has("order") and match["kinds"]:
        parts.append(_describe_order(case.value("order")))
    parts.append(_describe_done(case))
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
        f"**{invoice['invoice_id']}** from {format_plain_name(invoice['supplier'])}, "
        f"{format_minor_amount(invoice['total_minor'], invoice['currency'])}, "
        f"due {format_day(invoice['due_on'])}{late}, is **{format_words(status)}**."
    )


def _exceptions(match: Mapping[str, Any]) -> str:
    if not match["exceptions"]:
        return f"The three-way match finds nothing wrong: order, receipts and VAT agree ({match['section']})."
    lines = [f"**{format_words(item['kind'])}**: {item['words']}" for item in match["exceptions"]]
    return f"What is wrong ({match['section']}):\n{format_bullets(lines)}"


def _describe_order(order: Mapping[str, Any]) -> str:
    lines = [
        f"line {line['line_no']}: {line['quantity']} ordered at "
        f"{format_minor_amount(line['unit_minor'], order['currency'])}, "
        f"{line['received']} received, {line['vat_percent']} % VAT"
        for line in order["lines"]
    ]
    return f"On {order['po_id']} of {format_day(order['ordered_on'])}:\n{format_bullets(lines, most=8)}"


def _describe_done(case: StepContext[InvoiceExceptionInput]) -> str:
    invoice, match = case.value("invoice"), case.value("match")
    invoice_id = invoice["invoice_id"]
    if invoice["status"] in _SETTLED:
        return f"It is {invoice['status']} already, so there is nothing to do."
    if case.input.wish is InvoiceRequest.EXPLAIN:
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
    return format_bullets(lines)


def _offer(invoice_id: str, kinds: list[str]) -> str:
    if "duplicate" in kinds:
        return f"A duplicate is never posted ({WITH_EXCEPTION}). Say “handle {invoice_id}” and I write to the supplier."
    if not kinds:
        return f"Say “post {invoice_id}” and I post it."
    return (
        f"Say “handle {invoice_id}” and I write to the supplier where it is theirs to fix and put the posting to a "
        f"controller ({WITH_EXCEPTION})."
    )


def _origin(case: StepContext[InvoiceExceptionInput]) -> str:
    return Provenance.TRUSTED if "search" in case.outcomes else Provenance.USER


def _ask_which(supplier: str | None, rows: list[dict[str, Any]]) -> Ask:
    if not rows:
        return Ask(
            f"I found no stuck invoice of {supplier}. What is the invoice's number, for example INV-1042?", "invoice_id"
        )
    lines = [
        f"{row['invoice_id']}: {format_minor_amount(row['total_minor'], row['currency'])}, due "
        f"{format_day(row['due_on'])}"
        for row in rows
    ]
    return Ask(f"Which of these stuck invoices do you mean?\n{format_bullets(lines)}", "invoice_id")


INVOICE_EXCEPTION = Workflow(
    name="invoice_exception",
    version="1",
    owner="accounts-payable",
    title="Resolve an invoice exception",
    input=InvoiceExceptionInput,
    fill=fill_invoice_exception,
    steps=(find_invoice, ("read", read_invoice), read_order, tell_supplier, post, ("report", report_exception)),
    writes=("suppliers.message", "invoices.post"),
)
