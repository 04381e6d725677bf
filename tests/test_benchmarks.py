"""The benchmarks of speed run: a figure that nobody can get any more is no figure."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SMALL = (
    "overhead.py --rounds 1",
    "growth.py --turns 11 --bare-until 11",
    "writes.py --rounds 1 --reviews 3",
    "limiting.py --times 3",
    "decisions.py --seconds 0.2",
    "history.py --rows 200",
    "backtest.py 300",
)


@pytest.mark.parametrize("command", SMALL)
def test_benchmark_runs(command: str) -> None:
    """Each at its smallest size, because what it stands on changes more often than it is run; no figure is judged."""
    name, *options = command.split()
    ran = subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *options], capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    assert any(letter.isdigit() for letter in ran.stdout)
