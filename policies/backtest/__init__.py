"""This package shows what other packs would mean before they come into force.

`backtest` decides recorded decisions again, `pack_diff` compares two sets of packs by calls that `witnesses` makes up,
and `settings_diff` compares limits, budgets and filters. Nothing is recorded and nothing runs.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .backtest import DECISION_KINDS as DECISION_KINDS
    from .backtest import Backtest as Backtest
    from .backtest import run_backtest as run_backtest
    from .pack_diff import PackDifference as PackDifference
    from .pack_diff import compare_packs as compare_packs

__getattr__ = export_lazily(
    __name__,
    {
        "backtest": "Backtest DECISION_KINDS run_backtest",
        "pack_diff": "compare_packs PackDifference",
    },
)
