"""The command line in process, without a terminal."""

from collections.abc import Callable
from pathlib import Path

from countersign.app.cli.main import app
from typer.testing import CliRunner, Result

Cli = Callable[..., Result]
"""``cli("ask", "hello", user="mara.voss", input="")``: a command on a test module's data folder."""


def run_cli(*args: str, home: Path | None = None, user: str = "", input: str | None = None) -> Result:
    """Runs one command; ``stdout``, ``stderr`` and ``exit_code`` are in the result."""
    shared = [*(["--home", str(home)] if home else []), *(["--as", user] if user else [])]
    return CliRunner().invoke(app, [*shared, *args], input=input, prog_name="countersign")
