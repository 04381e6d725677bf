"""The written rules of the sample company, one Markdown file per department; policy packs cite their sections.

`reader` cuts them into those sections. The handbooks are text for people; what is enforced stands in the packs.
"""

from .reader import HandbookSection, get_handbook_section, list_handbook_sections

__all__ = ["HandbookSection", "get_handbook_section", "list_handbook_sections"]
