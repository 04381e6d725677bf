"""The root of all commands takes shared options in any place, and makes every error a message and an exit code."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from errno import ENAMETOOLONG
from typing import Any

import typer
from typer.core import TyperGroup

from ...policies.errors import BadInput, CountersignError

DEBUG_VARIABLE = "COUNTERSIGN_DEBUG"
INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
BROKEN_PIPE = 141  # 128 + SIGPIPE
LONGEST_MESSAGE = 2000
"""Characters of one line of a message; what was typed may stand in it, whatever its length."""
_VALUED = ("--as", "--home")
_FLAGS = ("--json",)
_INTERRUPTED = (
    "Interrupted. Nothing is lost: what was done is recorded, and what was begun goes on with your next message or "
    "with `countersign catch-up`."
)


class RootGroup(TyperGroup):
    """The group behind ``countersign``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the options; ``--as``, ``--home`` and ``--json`` may stand after the command too."""
        return super().parse_args(ctx, hoist_options(args))

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; what goes wrong becomes a message on stderr and an exit code."""
        return run_guarded(lambda: super(RootGroup, self).invoke(ctx))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """The entry point; a usage error also shows an example."""
        try:
            code = self._main(args, prog_name, complete_var, windows_expand_args, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read has gone, such as `head`; at the end Python would try to write once more, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = BROKEN_PIPE
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def _main(self, args: Any, prog_name: Any, complete_var: Any, windows_expand_args: bool, **extra: Any) -> Any:
        try:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.Abort:
            print("Stopped; nothing was changed.", file=sys.stderr)
            return 1
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            return _usage(error)


def run_guarded(work: Callable[[], Any]) -> Any:
    """Runs the work; see :meth:`RootGroup.invoke`.

    Raises:
        typer.Exit: with the error's exit code, after its message was shown.
    """
    try:
        return work()
    except CountersignError as error:
        print_message(str(error))
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as error:
        print_message(_INTERRUPTED)
        raise typer.Exit(INTERRUPTED) from error
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:
        if hasattr(error, "format_message"):
            raise  # a usage error; main shows it
        if isinstance(error, OSError) and error.errno == ENAMETOOLONG:
            print_message(f"{str(error.filename)[:60]}… is too long for the name of a file. Check what was given.")
            raise typer.Exit(BadInput.exit_code) from error
        if os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        what = " ".join(str(error).split())[:300]
        print_message(f"Something went wrong inside ({type(error).__name__}: {what}). {DEBUG_VARIABLE}=1 shows where.")
        raise typer.Exit(INTERNAL_ERROR) from error


@contextmanager
def suggest_command(command: str) -> Iterator[None]:
    """Tells after Ctrl-C which command goes on where this one stopped.

    Raises:
        typer.Exit: after Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        print_message(f"Interrupted. Nothing is lost: {command} goes on where this stopped.")
        raise typer.Exit(INTERRUPTED) from error


def print_message(message: str) -> None:
    """A message for a person, on stderr."""
    from .console import print_note

    lines = (
        line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}… ({len(line):,} characters)"
        for line in message.split("\n")
    )
    print_note("\n".join(lines), style="bold")


def hoist_options(args: Sequence[str]) -> list[str]:
    """The arguments with the shared options first; what follows ``--`` stays where it is."""
    shared: list[str] = []
    rest: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "--":
            return [*shared, *rest, arg, *left]
        if arg in _FLAGS or arg.startswith(tuple(f"{name}=" for name in _VALUED)):
            shared.append(arg)
        elif arg in _VALUED:
            shared += [arg, *[value for value in [next(left, None)] if value is not None]]
        else:
            rest.append(arg)
    return [*shared, *rest]


def _usage(error: Any) -> int:
    """Shows a usage error with the command's example."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message())
        return int(error.exit_code)
    print(error.format_message(), file=sys.stderr)
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        example = (context.command.epilog or "").replace("\b\n", "").strip()
        if example:
            print(example, file=sys.stderr)
        print(f"`{context.command_path} --help` says more.", file=sys.stderr)
    return int(error.exit_code)
