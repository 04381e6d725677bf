"""What ships, as one value, for tests that look at all of it."""

from dataclasses import replace

from countersign.graphs.assistant.default_content import load_content
from countersign.graphs.extensions.extension import Extension
from countersign.graphs.workflows.engine.workflow import Workflow
from countersign.memory.ingest.handbooks import list_handbook_sections

SHIPPED = load_content()
"""All installed departments, and what every installation has."""
SECTIONS = tuple(section.id for section in list_handbook_sections(SHIPPED.handbooks))
"""The ids of all sections of the handbooks."""


def replace_workflow(workflow: Workflow) -> list[Extension]:
    """The installed extensions, one of them with this workflow in the place of that of its name."""
    found = []
    for loaded in SHIPPED.extensions[1:]:
        extension = loaded.extension
        others = tuple(each for each in extension.workflows if each.name != workflow.name)
        found.append(replace(extension, workflows=(*others, workflow)) if others != extension.workflows else extension)
    return found
