"""This package tests packs with the cases that their owners write into them.

`report` gives everything in one value. `cases` runs the cases, `coverage` tells which rules they have seen apply, and
`thresholds` and `boundaries` try the numbers in conditions, one less and one more. Tests of the product itself stand in
the folder of tests, not here.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .boundaries import vary_case as vary_case
    from .cases import CASE_TIME as CASE_TIME
    from .cases import CaseResult as CaseResult
    from .cases import build_situation as build_situation
    from .cases import resolve_cases as resolve_cases
    from .cases import run_case as run_case
    from .cases import run_cases as run_cases
    from .coverage import Situation as Situation
    from .coverage import ToolSpecs as ToolSpecs
    from .coverage import build_situations as build_situations
    from .report import PackReport as PackReport
    from .report import try_packs as try_packs
    from .thresholds import Threshold as Threshold
    from .thresholds import find_thresholds as find_thresholds

__getattr__ = export_lazily(
    __name__,
    {
        "boundaries": "vary_case",
        "cases": "build_situation CASE_TIME CaseResult resolve_cases run_case run_cases",
        "coverage": "build_situations Situation ToolSpecs",
        "report": "PackReport try_packs",
        "thresholds": "find_thresholds Threshold",
    },
)
