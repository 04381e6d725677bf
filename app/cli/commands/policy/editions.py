"""``policy adopt``, ``rollback`` and ``editions``: which packs are in force, and how others come into force."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....access.caller import Caller, get_caller
from .rules import policy

if TYPE_CHECKING:
    from .....policies.review.review import Review


def add_to(_app: typer.Typer) -> None:
    """Adds the commands to ``policy``."""
    policy.command("adopt", epilog="Example: countersign --as pia.lorenz policy adopt my-packs/")(adopt)
    policy.command("rollback", epilog="Example: countersign --as pia.lorenz policy rollback")(roll_back_packs)
    policy.command("editions", epilog="Example: countersign --as olga.reis policy editions")(editions)


def adopt(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATHS", help="All packs that shall hold: files or folders.")],
) -> None:
    """Put other packs in force; where those in force name signers, once these have signed. Exit code 4: bad packs."""
    from .....policies.errors import PolicyError
    from .....policies.testing.cases import run_cases
    from ....access.data_folder import open_data_folder
    from ....access.rulebook import load_packs_at, open_editions

    caller = get_caller(context)
    content = caller.load_content()
    wanted = load_packs_at(tuple(paths), content)
    failed = [result for result in run_cases(wanted, content.policy_views) if not result.passed]
    if failed:
        lines = [f"{result.pack}: case {result.case.name!r}: {'; '.join(result.problems)}" for result in failed]
        raise PolicyError("\n".join([*lines, "Packs whose own cases fail are not put in force."]))
    with open_data_folder(caller) as data_folder:
        review = open_editions(data_folder).propose(wanted, data_folder.principal(caller.user_id))
    _print_outcome(caller, wanted.revision, review)


def roll_back_packs(
    context: typer.Context,
    revision: Annotated[str, typer.Argument(metavar="[REVISION]", help="Default the last that was in force.")] = "",
) -> None:
    """Go back to packs that were in force before, in the same way as to others."""
    from ....access.data_folder import open_data_folder
    from ....access.rulebook import open_editions

    caller = get_caller(context)
    with open_data_folder(caller) as data_folder:
        editions = open_editions(data_folder)
        review = editions.rollback(revision, data_folder.principal(caller.user_id))
        now = editions.current.revision
    _print_outcome(caller, str(review.proposal.args["to"]) if review else now, review)


def editions(context: typer.Context) -> None:
    """List which packs were in force when, who put them there, and what waits to be signed."""
    from dataclasses import asdict

    from ....access.data_folder import open_data_folder
    from ....access.rulebook import open_editions
    from ....terminal.console import print_table, print_text, write_json

    caller = get_caller(context)
    with open_data_folder(caller) as data_folder:
        data_folder.principal(caller.user_id)
        found = open_editions(data_folder).list_editions()
    if caller.as_json:
        write_json([asdict(edition) for edition in found])
        return
    if not found:
        print_text("No packs were in force here yet; the first message puts them there.")
        return
    rows = [(item.revision, item.state, item.at[:16], item.by, item.review_id) for item in found]
    print_table(("REVISION", "STATE", "TIME (UTC)", "BY", "REVIEW"), rows)


def _print_outcome(caller: Caller, revision: str, review: "Review | None") -> None:
    from ....terminal.console import print_text, write_json

    if caller.as_json:
        state = "proposed" if review else "in force"
        write_json({"revision": revision, "state": state, "review_id": review.review_id if review else ""})
    elif review is None:
        print_text(f"In force: revision {revision}. Cases on their way are decided again under it.")
    else:
        seats = " and ".join(review.seats)
        print_text(
            f"Revision {revision} waits as {review.review_id} for {seats}, until {review.due_at:%Y-%m-%d %H:%M} UTC."
        )
