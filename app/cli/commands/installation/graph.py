"""``graph``: the assistant graph as a Mermaid diagram.

It is drawn without a data folder: its shape depends on the roster and the workflows alone.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....graphs.extensions.content import Content


class _NoService:
    """Stands where a service would be; drawing may pass it on and must not use it."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"drawing the graph must not need the service {self._service!r}, here its {name!r}")


def draw_mermaid(content: "Content", *, inside: bool = True) -> str:
    """The assistant graph as a Mermaid diagram.

    Args:
        content: what the assistant can do.
        inside: also what is inside each agent and workflow.
    """
    from .....graphs.assistant.graph import build_assistant_graph
    from .....graphs.runtime.services import Services

    absent: dict[str, Any] = {item.name: _NoService(item.name) for item in fields(Services)}
    graph = build_assistant_graph(Services(**absent), content).compile(name="assistant")
    return graph.get_graph(xray=inside).draw_mermaid()


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("graph", epilog="Example: countersign graph > graph.mmd")(draw_graph)


def draw_graph(
    context: typer.Context,
    brief: Annotated[bool, typer.Option("--brief", help="Only the top level, without what is inside each agent.")] = (
        False
    ),
) -> None:
    """Print the graph as Mermaid. No data folder is needed."""
    from ....terminal.console import print_text, show_working, write_json

    caller = get_caller(context)
    with show_working("Drawing …"):
        drawing = draw_mermaid(caller.load_content(), inside=not brief)
    if caller.as_json:
        write_json({"mermaid": drawing})
    else:
        print_text(drawing.rstrip("\n"))
