"""Whatever is wrong from outside gets a clear message and an exit code, never a stack trace, and loses nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Cli, run_cli
from countersign.policies.storage import database

Break = Callable[[Path], None]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ask", "hello", "--file", "missing.txt"], 2, "does not exist"),
        (["ask", "hello", "--file", "."], 2, "folder"),
        (["ask", "hello", "--file", "binary.bin"], 2, "not a text file"),
        (["ask", "hello", "--file", "report.pdf"], 2, "report.pdf is damaged"),
        (["ask", "hello", "--file", "huge.txt"], 2, "too large"),
        (["ask", "hello", "--file", "empty.txt"], 2, "empty"),
        (["ask", ""], 2, "empty"),
        (["ask", "  \n "], 2, "empty"),
        (["ask", "x" * 20_001], 2, "20,000"),
        (["reviews", "show", "REV-000000000000"], 2, "no review"),
        (["reviews", "approve", "REV-000000000000"], 2, "no review"),
        (["reviews", "approve", "ab"], 2, "too short"),
        (["reviews", "withdraw", "REV-000000000000"], 2, "no review"),
        (["reviews", "edit", "REV-000000000000", "--args", "[" * 50_000], 2, "not JSON"),
        (["effects", "list", "--last", "99999999999999999999"], 2, "less than"),
        (["policy", "explain", "REV-000000000000"], 2, "no review"),
        (["policy", "explain", "missing.json"], 2, "cannot be read"),
        (["policy", "explain", " "], 2, "nothing to explain"),
        (["policy", "explain", "x" * 300], 2, "too long for the name of a file"),
        (["policy", "check", "x" * 300], 2, "too long for the name of a file"),
        (["effects", "show", "x" * 30_000], 2, "(30,057 characters)"),
        (["reviews", "delegate", "REV-000000000000", " "], 2, "Name the person"),
        (["memory", "search", " "], 2, "nothing to look for"),
        (["memory", "search", "x", "--kind", "gossip"], 2, "not a kind"),
        (["memory", "add", ""], 2, "empty"),
        (["memory", "add", "x", "--for", "team:legal"], 3, "may not write"),
        (["memory", "add", "x", "--about", " "], 2, "has no id"),
        (["memory", "ingest", "empty.txt", "--about", ""], 2, "has no id"),
        (["memory", "forget", "CUS-0001", "--yes"], 3, "may erase"),
        (["memory", "forget", "CUS-0001"], 2, "--yes"),
        (["users", "--role", "king"], 2, "Roles are"),
        (["chat", "--json"], 2, "ask --json"),
    ],
)
def test_bad_arguments(cli: Cli, tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    """Each of these is typed every day."""
    (tmp_path / "binary.bin").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 ...")
    (tmp_path / "empty.txt").write_text("\n")
    if "huge.txt" in arguments:
        (tmp_path / "huge.txt").write_text("word " * 2_000_000)
    result = cli(*arguments, user="mara.voss")
    assert result.exit_code == code, (result.stdout, result.stderr)
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_broken_letters_are_said(cli: Cli) -> None:
    """A terminal in another encoding sends bytes that are no UTF-8; nothing is erased or recorded by a wrong name."""
    for given in (["forget", "M\udcfcller", "--yes"], ["export", "--about", "M\udcfcller"]):
        result = cli("memory", *given, user="pia.lorenz")
        assert result.exit_code == 2, (result.stdout, result.stderr)
        assert "cannot be stored" in result.stderr


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("refund order 99999999", "no order ORD-99999999"),
        ("refund 20 USD on order 8876", "cannot be refunded in USD"),
        ("refund -20 EUR on order 8877", "cannot be refunded"),
        ("something is wrong with the number", "not sure"),
    ],
)
def test_what_was_not_done_ends_with_1(cli: Cli, message: str, said: str) -> None:
    """A script has to see that nothing was paid, without reading the reply."""
    result = cli("ask", message, "--thread", message, user="mara.voss")
    assert result.exit_code == 1, (result.stdout, result.stderr)
    assert said in result.stdout


@pytest.mark.parametrize("user", ["nobody", "MARA.VOSS", "mara.voss ", "halden-birch/mara.voss", "%"])
@pytest.mark.parametrize("command", [["ask", "hello"], ["reviews", "list"], ["audit", "show"], ["history"]])
def test_an_unknown_user_is_refused(cli: Cli, user: str, command: list[str]) -> None:
    """Only whom the directory knows, exactly, may act."""
    result = cli(*command, user=user)
    if user.strip() == "mara.voss":
        assert result.exit_code == 0  # white space around an id is a typing slip
        return
    assert result.exit_code == 3
    assert "countersign users" in result.stderr


@pytest.mark.parametrize("command", [["reviews", "list"], ["audit", "show"], ["history"], ["audit", "verify"]])
def test_a_folder_in_which_nothing_happened_is_said(tmp_path: Path, command: list[str]) -> None:
    """`audit verify` in the wrong folder must not say that all is well, nor make a database there."""
    result = run_cli(*command, home=tmp_path / "wrong", user="mara.voss")
    assert result.exit_code == 5
    assert str(tmp_path / "wrong") in result.stderr
    assert not (tmp_path / "wrong").exists()


def _corrupt(name: str) -> Break:
    def damage(home: Path) -> None:
        for rest in home.glob(f"{name}-*"):
            rest.unlink()
        path = home / name
        path.write_bytes(b"This is no database." + path.read_bytes()[20:])

    return damage


@pytest.mark.parametrize("name", ["countersign.db", "company.db", "checkpoints.db"])
def test_a_corrupt_database_is_said(untouched: Path, tmp_path: Path, name: str) -> None:
    """The message names the file and what to do; the file is left as it is."""
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    _corrupt(name)(home)
    before = (home / name).read_bytes()
    result = run_cli("ask", "refund order 8841", home=home, user="mara.voss")
    assert result.exit_code == 5, (result.stdout, result.stderr)
    assert name in result.stderr
    assert "Traceback" not in result.stderr
    assert (home / name).read_bytes() == before


def test_a_locked_database_is_said(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may hold it for long; waiting ends, and nothing is lost."""
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(home / "countersign.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        result = run_cli("ask", "hello", home=home, user="mara.voss")
    assert result.exit_code == 5, (result.stdout, result.stderr)
    assert "locked" in result.stderr
    assert "Traceback" not in result.stderr
    assert run_cli("audit", "verify", home=home).exit_code == 0


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The path runs through a file."""
    (tmp_path / "file").write_text("x")
    result = run_cli("ask", "hello", home=tmp_path / "file" / "home", user="mara.voss")
    assert result.exit_code == 5
    assert "COUNTERSIGN_HOME" in result.stderr


def test_a_read_only_home_is_said(untouched: Path, tmp_path: Path) -> None:
    """A folder that somebody else owns. Root writes everywhere, so it gives that right up first."""
    drop = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("run as root, and setpriv is not installed")
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    for path in [*home.rglob("*"), home]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    command = [sys.executable, "-m", "countersign.app", "--home", str(home), "--as", "mara.voss", "ask", "hello"]
    try:
        done = subprocess.run([*drop, *command] if os.geteuid() == 0 else command, capture_output=True, text=True)
    finally:
        for path in [home, *home.rglob("*")]:
            path.chmod(0o755)
    assert done.returncode == 5, done
    assert "COUNTERSIGN_HOME" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        ("<&-", "chat", 0),
        ("<&-", "ask -", 2),
        (">&-", "reviews", 0),
        ("<&- >&- 2>&-", "memory add -", 2),
        ("<&- >&- 2>&-", "reviews", 0),
    ],
)
def test_streams_that_are_closed(home: Path, closed: str, words: str, code: int) -> None:
    """A scheduler may give none; a database opened in the place of one would be written into."""
    command = f'exec "$0" -m countersign.app --home "$1" --as tom.adler {words} {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable, str(home)], capture_output=True, text=True)
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    assert run_cli("audit", "verify", home=home).exit_code == 0


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("COUNTERSIGN_PACKS", "/nowhere/packs", 4), ("OPENAI_BASE_URL", "no address", 2)],
)
def test_bad_settings_are_said(cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int) -> None:
    """A typo in a variable must not silently mean the default."""
    monkeypatch.setenv(name, value)
    result = cli("ask", "hello", user="mara.voss")
    assert result.exit_code == code
    assert "Traceback" not in result.stderr
