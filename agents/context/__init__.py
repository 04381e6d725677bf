"""This package assembles what a model gets to see, within a budget of tokens, and accounts for it.

`assembly` is the pure function that does so, from the values in `parts`. `relevance` shortens long texts and picks
earlier messages, and `tool_results` shows this turn's results. It fetches nothing: records and memory are given to it.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .assembly import assemble_context as assemble_context
    from .parts import AssembledContext as AssembledContext
    from .parts import ContextParts as ContextParts
    from .parts import EarlierMessage as EarlierMessage
    from .parts import ModelStep as ModelStep
    from .parts import Passage as Passage
    from .parts import ToolResult as ToolResult

__getattr__ = export_lazily(
    __name__,
    {
        "assembly": "assemble_context",
        "parts": "AssembledContext ContextParts EarlierMessage ModelStep Passage ToolResult",
    },
)
