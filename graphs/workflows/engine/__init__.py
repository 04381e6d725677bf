"""The engine runs workflows and handlers: pure steps say what to do next, and the gate does it.

`workflow` builds the subgraph of a workflow, `handler` the nodes of a handler, and `compensation` takes back what was
done when later work failed. It knows no workflow by name.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .compensation import tool_for_people as tool_for_people
    from .handler import Handler as Handler
    from .handler import HandlerRequest as HandlerRequest
    from .handler import make_handler_nodes as make_handler_nodes
    from .workflow import RequestText as RequestText
    from .workflow import Workflow as Workflow
    from .workflow import add_gate as add_gate
    from .workflow import build_workflow_graph as build_workflow_graph
    from .workflow import make_finding as make_finding
    from .workflow import proceed as proceed

__getattr__ = export_lazily(
    __name__,
    {
        "compensation": "tool_for_people",
        "handler": "Handler HandlerRequest make_handler_nodes",
        "workflow": "add_gate build_workflow_graph make_finding proceed RequestText Workflow",
    },
)
