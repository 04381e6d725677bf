"""``audit``: what happened, whether the log is whole, how far it is signed, and a copy for others."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller

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

    from .....policies.audit.readers import list_records
    from ....access.audit_reader import describe_record, serialize_record
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_note, print_table, print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        found = deque(list_records(data_folder.audit, reader, thread=thread, run=run, kind=kind), maxlen=last)
        if caller.as_json:
            write_json([serialize_record(record) for record in found])
            return
        if not found:
            kinds = sorted({record.kind for record in list_records(data_folder.audit, reader)}) if kind else []
            known = f" There are records of the kinds {', '.join(kinds)}." if kinds and kind not in kinds else ""
            print_text(f"No record matches that you may see.{known}")
            return
        if full:
            for record in found:
                print_text(f"{record.seq}  {record.at}  {record.kind}  {record.actor}  {record.thread}", style="bold")
                print_text(record.body)
            return
        rows = [(str(item.seq), item.at[:19], item.kind, item.actor, describe_record(item)) for item in found]
        print_table(("NO.", "TIME (UTC)", "KIND", "ACTOR", "WHAT"), rows)
        if len(found) == last:
            print_note(f"The newest {last}; --last shows more.")


@audit.command("verify", epilog="Example: countersign audit verify --head head.json")
def verify_log(
    context: typer.Context,
    heads: Annotated[
        list[str] | None, typer.Option("--head", metavar="FILE", help="A head that `audit head` wrote; repeatable.")
    ] = None,
) -> None:
    """Walk the whole hash chain, and compare all that it vouches for. Exit code 6 when anything was tampered with.

    Compared are the signed heads, the ledger, the reviews, the countersignatures, the keys, and the checkpoints of work
    that waits. A backup that was put back as a whole looks whole: only a head kept elsewhere (`audit head`) tells.
    """
    from .....policies.audit.signed_head import load_head
    from .....tools.ledger.ledger import table as ledger
    from ....access.data_folder import check_waiting_work, open_governance_for
    from ....access.receipt_files import read_given_file
    from ....terminal.console import print_text, show_working, write_json

    caller = get_caller(context)
    given = [load_head(read_given_file(name).decode(errors="replace")) for name in heads or []]
    with open_governance_for(caller) as governance, show_working("Verifying …"):
        governance.audit.guard_tables(ledger)
        kept = governance.heads.read_copy()
        count = governance.audit.verify(*given, *([kept] if kept else []))
        for kind in ("key.added", "key.revoked"):
            governance.ring.check_recorded(governance.audit.records(kind=kind))
        waiting = check_waiting_work(caller, governance)
        head = governance.heads.read_latest()
    signed = head.seq if head else 0
    if caller.as_json:
        write_json({"whole": True, "records": count, "signed_until": signed, "waiting": waiting})
    else:
        print_text(f"The log is whole: {count} records, each bound to the one before it; signed up to record {signed}.")
        print_text("The ledger, the reviews and their signatures, and the work that waits are as the log says.")


@audit.command("head", epilog="Example: countersign audit head head.json")
def head(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Sign how far the log reaches. Kept elsewhere, it shows with `audit verify --head` when the log was cut off."""
    from ....access.audit_reader import write_lines
    from ....access.data_folder import open_governance_for
    from ....terminal.console import print_text, write_json

    caller = get_caller(context)
    with open_governance_for(caller) as governance:
        governance.audit.sign_head()
        text = governance.heads.export_head()
    if target == "-":
        sys.stdout.write(text)
        return
    write_lines(Path(target), [text])
    if caller.as_json:
        write_json({"file": target})
    else:
        print_text(f"The signed head of the log is in {target}; keep it where nobody who can write here can write.")


@audit.command("export", epilog="Example: countersign --as olga.reis audit export audit.jsonl")
def export_log(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Write the log of your organisation as JSON Lines, for auditors. Afterwards the chain is verified."""
    from .....policies.audit.log import AuditEvent
    from ....access.audit_reader import copy_lines, export_lines, write_lines
    from ....access.data_folder import open_data_folder
    from ....access.permissions import require_reader
    from ....terminal.console import print_note

    caller = get_caller(context)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        require_reader(reader, "export the log")
        lines = export_lines(data_folder.audit, reader)
        count = copy_lines(sys.stdout, lines) if target == "-" else write_lines(Path(target), lines)
        body = {"records": count, "to": "stdout" if target == "-" else "a file"}
        data_folder.audit.append(AuditEvent("audit.exported", reader.user_id, reader.tenant, body=body))
        print_note(f"{count} records exported.")
        data_folder.audit.verify()
