"""The store is the sample company's database as a system of record that tools reach through the port.

`database` opens it and fills it on first use, `directory` gives principals from its employees, and `precedents` what
legal has settled before.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .database import DEFAULT_SEED as DEFAULT_SEED
    from .database import open_company as open_company
    from .directory import CompanyDirectory as CompanyDirectory
    from .precedents import list_precedents as list_precedents

__getattr__ = export_lazily(
    __name__,
    {
        "database": "DEFAULT_SEED open_company",
        "directory": "CompanyDirectory",
        "precedents": "list_precedents",
    },
)
