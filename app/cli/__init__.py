"""The command line ``countersign``: `main` is its entry, and ``commands`` holds the commands by group."""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .main import main as main

__getattr__ = export_lazily(
    __name__,
    {
        "main": "main",
    },
)
