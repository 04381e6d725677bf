"""``memory ingest``: files into memory."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..caller import caller_of

SKIPPED = 9


def add_to(memory: typer.Typer) -> None:
    """Adds the command."""
    memory.command(
        "ingest",
        epilog="\b\nExamples:\n  countersign --as mara.voss memory ingest contracts/ letter.eml --for team:legal\n"
        "  countersign --as pia.lorenz memory ingest handbook.docx --kind handbook --for org --vouch",
    )(ingest)


def ingest(
    context: typer.Context,
    named: Annotated[
        list[str], typer.Argument(metavar="PATHS...", help="Files and folders: txt, md, pdf, docx, html, eml.")
    ],
    visibility: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="me, org, team:NAME or role:NAME; only your own.")
    ] = "me",
    kind: Annotated[
        Literal["document", "precedent", "handbook"], typer.Option("--kind", help="What the files are.")
    ] = "document",
    vouch: Annotated[
        bool, typer.Option("--vouch", help="What they say counts as fact; needs a role. E-mails never do.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also forget what was in a named folder before and is not any more.")
    ] = False,
    about: Annotated[
        list[str] | None, typer.Option("--about", metavar="ID", help="A person they are about, to be forgotten with.")
    ] = None,
) -> None:
    """Remember files: changed ones replace their old text, unchanged ones cost a look. Exit code 9: some were skipped.

    Without --vouch they are what somebody else says: found with `memory search --untrusted`, never taken as fact.
    """
    from ...memory.ingest.ingest import Filed, Filing
    from ...memory.ingest.ingest import ingest as bring
    from ...policies.audit import Event
    from ...policies.errors import BadInput
    from ..consoles import counting, note, say, write_json
    from ..house import open_assistant
    from ..reading_rights import require_voucher
    from ..unicode_care import exposed

    caller = caller_of(context)
    who = caller.who
    if not all(name.strip() for name in named):  # an empty path would be the folder one stands in
        raise BadInput("One of the paths is empty. Name files or folders; . is the folder you are in.")
    paths = [Path(name) for name in named]
    filing = Filing(kind, "" if visibility == "me" else visibility, vouch, tuple(about or ()), prune=prune)
    with open_assistant(caller) as assistant:
        principal, desk = assistant.principal(who), assistant.core.desk
        if vouch:
            require_voucher(principal)
        with counting("files read") as tell:
            done = 0

            def count(_file: Filed) -> None:
                nonlocal done
                done += 1
                tell(done)

            found = bring(desk.memory, principal, paths, filing, progress=count, now=desk.now())
        for file in found.files:
            if file.status in ("added", "changed", "removed"):
                body = {"source": file.source, "status": file.status, "pieces": file.pieces, "kind": kind}
                body |= {"visibility": filing.visibility or f"user:{who}", "vouched": vouch}
                desk.audit.append(Event("memory.ingested", principal.user_id, principal.tenant, body=body))
    if caller.as_json:
        fields = ("path", "source", "status", "pieces", "why", "attachments")
        write_json({"files": [{name: getattr(file, name) for name in fields} for file in found.files]})
    else:
        for file in found.files:
            if file.status != "unchanged":
                say(exposed(f"{file.status:9} {file.path or file.source}{f': {file.why}' if file.why else ''}"))
        counts = {name: sum(file.status == name for file in found.files) for name in _STATUSES}
        note(", ".join(f"{count} {name}" for name, count in counts.items() if count) or "There was no file to read.")
    if found.skipped:
        raise typer.Exit(SKIPPED)


_STATUSES = ("added", "changed", "unchanged", "removed", "skipped")
