"""`countersign init` writes a package that works at once, whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Cli
from countersign.app.scaffold import generator
from countersign.app.scaffold.generator import render_extension, write_extension
from countersign.policies.errors import BadInput, StorageError

CLI = "from countersign.app.cli.main import main; main()"


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of ours in a folder of the package's."""
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )


def test_its_tests_pass_with_one_command(tmp_path: Path) -> None:
    """Whoever tries it first would begin by repairing what we wrote."""
    folder, _ = write_extension("parking_lot", tmp_path)
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_its_rules_are_sound_and_it_is_listed(tmp_path: Path) -> None:
    """Its owner would learn from `policy check` what we forgot."""
    folder, _ = write_extension("parking_lot", tmp_path)
    named = {"PYTHONPATH": str(folder), "COUNTERSIGN_EXTENSIONS": "support,parking_lot.extension:EXTENSION"}
    done = run(tmp_path, "-c", CLI, "policy", "check", "--strict", **named)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = run(tmp_path, "-c", CLI, "--json", "extensions", **named)
    told = {item["name"]: item for item in json.loads(listed.stdout)}
    assert told["parking_lot"]["brings"]["workflows"] == ["parking_lot_booking"]
    loose = {"PYTHONPATH": str(folder), "COUNTERSIGN_EXTENSIONS": "support"}
    pack = str(folder / "parking_lot" / "packs" / "parking_lot.yaml")
    checked = run(tmp_path, "-c", CLI, "policy", "check", pack, **loose)
    assert checked.returncode == 4
    assert "no tool is called 'parking_lot.get_room'" in checked.stderr
    tools = ("--tools", "parking_lot.tools:TOOLS")
    checked = run(tmp_path, "-c", CLI, "policy", "test", pack, *tools, **loose)
    assert checked.returncode == 0, checked.stderr


def test_its_notebook_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """A notebook that fails in its third cell teaches nothing."""
    folder, _ = write_extension("parking_lot", tmp_path)
    cells = json.loads((folder / "notebook.ipynb").read_text("utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    done = run(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    assert "ROOM-0002 is yours." in done.stdout
    assert "effect.succeeded" in done.stdout


def test_what_it_writes_is_formatted(tmp_path: Path) -> None:
    """The first commit of a department would be a list of lint errors."""
    folder, files = write_extension("parking_lot", tmp_path)
    done = run(folder, "-m", "ruff", "check", "--line-length", "120", "--select", "E,F,I,B,UP", ".")
    assert done.returncode == 0, done.stdout
    assert len((folder / "README.md").read_text("utf-8").splitlines()) <= 60
    assert all((folder / path).read_text("utf-8").endswith("\n") for path in files)
    assert not [path for path in files if "NAME" in str(path) or "DASHED" in str(path)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Bad", "cannot name an extension"),
        ("it-desk", "cannot name an extension"),
        ("it desk", "cannot name an extension"),
        ("desk2", "cannot name an extension"),
        ("../x", "cannot name an extension"),
        ("", "cannot name an extension"),
        ("a" * 25, "at most 24 characters"),
        ("json", "something else in Python"),
        ("class", "something else in Python"),
        ("numpy", "is installed already"),
        ("support", "An extension 'support' is installed already"),
        ("shared", "An extension 'shared' is installed already"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(tmp_path: Path, name: str, said: str) -> None:
    """The package would hide another, or could not be loaded under its name."""
    with pytest.raises(BadInput, match=said):
        write_extension(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Work of weeks would be gone by a command that was typed twice."""
    write_extension("parking_lot", tmp_path)
    (tmp_path / "parking_lot" / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="exists already; nothing was written"):
        write_extension("parking_lot", tmp_path)
    assert (tmp_path / "parking_lot" / "README.md").read_text("utf-8") == "mine"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Half a package looks like one."""
    known = list(render_extension("parking_lot"))

    def break_off(_path: Path, _text: str) -> Path:
        raise error

    monkeypatch.setattr(generator, "_write", break_off)
    assert known
    with pytest.raises((KeyboardInterrupt, StorageError)):
        write_extension("parking_lot", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote(cli: Cli, tmp_path: Path) -> None:
    """Nobody would know where to begin."""
    done = cli("--json", "init", "parking_lot", "--into", str(tmp_path / "packages"))
    assert json.loads(done.stdout)["folder"] == str(tmp_path / "packages" / "parking_lot")
    again = cli("init", "parking_lot", "--into", str(tmp_path / "packages"))
    assert again.exit_code == 2
    assert "exists already" in again.stderr
