"""What ``countersign init`` writes: a package for a department of one's own, which works at once.

`generator` fills in the files below ``templates``. A name in ``NAME`` or ``${name}`` becomes the department's.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .generator import write_extension as write_extension
    from .pilot import PilotPlan as PilotPlan
    from .pilot import write_pilot as write_pilot

__getattr__ = export_lazily(
    __name__,
    {
        "generator": "write_extension",
        "pilot": "PilotPlan write_pilot",
    },
)
