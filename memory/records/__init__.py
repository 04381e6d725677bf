"""The records are the rows of memory in SQL, which is the source of truth.

`tables` defines them, `rows` and `items` are what is written and read, and `row_store` does both in one transaction.
`scope` says what one search may see, `retention` how long a row stays, `timestamps` counts time, and `fulltext`,
`fulltext_postgres` and `terms` search by words. Vectors are searched elsewhere, and every hit is read again from here.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .fulltext import open_lexicon as open_lexicon
    from .items import CORRECTION as CORRECTION
    from .items import DOCUMENT as DOCUMENT
    from .items import HANDBOOK as HANDBOOK
    from .items import MEMORY_KINDS as MEMORY_KINDS
    from .items import NOTE as NOTE
    from .items import OUTCOME as OUTCOME
    from .items import PRECEDENT as PRECEDENT
    from .items import ROOT_NAMESPACE as ROOT_NAMESPACE
    from .items import NewMemory as NewMemory
    from .items import RecalledItem as RecalledItem
    from .items import check_item as check_item
    from .items import check_subjects as check_subjects
    from .items import make_recalled_item as make_recalled_item
    from .retention import CASE as CASE
    from .retention import LONG_TERM as LONG_TERM
    from .retention import MUST_LOG as MUST_LOG
    from .retention import NEVER as NEVER
    from .retention import NotRetained as NotRetained
    from .retention import Retention as Retention
    from .row_store import IDS_PER_QUERY as IDS_PER_QUERY
    from .row_store import RowStore as RowStore
    from .rows import TEXT_SEPARATOR as TEXT_SEPARATOR
    from .rows import Draft as Draft
    from .rows import IndexChanges as IndexChanges
    from .rows import MemoryRow as MemoryRow
    from .rows import MemoryState as MemoryState
    from .rows import make_vector_ids as make_vector_ids
    from .rows import split_texts as split_texts
    from .scope import PROVENANCES as PROVENANCES
    from .scope import TRUSTED as TRUSTED
    from .scope import Namespace as Namespace
    from .scope import Scope as Scope
    from .scope import VectorTag as VectorTag
    from .scope import check_tenant as check_tenant
    from .scope import check_visibility as check_visibility
    from .scope import decode_namespace as decode_namespace
    from .scope import encode_namespace as encode_namespace
    from .scope import hash_name as hash_name
    from .scope import is_storable as is_storable
    from .scope import list_visibilities as list_visibilities
    from .scope import make_labels as make_labels
    from .tables import documents as documents
    from .tables import installation as installation
    from .tables import marks as marks
    from .tables import rows as rows
    from .tables import state as state
    from .tables import subjects as subjects
    from .tables import tombstones as tombstones
    from .terms import STOP_WORDS as STOP_WORDS
    from .terms import WORD as WORD
    from .timestamps import count_micros as count_micros
    from .timestamps import utcnow as utcnow

__getattr__ = export_lazily(
    __name__,
    {
        "fulltext": "open_lexicon",
        "items": (
            "check_item check_subjects CORRECTION DOCUMENT HANDBOOK make_recalled_item MEMORY_KINDS NewMemory "
            "NOTE OUTCOME PRECEDENT RecalledItem ROOT_NAMESPACE"
        ),
        "retention": "CASE LONG_TERM MUST_LOG NEVER NotRetained Retention",
        "row_store": "IDS_PER_QUERY RowStore",
        "rows": "Draft IndexChanges make_vector_ids MemoryRow MemoryState split_texts TEXT_SEPARATOR",
        "scope": (
            "check_tenant check_visibility decode_namespace encode_namespace hash_name is_storable "
            "list_visibilities make_labels Namespace PROVENANCES Scope TRUSTED VectorTag"
        ),
        "tables": "documents installation marks rows state subjects tombstones",
        "terms": "STOP_WORDS WORD",
        "timestamps": "count_micros utcnow",
    },
)
