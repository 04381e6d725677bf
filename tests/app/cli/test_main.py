"""The command line answers at once, explains itself, and says every error in a way that a person can act on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command_line import run_cli
from countersign.app.cli.main import app
from countersign.app.terminal.root_group import INTERNAL_ERROR, INTERRUPTED, hoist_options, run_guarded
from countersign.policies.errors import NotAllowed, StorageError, Tampered

HEAVY = ("sqlalchemy", "langgraph", "langchain_core", "chromadb", "numpy", "pydantic", "prompt_toolkit", "yaml", "cel")


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        yield (*path, name)


COMMANDS = sorted(_commands(typer.main.get_command(app)))


def test_help_loads_nothing_heavy() -> None:
    """`--help` must answer within half a second; one import at the top of a module would cost several."""
    code = (
        "import sys; from countersign.app.cli import main\n"
        "try: main.app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: countersign" in done.stdout or "Usage:" in done.stdout
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example(command: tuple[str, ...]) -> None:
    """A person learns a command from its example first."""
    result = run_cli(*command, "--help")
    assert result.exit_code == 0
    assert "  countersign " in result.stdout or ": countersign " in result.stdout
    assert "Example" in result.stdout


def test_the_whole_promise_is_there() -> None:
    """Nothing that was announced may be missing."""
    wanted = {
        "chat",
        "ask",
        "catch-up",
        "demo",
        "graph",
        "history",
        "users",
        *(f"reviews {name}" for name in ("list", "show", "approve", "edit", "reject", "respond", "withdraw")),
        *(f"policy {name}" for name in ("list", "check", "explain")),
        *(f"audit {name}" for name in ("show", "verify", "export")),
        *(f"memory {name}" for name in ("search", "add", "forget", "reindex")),
    }
    assert wanted <= {" ".join(command) for command in COMMANDS}


def test_shared_options_may_stand_anywhere() -> None:
    """`countersign ask hello --as mara.voss --json` is what people type."""
    assert hoist_options(["ask", "hi", "--as", "mara", "--json"]) == ["--as", "mara", "--json", "ask", "hi"]
    assert hoist_options(["ask", "--home=/x", "hi"]) == ["--home=/x", "ask", "hi"]
    assert hoist_options(["ask", "--", "--as", "x"]) == ["ask", "--", "--as", "x"]


def test_an_option_without_its_value_is_a_usage_error() -> None:
    """Moving it to the front must not swallow the command behind it."""
    result = run_cli("users", "--as")
    assert result.exit_code == 2
    assert "--as" in result.stderr


@pytest.mark.parametrize("error", [NotAllowed("no"), StorageError("full"), Tampered("changed")])
def test_errors_become_their_message_and_exit_code(
    error: NotAllowed | StorageError | Tampered, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts act on the exit code, people on the message."""

    def fail() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        run_guarded(fail)
    assert ended.value.exit_code == error.exit_code
    assert capsys.readouterr().err.strip() == str(error)


def test_an_unexpected_error_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No stack trace reaches a user, but whoever wants it can have it."""

    def fail() -> None:
        raise KeyError("lost\nkey")

    with pytest.raises(typer.Exit) as ended:
        run_guarded(fail)
    said = capsys.readouterr().err
    assert ended.value.exit_code == INTERNAL_ERROR
    assert said.startswith("Something went wrong inside (KeyError: ")
    assert said.count("\n") == 1
    monkeypatch.setenv("COUNTERSIGN_DEBUG", "1")
    with pytest.raises(KeyError):
        run_guarded(fail)


def test_an_interruption_says_that_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever presses Ctrl-C wants to know what became of their request."""

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as ended:
        run_guarded(stop)
    assert ended.value.exit_code == INTERRUPTED
    assert "catch-up" in capsys.readouterr().err


def test_a_usage_error_shows_how_it_is_done() -> None:
    """`Missing argument` alone does not help."""
    result = run_cli("ask")
    assert result.exit_code == 2
    assert 'countersign --as mara.voss ask "refund order 8841"' in result.stderr
    assert result.stdout == ""


def test_an_unknown_command_is_refused_with_a_suggestion() -> None:
    """Typos are common."""
    result = run_cli("reviewz")
    assert result.exit_code == 2
    assert "reviews" in result.stderr


def test_version() -> None:
    """Bug reports need it."""
    assert run_cli("--version").stdout.startswith("countersign ")


def test_the_module_is_the_command_line_too(tmp_path: Path) -> None:
    """Where scripts are not on the path, `python -m countersign.app` must do."""
    env = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "countersign.app", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=env,
    )
    assert "reviews" in done.stdout
    assert "\x1b" not in done.stdout


def test_who_acts_must_be_said(tmp_path: Path) -> None:
    """Without an identity nothing is opened, let alone done."""
    result = run_cli("ask", "hello", home=tmp_path / "new")
    assert result.exit_code == 2
    assert "countersign users" in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", ["policy list", "policy", "--help"])
def test_a_reader_that_goes_away_is_no_error(command: str) -> None:
    """`countersign … | head` must not end in a stack trace."""
    script = f"{sys.executable} -m countersign.app {command} | head -n 1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert "rror" not in done.stderr, "a note that came through before the reader went away is none"
    assert done.stdout
