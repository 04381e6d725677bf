"""This package checks packs without running them: against the tools, people and handbooks that they speak of.

`lint` is the whole check and `findings` its result. `fields` and `shapes` look whether fields exist, `reachability`
whether a rule can ever decide anything, with proofs from `normal_form`, and `coverage_gaps` what no rule speaks of.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .findings import FindingLevel as FindingLevel
    from .findings import PackFinding as PackFinding
    from .lint import check_policy as check_policy
    from .shapes import Shape as Shape
    from .shapes import ToolShape as ToolShape
    from .shapes import build_shape as build_shape
    from .shapes import make_mapping as make_mapping
    from .shapes import parse_shape as parse_shape

__getattr__ = export_lazily(
    __name__,
    {
        "findings": "FindingLevel PackFinding",
        "lint": "check_policy",
        "shapes": "build_shape make_mapping parse_shape Shape ToolShape",
    },
)
