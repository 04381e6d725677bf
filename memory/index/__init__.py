"""The index finds the nearest vectors among a tenant's rows; it follows SQL and can be made anew at any time.

`vector_index` chooses between `exact` search in NumPy and Chroma, behind the port in `port`. `chroma` speaks to Chroma,
opened by `chroma_connection` in a folder (`chroma_embedded`) or at a server (`chroma_server`). `change_feed` and
`sync_marks` keep it in step with the rows, and `reindex` makes every vector again. What a search may see is settled by
the records, not here.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .chroma_server import ChromaServer as ChromaServer
    from .reindex import reindex_memory as reindex_memory
    from .vector_index import INDEX_LIMITS as INDEX_LIMITS
    from .vector_index import IndexLimits as IndexLimits
    from .vector_index import VectorIndex as VectorIndex

__getattr__ = export_lazily(
    __name__,
    {
        "chroma_server": "ChromaServer",
        "reindex": "reindex_memory",
        "vector_index": "INDEX_LIMITS IndexLimits VectorIndex",
    },
)
