"""A handler is one look-up or one act without a model: what to call, and what to say about the outcome.

Handlers stand by department in ``support``, ``finance`` and ``legal``, with what all use in ``shared``; `registry` says
which intent each serves. What needs several steps that depend on each other is a workflow.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .registry import HANDLERS as HANDLERS

__getattr__ = export_lazily(
    __name__,
    {
        "registry": "HANDLERS",
    },
)
