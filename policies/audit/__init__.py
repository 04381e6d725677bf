"""The audit log remembers every step in an append-only hash chain, and shows when somebody changed it.

`log` writes and reads records, and `chain` defines them and checks their links. `signed_head` and `head_store` let a
chain that was cut off be noticed, `row_seals` does the same for rows that change, such as reviews and effects, and
`key_ring` keeps the public keys that count. `readers` says who may read which records.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .chain import GENESIS as GENESIS
    from .chain import HASHED_FIELDS as HASHED_FIELDS
    from .chain import AuditEvent as AuditEvent
    from .chain import AuditRecord as AuditRecord
    from .chain import audit_log as audit_log
    from .chain import hash_record as hash_record
    from .head_store import SignedHeadStore as SignedHeadStore
    from .key_ring import KeyRing as KeyRing
    from .log import AuditLog as AuditLog
    from .readers import READER_ROLES as READER_ROLES
    from .readers import list_records as list_records
    from .readers import list_run_records as list_run_records
    from .readers import make_thread_prefix as make_thread_prefix
    from .readers import may_read_all as may_read_all
    from .row_seals import add_row_seals as add_row_seals
    from .row_seals import make_row_seal as make_row_seal
    from .row_seals import read_row_seal as read_row_seal
    from .signed_head import SignedHead as SignedHead
    from .signed_head import check_head as check_head
    from .signed_head import load_head as load_head

__getattr__ = export_lazily(
    __name__,
    {
        "chain": "audit_log AuditEvent AuditRecord GENESIS hash_record HASHED_FIELDS",
        "head_store": "SignedHeadStore",
        "key_ring": "KeyRing",
        "log": "AuditLog",
        "readers": "list_records list_run_records make_thread_prefix may_read_all READER_ROLES",
        "row_seals": "add_row_seals make_row_seal read_row_seal",
        "signed_head": "check_head load_head SignedHead",
    },
)
