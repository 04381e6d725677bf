"""``policy test``: the cases of packs, what they show of each rule, and the cases around every number."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....policies.testing.report import PackReport

TEST_EPILOG = "\b\nExamples:\n  countersign policy test my-packs/ --strict\n  countersign policy test --boundaries"


def try_cases(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATHS]", help="Files or folders; default the packs in force.")
    ] = None,
    boundaries: Annotated[bool, typer.Option("--boundaries", help="Show the cases around every number.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Gaps in the cases are errors too.")] = False,
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", metavar="MODULE:NAME", help="Tools that are no extension yet; repeatable."),
    ] = None,
) -> None:
    """Run packs' cases, show what they cover, and try every number at its edges. Exit code 4 when a case fails."""
    from .....policies.errors import PolicyError
    from .....policies.testing.report import try_packs
    from ....access.rulebook import load_caller_rules, load_packs_at
    from ....terminal.console import show_working, write_json

    caller = get_caller(context, tools)
    with show_working("Testing …"):
        content = caller.load_content()
        policies = load_packs_at(tuple(paths), content) if paths else load_caller_rules(caller)
        report = try_packs(policies, content.policy_views)
    if caller.as_json:
        write_json(report.record())
    else:
        _show_report(report, boundaries)
    lines = [f"{item.pack}: case {item.case.name!r}: {'; '.join(item.problems)}" for item in report.failures]
    if strict:
        lines += report.gaps
    if lines:
        raise PolicyError("\n".join(lines))


def _show_report(report: "PackReport", boundaries: bool) -> None:
    from ....terminal.console import print_note, print_table, print_text

    rows: list[tuple[str, ...]] = []
    for pack in report.packs:
        mine = [rule for rule in report.rules if rule.pack == pack]
        edges = [edge for edge in report.boundaries if edge.pack == pack]
        rows.append(
            (
                pack,
                f"{report.count_passed(pack)}/{report.count_cases(pack)}",
                f"{sum(bool(rule.fired) for rule in mine)}/{len(mine)}",
                f"{sum(bool(rule.held_back or rule.always) for rule in mine)}/{len(mine)}",
                f"{sum(edge.is_pinned for edge in edges)}/{len(edges)}",
            )
        )
    print_table(("PACK", "CASES PASS", "RULES FIRE", "RULES HOLD BACK", "NUMBERS TOLD APART"), rows)
    if boundaries:
        for edge in report.boundaries:
            print_text(f"{edge.threshold.rule}: {edge.threshold.words}", style="bold")
            if not edge.cases:
                print_text(
                    f"  no case can be generated: {'no case reaches it' if edge.threshold.path else 'it is calculated'}"
                )
            for case in edge.cases:
                print_text(f"  {case.value}: {_outcome(case.outcome)}")
    for gap in report.gaps:
        print_text(gap, style="yellow")
    print_note(f"revision {report.revision}; {len(report.gaps)} gaps")


def _outcome(outcome: Any) -> str:
    verdict, rules, seats = outcome
    signed = f", signed by {' and '.join(seats)}" if seats else ""
    return f"{verdict} by {', '.join(rules)}{signed}"
