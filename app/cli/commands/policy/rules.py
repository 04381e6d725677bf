"""``policy``: the rules in force, whether packs are sound, and why something was decided."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ....access.caller import get_caller

policy = typer.Typer(
    help="See, check and explain the written rules.",
    no_args_is_help=True,
    epilog="Example: countersign policy list --tool refunds.issue",
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(policy, name="policy")


@policy.command("list", epilog="Example: countersign policy list --tool refunds.issue")
def list_rules(
    context: typer.Context,
    tool: Annotated[str, typer.Option("--tool", help="Only rules that speak of this tool.")] = "",
    tag: Annotated[str, typer.Option("--tag", help="Only rules with this tag, for example type:privacy.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Only rules this role answers for.")] = "",
) -> None:
    """List the rules in force: effect, tools, owner, handbook section, tags."""
    from ....access.rulebook import load_caller_rules
    from ....terminal.console import make_output_console, print_note, print_table, print_text, write_json

    caller = get_caller(context)
    policies = load_caller_rules(caller)
    spoken_of = {ready.rule.id for ready in policies.rules_about(tool)} if tool else None
    found = [
        rule
        for rule in policies.rules
        if (spoken_of is None or rule.id in spoken_of)
        and (not tag or tag in rule.tags)
        and (not owner or rule.owner == owner)
    ]
    if caller.as_json:
        write_json({"revision": policies.revision, "rules": [rule.model_dump(mode="json") for rule in found]})
        return
    if not found:
        print_text("No rule matches; what no rule allows is denied.")
        return
    if make_output_console().is_terminal:
        for rule in found:
            signed = f" by {' and '.join(rule.reviewers)}" if rule.reviewers else ""
            print_text(f"{rule.id}  {rule.effect}{signed}", style="bold")
            print_text(f"  {rule.reason}")
            print_text(f"  {rule.source}, owner {rule.owner}, {' '.join(rule.tags)}", style="dim")
            print_text(f"  speaks of {', '.join(rule.tools)}", style="dim")
    else:
        columns = ("ID", "EFFECT", "SIGNED BY", "OWNER", "SECTION", "TAGS", "TOOLS")
        listed = [(rule.reviewers, rule.owner, rule.source, rule.tags, rule.tools) for rule in found]
        print_table(
            columns,
            [
                (rule.id, str(rule.effect), *(part if isinstance(part, str) else ", ".join(part) for part in parts))
                for rule, parts in zip(found, listed, strict=True)
            ],
        )
    print_note(f"{len(found)} rules, revision {policies.revision}")


@policy.command("check", epilog="Example: countersign policy check packs/ my-rules.yaml --strict")
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATHS]", help="Files or folders; default the packs in force.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Also what is good to know and may well be meant.")] = False,
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", metavar="MODULE:NAME", help="Tools that are no extension yet; repeatable."),
    ] = None,
) -> None:
    """Check packs against tools, roles and handbooks, and run their test cases. Exit code 4 when something is wrong.

    Errors: fields that do not exist, comparisons of unlike kinds, rules that never apply, sections that are nowhere.
    Warnings: rules that a stricter one always overrules, limits without an owner, tools and sections without a rule.
    """
    from .....policies.errors import PolicyError
    from ....access.pack_check import check_packs
    from ....terminal.console import print_table, print_text, write_json

    caller = get_caller(context, tools)
    found = check_packs(caller, paths or ())
    wrong = found.failures(strict=strict)
    if caller.as_json:
        write_json(found.record(strict=strict))
    else:
        rows = [
            (str(item.level).upper(), item.where, item.message) for item in found.list_notes(strict=strict, notes=notes)
        ]
        if rows:
            print_table(("LEVEL", "WHERE", "WHAT"), rows)
        for line in found.summary:
            print_text(line)
    if wrong:
        raise PolicyError("\n".join(wrong))
    if not caller.as_json:
        print_text(f"All is well: {len(found.results)} cases, revision {found.policies.revision}.")


@policy.command(
    "explain",
    epilog="\b\nExamples:\n  countersign --as mara.voss policy explain REV-1f3a\n"
    "  countersign --as olga.reis policy explain proposal.json --for auditor\n"
    "  countersign --as olga.reis policy explain halden-birch/mara.voss/default --for compliance",
)
def explain(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A review, a conversation, a run, or a JSON file with a proposal.")
    ],
    reader: Annotated[
        Literal["auditor", "compliance", "user"], typer.Option("--for", help="Who it is explained to.")
    ] = "user",
    tools: Annotated[
        list[str] | None,
        typer.Option("--tools", metavar="MODULE:NAME", help="Tools that are no extension yet; repeatable."),
    ] = None,
) -> None:
    """Explain a decision, or all of a conversation: which rules determined them, and why."""
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_text, write_json
    from ....views.explanations import explain_target

    caller = get_caller(context, tools)
    who = caller.user_id
    with open_data_folder(caller) as data_folder:
        found = explain_target(data_folder, data_folder.principal(who), what, reader)
    if caller.as_json:
        write_json(found.record)
        return
    for line in found.notes:
        print_text(line, style="dim")
    print_text(found.text)
