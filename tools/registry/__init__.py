"""The registry is the only door to any tool: it proposes, decides and executes.

Start with `registry`. On the way to a decision it uses `proposals`, `rate_limits` and `evaluation`; on the way to a
body `audit_check`, `masking`, `invocation`, `effects` (runs it once, by the ledger) and `fallbacks`; on the way back
`result_rules`. `simulation` answers what policy would say, and runs nothing. The registry knows no tool by name.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .fallbacks import find_fallback_call as find_fallback_call
    from .fallbacks import make_fallback_outcome as make_fallback_outcome
    from .proposals import COMPENSATION as COMPENSATION
    from .proposals import Origin as Origin
    from .registry import Registry as Registry
    from .simulation import Simulation as Simulation
    from .simulation import parse_argument_words as parse_argument_words
    from .simulation import simulate_call as simulate_call

__getattr__ = export_lazily(
    __name__,
    {
        "fallbacks": "find_fallback_call make_fallback_outcome",
        "proposals": "COMPENSATION Origin",
        "registry": "Registry",
        "simulation": "parse_argument_words simulate_call Simulation",
    },
)
