"""The example is installed as a wheel beside ours, in an environment of its own, and works for a new user."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import venv
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer

ROOT = Path(__file__).parents[2]
TURN = """
import json, sys
from countersign.graphs import Assistant

home, text, *signers = sys.argv[1:]
with Assistant.open(home) as assistant:
    turn = assistant.send(text, as_user="mara.voss")
    before = [item.kind for item in assistant.records(run=turn.run)]
    (review,) = turn.pending
    for signer in signers:
        answered = assistant.answer(review.review_id, "approve", as_user=signer)
        done = [item.data["tool"] for item in assistant.records(run=turn.run) if item.kind == "effect.succeeded"]
        assert bool(done) == (signer == signers[-1])
print(json.dumps({"paused": "effect.succeeded" not in before, "done": done, "reply": answered.reply}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with our wheel and the example's.

    The packages that ours is built on are those of this environment, read from where they are: nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("wheels")
    for name, source in (("countersign", ROOT), ("it_desk", ROOT / "examples" / "it_desk")):
        _build_wheel(name, source, folder)
    home = folder / "environment"
    venv.create(home, with_pip=True)
    found = home / "bin" / "python"
    site = Path(_run(found, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    packages = [path for path in sys.path if path.endswith("site-packages")]
    (site / "base.pth").write_text("\n".join(packages) + "\n", encoding="utf-8")
    wheels = [str(path) for path in folder.glob("*.whl")]
    assert len(wheels) == 2
    _run(found, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", *wheels)
    return found


def _build_wheel(name: str, source: Path, folder: Path) -> None:
    copied = folder / f"{name}-source"
    tracked = subprocess.run(["git", "ls-files"], cwd=source, capture_output=True, text=True, check=True).stdout
    for path in tracked.splitlines():
        if not path.startswith(("examples/", "tests/", "docs/", "benchmarks/")):
            (copied / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, copied / path)
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), str(copied))
    subprocess.run([sys.executable, "-m", "pip", *build], check=True, capture_output=True)


def _run(python: Path, *words: str, cwd: Path | None = None, **environment: str) -> str:
    """What a program of the fresh environment prints; it knows nothing of this checkout."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COUNTERSIGN", "OPENAI"))
    }
    done = subprocess.run([str(python), *words], cwd=cwd, env=clean | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _turn(python: Path, folder: Path, text: str, *signers: str, **environment: str) -> dict[str, Any]:
    told = _run(python, "-c", TURN, str(folder / "home"), text, *signers, cwd=folder, **environment)
    return dict(json.loads(told))


def _rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What stands in the department's own database."""
    with closing(sqlite3.connect(folder / "home" / "extensions" / "it_desk" / "desk.db")) as database:
        return database.execute(query).fetchall()


def test_an_installed_department_is_there_without_a_setting(python: Path, tmp_path: Path) -> None:
    """A platform team would have to change a file of ours, or a variable on each machine."""
    command = str(python.parent / "countersign")
    listed = json.loads(_run(python, command, "--json", "extensions", cwd=tmp_path))
    assert [item["name"] for item in listed] == ["shared", "finance", "it_desk", "legal", "support"]
    assert listed[2]["origin"] == "it_desk 0.1.0"
    where = _run(python, "-c", "import countersign.policies; print(countersign.policies.__file__)", cwd=tmp_path)
    assert str(python.parent.parent) in where
    _run(python, command, "policy", "check", "--strict", cwd=tmp_path)


def test_an_access_request_pauses_is_signed_and_runs_once(python: Path, tmp_path: Path) -> None:
    """What works in our checkout would not work where it counts."""
    found = _turn(python, tmp_path, "I need read access to SYS-01", "tom.adler", "greta.falk")
    assert found["paused"]
    assert found["done"] == ["it_desk.grant_access"]
    assert "you have read access to SYS-01" in found["reply"]
    assert _rows(tmp_path, "SELECT person, system_id, level, status FROM access") == [
        ("mara.voss", "SYS-01", "read", "active")
    ]


def test_a_model_proposes_it_and_people_sign_it_all_the_same(python: Path, tmp_path: Path) -> None:
    """An agent of an extension would reach its tools by another way than ours, or not at all."""
    with OpenAIServer() as server:
        asked = server.call("it_desk__hand_out", {"device_id": "DEV-002"})
        server.say(server.calls(asked), "DEV-002 is with you now.")
        found = _turn(python, tmp_path, "please hand DEV-002 out to me", "tom.adler", **server.environment())
        assert server.errors == []
        offered = {tool["function"]["name"] for tool in server.requests[0].body["tools"]}
    assert "it_desk__hand_out" in offered
    assert "refunds__issue" not in offered
    assert found["paused"]
    assert found["done"] == ["it_desk.hand_out"]
    assert _rows(tmp_path, "SELECT holder FROM devices WHERE id = 'DEV-002'") == [("mara.voss",)]


def test_init_works_from_the_wheel_in_an_empty_folder(python: Path, tmp_path: Path) -> None:
    """The templates would be missing from what is installed."""
    _run(python, str(python.parent / "countersign"), "init", "parking_lot", cwd=tmp_path)
    told = _run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path / "parking_lot")
    assert "5 passed" in told
