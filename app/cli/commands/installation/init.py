"""``init``: a package for a department of one's own, which works at once."""

from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "init", epilog="\b\nExamples:\n  countersign init it_desk\n  countersign init it_desk --into packages/"
    )(write_package)


def write_package(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The department: lower-case words joined by _.")],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Where its folder is made.")] = Path("."),
) -> None:
    """Write a package that brings a department: tools, an agent, a workflow, rules with cases, and tests that pass.

    Exit code 2 when the name cannot be used or something stands in its place; nothing is overwritten.
    """
    from ....scaffold.generator import write_extension
    from ....terminal.console import print_note, print_text, write_json

    caller = get_caller(context)
    folder, files = write_extension(name, into)
    if caller.as_json:
        write_json({"folder": str(folder), "files": [str(path) for path in files]})
        return
    print_text(f"Wrote {len(files)} files to {folder}.")
    print_text(
        f"\nTry it:\n  cd {folder}\n  python -m pytest\n"
        f"  PYTHONPATH=. COUNTERSIGN_EXTENSIONS={name}.extension:EXTENSION countersign --as mara.voss "
        'ask "book room 2 for me"'
    )
    print_note(f"{folder / 'README.md'} says where things are and how to make it yours.")
