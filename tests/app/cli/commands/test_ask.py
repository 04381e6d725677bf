"""`ask` is one turn: a reply for a person, the whole typed turn for a program, an exit code for a script."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Cli, run_cli
from openai_server import OpenAIServer


def test_a_turn_waits_and_says_for_whom(cli: Cli) -> None:
    """Waiting is no failure: a script must not retry what a manager is about to sign."""
    result = cli("ask", "refund", "order", "8841", "--thread", "waits", user="mara.voss")
    assert result.exit_code == 0, result.stderr
    assert "support_manager" in result.stdout
    assert "reviews show REV-" in result.stdout


def test_json_is_the_whole_typed_turn(cli: Cli) -> None:
    """A program needs the review's id and what it is about, not the text for people."""
    result = cli("ask", "refund order 8841", "--thread", "typed", "--json", user="mara.voss")
    turn = json.loads(result.stdout)
    assert set(turn) == {"run", "thread", "state", "reply", "citations", "pending", "data", "route"}
    assert turn["state"] == "waiting"
    assert turn["pending"][0]["args"]["order_id"] == "ORD-8841"
    assert turn["pending"][0]["you_may_answer"] is False


def test_a_done_turn_carries_its_findings(cli: Cli) -> None:
    """The findings are data, so that nobody has to parse the reply."""
    result = cli("ask", "why is invoice INV-1042 stuck?", "--json", user="lena.brandt")
    turn = json.loads(result.stdout)
    assert turn["state"] == "done"
    assert "INV-1042" in turn["citations"]
    assert turn["data"][0]["data"]


def test_the_message_may_come_by_stdin(cli: Cli) -> None:
    """`cat mail.txt | countersign ask -`."""
    result = cli("ask", "-", "--json", user="lena.brandt", input="why is invoice INV-1042 stuck?\n")
    assert json.loads(result.stdout)["state"] == "done"


def test_a_contract_may_be_brought_along(cli: Cli, tmp_path: Path) -> None:
    """Uploaded text is read, kept in this conversation, and quoted verbatim."""
    contract = tmp_path / "lease.txt"
    contract.write_text(
        "SERVICE AGREEMENT\n\nbetween Alpha GmbH and Beta AG.\n\n1. Term. This Agreement begins on 1 January 2026.\n\n"
        "2. Governing Law. This Agreement is governed by the laws of Germany.\n",
        encoding="utf-8",
    )
    result = cli("ask", "review this contract", "--file", str(contract), "--json", user="eva.stern")
    assert result.exit_code == 0, result.stderr
    turn = json.loads(result.stdout)
    assert "Germany" in turn["reply"]


def test_a_contract_in_a_word_file_is_reviewed(cli: Cli, tmp_path: Path) -> None:
    """Contracts come as Word and PDF files; what cannot be read is told by its name, before anything else happens."""
    from docx import Document

    path, pages = tmp_path / "contract.docx", Document()
    for line in ("SERVICE AGREEMENT", "between Alpha GmbH and Beta AG.", "1. Term. It begins on 1 January 2026."):
        pages.add_paragraph(line)
    pages.add_paragraph("2. Governing Law. This Agreement is governed by the laws of Germany.")
    pages.save(str(path))
    result = cli("ask", "review this contract", "--file", str(path), "--json", user="eva.stern")
    assert result.exit_code == 0, result.stderr
    assert "Germany" in json.loads(result.stdout)["reply"]
    path.write_bytes(path.read_bytes()[:2000])
    result = cli("ask", "review this contract", "--file", str(path), user="eva.stern")
    assert result.exit_code == 2
    assert "contract.docx is damaged" in result.stderr


def test_plain_output_has_no_control_characters(cli: Cli) -> None:
    """What goes into a file or a pipe is text."""
    result = cli("ask", "what is our refund limit?", user="mara.voss")
    assert result.exit_code == 0, result.stderr
    assert "\x1b" not in result.stdout + result.stderr


def test_the_conversation_can_be_read_again(cli: Cli) -> None:
    """`history` shows one's own words and replies, `--threads` what there is; others see nothing of it."""
    cli("ask", "hello", "--thread", "greeting", user="mara.voss")
    said = cli("history", "--thread", "greeting", "--json", user="mara.voss")
    assert [message["role"] for message in json.loads(said.stdout)] == ["user", "assistant"]
    assert "greeting" in cli("history", "--threads", user="mara.voss").stdout
    assert "Hello" in cli("history", "--thread", "greeting", user="mara.voss").stdout
    assert json.loads(cli("history", "--thread", "greeting", "--json", user="tom.adler").stdout) == []


def test_catching_up_shows_only_what_is_ones_own(cli: Cli) -> None:
    """It goes on with everybody's work; what others were told is theirs."""
    result = cli("catch-up", "--json", user="olga.reis")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["turns"] == []


def test_ctrl_c_stops_a_turn_and_loses_nothing(untouched: Path, tmp_path: Path) -> None:
    """A person who stops a slow model gets the prompt back at once, and their request goes on later."""
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    with OpenAIServer() as server:
        server.say(server.answer("Let me", then="hang"))
        asked = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "countersign.app",
                "--home",
                str(home),
                "--as",
                "mara.voss",
                "ask",
                "who is CUS-0001?",
            ],
            env={**os.environ, **server.environment()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not server.requests and asked.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.requests, asked.communicate(timeout=5)
        asked.send_signal(signal.SIGINT)
        out, err = asked.communicate(timeout=30)
    assert asked.returncode == 130, (out, err)
    assert "Nothing is lost" in err
    assert "Traceback" not in err
    later = run_cli("catch-up", "--json", home=home, user="mara.voss")
    assert later.exit_code == 0, later.stderr
    turns = json.loads(later.stdout)["turns"]
    assert [turn["state"] for turn in turns] == ["done"]
    spoken = json.loads(run_cli("history", "--json", home=home, user="mara.voss").stdout)
    assert [message["role"] for message in spoken] == ["user", "assistant"]


def test_the_user_may_stand_in_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works alone does not want to say who they are each time."""
    monkeypatch.setenv("COUNTERSIGN_USER", "mara.voss")
    assert cli("history", "--threads").exit_code == 0
