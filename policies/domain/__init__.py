"""The domain holds the words of the glossary as frozen values, which every other package shares.

A newcomer finds who asks in `principal`, what an agent wants in `proposal`, and policy's answer in `decision`.
`canonical` gives each value one spelling and one digest; `stage` and `retention` name what rules choose from;
`templates` and `suggestions` put values into words. Nothing here reads a database or decides anything.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .canonical import canonicalize as canonicalize
    from .canonical import compute_digest as compute_digest
    from .canonical import make_plain_data as make_plain_data
    from .canonical import make_printable as make_printable
    from .decision import Decision as Decision
    from .decision import Expiry as Expiry
    from .decision import Obligations as Obligations
    from .decision import Priority as Priority
    from .decision import Verdict as Verdict
    from .principal import Directory as Directory
    from .principal import Principal as Principal
    from .principal import require_principal as require_principal
    from .proposal import Effect as Effect
    from .proposal import Proposal as Proposal
    from .proposal import Provenance as Provenance
    from .retention import RetentionClass as RetentionClass
    from .retention import choose_strictest as choose_strictest
    from .stage import Stage as Stage
    from .suggestions import suggest_word as suggest_word
    from .templates import BASE_CURRENCY as BASE_CURRENCY
    from .templates import check_template as check_template
    from .templates import format_money as format_money
    from .templates import format_value as format_value
    from .templates import has_whole_units as has_whole_units
    from .templates import look_up_field as look_up_field
    from .templates import render_template as render_template

__getattr__ = export_lazily(
    __name__,
    {
        "canonical": "canonicalize compute_digest make_plain_data make_printable",
        "decision": "Decision Expiry Obligations Priority Verdict",
        "principal": "Directory Principal require_principal",
        "proposal": "Effect Proposal Provenance",
        "retention": "choose_strictest RetentionClass",
        "stage": "Stage",
        "suggestions": "suggest_word",
        "templates": (
            "BASE_CURRENCY check_template format_money format_value has_whole_units look_up_field render_template"
        ),
    },
)
