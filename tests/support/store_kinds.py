"""LangGraph stores of two kinds under the same tests: ours, with Chroma here or in a server, and LangGraph's own."""

from collections.abc import Callable

import pytest
from langgraph.store.base import BaseStore

BOTH = pytest.mark.parametrize(
    ("chroma", "kind"),
    [("embedded", "ours"), ("server", "ours"), ("embedded", "reference")],
    indirect=["chroma"],
    ids=["embedded", "server", "reference"],
)
MakeStore = Callable[..., BaseStore]
