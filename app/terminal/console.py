"""The command line writes results to stdout and everything else to stderr, plainly when nobody is looking."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from .unicode_safety import escape_json, escape_unsafe


def make_output_console() -> Console:
    """The console for results; made anew each time, because tests and pipes replace ``sys.stdout``."""
    return _console(stderr=False)


def make_error_console() -> Console:
    """The console for progress, notes and errors."""
    return _console(stderr=True)


def print_text(text: str = "", style: str = "") -> None:
    """One piece of text as a result. It is never read as markup and cannot steer the terminal."""
    make_output_console().print(Text(escape_unsafe(text), style=style))


def print_note(text: str, style: str = "dim") -> None:
    """One line beside the results."""
    make_error_console().print(Text(escape_unsafe(text), style=style))


def print_renderable(renderable: RenderableType) -> None:
    """Something already made for a console, of text that went through :func:`.unicode_safety.escape_unsafe`."""
    make_output_console().print(renderable)


def write_json(value: Any) -> None:
    """Plain JSON data as a result for a program."""
    sys.stdout.write(escape_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")


def print_markdown(text: str) -> None:
    """A reply: laid out on a terminal, as it is elsewhere."""
    console = make_output_console()
    if not console.is_terminal:
        print_text(text)
        return
    from rich.markdown import Markdown

    # Links show their address: a text that hides where it leads could be an outsider's.
    console.print(Markdown(escape_unsafe(text), hyperlinks=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under headings; elsewhere than on a terminal columns are only padded, so that lines stay whole."""
    console = make_output_console()
    cells = [[escape_unsafe(cell).replace("\n", " ") for cell in row] for row in rows]
    if console.is_terminal:
        from rich.table import Table

        laid_out = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            laid_out.add_column(column, overflow="fold")
        for row in cells:
            laid_out.add_row(*(Text(cell) for cell in row))
        console.print(laid_out)
        return
    widths = [max(len(row[place]) for row in [list(columns), *cells]) for place in range(len(columns))]
    for row in [list(columns), *cells]:
        print_text("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def show_working(what: str) -> Iterator[None]:
    """Shows on a terminal that something takes its time."""
    console = make_error_console()
    if not console.is_terminal:
        yield
        return
    with console.status(Text(escape_unsafe(what), style="dim")):
        yield


@contextmanager
def show_count(what: str) -> Iterator[Callable[[int], None]]:
    """Shows on a terminal how many are done, after the first second; gives what to tell the number to."""
    console, begun = make_error_console(), monotonic()
    if not console.is_terminal:
        yield lambda _done: None
        return
    status = console.status(Text(""))

    def tell(done: int) -> None:
        if monotonic() - begun > 1:
            status.update(Text(escape_unsafe(f"{done:,} {what} …"), style="dim"))
            status.start()

    try:
        yield tell
    finally:
        status.stop()


@contextmanager
def show_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a bar on a terminal; gives what to tell ``(done, total)`` to."""
    console = make_error_console()
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(escape_unsafe(what)), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def can_ask() -> bool:
    """Whether a person sits at both ends and can be asked."""
    return sys.stdin.isatty() and make_error_console().is_terminal


def _console(*, stderr: bool) -> Console:
    # Through `file`, so that a replaced stream is met; soft wrap keeps lines whole for grep and friends.
    stream = sys.stderr if stderr else sys.stdout
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    console.soft_wrap = not console.is_terminal
    return console
