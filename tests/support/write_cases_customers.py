"""Good and bad calls of the tools that change something for customers."""

from services import TODAY, Office
from write_cases import Case, done, made, of


def free_customer(office: Office) -> str:
    """A customer of finn.moor without a discount."""
    taken = {row["customer_id"] for row in office.records.find("discount", where={"status": "active"})}
    rows = office.records.find("customer", where={"account_manager": "finn.moor"}, order_by="id")
    return str(next(row["id"] for row in rows if row["id"] not in taken))


CUSTOMERS = (
    Case(
        "refunds.issue",
        "mara.voss",
        {"order_id": "ORD-8841", "amount_minor": 38900, "currency": "EUR", "reason": "damaged"},
        made("refund", "refund_id", "order_id", "amount_minor", "status", "created_by"),
        ("ORD-8841", 38900, "pending", "mara.voss"),
        (
            ({"order_id": "ORD-0001"}, "no order ORD-0001"),
            ({"amount_minor": 38901}, "At most 389.00 EUR"),
            ({"amount_minor": 0}, "greater than 0"),
            ({"amount_minor": -100}, "greater than 0"),
            ({"amount_minor": 10.5}, "valid integer"),
            ({"amount_minor": "100"}, "valid integer"),
            ({"amount_minor": True}, "valid integer"),
            ({"amount_minor": 10**30}, "less than or equal"),
            ({"currency": "USD"}, "cannot be refunded in USD"),
            ({"currency": "eur"}, "match pattern"),
            ({"approved": True}, "Extra inputs"),
        ),
    ),
    Case(
        "refunds.cancel",
        "mara.voss",
        lambda o: {
            "refund_id": done(
                o, "mara.voss", "refunds.issue", order_id="8841", amount_minor=1, currency="EUR", reason="x"
            )["refund_id"]
        },
        of("refund", "refund_id", "status"),
        "cancelled",
        (({"refund_id": "REF-0001"}, "is paid; only one that is pending"), ({"refund_id": "X"}, "no refund X")),
    ),
    Case(
        "vouchers.issue",
        "mara.voss",
        {"customer_id": "CUS-0270", "amount_minor": 2500, "reason": "late"},
        made("voucher", "voucher_id", "customer_id", "amount_minor", "currency", "status"),
        ("CUS-0270", 2500, "EUR", "issued"),
        (({"customer_id": "CUS-9999"}, "no customer"), ({"amount_minor": -1}, "greater than 0")),
    ),
    Case(
        "vouchers.cancel",
        "mara.voss",
        {"voucher_id": "VOU-0001"},
        of("voucher", "voucher_id", "status"),
        "cancelled",
        (({"voucher_id": "VOU-9999"}, "no voucher"),),
    ),
    Case(
        "tickets.comment",
        "mara.voss",
        {"ticket_id": "TCK-0456", "body": "Called back.", "public": True},
        made("ticket_comment", "comment_id", "ticket_id", "author", "public", "body"),
        ("TCK-0456", "mara.voss", True, "Called back."),
        (({"ticket_id": "TCK-9999"}, "no ticket"), ({"body": " "}, "at least 1"), ({"public": "yes"}, "boolean")),
    ),
    Case(
        "tickets.set_status",
        "mara.voss",
        {"ticket_id": "456", "status": "solved"},
        of("ticket", "ticket_id", "status"),
        "solved",
        (
            ({"status": "open"}, "is open"),
            ({"status": "deleted"}, "'open', 'pending'"),
            ({"ticket_id": "0"}, "no ticket"),
        ),
    ),
    Case(
        "discounts.grant",
        "finn.moor",
        lambda o: {"customer_id": free_customer(o), "percent": 5},
        made("discount", "discount_id", "percent_bp", "status", "valid_from"),
        (500, "active", TODAY),
        (
            ({"percent": 0}, "greater than or equal"),
            ({"percent": 101}, "less than or equal"),
            ({"percent": 2.5}, "integer"),
        ),
    ),
    Case(
        "discounts.revoke",
        "finn.moor",
        {"discount_id": "DIS-0001"},
        of("discount", "discount_id", "status"),
        "revoked",
        (({"discount_id": "DIS-9999"}, "no discount"),),
    ),
)
