"""The letter tells a supplier what does not match: figures, a request, no promise of money. Pure."""

from collections.abc import Mapping
from typing import Any

from ...language.formatting import format_minor_amount

SUPPLIERS_TO_FIX = ("duplicate", "missing_po", "price", "quantity", "wrong_vat")
"""The kinds of exceptions that only the supplier can put right."""

_REQUESTS = {
    "duplicate": "Please confirm that it was sent twice and withdraw the second one.",
    "missing_po": "Please tell us the number of our purchase order and send the invoice again with it.",
    "price": "Please send a corrected invoice or a credit note for the difference, or tell us why the price changed.",
    "quantity": "Please send a corrected invoice for what was delivered, or the proof of delivery of the rest.",
    "wrong_vat": "Please send a corrected invoice with the right tax rate.",
}


def write_letter(invoice: Mapping[str, Any], match: Mapping[str, Any]) -> dict[str, Any] | None:
    """Arguments of ``suppliers.message``, or ``None`` when nothing is the supplier's to fix.

    Holds our own figures only: no text that the supplier wrote finds its way into the message.
    """
    kinds = [kind for kind in match["kinds"] if kind in SUPPLIERS_TO_FIX]
    if not kinds:
        return None
    facts = [item["words"] for item in match["exceptions"] if item["kind"] in kinds]
    lines = [
        f"Dear {invoice['supplier']},",
        f"your invoice of {invoice['invoice_date']} over "
        f"{format_minor_amount(invoice['total_minor'], invoice['currency'])} "
        f"(our reference {invoice['invoice_id']}"
        + (f", purchase order {invoice['po_id']})" if invoice["po_id"] else ")")
        + " does not match our records:",
        "\n".join(f"- {fact}" for fact in facts[:10]),
        " ".join(_REQUESTS[kind] for kind in kinds),
        "Until this is clear the invoice stays on hold.",
        "Kind regards, accounts payable",
    ]
    return {
        "supplier_id": invoice["supplier_id"],
        "invoice_id": invoice["invoice_id"],
        "subject": f"Question about your invoice, our reference {invoice['invoice_id']}",
        "body": "\n\n".join(lines),
        "promises_payment": False,
    }
