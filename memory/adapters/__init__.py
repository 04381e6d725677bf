"""The adapters give the shared memory the forms that other frameworks know.

`langgraph_store` is a LangGraph store; `langchain` has embeddings, a retriever and a vector store. Each is bound to one
principal and adds no rights of its own.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .langgraph_store import ChromaStore as ChromaStore

__getattr__ = export_lazily(
    __name__,
    {
        "langgraph_store": "ChromaStore",
    },
)
