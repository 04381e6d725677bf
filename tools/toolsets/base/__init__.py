"""This package holds what the tools of all departments are made from.

`fields` holds shared types of arguments, `lookup` finds the record or the person that a call is about, and `idempotent`
changes records so that each change happens once. There are no tools here.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .fields import Currency as Currency
    from .fields import Flag as Flag
    from .fields import Id as Id
    from .fields import Limit as Limit
    from .fields import Line as Line
    from .fields import Minor as Minor
    from .fields import Prose as Prose
    from .fields import Query as Query
    from .idempotent import StatusChange as StatusChange
    from .idempotent import begin_change as begin_change
    from .idempotent import change_status as change_status
    from .idempotent import find_status_change as find_status_change
    from .idempotent import get_now as get_now
    from .idempotent import lock_record as lock_record
    from .idempotent import mark_record as mark_record
    from .lookup import MAX_ROWS as MAX_ROWS
    from .lookup import find_human as find_human
    from .lookup import find_manager as find_manager
    from .lookup import get_party_name as get_party_name
    from .lookup import require_other_person as require_other_person
    from .lookup import require_record as require_record

__getattr__ = export_lazily(
    __name__,
    {
        "fields": "Currency Flag Id Limit Line Minor Prose Query",
        "idempotent": ("begin_change change_status find_status_change get_now lock_record mark_record StatusChange"),
        "lookup": "find_human find_manager get_party_name MAX_ROWS require_other_person require_record",
    },
)
