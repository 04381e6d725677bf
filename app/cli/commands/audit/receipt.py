"""``receipt``: proof of one review in a file. ``verify``: checking such a file with nothing but public keys."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("receipt", epilog="Example: countersign --as olga.reis receipt REV-1f3a --out receipt.json")(receipt)
    app.command("verify", epilog="Example: countersign verify receipt.json --keys keys.json")(check_receipt)


def receipt(
    context: typer.Context,
    review_id: Annotated[str, typer.Argument(metavar="REVIEW_ID", help="The review's id, or the beginning of it.")],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Write the receipt of a settled review that concerns you: what was proposed, decided, signed and done."""
    from datetime import UTC, datetime

    from .....tools.ledger.ledger import Ledger
    from ....access.audit_reader import write_lines
    from ....access.data_folder import open_data_folder
    from ....access.inbox import find_review
    from ....access.receipt_files import issue_receipt
    from ....terminal.console import print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        review = find_review(data_folder.reviews, data_folder.principal(who), review_id)
        text = issue_receipt(
            data_folder.governance, Ledger(data_folder.engine, data_folder.audit), review, datetime.now(UTC)
        )
    if out == "-":
        sys.stdout.write(text)
        return
    write_lines(Path(out), [text])
    if caller.as_json:
        write_json({"review_id": review.review_id, "file": out})
    else:
        print_text(
            f"The receipt of {review.review_id} is in {out}; `countersign verify {out} --keys keys.json` checks it."
        )


def check_receipt(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The receipt.")],
    keys: Annotated[str, typer.Option("--keys", metavar="FILE", help="The public keys, from `keys export`.")],
) -> None:
    """Check a receipt, with the file and the public keys alone. Exit code 6 when it does not hold."""
    from .....policies.crypto.public_keys import load_keys
    from .....policies.receipts.verifier import verify_receipt
    from ....access.receipt_files import describe_proof, read_given_file, serialize_receipt
    from ....terminal.console import print_text, write_json

    caller = get_caller(context)
    found = verify_receipt(read_given_file(file), load_keys(read_given_file(keys)))
    if caller.as_json:
        write_json(serialize_receipt(found))
        return
    for line in describe_proof(found):
        print_text(line)
