"""The gate is the only way from a wanted call to an effect inside the graph: decide, review, act.

`gate` holds these three, which agents, handlers and workflows share. `interrupts` is the wire format of a pause, and
`answers` puts a person's answer to the review that it is meant for. Policy and registry decide; the gate only asks.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .answers import ReviewAnswers as ReviewAnswers
    from .gate import Gate as Gate
    from .gate import emit_event as emit_event

__getattr__ = export_lazily(
    __name__,
    {
        "answers": "ReviewAnswers",
        "gate": "emit_event Gate",
    },
)
