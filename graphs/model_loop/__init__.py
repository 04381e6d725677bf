"""The model loop lets a model propose calls and text, and puts every call through the gate.

`loop` is the node; `model_input` gathers what the model is given, and `context_accounts` reads back what that was.
`budget` pays for it, and `reply_check` checks the reply against what was read. Without a model configured the loop is
never entered.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .budget import TurnBudgets as TurnBudgets
    from .context_accounts import format_account as format_account
    from .context_accounts import read_accounts as read_accounts
    from .loop import ModelLoop as ModelLoop
    from .model_input import ThreadSources as ThreadSources

__getattr__ = export_lazily(
    __name__,
    {
        "budget": "TurnBudgets",
        "context_accounts": "format_account read_accounts",
        "loop": "ModelLoop",
        "model_input": "ThreadSources",
    },
)
