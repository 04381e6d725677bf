"""``memory ingest``: files into memory."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....memory.ingest.pipeline import FileOutcome

EXIT_SKIPPED = 9
MAX_SKIPPED = 10
"""More files than these are not told one by one."""


def add_to(memory: typer.Typer) -> None:
    """Adds the command."""
    memory.command(
        "ingest",
        epilog="\b\nExamples:\n  countersign --as noah.lind memory ingest contracts/ letter.eml --for team:legal\n"
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
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take the place of files of the same name from another working directory."),
    ] = False,
    about: Annotated[
        list[str] | None, typer.Option("--about", metavar="ID", help="A person they are about, to be forgotten with.")
    ] = None,
) -> None:
    """Remember files: changed ones replace their old text, unchanged ones cost a look. Exit code 9: some were skipped.

    Files are known by their path from the folder you are in. Without --vouch they are what somebody else says: found
    with `memory search --untrusted`, never taken as fact.
    """
    from .....memory.ingest.documents import embed_pending
    from .....memory.ingest.pipeline import FileOutcome, IngestOptions, ingest_files
    from .....policies.audit.log import AuditEvent
    from .....policies.errors import BadInput
    from ....access.data_folder import open_assistant_for
    from ....access.permissions import require_voucher
    from ....terminal.console import print_note, print_text, show_count, write_json
    from ....terminal.root_group import suggest_command
    from ....terminal.unicode_safety import expose_unseen

    caller = get_caller(context)
    who = caller.user_id
    if not all(name.strip() for name in named):  # an empty path would be the folder one stands in
        raise BadInput("One of the paths is empty. Name files or folders; . is the folder you are in.")
    paths = [Path(name) for name in named]
    whose = "" if visibility == "me" else visibility
    filing = IngestOptions(kind, whose, vouch, tuple(id.strip() for id in about or ()), prune=prune, replace=replace)
    with suggest_command("the same command"), open_assistant_for(caller) as assistant:
        principal, services = assistant.principal(who), assistant.core.services
        if vouch:
            require_voucher(principal)
        about_all = {"kind": kind, "visibility": filing.visibility or f"user:{who}", "vouched": vouch}

        def log(event: str, body: dict[str, object]) -> None:
            services.audit.append(AuditEvent(event, principal.user_id, principal.tenant, body=body | about_all))

        with show_count("files read") as tell:
            done = 0

            def count(file: FileOutcome) -> None:
                nonlocal done
                # At once, because what is broken off later has been remembered all the same.
                if file.status in ("added", "changed", "removed"):
                    log("memory.ingested", {"source": file.source, "status": file.status, "pieces": file.pieces})
                done += 1
                tell(done)

            log("memory.ingesting", {"paths": len(paths)})
            found = ingest_files(
                services.memory, principal, paths, filing, progress=count, now=services.now(), embed=False
            )
        with show_count("pieces embedded") as tell:
            embed_pending(services.memory, progress=tell)
    if caller.as_json:
        fields = ("path", "source", "status", "pieces", "why", "attachments")
        write_json({"files": [{name: getattr(file, name) for name in fields} for file in found.files]})
    else:
        many = sum(file.status == "skipped" for file in found.files) > MAX_SKIPPED
        for file in found.files:
            if file.status != "unchanged" and not (many and file.status == "skipped"):
                print_text(
                    expose_unseen(f"{file.status:9} {file.path or file.source}{f': {file.why}' if file.why else ''}")
                )
        if many:
            for line in _reasons(file for file in found.files if file.status == "skipped"):
                print_text(expose_unseen(line))
            print_note("With --json every file is listed.")
        counts = {name: sum(file.status == name for file in found.files) for name in _STATUSES}
        print_note(
            ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "There was no file to read."
        )
    if found.skipped:
        raise typer.Exit(EXIT_SKIPPED)


def _reasons(skipped: "Iterable[FileOutcome]") -> list[str]:
    """Files that were skipped, by why; what differs only in a number is one reason."""
    by_reason: dict[str, list[FileOutcome]] = {}
    for file in skipped:
        by_reason.setdefault(re.sub(r"\d[\d.,]*", "#", file.why), []).append(file)
    most = sorted(by_reason.values(), key=len, reverse=True)
    return [
        f"skipped   {len(files)} {'file' if len(files) == 1 else 'files'}, such as {files[0].path or files[0].source}: "
        f"{files[0].why}"
        for files in most
    ]


_STATUSES = ("added", "changed", "unchanged", "removed", "skipped")
