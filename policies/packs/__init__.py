"""The packs that ship hold the handbooks of the sample company as rules, one YAML file per department.

``company.yaml`` holds what applies to everybody. An organisation brings packs of its own in their place.
"""

from pathlib import Path

PACKS = Path(__file__).parent
"""The folder of the packs that ship."""
