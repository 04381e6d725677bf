"""The departments that ship, each an extension like any other: support, finance and legal, and what all share.

`shared` is always loaded: looking things up, tasks, access, the rules of the house, and what a person hears where
no department takes a request. The others are found by their entry points, so each can be left out.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .shared import SHARED_WORK as SHARED_WORK

__getattr__ = export_lazily(
    __name__,
    {
        "shared": "SHARED_WORK",
    },
)
