"""``chat``: a conversation at the terminal."""

from typing import Annotated

import typer

from ...access.caller import caller_of


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("chat", epilog="Example: countersign --as mara.voss chat")(chat)


def chat(
    context: typer.Context,
    thread: Annotated[str, typer.Option("--thread", "-t", help="The conversation to go on with.")] = "default",
) -> None:
    """Talk. /help lists the commands, Ctrl-C stops a turn and loses nothing, Ctrl-D leaves."""
    from ....policies.errors import BadInput
    from ...access.open import open_assistant
    from ...chat.input import lines_for
    from ...chat.session import Chat

    caller = caller_of(context)
    if caller.as_json:
        raise BadInput("A chat is for people; programs use `countersign ask --json`.")
    who = caller.user_id
    with open_assistant(caller) as assistant:
        talk = Chat(assistant, who, thread)
        talk.welcome()
        for line in lines_for(caller.settings().home, who):
            if not talk.take(line):
                break
        talk.goodbye()
