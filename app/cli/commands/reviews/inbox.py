"""``reviews``: what waits for a person, the most pressing first. The answers are in :mod:`.answers`."""

from typing import TYPE_CHECKING, Annotated

import typer

from ....access.caller import get_caller
from . import answers as reviews_answer
from .answers import ReviewIdArgument

if TYPE_CHECKING:
    from datetime import datetime

    from .....policies.domain.principal import Principal
    from .....policies.review.review import Review
    from ....access.data_folder import DataFolder

reviews = typer.Typer(
    help="See and answer what waits for a person.",
    invoke_without_command=True,
    epilog="\b\nExamples:\n  countersign --as tom.adler reviews\n  countersign --as tom.adler reviews --overdue",
)
ClosedOption = Annotated[bool, typer.Option("--closed", help="Those that have ended too.")]
OverdueOption = Annotated[
    bool, typer.Option("--overdue", help="Only those that are open although their first deadline has passed.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    reviews_answer.add_to(reviews)
    app.add_typer(reviews, name="reviews", rich_help_panel=None)


@reviews.callback()
def reviews_shared(context: typer.Context, closed: ClosedOption = False, overdue: OverdueOption = False) -> None:
    """See and answer what waits for a person; without a command, what `list` shows."""
    from .....policies.errors import BadInput

    if context.invoked_subcommand is None:
        list_reviews(context, closed, overdue)
    elif closed or overdue:
        raise BadInput("--closed and --overdue belong to `reviews list`; give them after it.")


@reviews.command(
    "list",
    epilog="\b\nExamples:\n  countersign --as tom.adler reviews list --overdue\n"
    "  countersign --as tom.adler reviews list --closed",
)
def list_reviews(
    context: typer.Context,
    closed: ClosedOption = False,
    overdue: OverdueOption = False,
) -> None:
    """List the reviews you may answer, your own requests, and with an auditing role all others; urgent ones first."""
    from datetime import UTC, datetime

    from .....policies.errors import BadInput
    from .....policies.review.review import ReviewState
    from ....access.data_folder import open_data_folder
    from ....access.inbox import list_visible_reviews, sort_by_urgency
    from ....access.unmasking import unmask_record
    from ....terminal.console import print_text, write_json
    from ....views.review_view import serialize_review

    caller = get_caller(context)
    who, now = caller.user_id, datetime.now(UTC)
    if closed and overdue:
        raise BadInput("What is overdue is still open; give either --closed or --overdue.")
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        data_folder.reviews.sweep(now)
        found = sort_by_urgency(
            list_visible_reviews(data_folder.reviews, reader, state=None if closed else ReviewState.OPEN), now
        )
        found = [review for review in found if not overdue or review.overdue(now)]
        if caller.as_json:
            write_json([unmask_record(data_folder, reader, serialize_review(review, reader, now)) for review in found])
        elif found:
            _show_table(data_folder, found, reader, now)
        else:
            print_text("Nothing is overdue." if overdue else "Nothing waits for you, and nothing of yours waits.")


def _show_table(data_folder: "DataFolder", found: "list[Review]", reader: "Principal", now: "datetime") -> None:
    from .....policies.review.review import ReviewState
    from .....policies.review.wording import format_seat
    from ....access.unmasking import unmask_line
    from ....terminal.console import print_table

    named = any(review.named_persons for review in found)
    rows = []
    for review in found:
        is_open = review.state is ReviewState.OPEN
        needs = ", ".join(map(format_seat, review.free_seats)) if is_open else str(review.state)
        own = "your request" if review.requester == reader.user_id else "no"
        yours = "yes" if is_open and review.refuse(reader) is None else own
        asked = [", ".join(review.named_persons) if is_open else ""] if named else []
        late = " OVERDUE" if review.overdue(now) else ""
        due = f"{review.due_at:%Y-%m-%d %H:%M}{late}"
        rows.append(
            (
                review.review_id,
                yours,
                review.priority,
                needs,
                *asked,
                due,
                unmask_line(data_folder, reader, review.summary),
            )
        )
    print_table(
        ("ID", "YOURS TO ANSWER", "PRIORITY", "NEEDS", *(["ASKED"] if named else []), "DUE (UTC)", "WHAT"), rows
    )


@reviews.command("show", epilog="Example: countersign --as tom.adler reviews show REV-1f3a")
def show_review(context: typer.Context, review_id: ReviewIdArgument) -> None:
    """Show all that would be signed: action, arguments and sources, what policy judged, reasons, seats, deadline."""
    from datetime import UTC, datetime

    from ....access.data_folder import open_data_folder
    from ....access.inbox import find_review, find_sent_back, list_eligible_reviewers, may_judge
    from ....access.unmasking import unmask_record, unmask_text
    from ....terminal.console import print_renderable, print_text, write_json
    from ....views.learning_view import describe_recorded_scores
    from ....views.review_view import format_review, serialize_review

    caller = get_caller(context)
    who, now = caller.user_id, datetime.now(UTC)
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        data_folder.reviews.sweep(now)
        review = find_review(data_folder.reviews, reader, review_id)
        told = describe_recorded_scores(data_folder, review.proposal.digest) if may_judge(review, reader) else ()
        if caller.as_json:
            record = serialize_review(review, reader, now) | {
                "able": list_eligible_reviewers(review, data_folder.directory),
                "models": list(told),
            }
            write_json(unmask_record(data_folder, reader, record))
        else:
            may = list_eligible_reviewers(review, data_folder.directory)
            text = format_review(review, reader, now, find_sent_back(data_folder.reviews, review), may)
            print_renderable(unmask_text(data_folder, reader, text))
            for line in told:
                print_text(f"  Model: {line}")
