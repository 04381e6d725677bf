"""``policy diff``: what other packs would mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....policies.backtest.pack_diff import PackDifference

EXIT_DIFFERENT = 9
DIFF_EPILOG = (
    "\b\nExamples:\n  countersign policy diff support.yaml\n  countersign policy diff old/ new/ --exit-code --json"
)


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
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", metavar="MODULE:NAME", help="Tools that are no extension yet; repeatable."),
    ] = None,
) -> None:
    """Compare packs in meaning: rules in words, and calls that would go otherwise, loosening first."""
    from .....policies.backtest.pack_diff import compare_packs
    from .....policies.rules.loader import load_over
    from ....access.backtests import EXIT_LOOSER
    from ....access.rulebook import load_caller_rules
    from ....terminal.console import show_working, write_json

    caller = get_caller(context, tools)
    views = caller.load_content().policy_views
    with show_working("Comparing …"):
        ruling = load_caller_rules(caller)
        one = load_over(ruling, [first], tools=list(views))
        before, after = (ruling, one) if second is None else (one, load_over(ruling, [second], tools=list(views)))
        found = compare_packs(before, after, views)
    if caller.as_json:
        write_json(found.record())
    else:
        _show_difference(found, most)
    if exit_code and not found.same:
        raise typer.Exit(EXIT_LOOSER if found.looser else EXIT_DIFFERENT)


def _show_difference(found: "PackDifference", most: int) -> None:
    from ....terminal.console import print_note, print_text

    if found.same:
        print_text(f"Nothing changes: the rules mean the same, and {found.tried} calls go as before.")
        return
    for rule in found.rules:
        looser = " (this may let more through)" if rule.looser else ""
        style = "red" if rule.looser else "" if rule.meaning else "dim"
        print_text(f"{rule.rule} {rule.kind}: {'; '.join(rule.words)}{looser}", style=style)
    for witness in found.witnesses[:most]:
        print_text(witness.words, style="red" if witness.change.looser else "")
    if len(found.witnesses) > most:
        print_note(f"… and {len(found.witnesses) - most} more; --most or --json shows them.")
    if not found.witnesses:
        print_text(f"None of {found.tried} calls goes otherwise; that is no proof that none could.")
    print_note(f"{found.tried} calls were decided under {found.before} and under {found.after}.")
