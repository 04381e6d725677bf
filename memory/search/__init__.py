"""The search answers one question from memory: by meaning, by words and by name.

`search` leads through it. `query` takes the question apart, `vector_search` finds the nearest rows, `ranking` adds up
how well each answers, and `neighbours` fetches what stands beside a hit. `reranker` is a port without a default.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .ranking import drop_repeats as drop_repeats
    from .ranking import fuse_ranks as fuse_ranks
    from .reranker import Reranker as Reranker
    from .reranker import rerank_items as rerank_items
    from .search import Search as Search
    from .vector_search import compute_similarity as compute_similarity
    from .vector_search import find_nearest_rows as find_nearest_rows

__getattr__ = export_lazily(
    __name__,
    {
        "ranking": "drop_repeats fuse_ranks",
        "reranker": "rerank_items Reranker",
        "search": "Search",
        "vector_search": "compute_similarity find_nearest_rows",
    },
)
