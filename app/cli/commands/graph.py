"""``graph``: the assistant graph as a Mermaid diagram."""

from typing import Annotated

import typer

from ...access.caller import caller_of


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
    from .diagram import mermaid

    caller = caller_of(context)
    with working("Drawing …"):
        drawing = mermaid(inside=not brief)
    if caller.as_json:
        write_json({"mermaid": drawing})
    else:
        say(drawing.rstrip("\n"))
