"""The command line: ``countersign``. Nothing heavy is imported here, so that ``--help`` answers at once."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..access.caller import USER_VARIABLE, Caller
from ..terminal.root_group import House
from .commands import ask as asking
from .commands import audit as auditing
from .commands import chat as chatting
from .commands import demo as demonstrating
from .commands import effects, keys, usage
from .commands import graph as drawing
from .commands import learn as learning
from .commands import memory as memories
from .commands import policy as policies
from .commands import policy_bench as bench
from .commands import policy_editions as editions
from .commands import receipt as receipts
from .commands import reviews as reviewing
from .commands import users as people
from .commands import vault as vaults

# Boxes and colours are for people; what goes into a pipe or a file is plain.
_MARKUP: Literal["rich"] | None = "rich" if sys.stdout and sys.stdout.isatty() else None

app = typer.Typer(
    name="countersign",
    cls=House,
    help="An assistant for legal, finance and support work that acts only inside written policy.",
    epilog='Example: countersign --as mara.voss ask "refund order 8841"',
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=_MARKUP,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"countersign {version('countersign')}")
        except PackageNotFoundError:
            typer.echo("countersign (not installed)")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    user: Annotated[
        str, typer.Option("--as", metavar="USER", envvar=USER_VARIABLE, help="Who you are; `users` lists everybody.")
    ] = "",
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="PATH", help="The data folder; default COUNTERSIGN_HOME or ./.countersign."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Results as JSON, for programs.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Reads the options that all commands share; they may also stand after the command."""
    context.obj = Caller(home, user, as_json)


asking.add_to(app)
chatting.add_to(app)
reviewing.add_to(app)
effects.add_to(app)
usage.add_to(app)
policies.add_to(app)
editions.add_to(app)
bench.add_to(app)
auditing.add_to(app)
receipts.add_to(app)
keys.add_to(app)
memories.add_to(app)
vaults.add_to(app)
learning.add_to(app)
people.add_to(app)
drawing.add_to(app)
demonstrating.add_to(app)


def main() -> None:
    """The console script."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # A scheduler may close them. In this order each takes its own number, which no database file may get.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - until the program ends
    for stream in (sys.stdout, sys.stderr):
        # A terminal without Unicode shows escapes instead of failing.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
    app()
