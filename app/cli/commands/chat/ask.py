"""``ask``: one message, answered. ``catch-up``: what a crash or a slow reviewer left behind."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ....access.caller import get_caller

ASK_EXAMPLE = """\b
Examples:
  countersign --as mara.voss ask "refund order 8841"
  countersign --as eva.stern ask --file contract.pdf "review this contract"
  cat mail.txt | countersign --as mara.voss ask -"""
EXIT_FAILED = 1
UNFINISHED_STATES = ("stopped", "asks")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("ask", epilog=ASK_EXAMPLE)(ask)
    app.command("catch-up", epilog="Example: countersign --as mara.voss catch-up")(catch_up)


def ask(
    context: typer.Context,
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="What you need; - reads it from stdin.")],
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", metavar="PATH", help="Text, PDF, Word, HTML or e-mail; repeatable."),
    ] = None,
    thread: Annotated[str, typer.Option("--thread", "-t", help="The conversation it belongs to.")] = "default",
) -> None:
    """Ask one thing. Exit code 0 when it is done or waits for a person, 1 when not, or when a detail is missing."""
    from contextlib import closing

    from .....policies.errors import BadInput
    from .....tools.extraction.documents import load_text_document
    from ....access.data_folder import open_assistant_for

    caller = get_caller(context)
    who, files = caller.user_id, file or []
    said = sys.stdin.read() if text == ["-"] else " ".join(text)
    if not said.strip():
        raise BadInput("The message is empty; say what you need.")
    documents = [load_text_document(path) for path in files]  # a bad file is said at once, before anything is opened
    with open_assistant_for(caller) as assistant:
        from ....terminal.console import write_json
        from ....views.turn_view import TurnPrinter, serialize_turn

        teller, turn = TurnPrinter(), None
        with closing(assistant.stream(said, as_user=who, thread=thread, documents=documents)) as events:
            for event in events:
                turn = event.turn or turn
                if not caller.as_json:
                    teller.tell(event)
        if turn is None:
            raise BadInput("The turn ended without a result; ask again.")
        if caller.as_json:
            write_json(serialize_turn(turn, assistant.principal(who)))
        else:
            teller.show_end(turn)
        if turn.state == "failed" or any(found["status"] in UNFINISHED_STATES for found in turn.data):
            raise typer.Exit(EXIT_FAILED)


def catch_up(context: typer.Context) -> None:
    """Go on with everything that a crash or a review has left behind, and show what of it is yours."""
    from ....access.data_folder import open_assistant_for

    caller = get_caller(context)
    who = caller.user_id
    with open_assistant_for(caller) as assistant:
        from ....terminal.console import print_text, write_json
        from ....views.turn_view import serialize_turn, show_turn

        reader = assistant.principal(who)
        turns = assistant.catch_up(as_user=who)
        if caller.as_json:
            write_json({"went_on": len(turns), "turns": [serialize_turn(turn, reader) for turn in turns]})
            return
        for turn in turns:
            show_turn(turn)
        print_text(f"Went on with {len(turns)} of yours." if turns else "Nothing of yours was left behind.")
