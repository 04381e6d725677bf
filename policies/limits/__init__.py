"""Limits count at run time what packs allow, over all processes together.

`rate_limiter` holds people, teams and tools to rate limits, with its counts in `rate_storage`. `budgets` reserves money
before it is spent and settles what it really cost. How limits and budgets are written is defined by the rule language.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .budgets import AccountSum as AccountSum
    from .budgets import BudgetLedger as BudgetLedger
    from .rate_limiter import RateLimiter as RateLimiter

__getattr__ = export_lazily(
    __name__,
    {
        "budgets": "AccountSum BudgetLedger",
        "rate_limiter": "RateLimiter",
    },
)
