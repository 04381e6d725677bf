"""This package generates the sample company from a seed and a day: the same two give the same rows.

`company` runs all the parts: `people`, `sales`, `purchasing`, `billing`, `tickets`, `paperwork` and `contracts`, whose
text `contract_text` assembles. What was planted for evaluation is known to these modules and stands in no table.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .billing import SHOWN_INVOICE as SHOWN_INVOICE
    from .company import write_company as write_company
    from .contracts import SHOWN_CONTRACT as SHOWN_CONTRACT

__getattr__ = export_lazily(
    __name__,
    {
        "billing": "SHOWN_INVOICE",
        "company": "write_company",
        "contracts": "SHOWN_CONTRACT",
    },
)
