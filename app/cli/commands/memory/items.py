"""``memory``: what the agents share, searched, added to, erased and embedded anew."""

import sys
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....memory.records.items import RecalledItem

memory = typer.Typer(
    help="Search, add to and erase what the agents remember.",
    no_args_is_help=True,
    epilog='Example: countersign --as mara.voss memory search "refund limit"',
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    from .ingest import add_to as add_ingest_to

    add_ingest_to(memory)
    app.add_typer(memory, name="memory")


@memory.command("search", epilog='Example: countersign --as mara.voss memory search "refund limit" --kind handbook')
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for, in plain words.")],
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only this kind; repeatable.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=50, help="At most so many.")] = 5,
    untrusted: Annotated[
        bool, typer.Option("--untrusted", help="Also what outside texts or a model said; it proves nothing.")
    ] = False,
) -> None:
    """Search the shared memory by meaning and by words; you see what you may see."""
    from .....policies.errors import BadInput
    from ....access.data_folder import open_assistant_for
    from ....terminal.console import print_text, write_json
    from ....terminal.unicode_safety import expose_unseen

    caller = get_caller(context)
    who = caller.user_id
    if not query.strip():
        raise BadInput("There is nothing to look for; say what, in plain words.")
    with open_assistant_for(caller) as assistant:
        found = assistant.core.services.memory.recall(
            assistant.principal(who), query, kinds=kind or (), limit=limit, trusted_only=not untrusted
        )
    if caller.as_json:
        fields = ("id", "text", "kind", "source", "title", "provenance", "visibility", "author", "trusted")
        placed = [
            {"span": item.span, "page": item.extra.get("page"), "updated": item.updated.isoformat()} for item in found
        ]
        told = [{name: getattr(item, name) for name in fields} for item in found]
        write_json([one | place for one, place in zip(told, placed, strict=True)])
        return
    if not found:
        print_text("Nothing is remembered about that, as far as you may see.")
    for item in found:
        said_by = (f" by {item.author}" if item.author else "") + (
            "" if item.trusted else f", {item.provenance}: proves nothing"
        )
        page = f", page {item.extra['page']}" if "page" in item.extra else ""
        print_text(expose_unseen(f"{item.source or item.id}{page}  {item.title}  ({item.kind}{said_by})"), style="bold")
        print_text(expose_unseen(f"  {_standing(item)}"), style="dim")
        # Indented, so that no text can look like the head of another hit.
        print_text(indent(item.text.strip(), "  ") + "\n")


def _standing(item: "RecalledItem") -> str:
    """Whose word it is, who may see it, from when it is, and where in its source it stands."""
    span = f", characters {item.span[0]}–{item.span[1]}" if item.span else ""
    return f"{item.provenance}, seen by {item.visibility}, {item.updated.date()}{span}"


@memory.command(
    "add", epilog='Example: countersign --as mara.voss memory add "ACME pays by invoice" --for team:support'
)
def add(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to remember; - reads it from stdin.")],
    visibility: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="me, org, team:NAME or role:NAME; only your own.")
    ] = "me",
    kind: Annotated[Literal["note", "correction", "precedent"], typer.Option("--kind", help="What it is.")] = "note",
    about: Annotated[
        list[str] | None, typer.Option("--about", metavar="ID", help="A person it is about, to be forgotten with.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Where it comes from, for citations.")] = "",
) -> None:
    """Remember something. By default only you see it."""
    import sys

    from .....memory.ingest.sources import check_own_source
    from .....memory.records.items import NewMemory
    from .....policies.audit.log import AuditEvent
    from ....access.data_folder import open_assistant_for
    from ....access.permissions import may_vouch
    from ....terminal.console import print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    item = NewMemory(
        text=sys.stdin.read() if text == "-" else text,
        kind=kind,
        source=source,
        visibility="" if visibility == "me" else visibility,
        subjects=tuple(id.strip() for id in about or ()),
    )
    with open_assistant_for(caller) as assistant:
        principal, services = assistant.principal(who), assistant.core.services
        if not may_vouch(principal):
            check_own_source(services.memory, principal, source)
        found = services.memory.remember(principal, item)
        body = {"id": found, "kind": kind, "visibility": item.visibility or f"user:{who}", "source": source}
        services.audit.append(AuditEvent("memory.added", principal.user_id, principal.tenant, body=body))
    if caller.as_json:
        write_json(body)
    else:
        print_text(f"Remembered as {found}.")


@memory.command("forget", epilog="Example: countersign --as pia.lorenz memory forget --subject CUS-0042")
def forget_items(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="ID", help="Whom to forget, or with --source what.")],
    person: Annotated[bool, typer.Option("--subject", help="A person or customer; so it is without --source.")] = False,
    source: Annotated[bool, typer.Option("--source", help="Everything that came from this source.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")] = False,
) -> None:
    """Erase a person, or a source, from memory for good.

    Everybody may erase what they brought themselves; what others did, only a policy_owner or it_admin.
    """
    from .....graphs.assistant.erasure import erase_traces
    from .....policies.errors import BadInput
    from ....access.data_folder import open_assistant_for
    from ....access.permissions import may_erase_others, require_eraser, require_source_eraser
    from ....terminal.console import can_ask, print_text, write_json

    caller = get_caller(context)
    who, subject = caller.user_id, subject.strip()
    if person and source:
        raise BadInput("Choose one: --subject forgets a person, --source all that came from a source.")
    if not yes and not caller.as_json:
        if not can_ask():
            raise BadInput("Erasing cannot be undone; add --yes to confirm it.")
        typer.confirm(f"Erase {subject} from memory for good?", abort=True)
    with open_assistant_for(caller) as assistant:
        principal = assistant.principal(who)
        (require_source_eraser if source else require_eraser)(principal, subject)
        own = not source and not may_erase_others(principal)
        done = erase_traces(assistant.core, principal, subject, source=source, own=own)
    if caller.as_json:
        write_json(done.record())
        return
    print_text(f"Entries erased: {done.receipt.erased}; kept because they must be logged: {done.receipt.kept}.")
    if not source:
        print_text(
            f"Only “{subject}” was looked for. Where they are also known by name or another id, forget that too."
        )
    if done.receipt.ours:
        print_text(
            f"{done.receipt.ours} pieces of the company's own documents name them and stay; they are its records."
        )
    if done.uploads:
        print_text(f"These files stay with the conversations that they were attached to: {', '.join(done.uploads)}.")
    if own:
        print_text("What others noted or decided about you is theirs; an it_admin or policy_owner can erase it.")
    if not done.receipt.erased + done.receipt.kept + done.receipt.ours + done.examples + len(done.uploads):
        print_text(f"Nothing was held under {subject}; check that it is spelled as the records have it.")
    if done.examples:
        print_text(f"Erased {done.examples} examples that models learned from; the next training goes without them.")
    if done.named_sources:
        names = "name of its source stays" if done.named_sources == 1 else f"names of {done.named_sources} sources stay"
        print_text(f"The {names} in the audit log, which records what was brought in and by whom; its text does not.")
    if done.receipt.erased and done.receipt.traces:
        print_text(
            "Chroma's files may hold numbers of its vectors still: a server's until `chroma vacuum`, a folder's that "
            "another process has open until that ends and `countersign memory reindex` has run."
        )
    if done.waiting:
        print_text(f"Runs that have not ended hold some of it until they do: {', '.join(done.waiting)}.")
    if done.runs_given:
        print_text(f"What these runs replied with it, quotations too, stays in the log: {', '.join(done.runs_given)}.")


@memory.command(
    "export",
    epilog="\b\nExamples:\n  countersign --as mara.voss memory export > memory.jsonl\n"
    "  countersign --as pia.lorenz memory export --about CUS-0042 --out person.jsonl",
)
def export_items(
    context: typer.Context,
    about: Annotated[
        str | None, typer.Option("--about", metavar="ID", help="All that is held about a person, whoever may see it.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A new file instead of stdout.")] = None,
) -> None:
    """Write what you may see, or all about a person, as JSON lines.

    --about somebody else is for a policy_owner or it_admin; about yourself it gives what you wrote or may see.
    """
    import json

    from .....memory.export import export_rows
    from .....memory.records.scope import hash_name
    from .....policies.audit.log import AuditEvent
    from .....policies.errors import BadInput
    from ....access.data_folder import open_assistant_for
    from ....access.permissions import may_erase_others, require_eraser
    from ....access.unmasking import unmask_record
    from ....terminal.console import print_note

    caller = get_caller(context)
    about = None if about is None else about.strip()
    if about is not None and not about:
        raise BadInput("--about names nobody. Give the id of the person, or leave it out for what you may see.")
    if out is not None and out.exists():
        raise BadInput(f"{out} exists already; name another file.")
    with open_assistant_for(caller) as assistant:
        principal, services = assistant.principal(caller.user_id), assistant.core.services
        if about:
            require_eraser(principal, about, "hand out")
        lines = [
            json.dumps(unmask_record(services.masker, principal, record), ensure_ascii=False)
            for record in export_rows(services.memory, principal, about or "", seen=not may_erase_others(principal))
        ]
        body = {"entries": len(lines), "about": hash_name(about) if about else ""}
        services.audit.append(AuditEvent("memory.exported", principal.user_id, principal.tenant, body=body))
    text = "".join(f"{line}\n" for line in lines)
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}. Name another file.") from error
    print_note(f"Wrote {len(lines)} entries to {out}.")


@memory.command("reindex", epilog="Example: countersign memory reindex")
def reindex(context: typer.Context) -> None:
    """Make every vector anew, after a change of the model or to repair the index; goes on where it stopped."""
    from .....memory.embeddings.embedder import open_embedder
    from .....memory.index.reindex import reindex_memory
    from .....policies.storage.database import open_database
    from ....access.data_folder import require_database
    from ....terminal.console import print_text, show_progress, write_json
    from ....terminal.root_group import suggest_command

    caller = get_caller(context)
    settings = caller.settings()
    if not settings.database_url:
        require_database(settings.home)
    engine = open_database(settings.database)
    try:
        with suggest_command("`countersign memory reindex`"), show_progress("Embedding …") as progress:
            done = reindex_memory(settings.memory, engine, open_embedder(settings.environment), progress)
    finally:
        engine.dispose()
    if caller.as_json:
        write_json({"embedded": done.embedded, "unchanged": done.unchanged})
    else:
        print_text(
            f"Embedded {done.embedded} entries anew; {done.unchanged} had this model's vectors already. "
            "The next search makes the vector index anew from them."
        )
