"""``reviews``: what waits for a person, the most pressing first. The answers are in ``signing``."""

from typing import TYPE_CHECKING, Annotated

import typer

from ...access.caller import caller_of
from . import reviews_answer
from .reviews_answer import ReviewId

if TYPE_CHECKING:
    from datetime import datetime

    from ....policies.domain.principal import Principal
    from ....policies.review.review import Review
    from ...access.open import Office

reviews = typer.Typer(
    help="See and answer what waits for a person.",
    invoke_without_command=True,
    epilog="\b\nExamples:\n  countersign --as tom.adler reviews\n  countersign --as tom.adler reviews --overdue",
)
Closed = Annotated[bool, typer.Option("--closed", help="Those that have ended too.")]
Overdue = Annotated[
    bool, typer.Option("--overdue", help="Only those that are open although their first deadline has passed.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    reviews_answer.add_to(reviews)
    app.add_typer(reviews, name="reviews", rich_help_panel=None)


@reviews.callback()
def reviews_shared(context: typer.Context, closed: Closed = False, overdue: Overdue = False) -> None:
    """See and answer what waits for a person; without a command, what `list` shows."""
    from ....policies.errors import BadInput

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
    closed: Closed = False,
    overdue: Overdue = False,
) -> None:
    """List the reviews you may answer, your own requests, and with an auditing role all others; urgent ones first."""
    from datetime import UTC, datetime

    from ....policies.errors import BadInput
    from ....policies.review.review import ReviewState
    from ...access.inbox import ordered, visible
    from ...access.open import open_office
    from ...access.unmasking import record_for
    from ...terminal.console import say, write_json
    from ...views.review_view import review_record

    caller = caller_of(context)
    who, now = caller.user_id, datetime.now(UTC)
    if closed and overdue:
        raise BadInput("What is overdue is still open; give either --closed or --overdue.")
    with open_office(caller) as office:
        reader = office.principal(who)
        office.reviews.sweep(now)
        found = ordered(visible(office.reviews, reader, state=None if closed else ReviewState.OPEN), now)
        found = [review for review in found if not overdue or review.overdue(now)]
        if caller.as_json:
            write_json([record_for(office, reader, review_record(review, reader, now)) for review in found])
        elif found:
            _show_table(office, found, reader, now)
        else:
            say("Nothing is overdue." if overdue else "Nothing waits for you, and nothing of yours waits.")


def _show_table(office: "Office", found: "list[Review]", reader: "Principal", now: "datetime") -> None:
    from ....policies.review.review import ReviewState
    from ....policies.review.wording import seat_words
    from ...access.unmasking import line_for
    from ...terminal.console import table

    named = any(review.named_persons for review in found)
    rows = []
    for review in found:
        is_open = review.state is ReviewState.OPEN
        needs = ", ".join(map(seat_words, review.free_seats)) if is_open else str(review.state)
        own = "your request" if review.requester == reader.user_id else "no"
        yours = "yes" if is_open and review.refuse(reader) is None else own
        asked = [", ".join(review.named_persons) if is_open else ""] if named else []
        late = " OVERDUE" if review.overdue(now) else ""
        due = f"{review.due_at:%Y-%m-%d %H:%M}{late}"
        rows.append(
            (review.review_id, yours, review.priority, needs, *asked, due, line_for(office, reader, review.summary))
        )
    table(("ID", "YOURS TO ANSWER", "PRIORITY", "NEEDS", *(["ASKED"] if named else []), "DUE (UTC)", "WHAT"), rows)


@reviews.command("show", epilog="Example: countersign --as tom.adler reviews show REV-1f3a")
def show_review(context: typer.Context, review_id: ReviewId) -> None:
    """Show all that would be signed: action, arguments and sources, what policy judged, reasons, seats, deadline."""
    from datetime import UTC, datetime

    from ...access.inbox import able, may_judge, one, sent_back
    from ...access.open import open_office
    from ...access.unmasking import record_for, text_for
    from ...terminal.console import say, show, write_json
    from ...views.learning_view import models_told
    from ...views.review_view import review_record, review_text

    caller = caller_of(context)
    who, now = caller.user_id, datetime.now(UTC)
    with open_office(caller) as office:
        reader = office.principal(who)
        office.reviews.sweep(now)
        review = one(office.reviews, reader, review_id)
        told = models_told(office, review.proposal.digest) if may_judge(review, reader) else ()
        if caller.as_json:
            record = review_record(review, reader, now) | {"able": able(review, office.directory), "models": list(told)}
            write_json(record_for(office, reader, record))
        else:
            may = able(review, office.directory)
            text = review_text(review, reader, now, sent_back(office.reviews, review), may)
            show(text_for(office, reader, text))
            for line in told:
                say(f"  Model: {line}")
