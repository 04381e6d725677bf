"""The examples keep their own promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("example", ["it_desk"])
def test_its_tests_pass(example: str) -> None:
    """Whoever copies it would copy what is broken."""
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    folder = EXAMPLES / example
    done = subprocess.run([sys.executable, *words], cwd=folder, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_example_is_tested() -> None:
    """A new one would be forgotten."""
    assert sorted(path.name for path in EXAMPLES.iterdir() if (path / "pyproject.toml").exists()) == ["it_desk"]
