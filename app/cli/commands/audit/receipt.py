"""``receipt``: proof, in a file, of one review or of one call that needed none.

``verify``: checking such a file with nothing but public keys.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(
        "receipt",
        epilog="\b\nExamples:\n  countersign --as olga.reis receipt REV-1f3a --out receipt.json\n"
        "  countersign --as mara.voss receipt 365c9deb --out receipt.json",
    )(receipt)
    app.command("verify", epilog="Example: countersign verify receipt.json --keys keys.json")(check_receipt)


def receipt(
    context: typer.Context,
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="A review's id, or the digest of a call; the beginning will do.")
    ],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Write the receipt of a settled review that concerns you, or of a call that policy allowed without one.

    It holds what was proposed, decided, signed and done. `reviews list --all` shows reviews, `effects list` calls.
    """
    from ....access.audit_reader import write_lines
    from ....access.data_folder import open_data_folder
    from ....access.receipt_files import issue_wanted_receipt
    from ....terminal.console import print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        subject, text = issue_wanted_receipt(data_folder, data_folder.principal(who), wanted)
    if out == "-":
        sys.stdout.write(text)
        return
    write_lines(Path(out), [text])
    if caller.as_json:
        key = "review_id" if subject.startswith("REV-") else "digest"
        write_json({key: subject, "file": out})
    else:
        print_text(f"The receipt of {subject} is in {out}; `countersign verify {out} --keys keys.json` checks it.")


def check_receipt(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The receipt.")],
    keys: Annotated[str, typer.Option("--keys", metavar="FILE", help="The public keys, from `keys export`.")],
) -> None:
    """Check a receipt, with the file and the public keys alone. Exit code 6 when it does not hold."""
    from .....policies.crypto.public_keys import load_keys
    from ....access.receipt_files import check_given_receipt, describe_proof, read_given_file, serialize_receipt
    from ....terminal.console import print_text, write_json

    caller = get_caller(context)
    found = check_given_receipt(read_given_file(file), load_keys(read_given_file(keys)))
    if caller.as_json:
        write_json(serialize_receipt(found))
        return
    for line in describe_proof(found):
        print_text(line)
