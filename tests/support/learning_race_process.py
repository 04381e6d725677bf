"""A process that brings up to date what is learned, together with others: ``python learning_race_process.py HOME``."""

import sys
from pathlib import Path

from data_folder import MARA, open_core


def main(home: str) -> None:
    """Gets ready, waits for a line, and does it."""
    core = open_core(Path(home))
    print("ready", flush=True)
    input()
    assert core.services.learning is not None
    core.services.learning.catch_up(core.principal(MARA).tenant)
    core.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
