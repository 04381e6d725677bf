"""``keys``: the public keys for whoever checks receipts, and new private keys."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller

keys = typer.Typer(
    help="Hand out public keys, replace private ones.",
    no_args_is_help=True,
    epilog="Example: countersign --as olga.reis keys export keys.json",
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(keys, name="keys")


@keys.command("export", epilog="Example: countersign --as olga.reis keys export keys.json")
def write_keys(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="FILE", help="A new file; - is stdout.")] = "-",
) -> None:
    """Write the public keys of your organisation: all that `countersign verify` needs, and no secret."""
    from .....policies.crypto.public_keys import KeySet, export_keys
    from ....access.audit_reader import write_lines
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_note, print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        found = KeySet(key for key in data_folder.governance.ring.public_keys() if key.tenant in ("", reader.tenant))
    text = export_keys(found)
    if target == "-":
        sys.stdout.write(text)
        return
    write_lines(Path(target), [text])
    if caller.as_json:
        write_json({"file": target, "keys": len(found)})
    else:
        print_text(f"{len(found)} public keys are in {target}.")
        print_note("Hand it over where nobody else can change it: all trust in receipts rests on this file.")


@keys.command("rotate", epilog='Example: countersign --as tom.adler keys rotate --reason "lost laptop"')
def rotate(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who meet the former key later.")] = "rotated",
    system: Annotated[bool, typer.Option("--system", help="The installation's key instead of yours.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")] = False,
) -> None:
    """Replace your signing key. What the former one signed stays valid; what it signs from now on does not count."""
    from datetime import UTC, datetime

    from .....policies.crypto.private_keys import open_key_folder
    from .....policies.errors import BadInput
    from .....policies.governance.key_rotation import rotate_own_key, rotate_system_key
    from ....access.data_folder import open_data_folder
    from ....access.permissions import require_key_keeper
    from ....terminal.console import can_ask, print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    if not reason.strip():
        raise BadInput('A new key needs a reason; say --reason "lost laptop", for example.')
    with open_data_folder(caller) as data_folder:
        owner = data_folder.principal(who)
        if system:
            require_key_keeper(owner)
        if not yes and not caller.as_json and can_ask():
            typer.confirm("Replace the installation's key?" if system else "Replace your signing key?", abort=True)
        folder = open_key_folder(data_folder.settings.home.absolute())
        done = (rotate_system_key if system else rotate_own_key)(
            data_folder.governance, folder, owner, reason, lambda: datetime.now(UTC)
        )
    if caller.as_json:
        write_json({"key_id": done.key_id, "revoked": list(done.revoked)})
        return
    print_text(f"The new key is {done.key_id[:16]}.")
    for key_id in done.revoked:
        print_text(f"  {key_id[:16]} no longer counts; what it signed before does.")
    print_text("Hand out the public keys anew: countersign keys export keys.json")
