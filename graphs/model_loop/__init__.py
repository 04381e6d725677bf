"""The model loop lets a model propose calls and text, and puts every call through the gate.

`loop` is the node; `model_input` gathers what the model is given, and `context_accounts` reads back what that was.
`budget` pays for it, and `reply_check` checks the reply against what was read. Without a model configured the loop is
never entered.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .budget import budget_notices as budget_notices
    from .budget import make_turn_budget as make_turn_budget
    from .context_accounts import format_account as format_account
    from .context_accounts import read_accounts as read_accounts

__getattr__ = export_lazily(
    __name__,
    {
        "budget": "budget_notices make_turn_budget",
        "context_accounts": "format_account read_accounts",
    },
)
