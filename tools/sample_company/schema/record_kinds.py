"""A record kind says what a record may be called, which table keeps it, and how its ids look."""

import re
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Table

from ....policies.errors import BadInput
from . import schema


@dataclass(frozen=True)
class RecordKind:
    """One kind of record.

    Attributes:
        name: what callers say, e.g. ``"order"``.
        table: where its rows are.
        prefix: of its ids, e.g. ``"ORD"``; empty where ids are not numbered.
        width: digits an id is padded to.
        writable: the port may insert rows of this kind.
        changes: the columns that the port may update; roles and limits of employees are not among any.
    """

    name: str
    table: Table
    prefix: str = ""
    width: int = 4
    writable: bool = False
    changes: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """The name of the primary key column."""
        return next(iter(self.table.primary_key.columns)).name

    @cached_property
    def visible(self) -> tuple[str, ...]:
        """The columns that the port may speak of: all but the confidential ones."""
        return tuple(c.name for c in self.table.columns if not c.info.get("confidential"))

    def id(self, number: int) -> str:
        """The id with this number, e.g. ``ORD-8841``."""
        return f"{self.prefix}-{number:0{self.width}d}"


_ALL = (
    RecordKind("employee", schema.employees),
    RecordKind(
        "customer", schema.customers, "CUS", changes=("contact", "email", "phone", "address", "tier", "account_manager")
    ),
    RecordKind("product", schema.products, "PRD"),
    RecordKind("order", schema.orders, "ORD", changes=("status",)),
    RecordKind("order_line", schema.order_lines),
    RecordKind("shipment", schema.shipments, "SHP", changes=("status", "delivered_on")),
    RecordKind("payment", schema.payments, "PAY", writable=True, changes=("status", "paid_on")),
    RecordKind("refund", schema.refunds, "REF", writable=True, changes=("status",)),
    RecordKind("voucher", schema.vouchers, "VOU", writable=True, changes=("status",)),
    RecordKind("supplier", schema.suppliers, "SUP", 3, changes=("email", "iban", "bic", "status")),
    RecordKind("purchase_order", schema.purchase_orders, "PO", changes=("status",)),
    RecordKind("purchase_order_line", schema.purchase_order_lines),
    RecordKind("goods_receipt", schema.goods_receipts, "GRN"),
    RecordKind("invoice", schema.invoices, "INV", changes=("status", "po_id", "posted_on", "posted_by", "paid_on")),
    RecordKind("invoice_line", schema.invoice_lines),
    RecordKind("invoice_event", schema.invoice_events, "EVT", writable=True),
    RecordKind("message", schema.messages, "MSG", writable=True, changes=("status",)),
    RecordKind("ticket", schema.tickets, "TCK", writable=True, changes=("status", "priority", "assignee", "closed_at")),
    RecordKind("ticket_comment", schema.ticket_comments, "COM", writable=True),
    RecordKind("contract", schema.contracts, "CON", changes=("status", "owner")),
    RecordKind("note", schema.notes, "NOT", writable=True),
    RecordKind("task", schema.tasks, "TSK", writable=True, changes=("status", "assignee", "due_on")),
    RecordKind("expense", schema.expenses, "EXP", writable=True, changes=("status", "approved_by")),
    RecordKind("access_request", schema.access_requests, "ACC", writable=True, changes=("status", "decided_by")),
    RecordKind("discount", schema.discounts, "DIS", writable=True, changes=("status", "approved_by")),
)
RECORD_KINDS: dict[str, RecordKind] = {kind.name: kind for kind in _ALL}


def get_record_kind(name: str) -> RecordKind:
    """The kind with this name.

    Raises:
        BadInput: there is no such kind.
    """
    found = RECORD_KINDS.get(name)
    if found is None:
        raise BadInput(f"The company keeps no records of kind {name!r}; it keeps: {', '.join(RECORD_KINDS)}.")
    return found


def normalize_id(kind: RecordKind, text: str) -> str:
    """The stored form of an id that a person wrote: ``8841``, ``#8841`` and ``ord 8841`` are ``ORD-8841``.

    Text that is not such an id comes back stripped, so that looking it up finds nothing.
    """
    plain = text.strip()
    if not kind.prefix or len(plain) > 40:
        return plain
    match = re.fullmatch(rf"#?(?:{kind.prefix}[\s_#-]*)?([0-9]{{1,9}})", plain, re.IGNORECASE | re.ASCII)
    return kind.id(int(match.group(1))) if match else plain
