"""``reviews``: the inbox, and the answers to what waits in it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..caller import caller_of

if TYPE_CHECKING:
    from ..caller import Caller

ReviewId = Annotated[str, typer.Argument(metavar="ID", help="The review's id, or the beginning of it.")]
Message = Annotated[str, typer.Option("--message", "-m", help="A word to the requester.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")]

reviews = typer.Typer(
    help="See and answer what waits for a person.",
    no_args_is_help=True,
    epilog="Example: countersign --as tom.adler reviews list",
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(reviews, name="reviews", rich_help_panel=None)


@reviews.command("list", epilog="Example: countersign --as tom.adler reviews list --closed")
def list_reviews(
    context: typer.Context,
    closed: Annotated[bool, typer.Option("--closed", help="Those that have ended too.")] = False,
) -> None:
    """List the reviews you may answer, your own requests, and with an auditing role all others."""
    from datetime import UTC, datetime

    from ...policies.review import ReviewState
    from ..consoles import say, table, write_json
    from ..house import open_office
    from ..inbox import visible
    from ..review_view import review_record

    caller = caller_of(context)
    who = caller.who
    with open_office(caller) as office:
        reader = office.principal(who)
        office.reviews.sweep(datetime.now(UTC))
        found = visible(office.reviews, reader, state=None if closed else ReviewState.OPEN)
        if caller.as_json:
            write_json([review_record(review, reader) for review in found])
            return
        if not found:
            say("Nothing waits for you, and nothing of yours waits.")
            return
        rows = []
        for review in found:
            is_open = review.state is ReviewState.OPEN
            refusal = review.refuse(reader) if is_open else "closed"
            needs = ", ".join(review.free_seats) if is_open else str(review.state)
            yours = "yes" if refusal is None else ("your request" if review.requester == reader.user_id else "no")
            rows.append((review.review_id, yours, needs, f"{review.due_at:%Y-%m-%d %H:%M}", review.summary))
        table(("ID", "YOURS TO ANSWER", "NEEDS", "DUE (UTC)", "WHAT"), rows)


@reviews.command("show", epilog="Example: countersign --as tom.adler reviews show REV-1f3a")
def show_review(context: typer.Context, review_id: ReviewId) -> None:
    """Show everything that would be signed: action, arguments and their sources, reasons, rules, seats, deadline."""
    from datetime import UTC, datetime

    from ..consoles import show, write_json
    from ..house import open_office
    from ..inbox import one
    from ..review_view import review_record, review_text

    caller = caller_of(context)
    who = caller.who
    with open_office(caller) as office:
        reader = office.principal(who)
        office.reviews.sweep(datetime.now(UTC))
        review = one(office.reviews, reader, review_id)
        if caller.as_json:
            write_json(review_record(review, reader))
        else:
            show(review_text(review, reader, datetime.now(UTC)))


@reviews.command("approve", epilog="Example: countersign --as tom.adler reviews approve REV-1f3a")
def approve(context: typer.Context, review_id: ReviewId, message: Message = "", yes: Yes = False) -> None:
    """Countersign: let exactly this run."""
    _answer(context, review_id, "approve", message=message, yes=yes)


@reviews.command("reject", epilog='Example: countersign --as tom.adler reviews reject REV-1f3a "already refunded"')
def reject(
    context: typer.Context,
    review_id: ReviewId,
    reason: Annotated[str, typer.Argument(help="Why; the requester reads it.")],
    yes: Yes = False,
) -> None:
    """Say no, for good, with a reason."""
    _answer(context, review_id, "reject", message=reason, yes=yes)


@reviews.command("respond", epilog='Example: countersign --as tom.adler reviews respond REV-1f3a "send a voucher"')
def respond(
    context: typer.Context,
    review_id: ReviewId,
    reply: Annotated[str, typer.Argument(help="What the agent is told in place of the result.")],
    yes: Yes = False,
) -> None:
    """Answer in words instead of letting it run."""
    _answer(context, review_id, "respond", message=reply, yes=yes)


@reviews.command(
    "edit",
    epilog="\b\nExamples:\n  countersign --as tom.adler reviews edit REV-1f3a --set amount_minor=4500\n"
    '  countersign --as tom.adler reviews edit REV-1f3a --args \'{"order_id": "ORD-8841", ...}\'',
)
def edit(
    context: typer.Context,
    review_id: ReviewId,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A changed argument; repeatable.")
    ] = None,
    args: Annotated[str, typer.Option("--args", metavar="JSON", help="All arguments anew, as a JSON object.")] = "",
    message: Message = "",
    yes: Yes = False,
) -> None:
    """Change the arguments; the changed call is a new proposal, and policy decides about it again."""
    import json

    from ...policies.errors import BadInput
    from ..house import open_office
    from ..inbox import edited, one

    caller = caller_of(context)
    if bool(change) == bool(args):
        raise BadInput("Say what to change: either --set name=value, once or more, or --args with all arguments.")
    if args:
        try:
            after = json.loads(args)
        except ValueError as error:
            raise BadInput(
                f"--args is not JSON: {error}. Give an object, for example '{{\"amount_minor\": 4500}}'."
            ) from None
        if not isinstance(after, dict):
            raise BadInput("--args must be a JSON object with all arguments.")
    else:
        who = caller.who
        with open_office(caller) as office:
            after = edited(one(office.reviews, office.principal(who), review_id).proposal.args, change or [])
    _answer(context, review_id, "edit", message=message, args=after, yes=yes)


@reviews.command("withdraw", epilog="Example: countersign --as mara.voss reviews withdraw REV-1f3a")
def withdraw(context: typer.Context, review_id: ReviewId) -> None:
    """Take back your own request."""
    from ..consoles import say, write_json
    from ..house import open_assistant, open_office
    from ..inbox import one
    from ..turn_view import show_turn, turn_record

    caller = caller_of(context)
    who = caller.who
    with open_office(caller) as office:
        review = one(office.reviews, office.principal(who), review_id)
    with open_assistant(caller) as assistant:
        turn = assistant.withdraw(review.review_id, as_user=who)
        if caller.as_json:
            ended = turn_record(turn, assistant.principal(who)) if turn else None
            write_json({"review_id": review.review_id, "state": "withdrawn", "turn": ended})
            return
        say(f"{review.review_id} is withdrawn.")
        if turn:
            show_turn(turn)


def _answer(
    context: typer.Context,
    review_id: str,
    decision: str,
    *,
    message: str,
    yes: bool,
    args: dict[str, object] | None = None,
) -> None:
    from ..answering import answer

    caller = caller_of(context)
    who = caller.who
    _confirm(caller, who, review_id, decision, args, yes=yes)
    answer(caller, who, review_id, decision, message=message, args=args)


def _confirm(
    caller: "Caller", who: str, review_id: str, decision: str, args: dict[str, object] | None, *, yes: bool
) -> None:
    """Shows a person what they are about to sign; a program has said so by calling."""
    from datetime import UTC, datetime

    from ..consoles import asks, say, show
    from ..house import open_office
    from ..inbox import one
    from ..review_view import changes, review_text

    if yes or caller.as_json or not asks():
        return
    with open_office(caller) as office:
        reader = office.principal(who)
        review = one(office.reviews, reader, review_id)
    show(review_text(review, reader, datetime.now(UTC)))
    if args is not None:
        say("Changed: " + ("; ".join(changes(review.proposal.args, args)) or "nothing"))
    typer.confirm(f"{decision.capitalize()} this?", abort=True)
