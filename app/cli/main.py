"""The command line is ``countersign``; nothing heavy is imported here, so that ``--help`` answers at once."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..access.caller import USER_VARIABLE, Caller
from ..terminal.root_group import RootGroup
from .commands.audit import effects, keys, receipt
from .commands.audit import log as audit
from .commands.chat import ask, chat, demo
from .commands.installation import extensions, graph, init, usage, users, vault
from .commands.learning import learn
from .commands.memory import items as memory
from .commands.policy import editions as policy_editions
from .commands.policy import rules as policy
from .commands.policy import simulate as policy_bench
from .commands.reviews import inbox as reviews

# Boxes and colours are for people; what goes into a pipe or a file is plain.
_MARKUP: Literal["rich"] | None = "rich" if sys.stdout and sys.stdout.isatty() else None

app = typer.Typer(
    name="countersign",
    cls=RootGroup,
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


ask.add_to(app)
chat.add_to(app)
reviews.add_to(app)
effects.add_to(app)
usage.add_to(app)
policy.add_to(app)
policy_editions.add_to(app)
policy_bench.add_to(app)
audit.add_to(app)
receipt.add_to(app)
keys.add_to(app)
memory.add_to(app)
vault.add_to(app)
learn.add_to(app)
users.add_to(app)
extensions.add_to(app)
init.add_to(app)
graph.add_to(app)
demo.add_to(app)


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
