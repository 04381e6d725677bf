"""This module reads lines that a person types, with a history of their own, or lines from a pipe."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ..terminal.console import can_ask, print_note

PROMPT = "> "
_COMMANDS = (
    "/help",
    "/history",
    "/reviews",
    "/show",
    "/approve",
    "/reject",
    "/respond",
    "/changes",
    "/delegate",
    "/withdraw",
    "/file",
    "/thread",
    "/quit",
)


def read_lines(home: Path, user_id: str) -> Iterator[str]:
    """What is typed, line by line, until Ctrl-D; Ctrl-C clears the line that is being typed.

    Args:
        home: the data folder; the history is kept there, one file for each user, readable by its owner alone.
    """
    if not can_ask():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.shortcuts import CompleteStyle

    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(_history_file(home, user_id))),
        completer=WordCompleter(list(_COMMANDS), sentence=True),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,
    )
    while True:
        try:
            yield session.prompt(PROMPT)
        except KeyboardInterrupt:
            print_note("Ctrl-D or /quit leaves.")
        except EOFError:
            return


def _history_file(home: Path, user_id: str) -> Path:
    path = home.absolute() / f"history-{re.sub(r'[^A-Za-z0-9._-]', '_', user_id)}.txt"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return path
