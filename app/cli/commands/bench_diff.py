"""``policy diff``: what other packs would mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...access.caller import caller_of

if TYPE_CHECKING:
    from ....policies.backtest.pack_diff import Difference

DIFFERENT = 9
EPILOG = "\b\nExamples:\n  countersign policy diff support.yaml\n  countersign policy diff old/ new/ --exit-code --json"


def diff(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(metavar="A", help="A file lies over the packs in force, a folder is all.")],
    second: Annotated[
        Path | None, typer.Argument(metavar="[B]", help="Packs to compare with; without it, those in force with A.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit code 8 when something is looser, 9 for other differences.")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="Show at most so many calls; --json has all.")] = 40,
) -> None:
    """Compare packs in meaning: rules in words, and calls that would go otherwise, loosening first."""
    from ....policies.backtest.pack_diff import compare
    from ....policies.rules.loader import load_over
    from ...access.backtests import LOOSER
    from ...access.rulebook import rules_of, tool_views
    from ...terminal.console import working, write_json

    caller = caller_of(context)
    views = tool_views()
    with working("Comparing …"):
        ruling = rules_of(caller)
        one = load_over(ruling, [first], tools=list(views))
        before, after = (ruling, one) if second is None else (one, load_over(ruling, [second], tools=list(views)))
        found = compare(before, after, views)
    if caller.as_json:
        write_json(found.record())
    else:
        _show(found, most)
    if exit_code and not found.same:
        raise typer.Exit(LOOSER if found.looser else DIFFERENT)


def _show(found: "Difference", most: int) -> None:
    from ...terminal.console import note, say

    if found.same:
        say(f"Nothing changes: the rules mean the same, and {found.tried} calls go as before.")
        return
    for rule in found.rules:
        looser = " (this may let more through)" if rule.looser else ""
        style = "red" if rule.looser else "" if rule.meaning else "dim"
        say(f"{rule.rule} {rule.kind}: {'; '.join(rule.words)}{looser}", style=style)
    for witness in found.witnesses[:most]:
        say(witness.words, style="red" if witness.change.looser else "")
    if len(found.witnesses) > most:
        note(f"… and {len(found.witnesses) - most} more; --most or --json shows them.")
    if not found.witnesses:
        say(f"None of {found.tried} calls goes otherwise; that is no proof that none could.")
    note(f"{found.tried} calls were decided under {found.before} and under {found.after}.")
