"""The answers to a review, from ``approve`` to ``withdraw``: each shows what is signed and asks before it signs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from ....access.caller import Caller

ReviewIdArgument = Annotated[str, typer.Argument(metavar="ID", help="The review's id, or the beginning of it.")]
ReviewIdsArgument = Annotated[
    list[str], typer.Argument(metavar="ID...", help="The reviews' ids, or the beginnings of them.")
]
MessageOption = Annotated[str, typer.Option("--message", "-m", help="A word to the requester.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")]


def add_to(reviews: typer.Typer) -> None:
    """Adds the commands."""
    said = "countersign --as tom.adler reviews"
    example = f"Example: {said}"
    reviews.command("approve", epilog=f"\b\nExamples:\n  {said} approve REV-1f3a\n  {said} approve REV-1f3a REV-77c0")(
        approve
    )
    reviews.command("reject", epilog=f'{example} reject REV-1f3a "already refunded"')(reject)
    reviews.command("respond", epilog=f'{example} respond REV-1f3a "send a voucher"')(respond)
    reviews.command("edit", epilog=EDIT_EXAMPLES)(edit)
    reviews.command("request-changes", epilog=f'{example} request-changes REV-1f3a "half of it, please"')(ask_changes)
    reviews.command("delegate", epilog=f'{example} delegate REV-1f3a sven.pohlmann -m "I am away"')(delegate)
    reviews.command("withdraw", epilog='Example: countersign --as mara.voss reviews withdraw REV-1f3a -m "a mistake"')(
        withdraw
    )


def approve(
    context: typer.Context, review_ids: ReviewIdsArgument, message: MessageOption = "", yes: YesOption = False
) -> None:
    """Countersign: let exactly this run. Several are shown first and signed one by one."""
    question = "Approve this?" if len(review_ids) == 1 else f"Approve all {len(review_ids)}?"
    _answer(context, review_ids, "approve", question, message=message, yes=yes)


def reject(
    context: typer.Context,
    review_id: ReviewIdArgument,
    reason: Annotated[str, typer.Argument(help="Why; the requester reads it.")],
    yes: YesOption = False,
) -> None:
    """Say no, for good, with a reason."""
    _answer(context, [review_id], "reject", "Reject this?", message=reason, yes=yes)


def respond(
    context: typer.Context,
    review_id: ReviewIdArgument,
    reply: Annotated[str, typer.Argument(help="What the agent is told in place of the result.")],
    yes: YesOption = False,
) -> None:
    """Answer in words instead of letting it run."""
    _answer(context, [review_id], "respond", "Answer this instead of letting it run?", message=reply, yes=yes)


def ask_changes(
    context: typer.Context,
    review_id: ReviewIdArgument,
    what: Annotated[str, typer.Argument(help="What to change; the requester reads it and asks anew.")],
    yes: YesOption = False,
) -> None:
    """Send it back: it does not run, and the requester is asked to change it. At most three times for one request."""
    _answer(context, [review_id], "request_changes", "Send this back?", message=what, yes=yes)


def delegate(
    context: typer.Context,
    review_id: ReviewIdArgument,
    user: Annotated[str, typer.Argument(metavar="USER", help="Who is asked instead; their role must allow it.")],
    message: Annotated[str, typer.Option("--message", "-m", help="A word to them.")] = "",
    yes: YesOption = False,
) -> None:
    """Ask another person who may answer it, or your manager where the seat is yours by name. Nobody gains a right."""
    from .....policies.errors import BadInput

    user = user.strip()
    if not user:
        raise BadInput("Name the person to ask; `countersign users` lists everybody.")
    _answer(context, [review_id], "delegate", f"Ask {user} instead?", message=message, to=user, yes=yes)


EDIT_EXAMPLES = (
    "\b\nExamples:\n  countersign --as tom.adler reviews edit REV-1f3a --set amount_minor=4500\n"
    '  countersign --as tom.adler reviews edit REV-1f3a --args \'{"order_id": "ORD-8841", ...}\''
)


def edit(
    context: typer.Context,
    review_id: ReviewIdArgument,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A changed argument; repeatable.")
    ] = None,
    args: Annotated[str, typer.Option("--args", metavar="JSON", help="All arguments anew, as a JSON object.")] = "",
    message: MessageOption = "",
    yes: YesOption = False,
) -> None:
    """Change the arguments; the changed call is a new proposal, and policy decides about it again."""
    import json

    from .....policies.errors import BadInput
    from ....access.data_folder import open_data_folder
    from ....access.inbox import apply_changes, find_review

    caller = get_caller(context)
    if bool(change) == bool(args):
        raise BadInput("Say what to change: either --set name=value, once or more, or --args with all arguments.")
    if args:
        try:
            after = json.loads(args)
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"--args is not JSON: {error}. Give an object, for example '{{\"amount_minor\": 4500}}'."
            ) from None
        if not isinstance(after, dict):
            raise BadInput("--args must be a JSON object with all arguments.")
    else:
        who = caller.user_id
        with open_data_folder(caller) as data_folder:
            after = apply_changes(
                find_review(data_folder.reviews, data_folder.principal(who), review_id).proposal.args, change or []
            )
    _answer(context, [review_id], "edit", "Sign this as changed?", message=message, args=after, yes=yes)


def withdraw(
    context: typer.Context,
    review_id: ReviewIdArgument,
    message: Annotated[str, typer.Option("--message", "-m", help="Why; those who were asked can read it.")] = "",
    yes: YesOption = False,
) -> None:
    """Take back your own request."""
    from ....access.data_folder import open_assistant_for, open_data_folder
    from ....access.inbox import find_review
    from ....terminal.console import print_text, write_json
    from ....views.turn_view import serialize_turn, show_turn

    caller = get_caller(context)
    who = caller.user_id
    _confirm(caller, who, [review_id], "Take this back?", None, yes=yes)
    with open_data_folder(caller) as data_folder:
        review = find_review(data_folder.reviews, data_folder.principal(who), review_id)
    with open_assistant_for(caller) as assistant:
        turn = assistant.withdraw(review.review_id, as_user=who, reason=message)
        if caller.as_json:
            ended = serialize_turn(turn, assistant.principal(who)) if turn else None
            write_json({"review_id": review.review_id, "state": "withdrawn", "turn": ended})
            return
        print_text(f"{review.review_id} is withdrawn.")
        if turn:
            show_turn(turn)


def _answer(
    context: typer.Context,
    review_ids: list[str],
    decision: str,
    question: str,
    *,
    message: str,
    yes: bool,
    args: dict[str, Any] | None = None,
    to: str = "",
) -> None:
    from ....chat.review_answers import answer_reviews

    caller = get_caller(context)
    who = caller.user_id
    _confirm(caller, who, review_ids, question, args, yes=yes)
    answer_reviews(caller, who, review_ids, decision, message=message, args=args, to=to)


def _confirm(
    caller: "Caller", who: str, review_ids: list[str], question: str, args: dict[str, Any] | None, *, yes: bool
) -> None:
    """Shows a person what they are about to sign; a program has said so by calling."""
    from datetime import UTC, datetime

    from ....access.data_folder import open_data_folder
    from ....access.inbox import find_review, find_sent_back
    from ....access.unmasking import unmask_text
    from ....terminal.console import can_ask, print_renderable, print_text
    from ....views.review_view import format_review
    from ....views.value_view import describe_changes

    if yes or caller.as_json or not can_ask():
        return
    with open_data_folder(caller) as data_folder:
        reader = data_folder.principal(who)
        for review in [find_review(data_folder.reviews, reader, review_id) for review_id in review_ids]:
            text = format_review(review, reader, datetime.now(UTC), find_sent_back(data_folder.reviews, review))
            print_renderable(unmask_text(data_folder, reader, text))
            if args is not None:
                print_text("Changed: " + ("; ".join(describe_changes(review.proposal.args, args)) or "nothing"))
    typer.confirm(question, abort=True)
