"""Several processes on one data folder, and processes that die."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from memory_opener import OpenMemory
from memory_process import SETUP, Process, environment


def recall(memory: Memory, query: str) -> list[str]:
    return [found.text for found in memory.recall(Principal("mara.voss", "acme"), query)]


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_two_processes_see_each_others_writes_at_once(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """Embedded Chroma alone finds none of what another process wrote after it was opened."""
    other = Process(tmp_path)
    memory = open_memory()
    try:
        assert other("memory.recall(mara, 'take the lock'), memory.index.owned") == "([], True)"
        memory.remember(mara, NewMemory("written here"))
        assert "written here" in other("[f.text for f in memory.recall(mara, 'written here')]")
        other("memory.remember(mara, NewMemory('written there'))")
        assert "written there" in recall(memory, "written there")
        assert not memory.index.owned
        other("memory.remember(mara, NewMemory('changed there', key='k'))")
        assert "changed there" in recall(memory, "changed there")
        other("memory.remember(mara, NewMemory('changed again', key='k'))")
        assert "changed there" not in recall(memory, "changed there")
        near = memory.index.nearest(memory.scope(mara), memory.queries.vector("changed again"), 10)
        assert len(near) == 3
    finally:
        other.kill()
    assert "written there" in recall(memory, "written there")
    assert memory.index.owned, "the lock of a dead process must be free"
    assert len(recall(memory, "written changed here there again")) == 3


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_both_ways_of_searching_agree(open_memory: OpenMemory, mara: Principal) -> None:
    """A process without the lock would give other answers than its owner."""
    owner, guest = open_memory(), open_memory()
    owner.recall(mara, "take the lock")
    for number in range(40):
        owner.remember(mara, NewMemory(f"note {number} about topic {number % 7}"))
    for query in ("note about topic 3", "topic 5", "note 11"):
        scope, vector = owner.scope(mara), owner.queries.vector(query)
        mine, theirs = owner.index.nearest(scope, vector, 10), guest.index.nearest(scope, vector, 10)
        assert [round(hit.similarity, 4) for hit in mine] == [round(hit.similarity, 4) for hit in theirs]
    assert owner.index.owned
    assert not guest.index.owned


@pytest.mark.parametrize("when", ["before", "between"])
def test_killed_in_the_middle_of_writing(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, when: str, chroma: ChromaServer | None
) -> None:
    """An acknowledged item would be lost, or the index would be left unusable."""
    program = SETUP + textwrap.dedent(
        """
        memory.recall(mara, "take the lock")
        if sys.argv[2] == "between":
            # Dies after Chroma took the vectors and before that was recorded.
            import os
            from countersign.memory.index import chroma
            real, applied = chroma._make_batches, []
            def batches(changes):
                yield from real(changes)
                applied.append(1)
                if len(applied) > 20:
                    os.kill(os.getpid(), 9)
            chroma._make_batches = batches
        for number in range(10_000):
            memory.remember(mara, NewMemory(f"item {number}"))
            memory.recall(mara, f"item {number}")
            print(number, flush=True)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), when], stdout=subprocess.PIPE, text=True, env=environment(chroma)
    )
    assert child.stdout
    acknowledged = -1
    for line in child.stdout:
        acknowledged = int(line)
        if acknowledged == 25:
            child.kill()
            break
    child.communicate()
    assert acknowledged >= 15
    memory = open_memory()
    scope = memory.scope(mara)
    for number in range(acknowledged + 1):
        hits = memory.index.nearest(scope, memory.queries.vector(f"item {number}"), 1)
        assert hits[0].similarity == pytest.approx(1, abs=1e-4)
    assert memory.index.owned


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_a_lost_or_damaged_index_is_made_again(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """A deleted or broken index folder would hide what SQL still holds."""
    memory = open_memory()
    memory.remember(mara, NewMemory("kept in SQL"))
    assert memory.recall(mara, "kept")
    memory.close()
    (database,) = (tmp_path / "index").glob("*/chroma.sqlite3")
    database.write_bytes(b"this is no database" * 500)
    again = open_memory()
    scope = again.scope(mara)
    assert len(again.index.nearest(scope, again.queries.vector("kept"), 5)) == 1
    assert again.index.owned


def test_an_older_database_under_a_newer_index(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """After restoring a backup the index would be ahead and hide later rows."""
    memory = open_memory()
    memory.remember(mara, NewMemory("first"))
    memory.recall(mara, "first")
    memory.rows.engine.dispose()
    backup = (tmp_path / "countersign.db").read_bytes()
    for number in range(5):
        memory.remember(mara, NewMemory(f"later {number}"))
    memory.recall(mara, "first")
    memory.close()
    memory.rows.engine.dispose()
    (tmp_path / "countersign.db").write_bytes(backup)
    again = open_memory()
    again.remember(mara, NewMemory("after the restore"))
    hits = again.index.nearest(again.scope(mara), again.queries.vector("after the restore"), 10)
    assert len(hits) == 2


def test_a_search_needs_no_chroma_before_it_searches(tmp_path: Path) -> None:
    """Opening and remembering would cost a second of imports."""
    program = SETUP + "memory.remember(mara, NewMemory('x'))\nprint([m for m in sys.modules if 'chromadb' in m])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_restored_database_that_went_on_to_the_same_number(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal
) -> None:
    """As many rows, the same positions, other rows: what was said since the restore would never be found by meaning."""
    memory = open_memory()
    memory.remember(mara, NewMemory("first"))
    memory.recall(mara, "first")
    memory.rows.engine.dispose()
    backup = (tmp_path / "countersign.db").read_bytes()
    for number in range(5):
        memory.remember(mara, NewMemory(f"later {number}"))
    memory.recall(mara, "first")
    memory.close()
    memory.rows.engine.dispose()
    for name in ("countersign.db-wal", "countersign.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "countersign.db").write_bytes(backup)
    again = open_memory()
    for number in range(10):
        again.remember(mara, NewMemory(f"other {number}"))
    for number in range(10):
        (hit, *_) = again.index.nearest(again.scope(mara), again.queries.vector(f"other {number}"), 1)
        assert hit.similarity == pytest.approx(1, abs=1e-4)
    assert len(again.index.nearest(again.scope(mara), again.queries.vector("other"), 50)) == 11
    assert again.index.owned


def test_several_processes_write_and_search_at_once(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, chroma: ChromaServer | None
) -> None:
    """Two writers at once on embedded Chroma lost vectors; an acknowledged item would not be found by meaning."""
    memory = open_memory()
    others = [Process(tmp_path, chroma) for _ in range(2)]
    try:

        def work(who: int) -> list[str]:
            wrong = []
            for number in range(12):
                text = f"writer{who} item{number}"
                line = f"memory.remember(mara, NewMemory({text!r}))"
                seen = f"[f.text for f in memory.recall(mara, {text!r}, limit=3)]"
                if who < len(others):
                    others[who](line)
                    found = others[who](seen)
                else:
                    memory.remember(mara, NewMemory(text))
                    found = str(recall(memory, text))
                if text not in found:
                    wrong.append(text)
            return wrong

        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(work, range(3))) == [[], [], []]
        assert len(memory.index.nearest(memory.scope(mara), memory.queries.vector("writer1"), 99)) == 36
        if chroma:
            assert [other("memory.index.owned") for other in others] == ["True", "True"]
    finally:
        for other in others:
            other.kill()
    again = open_memory()
    for who in range(3):
        for number in range(12):
            text = f"writer{who} item{number}"
            (hit, *_) = again.index.nearest(again.scope(mara), again.queries.vector(text), 1)
            assert hit.similarity == pytest.approx(1, abs=1e-4)
    assert len(again.index.nearest(again.scope(mara), again.queries.vector("item3"), 99)) == 36
