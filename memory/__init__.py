"""The memory that all agents share: SQL holds the truth, vector indexes follow it and can be made anew.

`Memory` in ``memory`` remembers, recalls and forgets under the written rules; ``writeback`` keeps what work taught, and
``export`` hands out what is held. The packages, from the ground up:

- ``records/``: tables and rows, who may see them, how long they stay, and the search by words.
- ``embeddings/``: turns text into vectors, offline or by an endpoint.
- ``index/``: the vector indexes that follow the rows, exact or in Chroma.
- ``search/``: one search by meaning, by words and by name, and the ranking of its hits.
- ``governance/``: the written rules on keeping and recalling, and deleting for good.
- ``ingest/``: brings files into memory.
- ``adapters/``: the same memory as LangGraph and LangChain know such things.
"""

from typing import TYPE_CHECKING

from ..policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .export import export_rows as export_rows
    from .memory import Memory as Memory
    from .writeback import record_correction as record_correction
    from .writeback import record_outcome as record_outcome

__getattr__ = export_lazily(
    __name__,
    {
        "export": "export_rows",
        "memory": "Memory",
        "writeback": "record_correction record_outcome",
    },
)
