"""``effects``: what was done to the world, by whose grant, and what nobody knows yet."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...access.caller import caller_of

if TYPE_CHECKING:
    from ....policies.domain.principal import Principal
    from ....tools.ledger.entry import Entry
    from ...access.effect_status import Fate
    from ...access.open import Office

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
    from ...terminal.console import note, say, table, write_json

    caller = caller_of(context)
    office, reader = _open(context)
    found = _visible(office, reader, doubt=doubt, last=last)
    fates = [_fate(office, entry) for entry in found]
    if caller.as_json:
        write_json([record_of(entry, fate) for entry, fate in zip(found, fates, strict=True)])
        return
    if not found:
        say("Nothing is in doubt." if doubt else "Nothing was done that you may see.")
        return
    rows = [
        (
            entry.digest[:12],
            fate.words,
            entry.tool,
            entry.user_id,
            entry.intended_at[:16].replace("T", " "),
            fate.review_id or "policy",
        )
        for entry, fate in zip(found, fates, strict=True)
    ]
    table(("DIGEST", "STATE", "TOOL", "FOR", "TIME (UTC)", "DECIDED IN"), rows)
    if len(found) == last:
        note(f"The newest {last}; --last shows more.")


@effects.command("show", epilog="Example: countersign --as olga.reis effects show 1f3a9c20")
def show_effect(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="The call's digest, or the beginning of it.")],
) -> None:
    """Show one write whole: arguments, grant, times, result, and how a doubt about it was settled."""
    from ....policies.errors import BadInput
    from ...terminal.console import say, write_json
    from ...terminal.unicode_safety import exposed

    caller = caller_of(context)
    office, reader = _open(context)
    wanted = digest.strip().lower()
    if len(wanted) < 4:
        raise BadInput(f"{digest!r} is too short; give at least 4 characters of the digest.")
    found = [entry for entry in _visible(office, reader) if entry.digest.startswith(wanted)]
    if len(found) != 1:
        many = f"{len(found)} calls begin with {digest}; give more of it." if found else f"There is no call {digest}."
        raise BadInput(f"{many} `countersign effects list` shows them.")
    record = record_of(found[0], _fate(office, found[0]))
    if caller.as_json:
        write_json(record)
        return
    for name, value in record.items():
        if value not in (None, ""):
            say(f"{name.replace('_', ' ')}: {exposed(str(value))}")


def record_of(entry: "Entry", fate: "Fate") -> dict[str, Any]:
    """One write as plain JSON data; ``state`` is the ledger's, ``became`` says what became of it in words."""
    import json

    return {
        "digest": entry.digest,
        "state": str(entry.state),
        "became": fate.words,
        "tool": entry.tool,
        "args": json.loads(entry.arguments),
        "user": entry.user_id,
        "thread": entry.thread,
        "run": entry.run,
        "review": fate.review_id or None,
        "grant": entry.grant_ref,
        "refused_because": fate.reason or None,
        "attempts": entry.attempts,
        "intended_at": entry.intended_at,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "result": entry.result,
        "message": entry.message,
        "settled_by": entry.settled_by,
    }


def _open(context: typer.Context) -> "tuple[Office, Principal]":
    from ...access.open import open_office

    caller = caller_of(context)
    who = caller.user_id
    office = context.with_resource(open_office(caller))
    return office, office.principal(who)


def _visible(office: "Office", reader: "Principal", *, doubt: bool = False, last: int | None = None) -> "list[Entry]":
    from ....tools.ledger.entry import State
    from ....tools.ledger.ledger import Ledger
    from ...access.permissions import may_read_all

    ledger, state = Ledger(office.engine, office.audit), State.IN_DOUBT if doubt else None
    return ledger.find(reader.tenant, user_id="" if may_read_all(reader) else reader.user_id, state=state, last=last)


def _fate(office: "Office", entry: "Entry") -> "Fate":
    from datetime import UTC, datetime

    from ...access.effect_status import fate_of

    return fate_of(entry, office.reviews, office.audit, datetime.now(UTC))
