"""``policy backtest``: what would have gone otherwise under other packs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...access.caller import caller_of

if TYPE_CHECKING:
    from ....policies.backtest.backtest import Backtest

EPILOG = (
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
) -> None:
    """Decide recorded decisions again under other packs; every one that flips, loosening first.

    Exit code 8 when something would be possible that was not, or when evidence in the log cannot be read.
    """
    from ...access.backtests import LOOSER, decided_again, other_packs
    from ...access.open import open_office
    from ...terminal.console import counting, write_json

    caller = caller_of(context)
    who = caller.user_id
    with open_office(caller) as office, counting("decisions looked at") as progress:
        reader = office.principal(who)
        packs = other_packs(office, paths)
        found = decided_again(office, reader, packs, since, processes=processes, progress=progress)
    if caller.as_json:
        write_json(found.record())
    else:
        _show(found, most)
    if found.looser or found.unreadable:
        raise typer.Exit(LOOSER)


def _show(found: "Backtest", most: int) -> None:
    from ....policies.engine.decision_change import Change, amount_words
    from ...terminal.console import note, say

    say(f"{found.decided} recorded decisions were decided again under revision {found.revision}.")
    for change in Change:
        count = found.counts().get(str(change))
        if count:
            amounts = ", ".join(amount_words((minor, code)) for code, minor in found.amounts(change).items())
            say(f"  {change}: {count}{f', {amounts} in all' if amounts else ''}", style="red" if change.looser else "")
    for flip in found.flips[:most]:
        say(flip.words)
    if len(found.flips) > most:
        note(f"… and {len(found.flips) - most} more; --most or --json shows them.")
    if not found.flips:
        say("None of them would go otherwise.")
    if found.before_rules:
        note(
            f"{found.before_rules} more were denied before any rule was asked or by a rate limit; no rule changes that."
        )
    if found.old:
        note(f"{found.old} more do not say what they rested on (older ones, masks of results), and were left out.")
    for name, count in found.missing_histories.items():
        note(f"{count} more do not tell history.{name} as these packs mean it, so nothing can be said of them.")
    note("The log was not walked for this; `countersign audit verify` proves that nobody changed it.")
    if found.unreadable:
        seen = ", ".join(str(seq) for seq in found.unreadable[:10])
        note(f"{len(found.unreadable)} records cannot be read ({seen} …); run `countersign audit verify`.", style="red")
