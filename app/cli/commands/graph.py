"""``graph``: the assistant graph as a Mermaid diagram.

The graph drawn without a data folder: its shape depends on the roster and the playbooks alone.
"""

from typing import Annotated, Any, cast

import typer

from ...access.caller import caller_of


class _Undressed:
    """Stands where the services would be; drawing must not use any."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"drawing the graph must not need the service {name!r}")


def mermaid(*, inside: bool = True) -> str:
    """The assistant graph as a Mermaid diagram.

    Args:
        inside: also what is inside each agent and playbook.
    """
    from ....graphs.assistant.graph import assistant_graph
    from ....graphs.runtime.services import Desk

    graph = assistant_graph(cast(Desk, _Undressed())).compile(name="assistant")
    return graph.get_graph(xray=inside).draw_mermaid()


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("graph", epilog="Example: countersign graph > graph.mmd")(graph)


def graph(
    context: typer.Context,
    brief: Annotated[bool, typer.Option("--brief", help="Only the top level, without what is inside each agent.")] = (
        False
    ),
) -> None:
    """Print the graph as Mermaid. No data folder is needed."""
    from ...terminal.console import say, working, write_json

    pass

    caller = caller_of(context)
    with working("Drawing …"):
        drawing = mermaid(inside=not brief)
    if caller.as_json:
        write_json({"mermaid": drawing})
    else:
        say(drawing.rstrip("\n"))
