"""A conversation at the terminal: commands, inline answers, and stopping without losing anything."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Cli, run_cli
from countersign.app.chat import input
from countersign.app.chat.session import ChatSession
from data_folder import open_door
from openai_server import OpenAIServer


def test_a_conversation_from_a_pipe(cli: Cli) -> None:
    """Messages and commands, line by line; errors are told and the talk goes on."""
    lines = ["/help", "hello", "/nonsense", "/file missing.txt", "/show REV-000", "", "/history", "/quit", "never said"]
    result = cli("chat", "--thread", "talk", user="mara.voss", input="\n".join(lines))
    assert result.exit_code == 0, result.stderr
    assert "/approve ID" in result.stdout
    assert "Hello." in result.stdout
    assert "no command /nonsense" in result.stderr
    assert "missing.txt does not exist" in result.stderr
    assert "no review REV-000" in result.stderr
    said = json.loads(cli("history", "--thread", "talk", "--json", user="mara.voss").stdout)
    assert [message["text"] for message in said if message["role"] == "user"] == ["hello"]


def test_a_request_is_made_signed_and_withdrawn_in_talk(cli: Cli) -> None:
    """The whole way without leaving the conversation; nobody signs their own."""
    asked = cli("chat", "--thread", "asks", user="mara.voss", input="refund order 8841\n/reviews\n").stdout
    review_id = next(word for word in asked.replace(":", " ").split() if word.startswith("REV-"))
    assert f"Yours, waiting for support_manager: {review_id}" in asked
    own = cli("chat", user="mara.voss", input=f"/approve {review_id}\n")
    assert "separation of duties" in own.stderr
    lines = [f"/show {review_id[:10]}", "/reviews", f"/reject {review_id}", f"/reject {review_id} not damaged"]
    manager = cli("chat", user="tom.adler", input="\n".join(lines))
    assert f"For you: {review_id}" in manager.stdout
    assert "389.00 EUR" in manager.stdout
    assert "needs a reason" in manager.stderr
    assert "is rejected" in manager.stdout
    later = cli("chat", "--thread", "asks", user="mara.voss", input=f"/history\n/withdraw {review_id}\n")
    assert "not damaged" in later.stdout
    assert "already" in later.stderr or "closed" in later.stderr


def test_every_answer_can_be_given_in_talk(cli: Cli) -> None:
    """Who reads it in the chat answers it there, whatever the answer is."""

    def request(thread: str) -> str:
        turn = json.loads(cli("ask", "refund order 8841", "--thread", thread, "--json", user="mara.voss").stdout)
        return str(turn["pending"][0]["review_id"])

    first = request("talk-1")
    lines = [
        "/reviews",
        f"/delegate {first}",
        f"/delegate {first} sven.pohlmann I am away",
        f"/changes {first}",
        f"/changes {first} half of it",
    ]
    talk = cli("chat", user="tom.adler", input="\n".join(lines))
    assert "Waiting: 1 for you. /reviews shows them." in talk.stderr
    assert "Name the review and the person" in talk.stderr
    assert "sven.pohlmann is asked now. Still needs support_manager, asked: sven.pohlmann." in talk.stdout
    assert "Say which changes you want" in talk.stderr
    assert f"{first} is sent back for changes." in talk.stdout
    second = request("talk-2")
    answered = cli("chat", user="sven.pohlmann", input=f"/respond {second} send a voucher\n")
    assert f"{second} is answered in words." in answered.stdout
    third = request("talk-3")
    own = cli("chat", "--thread", "talk-3", user="mara.voss", input=f"/withdraw {third[:12]} by phone\n/show {third}\n")
    assert "Waiting: 1 of yours for others." in own.stderr
    assert "took it back" in own.stdout
    assert "by phone" in own.stdout


def test_taken_back_in_plain_words(cli: Cli) -> None:
    """What the work says that ends by it is shown at once."""
    talk = cli("chat", "--thread", "plain", user="mara.voss", input="refund order 8841\nwithdraw it\n/reviews\n")
    assert "is withdrawn and will not run" in talk.stdout
    assert "Meanwhile: I did not refund" in talk.stderr
    assert "nothing of yours waits" in talk.stdout


def test_what_came_meanwhile_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who keeps the chat open must hear what a reviewer decided, once."""
    with open_door(home) as assistant:
        talk = ChatSession(assistant, "mara.voss", "open")
        talk.welcome()
        talk.take("refund order 8841")
        (review,) = [item for item in assistant.waiting(as_user="mara.voss") if item.proposal.thread.endswith("/open")]
        assistant.answer(review.review_id, "reject", as_user="tom.adler", message="wrong order")
        capsys.readouterr()
        talk.take("/reviews")
        assert (
            "Meanwhile: I did not refund order ORD-8841: tom.adler rejected it: wrong order" in capsys.readouterr().err
        )
        talk.take("/reviews")
        assert "Meanwhile" not in capsys.readouterr().err


def test_conversations_and_files(cli: Cli, tmp_path: Path) -> None:
    """A file goes with the next message only, and each conversation is its own."""
    path = tmp_path / "agreement.html"
    path.write_text("<p>SUPPLY AGREEMENT between A GmbH and B AG.<p>Governed by the laws of Spain.", encoding="utf-8")
    lines = [f"/file {path}", "/thread other", "review this contract", "/thread talk", "/history", "/file", "/thread"]
    result = cli("chat", user="eva.stern", input="\n".join(lines))
    assert result.exit_code == 0, result.stderr
    assert "goes along with your next message" in result.stdout
    assert "Spain" in result.stdout
    assert "Name a file" in result.stderr
    assert "Name a conversation" in result.stderr
    assert json.loads(cli("history", "--thread", "other", "--json", user="eva.stern").stdout)


def test_an_unknown_user_cannot_talk(cli: Cli) -> None:
    """Before a single line is read."""
    result = cli("chat", user="nobody", input="hello\n")
    assert result.exit_code == 3
    assert "countersign users" in result.stderr


@pytest.mark.parametrize("user", ["mara.voss", "../../etc/passwd", "a/b\\c"])
def test_the_history_file_stays_at_home_and_private(tmp_path: Path, user: str) -> None:
    """It holds what somebody typed; a user id must not choose another place for it."""
    path = input._history_file(tmp_path, user)
    assert path.parent == tmp_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_ctrl_c_stops_the_turn_and_not_the_conversation(untouched: Path, tmp_path: Path) -> None:
    """The next message goes on with what was stopped; nothing has to be typed again."""
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    with OpenAIServer() as server:
        server.say(server.answer("Let me", then="hang"), "The first answer.", "The second answer.")
        talk = subprocess.Popen(
            [sys.executable, "-m", "countersign.app", "--home", str(home), "--as", "mara.voss", "chat"],
            env={**os.environ, **server.environment()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert talk.stdin is not None
        talk.stdin.write("who is CUS-0001?\n")
        talk.stdin.flush()
        deadline = time.monotonic() + 60
        while not server.requests and talk.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.requests, "the model was never asked"
        talk.send_signal(signal.SIGINT)
        out, err = talk.communicate("who is CUS-0002?\n", timeout=60)
    assert talk.returncode == 0, (out, err)
    assert "Stopped. Nothing is lost" in err
    assert "Meanwhile: The first answer." in err
    assert "The second answer." in out
    spoken = json.loads(run_cli("history", "--json", home=home, user="mara.voss").stdout)
    assert [message["role"] for message in spoken].count("assistant") == 2
