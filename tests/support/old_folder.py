"""The data folder that the last version before the move of the modules left behind; see ``tests/journeys/data``."""

import json
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from clocks import StoppedClock

ARCHIVE = Path(__file__).parents[1] / "journeys" / "data" / "folder_before_the_move.tar.xz"


@dataclass(frozen=True, slots=True)
class OldFolder:
    """An unpacked copy.

    Attributes:
        settled: the review that was signed and executed before the move, by the order it is about.
        waiting: the reviews that wait, by the conversation and by the record they are about.
        clock: stands an hour after the folder was left, so that no deadline has passed however old it is.
    """

    home: Path
    settled: dict[str, str]
    waiting: dict[str, dict[str, str]]
    clock: StoppedClock


def unpack(home: Path) -> OldFolder:
    """A copy of it at a place that does not exist yet."""
    home.mkdir(parents=True)
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(home, filter="tar")  # with the modes of folders too
    company = home / "company.db"
    with closing(sqlite3.connect(company)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript((home / "company.sql").read_text())
    company.chmod(0o600)
    (home / "company.sql").unlink()
    story: dict[str, Any] = json.loads((home / "story.json").read_text())
    clock = StoppedClock(datetime.fromisoformat(story["made_at"]) + timedelta(hours=1))
    return OldFolder(home, story["settled"], story["waiting"], clock)
