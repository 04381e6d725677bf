"""``policy simulate``: what policy would say about a call, for those who own the rules.

The other commands that try rules (``policy test``, ``backtest`` and ``diff``) are added here as well.
"""

from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller
from . import backtest as bench_past
from . import cases as bench_tests
from . import diff as bench_diff
from .rules import policy

_SIMULATE_EPILOG = (
    "\b\nExamples:\n"
    "  countersign --as mara.voss policy simulate refunds.issue order_id=ORD-8841 amount_minor=12000 currency=EUR "
    "reason=late\n"
    "  countersign --as olga.reis policy simulate invoices.post invoice_id=INV-0001 --user lena.brandt --detail"
)


def add_to(_app: typer.Typer) -> None:
    """Adds the commands to ``policy``."""
    policy.command("simulate", epilog=_SIMULATE_EPILOG)(simulate)
    policy.command("test", epilog=bench_tests.TEST_EPILOG)(bench_tests.try_cases)
    policy.command("backtest", epilog=bench_past.BACKTEST_EPILOG)(bench_past.backtest)
    policy.command("diff", epilog=bench_diff.DIFF_EPILOG)(bench_diff.diff)


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
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", metavar="MODULE:NAME", help="Tools that are no extension yet; repeatable."),
    ] = None,
) -> None:
    """Ask what policy would say of one call, with the company's real records. Nothing is run or recorded."""
    from .....policies.engine.explanation import explain_to_user
    from ....access.data_folder import open_data_folder
    from ....access.rulebook import load_packs_at
    from ....access.simulation import simulate_for_reader
    from ....terminal.console import print_note, print_text, write_json

    caller = get_caller(context, tools)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        found = simulate_for_reader(
            data_folder,
            data_folder.principal(who),
            tool,
            words or [],
            user=user,
            agent=agent,
            tainted=tainted,
            planned=not unplanned,
            untrusted=untrusted or [],
            detailed=detail,
            policy=load_packs_at(tuple(packs), data_folder.content) if packs else None,
            records=records,
        )
    if caller.as_json:
        whole = found.record()
        write_json(whole if detail else {key: whole[key] for key in ("tool", "user_id", "agent", "args", "decision")})
        return
    print_note("Nothing was run or recorded; this is what policy would say now.")
    print_text(f"{found.proposal.tool} for {found.proposal.user_id}: {found.decision.verdict}", style="bold")
    if detail and found.explanation:
        print_text(found.explanation.auditor)
    else:
        print_text(found.explanation.user if found.explanation else explain_to_user(found.decision))
