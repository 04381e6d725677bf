"""Changing the embedding model."""

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.index.reindex import ReindexResult, reindex_memory
from countersign.memory.ingest.documents import MemoryDocument, embed_pending, load_documents
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.memory.records.rows import EmbedderMismatch
from countersign.memory.records.tables import tombstones
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import Unavailable
from countersign.policies.storage.database import begin_read
from databases import Databases
from memory_opener import OpenMemory
from memory_process import SETUP, environment
from numpy.typing import NDArray
from sqlalchemy import func, select
from word_embedder import WordEmbedder

OTHER = WordEmbedder("other", 48)


def fill(memory: Memory, mara: Principal, count: int = 150) -> None:
    for number in range(count):
        memory.remember(mara, NewMemory(f"item {number}"))


def test_each_field_that_was_embedded_is_embedded_anew(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal
) -> None:
    """One vector for all fields of an item would be near to none of them, and rankings change by a reindex alone."""
    memory = open_memory()
    value = {"colour": "red apple", "wall": "green brick\nof the north", "other": "blue"}
    ChromaStore(memory, mara).put(("n",), "k", value, index=["colour", "wall"])
    ChromaStore(memory, mara).put(("n",), "whole", {"text": "yellow moon"})
    memory.close()
    assert reindex_memory(tmp_path, memory.rows.engine, OTHER) == ReindexResult(2, 0)
    store = ChromaStore(open_memory(OTHER), mara)
    for query in ("red apple", "green brick of the north"):
        (best, _) = store.search(("n",), query=query)
        assert best.key == "k"
        assert best.score == pytest.approx(1, abs=1e-4)


def test_another_embedder_is_refused_until_reindexed(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, chroma: ChromaServer | None
) -> None:
    """Vectors of two models would be compared, and every answer be noise."""
    memory = open_memory()
    fill(memory, mara)
    memory.recall(mara, "item 7")
    with pytest.raises(EmbedderMismatch, match="countersign memory reindex"):
        open_memory(OTHER)
    if not chroma:  # with a server nobody owns the index; whoever is open is told to stop
        with pytest.raises(Unavailable, match="open in another process"):
            reindex_memory(tmp_path, memory.rows.engine, OTHER)
    memory.close()
    steps: list[tuple[int, int]] = []
    done = reindex_memory(tmp_path, memory.rows.engine, OTHER, lambda at, of: steps.append((at, of)))
    assert done == ReindexResult(150, 0)
    assert steps == [(64, 150), (128, 150), (150, 150)]
    again = open_memory(OTHER)
    found = again.recall(mara, "item 7")[0]
    assert found.text == "item 7"
    assert found.similarity == pytest.approx(1, abs=1e-4)
    assert again.index.owned
    assert reindex_free(again, tmp_path) == ReindexResult(0, 150)


def reindex_free(memory: Memory, home: Path) -> ReindexResult:
    memory.close()
    return reindex_memory(home, memory.rows.engine, OTHER)


def test_a_process_that_is_still_open_stops_instead_of_mixing(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal
) -> None:
    """It would go on writing vectors of the old model."""
    memory = open_memory()
    fill(memory, mara, 3)
    reindex_memory(tmp_path, memory.rows.engine, OTHER)
    with pytest.raises(EmbedderMismatch):
        memory.remember(mara, NewMemory("late"))
    with pytest.raises(EmbedderMismatch):
        memory.recall(mara, "item")


def test_an_interrupted_reindex_goes_on(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """Half of the rows would have the old model's vectors for ever."""
    memory = open_memory()
    fill(memory, mara)
    memory.close()

    class Stop(Exception):
        pass

    def interrupt(*_: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        reindex_memory(tmp_path, memory.rows.engine, OTHER, interrupt)
    for embedder in (OTHER, WordEmbedder()):
        with pytest.raises(EmbedderMismatch, match="interrupted"):
            open_memory(embedder)
    assert reindex_memory(tmp_path, memory.rows.engine, OTHER) == ReindexResult(86, 64)
    assert open_memory(OTHER).recall(mara, "item 149")[0].text == "item 149"


def test_a_killed_reindex_goes_on(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, chroma: ChromaServer | None
) -> None:
    """A machine that dies in the middle would leave two models' vectors, or everything to be done again."""
    memory = open_memory()
    fill(memory, mara, 300)
    memory.recall(mara, "item")
    memory.close()
    program = SETUP.split("memory = Memory.open")[0] + textwrap.dedent(
        """
        from countersign.memory.index.reindex import reindex_memory
        def told(done, total):
            print(done, flush=True)
            sys.stdin.readline()
        reindex_memory(home, open_database(make_sqlite_url(home / "countersign.db")), WordEmbedder("other", 48), told)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(chroma),
    )
    assert child.stdin
    assert child.stdout
    for wanted in (64, 128):
        assert int(child.stdout.readline()) == wanted
        child.stdin.write("go on\n")
        child.stdin.flush()
    child.kill()
    child.communicate()
    with pytest.raises(EmbedderMismatch, match="interrupted"):
        open_memory(OTHER)
    done = reindex_memory(tmp_path, memory.rows.engine, OTHER)
    assert done.embedded + done.unchanged == 300
    assert 300 - 192 <= done.embedded <= 300 - 128
    again = open_memory(OTHER)
    for number in (0, 70, 299):
        (hit, *_) = again.index.nearest(again.scope(mara), again.queries.vector(f"item {number}"), 1)
        assert hit.similarity == pytest.approx(1, abs=1e-4)
    assert len(again.index.nearest(again.scope(mara), again.queries.vector("item"), 400)) == 300
    assert again.index.owned


def test_changing_ones_mind_in_the_middle(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """Going back to the old model after an interruption would leave the new one's vectors among them."""
    memory = open_memory()
    fill(memory, mara)
    memory.close()

    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex_memory(tmp_path, memory.rows.engine, OTHER, interrupt)
    assert reindex_memory(tmp_path, memory.rows.engine, WordEmbedder()) == ReindexResult(64, 86)
    again = open_memory()
    assert len(again.index.nearest(again.scope(mara), again.queries.vector("item"), 200)) == 150


def test_a_batch_of_the_old_model_that_comes_too_late_is_refused(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal
) -> None:
    """Its vectors would be taken for the new model's: noise, or of another length, and then no search worked again."""
    memory = open_memory()
    fill(memory, mara, 3)
    document = MemoryDocument("D-1", "Birds", "Some text about birds", "handbook", "trusted")
    load_documents(memory, "acme", [document], embed=False)

    class Overtaken(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            reindex_memory(tmp_path, memory.rows.engine, OTHER)
            return super().embed(texts)

    memory.embedder = Overtaken()
    with pytest.raises(EmbedderMismatch, match="'other'"):
        embed_pending(memory)
    again = open_memory(OTHER)
    assert embed_pending(again) == 1
    assert again.recall(mara, "Some text about birds")[0].similarity is not None
    assert len(again.index.nearest(again.scope(mara), again.queries.vector("item"), 9)) == 4


@pytest.mark.parametrize("dimensions", [32, 48])
def test_a_search_with_a_filter_stops_too(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, dimensions: int
) -> None:
    """It ranks the rows themselves, without any index, and compared one model's question with another's vectors."""
    memory = open_memory()
    ChromaStore(memory, mara).put(("n",), "a", {"t": "bird", "k": 1})
    reindex_memory(tmp_path, memory.rows.engine, WordEmbedder("other", dimensions))
    with pytest.raises(EmbedderMismatch):
        ChromaStore(memory, mara).search(("n",), query="bird", filter={"k": 1})


@pytest.mark.parametrize("at", [64, 150])
def test_of_two_machines_the_one_that_began_later_wins(
    tmp_path: Path, databases: Databases, mara: Principal, at: int
) -> None:
    """Each would undo the other's work without end, or one say that all is done when half is the other's."""
    engine = databases.open(tmp_path / "records.db")
    with Memory.open(tmp_path, engine, WordEmbedder()) as memory:
        fill(memory, mara)
    third = WordEmbedder("third", 40)

    def break_off(*_: int) -> None:
        raise KeyboardInterrupt

    def other_machine(done: int, _total: int) -> None:
        if done == at:
            with pytest.raises(KeyboardInterrupt):
                reindex_memory(tmp_path / "other", engine, third, break_off)

    with pytest.raises(EmbedderMismatch, match="'third', or that was interrupted"):
        reindex_memory(tmp_path, engine, OTHER, other_machine)
    assert reindex_memory(tmp_path / "other", engine, third) == ReindexResult(86, 64)
    with Memory.open(tmp_path, engine, third) as memory:
        assert len(memory.index.nearest(memory.scope(mara), memory.queries.vector("item"), 200)) == 150


def test_a_reindex_leaves_no_trace_of_what_has_gone(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """Each deletion leaves a line for the indexes that have to follow; they would pile up for ever."""
    memory, other = open_memory(), open_memory()
    fill(memory, mara, 9)
    for one in (memory, other):
        assert near(one, mara) == 9
    memory.forget(mara, "mara.voss")
    fill(memory, mara, 2)
    memory.remember(mara, NewMemory("kept", key="k"))
    memory.remember(mara, NewMemory("kept again", key="k"))
    memory.close()
    reindex_memory(tmp_path, memory.rows.engine, WordEmbedder())
    with begin_read(memory.rows.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(tombstones)) == 0
    for one in (memory, other, open_memory()):
        assert near(one, mara) == 3


def near(memory: Memory, mara: Principal) -> int:
    return len(memory.index.nearest(memory.scope(mara), memory.queries.vector("item"), 200))
