"""``vault``: erasing one masked value, so that its token is dead wherever it stands."""

import sys
from typing import Annotated

import typer

from ....access.caller import get_caller

vault = typer.Typer(
    help="Erase values that are masked.",
    no_args_is_help=True,
    epilog="Example: countersign --as pia.lorenz vault forget card",
)


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.add_typer(vault, name="vault")


@vault.callback()
def about() -> None:
    """Erase values that are masked."""


@vault.command("forget", epilog="Example: countersign --as pia.lorenz vault forget card < number.txt")
def forget_value(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What it is, such as card, iban or ssn; or a token.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")] = False,
) -> None:
    """Erase a value for good, read from the terminal or stdin and never from the command line. Needs a role."""
    from .....policies.audit.log import AuditEvent
    from .....policies.errors import BadInput
    from .....policies.filters.detectors.match import SensitiveKind
    from .....policies.filters.tokens import TOKEN
    from ....access.data_folder import open_data_folder
    from ....access.permissions import require_eraser
    from ....access.unmasking import make_stored_masker
    from ....terminal.console import can_ask, print_text, write_json

    caller = get_caller(context)
    token = kind if TOKEN.fullmatch(kind) else ""
    if not token and kind not in set(SensitiveKind):
        raise BadInput(f"There is no kind of value {kind!r}; use one of {', '.join(SensitiveKind)}, or a token.")
    with open_data_folder(caller) as data_folder:
        who = data_folder.principal(caller.user_id)
        require_eraser(who, "")
        value = "" if token else _read(can_ask())
        if not token and not value:
            raise BadInput("Nothing was read; type the value, or give it on stdin.")
        if not yes and not caller.as_json and can_ask():
            typer.confirm("Erase it for good?", abort=True)
        kept = make_stored_masker(data_folder).vault
        if kept is None:
            raise BadInput("There is no vault in this data folder.")
        erased = (
            kept.forget(who.tenant, [token])
            if token
            else kept.forget_values(who.tenant, [(SensitiveKind(kind), value)])
        )
        body = {"kind": kind.rpartition("_")[0] if token else kind, "erased": erased}
        data_folder.audit.append(AuditEvent("vault.erased", who.user_id, who.tenant, body=body))
    if caller.as_json:
        write_json(body)
    else:
        print_text(
            "Erased: its token stands for nothing now." if erased else "Nothing like it was kept; nothing was erased."
        )


def _read(terminal: bool) -> str:
    if terminal:
        return str(typer.prompt("Value", hide_input=True)).strip()
    return sys.stdin.read(10_000).strip()
