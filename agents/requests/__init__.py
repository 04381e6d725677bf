"""One reading of what a person orders: which act of which tool, in which mood, under which conditions.

`words` are the closed classes of English, `moods` tells an order from a question, a report, a draft or a refusal, and
`reading` puts it together for the tools that might be meant. A tool says in its spec how it is asked for
(:mod:`countersign.tools.asked_as`); no list of words elsewhere does.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .moods import Mood as Mood
    from .reading import OrderReading as OrderReading
    from .reading import blank_foreign as blank_foreign
    from .reading import interpret_order as interpret_order
    from .unused_values import find_unused_values as find_unused_values
    from .words import SEQUENCE as SEQUENCE

__getattr__ = export_lazily(
    __name__,
    {
        "moods": "Mood",
        "reading": "blank_foreign interpret_order OrderReading",
        "unused_values": "find_unused_values",
        "words": "SEQUENCE",
    },
)
