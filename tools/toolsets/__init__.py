"""The tools that ship, by department: ``support``, ``finance``, ``legal`` and what is ``shared`` by all.

A module holds the tools about one kind of thing and lists them in ``TOOLS``; ``SUPPORT``, ``FINANCE``, ``LEGAL`` and
``SHARED`` hold those of a department, ``ALL`` every tool, put together at first use. What tools are made from stands in
``base``. Nothing in the mechanism imports this package: a registry is given its tools.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..spec import ToolSpec

    ALL: tuple[ToolSpec, ...]
    SUPPORT: tuple[ToolSpec, ...]
    FINANCE: tuple[ToolSpec, ...]
    LEGAL: tuple[ToolSpec, ...]
    SHARED: tuple[ToolSpec, ...]


@cache
def _list_by_department() -> "dict[str, tuple[ToolSpec, ...]]":
    from .finance import expenses, invoices, posting, purchase_orders, suppliers
    from .legal import contract_changes, contract_review, contracts
    from .shared import access, calculator, documents, memory, tasks
    from .support import customers, discounts, orders, refunds, tickets, vouchers

    found = {
        "SUPPORT": (*orders.TOOLS, *customers.TOOLS, *tickets.TOOLS, *refunds.TOOLS, *vouchers.TOOLS),
        "FINANCE": (
            *invoices.TOOLS,
            *posting.TOOLS,
            *suppliers.TOOLS,
            *purchase_orders.TOOLS,
            *expenses.TOOLS,
            *discounts.TOOLS,
        ),
        "LEGAL": (*contracts.TOOLS, *contract_review.TOOLS, *contract_changes.TOOLS),
        "SHARED": (*documents.TOOLS, *tasks.TOOLS, *memory.TOOLS, *access.TOOLS, *calculator.TOOLS),
    }
    return {**found, "ALL": tuple(spec for tools in found.values() for spec in tools)}


def __getattr__(name: str) -> Any:
    found = _list_by_department() if name in ("ALL", "SUPPORT", "FINANCE", "LEGAL", "SHARED") else {}
    if name not in found:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found[name]
