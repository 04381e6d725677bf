"""The tools that ship, by department: ``support``, ``finance``, ``legal`` and what is ``shared`` by all.

A module holds the tools about one kind of thing and lists them in ``TOOLS``; ``ALL`` holds every tool and is put
together at first use. What tools are made from stands in ``base``. Nothing in the mechanism imports this package: a
registry is given its tools.
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
