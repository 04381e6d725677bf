"""Who does the work and what a model is shown for it: agents as values, the router, and context assembly.

An agent is a value (``spec``), and the three that ship stand in ``roster``; ``prompts`` is what they are told.
``fence`` marks text that is data, and ``visible_fields`` cuts results to what was declared. The packages, from the
ground up:

- ``models/``: asks language models, with fallback, token estimates and costs.
- ``context/``: assembles what a model gets to see, within a budget of tokens.
- ``provenance/``: where the values of a call came from, and what the turn's plan allows.
- ``requests/``: what a person orders, and what only sounds like it.
- ``routing/``: which agent takes a message, by rules, a classifier, a model or a question.
- ``router_training/``: trains the router's classifier, and learns from corrections.
- ``intents/``: the intents that ship, in examples that people own.
"""

from typing import TYPE_CHECKING

from ..policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .fence import Fence as Fence
    from .fence import neutralise as neutralise
    from .prompts import CLASSIFY as CLASSIFY
    from .spec import AgentSpec as AgentSpec
    from .visible_fields import format_paths as format_paths
    from .visible_fields import select_fields as select_fields

__getattr__ = export_lazily(
    __name__,
    {
        "fence": "Fence neutralise",
        "prompts": "CLASSIFY",
        "spec": "AgentSpec",
        "visible_fields": "format_paths select_fields",
    },
)
