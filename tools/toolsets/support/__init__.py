"""The tools of customer support: orders, customers, tickets, refunds, vouchers and discounts, one module each.

`orders` and `customers` also load the facts about their records that policy reads.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .customers import rank_names as rank_names

__getattr__ = export_lazily(
    __name__,
    {
        "customers": "rank_names",
    },
)
