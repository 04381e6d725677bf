"""``policy simulate``, ``test``, ``backtest`` and ``diff``: the bench for those who own the rules."""

from pathlib import Path
from typing import Annotated

import typer

from ...access.caller import caller_of
from . import bench_diff, bench_past, bench_tests
from .policy import policy

_SIMULATE = (
    "\b\nExamples:\n"
    "  countersign --as mara.voss policy simulate refunds.issue order_id=ORD-8841 amount_minor=12000 currency=EUR "
    "reason=late\n"
    "  countersign --as olga.reis policy simulate invoices.post invoice_id=INV-0001 --user lena.brandt --detail"
)


def add_to(_app: typer.Typer) -> None:
    """Adds the commands to ``policy``."""
    policy.command("simulate", epilog=_SIMULATE)(simulate)
    policy.command("test", epilog=bench_tests.EPILOG)(bench_tests.try_cases)
    policy.command("backtest", epilog=bench_past.EPILOG)(bench_past.backtest)
    policy.command("diff", epilog=bench_diff.EPILOG)(bench_diff.diff)


def simulate(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool, for example refunds.issue.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Its arguments.")] = None,
    user: Annotated[str, typer.Option("--user", metavar="USER", help="Whose call it is; your own by default.")] = "",
    agent: Annotated[str, typer.Option("--agent", help="Who would propose it; the tool's owner by default.")] = "",
    tainted: Annotated[bool, typer.Option("--tainted", help="As if untrusted text had been read before.")] = False,
    unplanned: Annotated[bool, typer.Option("--unplanned", help="As if the turn's plan lacked the tool.")] = False,
    untrusted: Annotated[
        list[str] | None,
        typer.Option("--untrusted", metavar="KEY", help="An argument from untrusted text; repeatable."),
    ] = None,
    packs: Annotated[
        list[Path] | None,
        typer.Option("--packs", metavar="PATH", help="Other packs than those in force, for auditors; repeatable."),
    ] = None,
    records: Annotated[
        Path | None, typer.Option("--records", metavar="FILE", help="JSON with records in place of the real ones.")
    ] = None,
    detail: Annotated[bool, typer.Option("--detail", help="Also rules, values and sections; for auditors.")] = False,
) -> None:
    """Ask what policy would say of one call, with the company's real records. Nothing is run or recorded."""
    from ....policies.engine.explanation import for_user
    from ...access.open import open_office
    from ...access.rulebook import packs_at
    from ...access.simulation import simulation
    from ...terminal.console import note, say, write_json

    caller = caller_of(context)
    who = caller.user_id
    with open_office(caller) as office:
        found = simulation(
            office,
            office.principal(who),
            tool,
            words or [],
            user=user,
            agent=agent,
            tainted=tainted,
            planned=not unplanned,
            untrusted=untrusted or [],
            detailed=detail,
            policy=packs_at(tuple(packs)) if packs else None,
            records=records,
        )
    if caller.as_json:
        whole = found.record()
        write_json(whole if detail else {key: whole[key] for key in ("tool", "user_id", "agent", "args", "decision")})
        return
    note("Nothing was run or recorded; this is what policy would say now.")
    say(f"{found.proposal.tool} for {found.proposal.user_id}: {found.decision.verdict}", style="bold")
    if detail and found.explanation:
        say(found.explanation.auditor)
    else:
        say(found.explanation.user if found.explanation else for_user(found.decision))
