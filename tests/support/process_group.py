"""Processes that begin at the same moment."""

import subprocess
import sys
from collections.abc import Sequence

PATIENCE_SECONDS = 120


def run_together(commands: Sequence[Sequence[str]]) -> list[str]:
    """What each process printed. Each says ``ready``, waits for a line that comes when all are ready, and works.

    Args:
        commands: for each process what stands behind ``python`` on its command line.
    """
    running = [
        subprocess.Popen([sys.executable, *words], stdin=-1, stdout=-1, stderr=-1, text=True) for words in commands
    ]
    for process in running:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise AssertionError(process.communicate()[1])
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = []
    for process in running:
        results, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, errors
        said.append(results)
    return said
