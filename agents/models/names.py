"""Names that a model called, shown to it again.

The reversible mapping between a tool's name and its function name stands with the tool schemas; a name that a model
invented may have no function name, and is still to be shown to it.
"""

import re

from ...policies.errors import BadInput
from ...tools.schemas import LONGEST, wire_name

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_-]+")


def echo_to_wire(name: str) -> str:
    """A function name for any name that a model called, known or not, so that the call can be shown to it again."""
    try:
        return wire_name(name)
    except BadInput:
        return _NOT_ALLOWED.sub("_", name)[:LONGEST] or "unnamed"
