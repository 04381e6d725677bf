"""All tools of the three domains; one file for each kind of thing they are about.

``ALL`` is put together at first use, so that importing this package costs nothing.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..spec import ToolSpec

    ALL: tuple[ToolSpec, ...]


@cache
def _all() -> "tuple[ToolSpec, ...]":
    from .finance import expenses, invoices, posting, purchase_orders, suppliers
    from .legal import contract_changes, contract_review, contracts
    from .shared import access, calculator, documents, memory, tasks
    from .support import customers, discounts, orders, refunds, tickets, vouchers

    support = (*orders.TOOLS, *customers.TOOLS, *tickets.TOOLS, *refunds.TOOLS, *vouchers.TOOLS)
    finance = (*invoices.TOOLS, *posting.TOOLS, *suppliers.TOOLS, *purchase_orders.TOOLS, *expenses.TOOLS)
    legal = (*contracts.TOOLS, *contract_review.TOOLS, *contract_changes.TOOLS)
    shared = (*documents.TOOLS, *tasks.TOOLS, *memory.TOOLS, *access.TOOLS, *calculator.TOOLS)
    return (*support, *finance, *discounts.TOOLS, *legal, *shared)


def __getattr__(name: str) -> Any:
    if name == "ALL":
        return _all()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
