"""The tables of the sample company's systems of record.

`schema` stands for all of them; `people`, `sales`, `purchasing` and `service_desk` define them by theme, from the
shorthands in `columns`. `record_kinds` says what a record may be called and how its ids look.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .columns import UtcTime as UtcTime
    from .record_kinds import RECORD_KINDS as RECORD_KINDS
    from .record_kinds import RecordKind as RecordKind
    from .record_kinds import get_record_kind as get_record_kind
    from .record_kinds import normalize_id as normalize_id
    from .schema import company as company

__getattr__ = export_lazily(
    __name__,
    {
        "columns": "UtcTime",
        "record_kinds": "get_record_kind normalize_id RECORD_KINDS RecordKind",
        "schema": "company",
    },
)
