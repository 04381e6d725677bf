"""``effects``: what was done to the world, by whose grant, and what nobody knows yet."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....policies.domain.principal import Principal
    from .....tools.ledger.entry import LedgerEntry
    from ....access.data_folder import DataFolder
    from ....access.effect_status import EffectStatus

effects = typer.Typer(
    help="See what was done to the world, and what is in doubt.",
    no_args_is_help=True,
    epilog="Example: countersign --as olga.reis effects list --doubt",
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(effects, name="effects")


@effects.command("list", epilog="Example: countersign --as mara.voss effects list --last 10")
def list_effects(
    context: typer.Context,
    doubt: Annotated[bool, typer.Option("--doubt", help="Only those that may or may not have happened.")] = False,
    last: Annotated[
        int, typer.Option("--last", "-n", min=1, max=1_000_000, help="At most so many, the newest first.")
    ] = 50,
) -> None:
    """List writes, the newest first. Auditors see all of their organisation, others their own."""
    from ....terminal.console import print_note, print_table, print_text, write_json

    caller = get_caller(context)
    data_folder, reader = _open(context)
    found = _visible(data_folder, reader, doubt=doubt, last=last)
    statuses = [_read_status(data_folder, entry) for entry in found]
    if caller.as_json:
        write_json([serialize_effect(entry, status) for entry, status in zip(found, statuses, strict=True)])
        return
    if not found:
        print_text("Nothing is in doubt." if doubt else "Nothing was done that you may see.")
        return
    rows = [
        (
            entry.digest[:12],
            status.words,
            entry.tool,
            entry.user_id,
            entry.intended_at[:16].replace("T", " "),
            status.review_id or "policy",
        )
        for entry, status in zip(found, statuses, strict=True)
    ]
    print_table(("DIGEST", "STATE", "TOOL", "FOR", "TIME (UTC)", "DECIDED IN"), rows)
    if len(found) == last:
        print_note(f"The newest {last}; --last shows more.")


@effects.command("show", epilog="Example: countersign --as olga.reis effects show 1f3a9c20")
def show_effect(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="The call's digest, or the beginning of it.")],
) -> None:
    """Show one write whole: arguments, grant, times, result, and how a doubt about it was settled."""
    from .....policies.errors import BadInput
    from ....terminal.console import print_text, write_json
    from ....terminal.unicode_safety import expose_unseen

    caller = get_caller(context)
    data_folder, reader = _open(context)
    wanted = digest.strip().lower()
    if len(wanted) < 4:
        raise BadInput(f"{digest!r} is too short; give at least 4 characters of the digest.")
    found = [entry for entry in _visible(data_folder, reader) if entry.digest.startswith(wanted)]
    if len(found) != 1:
        many = f"{len(found)} calls begin with {digest}; give more of it." if found else f"There is no call {digest}."
        raise BadInput(f"{many} `countersign effects list` shows them.")
    record = serialize_effect(found[0], _read_status(data_folder, found[0]))
    if caller.as_json:
        write_json(record)
        return
    for name, value in record.items():
        if value not in (None, ""):
            print_text(f"{name.replace('_', ' ')}: {expose_unseen(str(value))}")


def serialize_effect(entry: "LedgerEntry", status: "EffectStatus") -> dict[str, Any]:
    """One write as plain JSON data; ``state`` is the ledger's, ``became`` says what became of it in words."""
    import json

    return {
        "digest": entry.digest,
        "state": str(entry.state),
        "became": status.words,
        "tool": entry.tool,
        "args": json.loads(entry.arguments),
        "user": entry.user_id,
        "thread": entry.thread,
        "run": entry.run,
        "review": status.review_id or None,
        "grant": entry.grant_ref,
        "refused_because": status.reason or None,
        "attempts": entry.attempts,
        "intended_at": entry.intended_at,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "result": entry.result,
        "message": entry.message,
        "settled_by": entry.settled_by,
    }


def _open(context: typer.Context) -> "tuple[DataFolder, Principal]":
    from ....access.data_folder import open_data_folder

    caller = get_caller(context)
    who = caller.user_id
    data_folder = context.with_resource(open_data_folder(caller))
    return data_folder, data_folder.principal(who)


def _visible(
    data_folder: "DataFolder", reader: "Principal", *, doubt: bool = False, last: int | None = None
) -> "list[LedgerEntry]":
    from .....policies.audit.readers import may_read_all
    from .....tools.ledger.entry import EffectState
    from .....tools.ledger.ledger import Ledger

    ledger, state = Ledger(data_folder.engine, data_folder.audit), EffectState.IN_DOUBT if doubt else None
    return ledger.find(reader.tenant, user_id="" if may_read_all(reader) else reader.user_id, state=state, last=last)


def _read_status(data_folder: "DataFolder", entry: "LedgerEntry") -> "EffectStatus":
    from datetime import UTC, datetime

    from ....access.effect_status import read_effect_status

    return read_effect_status(entry, data_folder.reviews, data_folder.audit, datetime.now(UTC))
