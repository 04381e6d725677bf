"""The tables of the sample company's systems of record.

`schema` stands for all of them; `people`, `sales`, `purchasing` and `service_desk` define them by theme, in one
`metadata`. `record_kinds` says what a record may be called and how its ids look.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .record_kinds import COMPANY_SCHEMA as COMPANY_SCHEMA
    from .record_kinds import RECORD_KINDS as RECORD_KINDS
    from .schema import company as company

__getattr__ = export_lazily(
    __name__,
    {
        "record_kinds": "COMPANY_SCHEMA RECORD_KINDS",
        "schema": "company",
    },
)
