"""The engine runs workflows and handlers: pure steps say what to do next, and the gate does it.

`workflow` and `handler` say what these are, as values; `workflow_graph` and `handler_nodes` make nodes of them, and
`compensation` takes back what was done when later work failed. It knows no workflow by name.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .compensation import find_tool_for_people as find_tool_for_people
    from .handler import Handler as Handler
    from .handler import HandlerRequest as HandlerRequest
    from .handler_nodes import make_handler_nodes as make_handler_nodes
    from .order_gate import choose_answer as choose_answer
    from .order_gate import explain_unordered as explain_unordered
    from .workflow import RequestText as RequestText
    from .workflow import Workflow as Workflow
    from .workflow_graph import add_gate as add_gate
    from .workflow_graph import build_workflow_graph as build_workflow_graph
    from .workflow_graph import make_finding as make_finding
    from .workflow_graph import proceed as proceed

__getattr__ = export_lazily(
    __name__,
    {
        "compensation": "find_tool_for_people",
        "handler": "Handler HandlerRequest",
        "handler_nodes": "make_handler_nodes",
        "order_gate": "choose_answer explain_unordered",
        "workflow": "RequestText Workflow",
        "workflow_graph": "add_gate build_workflow_graph make_finding proceed",
    },
)
