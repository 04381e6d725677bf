"""All that the IT desk adds, as one value. The entry point in pyproject.toml names it."""

from pathlib import Path

from countersign.agents.routing.intents import IntentFolder
from countersign.graphs.extensions import Extension

from .agent import AGENT, HANDLERS
from .system import DESK_SYSTEM
from .tools import TOOLS
from .workflow import ACCESS_WORKFLOW

_HERE = Path(__file__).parent

EXTENSION = Extension(
    name="it_desk",
    version="0.1.0",
    owner="it",
    tools=TOOLS,
    connectors=(DESK_SYSTEM,),
    agents=(AGENT,),
    handlers=HANDLERS,
    workflows=(ACCESS_WORKFLOW,),
    packs=(_HERE / "packs" / "it_desk.yaml",),
    intents=IntentFolder(_HERE / "intents", ("it_desk.yaml",)),
    handbooks=(_HERE / "handbooks" / "it-desk-handbook.md",),
)
