"""``audit``: what happened, whether the log is whole, how far it is signed, and a copy for others."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ...access.caller import caller_of

audit = typer.Typer(
    help="See, prove and export what happened.",
    no_args_is_help=True,
    epilog="Example: countersign audit verify",
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(audit, name="audit")


@audit.command("show", epilog="Example: countersign --as olga.reis audit show --kind decision --last 20")
def show(
    context: typer.Context,
    thread: Annotated[str, typer.Option("--thread", "-t", help="One conversation; yours by its short name.")] = "",
    run: Annotated[str, typer.Option("--run", help="One run.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="One kind, for example decision or review.answered.")] = "",
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=1_000_000, help="At most so many, the newest.")] = 50,
    full: Annotated[bool, typer.Option("--full", help="With everything that was recorded.")] = False,
) -> None:
    """Show records, oldest first. Auditors see all of their organisation, others only their own conversations."""
    from collections import deque

    from ...access.audit_reader import in_words, record_of, records_for
    from ...access.open import open_office
    from ...terminal.console import note, say, table, write_json

    caller = caller_of(context)
    who = caller.user_id
    with open_office(caller) as office:
        reader = office.principal(who)
        found = deque(records_for(office.audit, reader, thread=thread, run=run, kind=kind), maxlen=last)
        if caller.as_json:
            write_json([record_of(record) for record in found])
            return
        if not found:
            kinds = sorted({record.kind for record in records_for(office.audit, reader)}) if kind else []
            known = f" There are records of the kinds {', '.join(kinds)}." if kinds and kind not in kinds else ""
            say(f"No record matches that you may see.{known}")
            return
        if full:
            for record in found:
                say(f"{record.seq}  {record.at}  {record.kind}  {record.actor}  {record.thread}", style="bold")
                say(record.body)
            return
        rows = [(str(item.seq), item.at[:19], item.kind, item.actor, in_words(item)) for item in found]
        table(("NO.", "TIME (UTC)", "KIND", "ACTOR", "WHAT"), rows)
        if len(found) == last:
            note(f"The newest {last}; --last shows more.")


@audit.command("verify", epilog="Example: countersign audit verify --head head.json")
def verify(
    context: typer.Context,
    heads: Annotated[
        list[str] | None, typer.Option("--head", metavar="FILE", help="A head that `audit head` wrote; repeatable.")
    ] = None,
) -> None:
    """Walk the whole hash chain, and compare all that it vouches for. Exit code 6 when anything was tampered with.

    Compared are the signed heads, the ledger, the reviews, the countersignatures, the keys, and the checkpoints of work
    that waits. A backup that was put back as a whole looks whole: only a head kept elsewhere (`audit head`) tells.
    """
    from ....policies.audit.signed_head import load_head
    from ....tools.ledger.ledger import table as ledger
    from ...access.open import open_books, waiting_work
    from ...access.receipt_files import content
    from ...terminal.console import say, working, write_json

    caller = caller_of(context)
    given = [load_head(content(name).decode(errors="replace")) for name in heads or []]
    with open_books(caller) as books, working("Verifying …"):
        books.audit.guard_tables(ledger)
        kept = books.heads.read_copy()
        count = books.audit.verify(*given, *([kept] if kept else []))
        for kind in ("key.added", "key.revoked"):
            books.ring.check_recorded(books.audit.records(kind=kind))
        waiting = waiting_work(caller, books)
        head = books.heads.read_latest()
    signed = head.seq if head else 0
    if caller.as_json:
        write_json({"whole": True, "records": count, "signed_until": signed, "waiting": waiting})
    else:
        say(f"The log is whole: {count} records, each bound to the one before it; signed up to record {signed}.")
        say("The ledger, the reviews and their signatures, and the work that waits are as the log says.")


@audit.command("head", epilog="Example: countersign audit head head.json")
def head(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Sign how far the log reaches. Kept elsewhere, it shows with `audit verify --head` when the log was cut off."""
    from ...access.audit_reader import written
    from ...access.open import open_books
    from ...terminal.console import say, write_json

    caller = caller_of(context)
    with open_books(caller) as books:
        books.audit.sign_head()
        text = books.heads.export_head()
    if target == "-":
        sys.stdout.write(text)
        return
    written(Path(target), [text])
    if caller.as_json:
        write_json({"file": target})
    else:
        say(f"The signed head of the log is in {target}; keep it where nobody who can write here can write.")


@audit.command("export", epilog="Example: countersign --as olga.reis audit export audit.jsonl")
def export(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Write the log of your organisation as JSON Lines, for auditors. Afterwards the chain is verified."""
    from ....policies.audit.log import Event
    from ...access.audit_reader import copied, export_lines, written
    from ...access.open import open_office
    from ...access.permissions import require_reader
    from ...terminal.console import note

    caller = caller_of(context)
    who = caller.user_id
    with open_office(caller) as office:
        reader = office.principal(who)
        require_reader(reader, "export the log")
        lines = export_lines(office.audit, reader)
        count = copied(sys.stdout, lines) if target == "-" else written(Path(target), lines)
        body = {"records": count, "to": "stdout" if target == "-" else "a file"}
        office.audit.append(Event("audit.exported", reader.user_id, reader.tenant, body=body))
        note(f"{count} records exported.")
        office.audit.verify()
