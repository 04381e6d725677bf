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
    from ....access.data_folder import DATABASE, open_assistant_for
    from ....chat.first_steps import describe_first_steps
    from ....chat.input import read_lines
    from ....chat.session import ChatSession
    from ....terminal.console import print_note

    caller = get_caller(context)
    if caller.as_json:
        raise BadInput("A chat is for people; programs use `countersign ask --json`.")
    who = caller.user_id
    settings = caller.settings()
    first = not settings.database_url and not (settings.home / DATABASE).exists()
    with open_assistant_for(caller) as assistant:
        talk = ChatSession(assistant, who, thread)
        if first:
            for told in describe_first_steps(assistant, caller.load_content().agents, settings.home, who):
                print_note(told)
        talk.welcome()
        for line in read_lines(settings.home, who):
            if not talk.take(line):
                break
        talk.goodbye()
