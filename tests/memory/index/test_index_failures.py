"""Chroma or not, a search answers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from memory_opener import OpenMemory, chroma_of, warmed


def near(memory: Memory, mara: Principal, text: str) -> int:
    return len(memory.index.nearest(memory.scope(mara), memory.queries.vector(text), 9))


def test_while_chroma_loads_searches_are_exact(open_memory: OpenMemory, mara: Principal) -> None:
    """The first question would wait a second for imports, or find nothing."""
    memory = open_memory()
    memory.remember(mara, NewMemory("early bird"))
    memory.warm()
    assert near(memory, mara, "early") == 1
    warmed(memory)
    assert memory.index.owned
    memory.remember(mara, NewMemory("late bird"))
    assert near(memory, mara, "bird") == 2


def test_a_collection_that_was_dropped_is_made_again(
    open_memory: OpenMemory, mara: Principal, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process erases somebody, and this one would find nothing any more, or raise Chroma's error."""
    memory = open_memory()
    memory.remember(mara, NewMemory("bird"))
    assert near(memory, mara, "bird") == 1
    chroma = chroma_of(memory)
    for text in (None, "other bird"):
        chroma._client.delete_collection(chroma._opened["acme"].collection.name)
        if text:
            memory.remember(mara, NewMemory(text))
        assert near(memory, mara, "bird") == (2 if text else 1)
    assert memory.index._door.chroma is chroma
    assert not caplog.records


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_a_failing_index_is_replaced(open_memory: OpenMemory, mara: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Chroma error would reach the person who asked."""
    memory = open_memory()
    memory.remember(mara, NewMemory("bird"))
    assert near(memory, mara, "bird") == 1
    chroma = chroma_of(memory)
    monkeypatch.setattr(chroma, "_client", None)
    monkeypatch.setattr(chroma._opened["acme"], "collection", None)
    memory.remember(mara, NewMemory("other bird"))
    assert near(memory, mara, "bird") == 2
    assert near(memory, mara, "bird") == 2
    assert memory.index.owned
    assert memory.index._door.chroma is not chroma


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_an_index_that_cannot_be_made_is_done_without(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """A full disk or a wrong permission would take memory away altogether."""
    (tmp_path / "index").write_text("a file where the folder should be")
    memory = open_memory()
    memory.remember(mara, NewMemory("bird"))
    assert near(memory, mara, "bird") == 1
    assert not memory.index.owned


@pytest.mark.parametrize("filtered", [False, True])
def test_a_rare_visibility_is_found_among_many(
    open_memory: OpenMemory, mara: Principal, otto: Principal, filtered: bool
) -> None:
    """The nearest hits all belong to others; looking only at them would find nothing."""
    memory = open_memory()
    if filtered:
        memory.index.warm()
        warmed(memory)
    for number in range(120):
        memory.remember(otto, NewMemory(f"note {number}"))
    memory.remember(mara, NewMemory("note of mara about something else entirely", key="k"))
    assert near(memory, mara, "note") == 1
    assert [found.author for found in memory.recall(mara, "note", limit=3)] == ["mara.voss"]


def test_many_threads_share_one_memory(open_memory: OpenMemory, mara: Principal) -> None:
    """The web app answers from several threads; a lost write or a locked database would show here."""
    memory = open_memory()

    def work(worker: int) -> bool:
        for number in range(8):
            memory.remember(mara, NewMemory(f"worker{worker} item{number}"))
            if not any(
                found.text == f"worker{worker} item{number}"
                for found in memory.recall(mara, f"worker{worker} item{number}", limit=3)
            ):
                return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(6)))
    assert len(memory.index.nearest(memory.scope(mara), memory.queries.vector("worker1"), 99)) == 48
