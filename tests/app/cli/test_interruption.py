"""Ctrl-C in the commands that take long: what was done stays, and the person is told how to go on."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from command_line import run_cli
from countersign.memory.index.reindex import BATCH

WITH = "SELECT count(*) FROM memory_rows WHERE vectors > 0 AND embedder {} 'another model'"


def test_an_interrupted_reindex_says_how_to_go_on(untouched: Path, tmp_path: Path) -> None:
    """It promised that the next message goes on; but memory cannot be opened before it is whole."""
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    with closing(sqlite3.connect(home / "countersign.db", timeout=30)) as database:

        def count(condition: str) -> int:
            return int(database.execute(WITH.format(condition)).fetchone()[0])

        # Twice as many rows: after the first batch there must be time to break off.
        database.executescript(
            """
            CREATE TEMP TABLE again AS SELECT * FROM memory_rows;
            UPDATE again SET n = n + 100000, id = lower(hex(randomblob(16))), key = key || ' again';
            INSERT INTO memory_rows SELECT * FROM again;
            """
        )
        database.execute("UPDATE memory_rows SET embedder = 'another model'")
        database.execute("UPDATE memory_state SET embedder = 'another model'")
        database.commit()
        assert (many := count("=")) > 4 * BATCH
        command = [sys.executable, "-m", "countersign.app", "--home", str(home), "memory", "reindex"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            ends = time.monotonic() + 60
            while not count("!=") and process.poll() is None and time.monotonic() < ends:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "Nothing is lost: `countersign memory reindex` goes on where this stopped." in " ".join(err.split())
        assert "Traceback" not in err
        assert 0 < (done := count("!=")) < many
    refused = run_cli("ask", "who is CUS-0001?", home=home, user="mara.voss")
    assert refused.exit_code != 0
    assert "countersign memory reindex" in refused.stderr
    again = run_cli("memory", "reindex", "--json", home=home)
    assert json.loads(again.stdout) == {"embedded": many - done, "unchanged": done}
    found = json.loads(run_cli("memory", "search", "refund", "--json", home=home, user="mara.voss").stdout)
    assert found


def test_an_interrupted_ingest_goes_on_with_the_same_command(untouched: Path, tmp_path: Path) -> None:
    """What was read would be lost, or be there twice."""
    home, folder = tmp_path / "home", tmp_path / "papers"
    shutil.copytree(untouched, home)
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.md").write_text(f"# Paper {number}\n\nThe walrus {number} sleeps.\n")
    command = [sys.executable, "-m", "countersign.app", "--home", str(home), "--as", "mara.voss"]
    command += ["memory", "ingest", str(folder)]
    with closing(sqlite3.connect(home / "countersign.db", timeout=30)) as database:

        def count() -> int:
            query = "SELECT count(*) FROM memory_rows WHERE text LIKE '%walrus%'"
            return int(database.execute(query).fetchone()[0])

        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            ends = time.monotonic() + 60
            while not count() and process.poll() is None and time.monotonic() < ends:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "Nothing is lost: the same command goes on where this stopped." in " ".join(err.split())
        assert "Traceback" not in err
        assert 0 < (done := count()) < 150
        again = run_cli("memory", "ingest", str(folder), "--json", home=home, user="mara.voss")
        assert again.exit_code == 0, again.stderr
        told = [file["status"] for file in json.loads(again.stdout)["files"]]
        assert count() == 150
        assert told.count("unchanged") + told.count("added") == 150
        assert abs(told.count("unchanged") - done) <= 1
