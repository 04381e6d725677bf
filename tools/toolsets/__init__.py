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
    "orders",
    "customers",
    "tickets",
    "refunds",
    "vouchers",
    "invoices",
    "posting",
    "suppliers",
    "purchase_orders",
    "expenses",
    "discounts",
    "contracts",
    "contract_review",
    "contract_changes",
    "documents",
    "tasks",
    "recall",
    "access",
    "calculator",
)


@cache
def _all() -> "tuple[ToolSpec, ...]":
    return tuple(spec for file in _FILES for spec in import_module(f".{file}", __name__).TOOLS)


def __getattr__(name: str) -> Any:
    if name == "ALL":
        return _all()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
