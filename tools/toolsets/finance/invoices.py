"""These tools read, search and match supplier invoices; numbers and descriptions on them are the supplier's words."""

from datetime import date
from typing import Any, Literal

from ....policies.domain.proposal import Effect
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Currency, Flag, Id, Limit, Minor, Query
from ..base.lookup import MAX_ROWS, require_record
from ..support.customers import rank_names
from .invoice_documents import INVOICE_FIELDS, list_kinds, load_invoice_facts, load_paperwork
from .three_way_match import MismatchKind, MismatchUnit, compare_paperwork, compute_days_overdue

InvoiceState = Literal["received", "stuck", "posted", "paid"]


class InvoiceQuery(Arguments):
    """Which invoice."""

    invoice_id: Id


class InvoiceLine(Result):
    """One position of an invoice."""

    line_no: int
    product_id: str
    description: str
    quantity: int
    unit_minor: int
    net_minor: int
    vat_percent: int
    vat_minor: int


class InvoiceEvent(Result):
    """Something that happened to an invoice."""

    event: str
    actor: str
    on: date


class Invoice(Result):
    """A supplier's invoice; amounts in minor units of ``currency``."""

    invoice_id: str
    supplier_id: str
    supplier: str
    number: str
    po_id: str | None
    status: str
    invoice_date: date
    received_on: date
    due_on: date
    posted_on: date | None
    paid_on: date | None
    posted_by: str | None
    net_minor: int
    vat_minor: int
    total_minor: int
    currency: str
    days_overdue: int
    lines: list[InvoiceLine]
    events: list[InvoiceEvent]


@tool(
    "invoices.get",
    effect=Effect.READ,
    owner="finance",
    system="ledger",
    summary="Read invoice {invoice_id}",
    untrusted=("number", "lines.description"),
    visible=split_paths(
        "invoice_id supplier_id supplier number po_id status invoice_date received_on due_on posted_on paid_on "
        "posted_by net_minor vat_minor total_minor currency days_overdue lines.line_no lines.description "
        "lines.quantity lines.unit_minor lines.net_minor lines.vat_percent lines.vat_minor events"
    ),
)
def get_invoice(args: InvoiceQuery, context: ToolContext) -> Invoice:
    """One supplier invoice with its lines and what happened to it so far."""
    records = context.services.records
    row = require_record(records, "invoice", args.invoice_id)
    supplier = require_record(records, "supplier", row["supplier_id"])
    here = {"invoice_id": row["id"]}
    same = set(Invoice.model_fields) & set(row)
    return Invoice(
        invoice_id=row["id"],
        supplier=supplier["name"],
        days_overdue=compute_days_overdue(row, context.today),
        **{name: row[name] for name in same},
        lines=[
            InvoiceLine(**{name: item[name] for name in InvoiceLine.model_fields})
            for item in records.find("invoice_line", where=here, order_by="line_no", limit=500)
        ],
        events=[
            InvoiceEvent(event=item["event"], actor=item["actor"], on=item["at"].date())
            for item in records.find("invoice_event", where=here, order_by="at", limit=200)
        ],
    )


class InvoiceSearch(Arguments):
    """Conditions; all that are given must hold. ``supplier`` is a name as somebody wrote it.

    ``above_minor`` keeps totals above it, in minor units of ``currency``.
    """

    supplier: Query | None = None
    supplier_id: Id | None = None
    po_id: Id | None = None
    number: Id | None = None
    status: InvoiceState | None = None
    due_from: date | None = None
    due_to: date | None = None
    overdue: Flag | None = None
    above_minor: Minor | None = None
    currency: Currency | None = None
    limit: Limit = 20


class InvoiceRow(Result):
    """An invoice in a list."""

    invoice_id: str
    supplier_id: str
    supplier: str
    number: str
    po_id: str | None
    status: str
    due_on: date
    total_minor: int
    currency: str
    days_overdue: int


class InvoiceRows(Result):
    """Invoices, those due first at the front; ``total`` counts all that match."""

    invoices: list[InvoiceRow]
    total: int


@tool(
    "invoices.search",
    effect=Effect.READ,
    owner="finance",
    system="ledger",
    summary="Search invoices {supplier} {status}",
    untrusted=("invoices.number",),
    visible=split_paths(
        "invoices.invoice_id invoices.supplier_id invoices.supplier invoices.number invoices.po_id invoices.status "
        "invoices.due_on invoices.total_minor invoices.currency invoices.days_overdue total"
    ),
)
def search_invoices(args: InvoiceSearch, context: ToolContext) -> InvoiceRows:
    """Invoices by supplier, order, number, status and due date; ``overdue`` keeps those unpaid after their due date."""
    records = context.services.records
    names = {row["id"]: row["name"] for row in records.find("supplier", limit=MAX_ROWS)}
    where: dict[str, Any] = {name: value for name in ("number", "status") if (value := getattr(args, name)) is not None}
    if args.po_id is not None:
        where["po_id"] = require_record(records, "purchase_order", args.po_id)["id"]
    if args.supplier_id is not None:
        where["supplier_id"] = require_record(records, "supplier", args.supplier_id)["id"]
    elif args.supplier is not None:
        near = rank_names(args.supplier, names, 3)
        best = [id for id, score in near if score == near[0][1]]
        where["supplier_id"] = ("in", best)
    found = records.find("invoice", where=where, order_by=("due_on", "id"), limit=MAX_ROWS)
    kept = [
        row
        for row in found
        if (args.due_from is None or row["due_on"] >= args.due_from)
        and (args.due_to is None or row["due_on"] <= args.due_to)
        and (args.overdue is None or args.overdue == bool(compute_days_overdue(row, context.today)))
        and (args.above_minor is None or row["total_minor"] > args.above_minor)
        and (args.currency is None or row["currency"] == args.currency)
    ]
    rows = [
        InvoiceRow(
            invoice_id=row["id"],
            supplier=names.get(row["supplier_id"], ""),
            days_overdue=compute_days_overdue(row, context.today),
            **{name: row[name] for name in set(InvoiceRow.model_fields) & set(row)},
        )
        for row in kept[: args.limit]
    ]
    return InvoiceRows(invoices=rows, total=len(kept))


class InvoiceException(Result):
    """One thing that is wrong, with the figures; ``line`` is empty when it is about the whole invoice."""

    kind: MismatchKind
    words: str
    line: int | None
    expected: int | None
    found: int | None
    unit: MismatchUnit


class InvoiceMatch(Result):
    """The result of the three-way match; ``kinds`` has the gravest first and is empty when all is well."""

    invoice_id: str
    supplier_id: str
    po_id: str | None
    status: str
    total_minor: int
    currency: str
    due_on: date
    days_overdue: int
    matched: bool
    kinds: list[MismatchKind]
    exceptions: list[InvoiceException]
    section: str


@tool(
    "invoices.match",
    effect=Effect.READ,
    owner="finance",
    system="ledger",
    summary="Match invoice {invoice_id} with its order and receipts",
    facts=lambda args, context: {"invoice": load_invoice_facts(context, args.invoice_id)},
    touches={"invoice": INVOICE_FIELDS},
    visible=split_paths(
        "invoice_id supplier_id po_id status total_minor currency due_on days_overdue matched kinds exceptions section"
    ),
)
def match_invoice(args: InvoiceQuery, context: ToolContext) -> InvoiceMatch:
    """Three-way match of an invoice with its purchase order and goods receipts, after finance-handbook#3.1.

    Finds differences in price and quantity, wrong VAT, duplicates, missing purchase orders and overdue payment.
    """
    records = context.services.records
    row = require_record(records, "invoice", args.invoice_id)
    found = compare_paperwork(load_paperwork(records, row), context.today)
    names = ("supplier_id", "po_id", "status", "total_minor", "currency", "due_on")
    return InvoiceMatch(
        invoice_id=row["id"],
        **{name: row[name] for name in names},
        days_overdue=compute_days_overdue(row, context.today),
        matched=not found,
        kinds=list_kinds(found),
        exceptions=[
            InvoiceException(**{name: getattr(item, name) for name in InvoiceException.model_fields}) for item in found
        ],
        section="finance-handbook#3.1",
    )


TOOLS: tuple[ToolSpec, ...] = (get_invoice, search_invoices, match_invoice)
