"""``init``: a package for a department of one's own, which works at once; or a pilot with one person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from datetime import date

    from ....access.caller import Caller


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "init",
        epilog="\b\nExamples:\n  countersign init it_desk\n  countersign init it_desk --into packages/\n"
        "  countersign --home trial init --pilot --user ana.sousa --role support_agent --limit 250",
    )(begin)


def begin(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="The department: lower-case words joined by _.", show_default=False)
    ] = "",
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Where its folder is made.")] = Path("."),
    pilot: Annotated[
        bool, typer.Option("--pilot", help="Instead, set up the data folder for one person who tries it alone.")
    ] = False,
    user: Annotated[str, typer.Option("--user", metavar="ID", help="Pilot: who that is, such as ana.sousa.")] = "",
    full_name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Pilot: their name; from the id if left out.")
    ] = "",
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="Pilot: what they may do; repeat for several.")
    ] = None,
    limit: Annotated[
        str,
        typer.Option(
            "--limit", metavar="AMOUNT", help="Pilot: up to so much a day and tool goes without a countersignature."
        ),
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Pilot: the last day of that; 30 days from now if left out.")
    ] = "",
) -> None:
    """Write a package that brings a department, or set up a pilot with one person.

    NAME: tools, an agent, a workflow, rules with cases, and tests that pass. --pilot: files of the data folder that say
    who works there, and which small acts are allowed without a countersignature; what needs a second person waits for
    one. Exit code 2 when something cannot be used or stands in its place; nothing is overwritten.
    """
    from .....policies.errors import BadInput

    caller = get_caller(context)
    if pilot == bool(name):
        raise BadInput("Give either NAME, to write a package, or --pilot. `countersign init --help` shows both.")
    if pilot:
        _begin_pilot(caller, user, full_name, tuple(role or ()), limit, until)
    elif user or full_name or role or limit or until:
        raise BadInput("--user, --name, --role, --limit and --until belong to --pilot; leave them out with a NAME.")
    else:
        _write_package(caller, name, into)


def _write_package(caller: "Caller", name: str, into: Path) -> None:
    from ....scaffold.generator import write_extension
    from ....terminal.console import print_note, print_text, write_json

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


def _begin_pilot(caller: "Caller", user: str, full_name: str, roles: tuple[str, ...], limit: str, until: str) -> None:
    from datetime import UTC, datetime, timedelta

    from .....policies.domain.templates import format_money
    from .....policies.errors import BadInput
    from ....access.data_folder import DATABASE
    from ....access.rulebook import load_settings_rules
    from ....scaffold.pilot import PilotPlan, write_pilot
    from ....terminal.console import print_note, print_text, write_json

    settings = caller.settings()
    if settings.database_url or settings.packs:
        raise BadInput(
            "A pilot has a data folder and packs of its own; unset COUNTERSIGN_DATABASE_URL and COUNTERSIGN_PACKS."
        )
    if (settings.home / DATABASE).exists():
        raise BadInput(
            f"{settings.home} has been used already, and its rules change only as they demand themselves. Name a new "
            "data folder with --home."
        )
    for option, given in (("--user", user), ("--limit", limit), ("--role", roles)):
        if not given:
            raise BadInput(f"A pilot needs {option}, such as --user ana.sousa --role support_agent --limit 250.")
    today = datetime.now(UTC).date()
    plan = PilotPlan(
        user_id=user,
        name=full_name.strip() or user.replace(".", " ").title(),
        roles=tuple(dict.fromkeys(("employee", *roles))),
        limit_minor=_read_limit(limit),
        until=_read_day(until) if until else today + timedelta(days=30),
    )
    content = caller.load_content()
    written = write_pilot(settings.home, plan, load_settings_rules(settings, content), content.policy_views, today)
    if caller.as_json:
        write_json(
            {
                "folder": str(written.folder),
                "user": plan.user_id,
                "roles": list(plan.roles),
                "limit_minor": plan.limit_minor,
                "until": plan.until.isoformat(),
                "lifted": {tool: list(rules) for tool, rules in written.lifted.items()},
            }
        )
        return
    print_text(f"{plan.name} ({plan.user_id}) can work in {settings.home}, alone at first.")
    print_text(f"Until {plan.until}, up to {format_money(plan.limit_minor)} a day need no countersignature:")
    for tool, rules in written.lifted.items():
        print_text(f"  {tool}, instead of {', '.join(rules)}")
    print_text("Each such act has a receipt that says “pilot: not countersigned”. Everything else holds as before.")
    print_text(f"\nTry it:\n  countersign --home {settings.home} --as {plan.user_id} chat")
    print_note(f"Add a second person to {written.folder / 'people.yaml'}, and what waits can be countersigned.")


def _read_limit(text: str) -> int:
    """The limit in minor units.

    Raises:
        BadInput: it is no amount, or could be read in two ways.
    """
    import re

    from .....policies.errors import BadInput

    found = re.fullmatch(r"([0-9]{1,7})(?:\.([0-9]{2}))?", text.strip())
    if not found:
        raise BadInput(f"--limit {text!r} is no amount; write whole euros or euros and cents, such as 250 or 99.50.")
    return int(found[1]) * 100 + int(found[2] or 0)


def _read_day(text: str) -> "date":
    """A day.

    Raises:
        BadInput: it is none.
    """
    from datetime import date

    from .....policies.errors import BadInput

    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"--until {text!r} is no day; write it as YEAR-MONTH-DAY, such as 2027-01-31.") from None
