"""``chat``: a conversation at the terminal."""

from typing import Annotated

import typer

from ....access.caller import get_caller


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("chat", epilog="Example: countersign --as mara.voss chat")(chat)


def chat(
    context: typer.Context,
    thread: Annotated[str, typer.Option("--thread", "-t", help="The conversation to go on with.")] = "default",
) -> None:
    """Talk. /help lists the commands, Ctrl-C stops a turn and loses nothing, Ctrl-D leaves."""
    from .....policies.errors import BadInput
    from ....access.data_folder import open_assistant_for
    from ....chat.input import read_lines
    from ....chat.session import ChatSession

    caller = get_caller(context)
    if caller.as_json:
        raise BadInput("A chat is for people; programs use `countersign ask --json`.")
    who = caller.user_id
    with open_assistant_for(caller) as assistant:
        talk = ChatSession(assistant, who, thread)
        talk.welcome()
        for line in read_lines(caller.settings().home, who):
            if not talk.take(line):
                break
        talk.goodbye()
