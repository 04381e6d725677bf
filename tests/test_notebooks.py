"""The notebooks run from top to bottom on a fresh kernel, offline."""

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


@pytest.mark.parametrize("notebook", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook_runs(notebook: Path) -> None:
    """A tour whose cells fail is worse than none."""
    # In a process of its own: kernels talk over sockets and leave threads that this suite's strict settings refuse.
    command = [sys.executable, "-m", "pytest", "--nbmake", "-q", "-p", "no:socket", "-p", "no:xdist", str(notebook)]
    ran = subprocess.run(
        [*command, "-o", "addopts=", "-W", "default", "--nbmake-timeout=120"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
