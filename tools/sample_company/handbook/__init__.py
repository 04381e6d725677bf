"""The written rules of the sample company, one Markdown file per department; policy packs cite their sections."""

from pathlib import Path

HANDBOOKS = Path(__file__).parent
"""The folder of the handbooks."""
