"""Provenance says where each value of a call came from: the person, records, outsiders' text, or nowhere.

`provenance` traces arguments, with `values`, `record_references` and `derived_amounts` to compare them. `turn_plan`
fixes which write tools the person's own words ask for, by the words in `action_lexicon`. `injection_signs` only flags
suspicious text. Whether a call runs is decided by policy, not here.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .injection_signs import find_field_signs as find_field_signs
    from .provenance import ProvenanceTracer as ProvenanceTracer
    from .provenance import ToolReading as ToolReading
    from .turn_plan import find_forbidden_tools as find_forbidden_tools
    from .turn_plan import is_repeat as is_repeat

__getattr__ = export_lazily(
    __name__,
    {
        "injection_signs": "find_field_signs",
        "provenance": "ProvenanceTracer ToolReading",
        "turn_plan": "find_forbidden_tools is_repeat",
    },
)
