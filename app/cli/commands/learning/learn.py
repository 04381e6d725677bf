"""``learn``: what people decided as examples, models trained from them, which is in force, and the way back."""

from typing import TYPE_CHECKING, Annotated

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....tools.learning.port import TrainingOutcome

learn = typer.Typer(
    help="What is learned from people's decisions: examples, models, their state.",
    no_args_is_help=True,
    epilog="Example: countersign --as pia.lorenz learn status",
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(learn, name="learn")


@learn.command("status", epilog="Example: countersign --as pia.lorenz learn status --json")
def status(context: typer.Context) -> None:
    """Show each model: its version, how good it is, whether it is paused and why, how far its world has moved."""
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_table, print_text, write_json
    from ....views.learning_view import format_status_row, has_shifted, open_learning_for, serialize_status

    caller = get_caller(context)
    with open_data_folder(caller) as data_folder:
        who = data_folder.principal(caller.user_id)
        learning = open_learning_for(data_folder)
        learning.catch_up(who.tenant)
        found = list(learning.status(who.tenant))
        changed, answered = learning.edit_rate(who.tenant)
    if caller.as_json:
        models = [serialize_status(item) for item in found]
        write_json({"models": models, "edit_rate": {"changed": changed, "answered": answered}})
        return
    print_table(
        ("MODEL", "VERSION", "STATE", "AUC", "CALIBRATION ERROR", "EXAMPLES", "PEOPLE", "DRIFT"),
        [format_status_row(item) for item in found],
    )
    for item in found:
        if why := item.standing.paused or item.health.below:
            print_text(
                f"{item.standing.task} is paused, so people decide where rules read scores.{item.standing.task}: {why}."
            )
        if has_shifted(item):
            print_text(
                f"{item.standing.task}: the cases here score unlike those it was trained on, so its figures may not "
                f"hold for them. Say what they were with `learn say`, then `learn run {item.standing.task}`."
            )
        for review_id in item.waiting:
            print_text(f"{item.standing.task}: a newly trained version waits as {review_id}.")
        if item.corrected and item.corrected[1]:
            corrected, judged = item.corrected
            print_text(
                f"{item.standing.task}: of {judged} messages judged within 90 days, people corrected {corrected}."
            )
        if item.distrusted:
            print_text(
                f"{item.standing.task}: labels that go against it do not count, of {', '.join(item.distrusted)}."
            )
    print_text(f"Of {answered} reviews that people answered within 90 days, they changed or refused {changed}.")


@learn.command("examples", epilog="Example: countersign --as olga.reis learn examples fraud --limit 20")
def examples(
    context: typer.Context,
    model: Annotated[
        str, typer.Argument(metavar="[MODEL]", help="Only those for this model, `routing` or `work`.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many, the newest.")] = 50,
) -> None:
    """List what people decided, with who, when and in which review. Auditors see all, others their own."""
    from .....policies.audit.readers import may_read_all
    from .....tools.scoring.task import get_learning_task
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_table, print_text, write_json
    from ....views.learning_view import open_learning_for, serialize_example

    caller = get_caller(context)
    if model and model not in ("routing", "work"):
        get_learning_task(caller.load_content().learning_tasks, model)
    with open_data_folder(caller) as data_folder:
        who = data_folder.principal(caller.user_id)
        learning = open_learning_for(data_folder)
        learning.collect(who.tenant)
        kept = learning.examples.find(who.tenant, model)
    mine = [item for item in kept.examples if may_read_all(who) or item.human == who.human][-limit:]
    if caller.as_json:
        write_json({"examples": [serialize_example(item) for item in mine], "doubtful": kept.doubtful})
        return
    if not mine:
        print_text("Nothing was decided yet that you may see. Answers to reviews become examples by themselves.")
    else:
        rows = [(e.at[:16], e.task, e.case_id, e.label or "-", e.kind, e.person, e.source) for e in mine]
        print_table(("TIME (UTC)", "MODEL", "CASE", "LABEL", "HOW", "BY", "FROM"), rows)
    if kept.doubtful:
        print_text(
            f"{kept.doubtful} rows are not as the audit log knows them and do not count; look at `audit verify`."
        )


@learn.command("say", epilog="Example: countersign --as tom.adler learn say urgency TCK-0456 no")
def say_so(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="fraud, invoice_risk, sentiment or urgency.")],
    case: Annotated[str, typer.Argument(metavar="CASE", help="The order, invoice or ticket.")],
    answer: Annotated[str, typer.Argument(metavar="yes|no", help="Whether it was so.")],
) -> None:
    """Say what a case was (a ticket was not urgent), so that the model learns it; for people whose work it is."""
    from datetime import UTC, datetime

    from .....policies.errors import BadInput
    from .....tools.learning.collector import make_stated_example
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_text, write_json
    from ....views.learning_view import open_learning_for, serialize_example

    caller = get_caller(context)
    if answer not in ("yes", "no"):
        raise BadInput(f"Say yes or no, not {answer!r}.")
    with open_data_folder(caller) as data_folder:
        who = data_folder.principal(caller.user_id)
        learning = open_learning_for(data_folder)
        found = make_stated_example(
            data_folder.records, learning.tasks, model, case, answer == "yes", who, datetime.now(UTC).isoformat()
        )
        learning.examples.add([found])
    if caller.as_json:
        write_json(serialize_example(found))
    else:
        print_text(f"Noted: {found.case_id} was {'' if answer == 'yes' else 'not '}a case of {model}. It counts once.")


@learn.command("run", epilog="Example: countersign --as pia.lorenz learn run fraud")
def run(
    context: typer.Context,
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Default all.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Return at once; look at `learn status`.")] = False,
) -> None:
    """Train anew, compare on cases that were never trained on, and put in force what is better, within policy.

    Broken off with Ctrl-C, nothing is lost and nothing is half in force; run it again. Needs the extra `learning`.
    """
    from ....access.data_folder import open_data_folder
    from ....terminal.console import make_error_console, print_text, show_working, write_json
    from ....views.learning_view import (
        check_model_name,
        open_learning_for,
        serialize_training_outcome,
        start_in_background,
    )

    caller = get_caller(context)
    names = [check_model_name(name, caller.load_content().learning_tasks) for name in models or ()]
    if background:
        log = start_in_background(caller, names)
        if caller.as_json:
            write_json({"started": True, "log": str(log)})
        else:
            print_text(f"Training goes on in the background; {log} says how it goes, `learn status` what came of it.")
        return
    with open_data_folder(caller) as data_folder:
        who = data_folder.principal(caller.user_id)
        learning = open_learning_for(data_folder)
        with show_working("Training …"):
            done = learning.run(who, names, lambda step: make_error_console().print(f"{step} …", style="dim"))
    if caller.as_json:
        write_json([serialize_training_outcome(item) for item in done])
        return
    for item in done:
        _print_outcome(item)


@learn.command("rollback", epilog="Example: countersign --as pia.lorenz learn rollback fraud")
def roll_back_model(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Which one.")],
) -> None:
    """Put the model back in force that was so before, the very same, and for as many steps as you repeat it."""
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_text, write_json
    from ....views.learning_view import check_model_name, open_learning_for

    caller = get_caller(context)
    name = check_model_name(model, caller.load_content().learning_tasks)
    with open_data_folder(caller) as data_folder:
        who = data_folder.principal(caller.user_id)
        before = open_learning_for(data_folder).roll_back(who, name)
    if caller.as_json:
        write_json({"task": name, "version": before.version, "digest": before.digest})
    else:
        print_text(f"Version {before.version} of {name} is in force again.")


@learn.command("card", epilog="Example: countersign --as olga.reis learn card fraud")
def card(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Which one.")],
) -> None:
    """Show the card of the model in force: what it is made of, how good it is, what it does not know."""
    from ....access.data_folder import open_data_folder
    from ....terminal.console import print_markdown, write_json
    from ....views.learning_view import check_model_name, open_learning_for

    caller = get_caller(context)
    name = check_model_name(model, caller.load_content().learning_tasks)
    with open_data_folder(caller) as data_folder:
        words, record = open_learning_for(data_folder).card(data_folder.principal(caller.user_id).tenant, name)
    if caller.as_json:
        write_json(record)
    else:
        print_markdown(words)


def _print_outcome(item: "TrainingOutcome") -> None:
    from ....terminal.console import print_text

    states = {
        "kept": "the model in force stays",
        "adopted": f"version {item.version} is in force",
        "waits": f"a new version waits as {item.review_id}",
        "denied": "policy denies the new version",
    }
    print_text(f"{item.task}: {states[item.state]}", style="bold")
    for reason in item.reasons:
        print_text(f"  {reason}")
