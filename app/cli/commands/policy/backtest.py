"""``policy backtest``: what would have gone otherwise under other packs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....policies.backtest.backtest import Backtest

BACKTEST_EPILOG = (
    "\b\nExamples:\n  countersign --as olga.reis policy backtest support.yaml --since 30d\n"
    "  countersign --as olga.reis policy backtest all-packs/ --json"
)


def backtest(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="NEW", help="Packs to try: files take the place of those in force, a folder is all."),
    ],
    since: Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back, such as 30d; default all.")] = "",
    processes: Annotated[int, typer.Option("--processes", min=1, max=64, help="At most so many at work.")] = 2,
    most: Annotated[int, typer.Option("--most", min=1, help="Show at most so many; --json has all.")] = 50,
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", metavar="MODULE:NAME", help="Tools that are no extension yet; repeatable."),
    ] = None,
) -> None:
    """Decide recorded decisions again under other packs; every one that flips, loosening first.

    Exit code 8 when something would be possible that was not, or when evidence in the log cannot be read.
    """
    from ....access.backtests import EXIT_LOOSER, backtest_records, load_other_packs
    from ....access.data_folder import open_data_folder
    from ....terminal.console import show_count, write_json

    caller = get_caller(context, tools)
    who = caller.user_id
    with open_data_folder(caller) as data_folder, show_count("decisions looked at") as progress:
        reader = data_folder.principal(who)
        packs = load_other_packs(data_folder, paths)
        found = backtest_records(data_folder, reader, packs, since, processes=processes, progress=progress)
    if caller.as_json:
        write_json(found.record())
    else:
        _show_backtest(found, most)
    if found.looser or found.unreadable:
        raise typer.Exit(EXIT_LOOSER)


def _show_backtest(found: "Backtest", most: int) -> None:
    from .....policies.engine.decision_change import DecisionChange, format_call_amount
    from ....terminal.console import print_note, print_text

    print_text(f"{found.decided} recorded decisions were decided again under revision {found.revision}.")
    for change in DecisionChange:
        count = found.counts().get(str(change))
        if count:
            amounts = ", ".join(format_call_amount((minor, code)) for code, minor in found.amounts(change).items())
            print_text(
                f"  {change}: {count}{f', {amounts} in all' if amounts else ''}", style="red" if change.looser else ""
            )
    for flip in found.flips[:most]:
        print_text(flip.words)
    if len(found.flips) > most:
        print_note(f"… and {len(found.flips) - most} more; --most or --json shows them.")
    if not found.flips:
        print_text("None of them would go otherwise.")
    if found.before_rules:
        print_note(
            f"{found.before_rules} more were denied before any rule was asked or by a rate limit; no rule changes that."
        )
    if found.old:
        print_note(
            f"{found.old} more do not say what they rested on (older ones, masks of results), and were left out."
        )
    for name, count in found.missing_histories.items():
        print_note(f"{count} more do not tell history.{name} as these packs mean it, so nothing can be said of them.")
    print_note("The log was not walked for this; `countersign audit verify` proves that nobody changed it.")
    if found.unreadable:
        seen = ", ".join(str(seq) for seq in found.unreadable[:10])
        print_note(
            f"{len(found.unreadable)} records cannot be read ({seen} …); run `countersign audit verify`.", style="red"
        )
