"""The written rules of the sample company, one Markdown file per department; policy packs cite their sections.

`reader` gives the handbooks whole and by section.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .reader import HandbookSection as HandbookSection
    from .reader import list_handbook_sections as list_handbook_sections
    from .reader import list_handbooks as list_handbooks

__getattr__ = export_lazily(__name__, {"reader": "HandbookSection list_handbook_sections list_handbooks"})
