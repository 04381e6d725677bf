"""The story works on a fresh machine, and notices when it does not."""

import json
from pathlib import Path

import pytest
from command_line import run_cli
from countersign.app.demo.story import Scene


def test_the_story_goes_as_told(untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Review, invoice, refunds, refusals and proof, in well under a minute, whatever the environment says."""
    import shutil

    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    monkeypatch.setenv("COUNTERSIGN_PACKS", "/nowhere")
    monkeypatch.setenv("OPENAI_API_KEY", "not-used")
    result = run_cli("demo", "--json", home=home)
    scenes = json.loads(result.stdout)
    assert [scene["missed"] for scene in scenes] == [[]] * 12
    assert result.exit_code == 0, result.stderr
    assert sum(float(scene["seconds"]) for scene in scenes) < 60
    assert sum("separation of duties" in scene["got"] for scene in scenes) == 2
    assert run_cli("audit", "verify", home=home).exit_code == 0
    again = run_cli("demo", home=home)
    assert again.exit_code == 2
    assert "already" in again.stderr


def test_a_step_that_goes_wrong_is_a_failure() -> None:
    """The demo is a check too."""
    scene = Scene("told", "who", "did", "got", ("nothing was paid",), 0.1)
    assert not scene.as_told
    assert scene.record()["missed"] == ["nothing was paid"]
