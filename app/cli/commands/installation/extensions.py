"""``extensions``: what was loaded, in which version, and who answers for it."""

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("extensions", epilog="Example: countersign extensions --json")(show_extensions)


def show_extensions(context: typer.Context) -> None:
    """List the extensions: version, owner, origin and what each brings. Exit code 2 when one cannot be loaded.

    COUNTERSIGN_EXTENSIONS names those to load, separated by commas: names of installed ones, or places (module:NAME).
    """
    from .....graphs.extensions.inventory import list_extensions
    from ....terminal.console import print_note, print_table, write_json

    caller = get_caller(context)
    found = list(list_extensions(caller.load_content()))
    if caller.as_json:
        write_json(found)
        return
    rows = []
    for item in found:
        brings = ", ".join(f"{len(names)} {_name(what, len(names))}" for what, names in item["brings"].items())
        rows.append((item["name"], item["version"], item["owner"], item["origin"], item["digest"][:12], brings))
    print_table(("NAME", "VERSION", "OWNER", "FROM", "DIGEST", "BRINGS"), rows)
    print_note("--json names each part. What was loaded when: `countersign audit show --kind extensions`.")


def _name(what: str, count: int) -> str:
    """The word for parts of a sort; of one there is one."""
    return what.removesuffix("s") if count == 1 and what != "business" else what
