"""What every installation has: shared tools, rules for everybody, and the intents that the router was trained on."""

from ...agents.intents import INTENTS
from ...policies.packs import PACKS
from ...tools.sample_company.handbook import HANDBOOKS
from ...tools.toolsets import SHARED
from ..extensions.extension import Extension

SHARED_WORK = Extension(
    name="shared",
    version="1.0",
    owner="it_admin",
    tools=SHARED,
    packs=(PACKS / "company.yaml", PACKS / "it.yaml"),
    intents=INTENTS,
    handbooks=(HANDBOOKS / "it-handbook.md", HANDBOOKS / "people-handbook.md"),
)
