"""At a real terminal: words as they come, each once; colours only where they are wanted."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import run_cli
from data_folder import copy_of
from openai_server import OpenAIServer

ESCAPE = "\x1b["


def at_terminal(*args: str, typed: str = "", **environment: str) -> tuple[int, str]:
    """Runs the command line at a terminal of its own; returns the exit code and what stood on the screen."""
    screen, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", **environment}
    child = subprocess.Popen(
        [sys.executable, "-m", "countersign.app", *args],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        start_new_session=True,
    )
    os.close(terminal)
    os.write(screen, typed.encode())
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([screen], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(screen, 65536)
        except OSError:
            break  # the other end is closed
        if not piece:
            break
        shown += piece
    os.close(screen)
    return child.wait(timeout=10), shown.decode(errors="replace")


@pytest.fixture
def own(untouched: Path, tmp_path: Path) -> Path:
    """A data folder that only this test uses."""
    return copy_of(untouched, tmp_path / "home")


def test_a_models_words_appear_once(own: Path) -> None:
    """Streamed text and the reply are the same words; showing both would be noise."""
    with OpenAIServer() as server:
        server.say("The customer is a hospital.")
        code, shown = at_terminal(
            "--home", str(own), "--as", "mara.voss", "ask", "who is CUS-0001?", **server.environment()
        )
    assert code == 0, shown
    assert shown.count("The customer is a hospital.") == 1
    assert ESCAPE in shown


def test_no_color_is_respected(own: Path) -> None:
    """https://no-color.org: no colour codes when the variable is set."""
    code, shown = at_terminal("--home", str(own), "--as", "mara.voss", "history", NO_COLOR="1")
    assert code == 0, shown
    assert not [number for number in (*range(30, 38), *range(90, 98)) if f"{ESCAPE}{number}m" in shown]


def test_a_person_is_asked_before_they_sign(own: Path) -> None:
    """They see everything first; whoever says no has signed nothing."""
    run_cli("ask", "refund order 8945", home=own, user="mara.voss")
    listed = run_cli("reviews", "list", home=own, user="tom.adler").stdout
    review_id = next(word for word in listed.split() if word.startswith("REV-"))
    command = ("--home", str(own), "--as", "tom.adler", "reviews", "approve", review_id)
    code, shown = at_terminal(*command, typed="n\n")
    assert code == 1, shown
    assert "366.00 EUR (36600)" in shown
    assert "nothing was changed" in shown
    assert review_id in run_cli("reviews", "list", home=own, user="tom.adler").stdout
    code, shown = at_terminal(*command, typed="y\n")
    assert code == 0, shown
    assert "refunds.issue: done" in shown
