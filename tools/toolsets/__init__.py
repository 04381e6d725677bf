"""All tools of the three domains; one file for each kind of thing they are about.

``ALL`` is put together at first use, so that importing this package costs nothing.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..spec import ToolSpec

    ALL: tuple[ToolSpec, ...]

_FILES = (
    "support.orders",
    "support.customers",
    "support.tickets",
    "support.refunds",
    "support.vouchers",
    "finance.invoices",
    "finance.posting",
    "finance.suppliers",
    "finance.purchase_orders",
    "finance.expenses",
    "support.discounts",
    "legal.contracts",
    "legal.contract_review",
    "legal.contract_changes",
    "shared.documents",
    "shared.tasks",
    "shared.memory",
    "shared.access",
    "shared.calculator",
)


@cache
def _all() -> "tuple[ToolSpec, ...]":
    return tuple(spec for file in _FILES for spec in import_module(f".{file}", __name__).TOOLS)


def __getattr__(name: str) -> Any:
    if name == "ALL":
        return _all()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
