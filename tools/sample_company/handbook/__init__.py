"""The written rules of the sample company, one Markdown file per department; policy packs cite their sections."""

from .reader import Section, handbook_sections, section

__all__ = ["Section", "handbook_sections", "section"]
