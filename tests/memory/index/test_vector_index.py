"""Tenants searched exactly, in Chroma, and in Chroma with what it was not told yet: one answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import pytest
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.index.exact import MAX_UNUSED_SORTS, ExactIndex
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.memory.records.rows import IndexChanges
from countersign.memory.records.scope import Scope, VectorTag
from countersign.policies.domain.principal import Principal
from langgraph.store.base import PutOp
from memory_opener import OpenMemory, chroma_of
from memory_process import Process
from numpy.typing import NDArray

EVERYTHING = Scope("acme", frozenset({"org"}), datetime(2026, 1, 1, tzinfo=UTC))
LATE = IndexLimits(exact_below=3, tail=4, at_once=6)
EMBEDDED = pytest.mark.parametrize("chroma", ["embedded"], indirect=True)


def texts(memory: Memory, mara: Principal, query: str, limit: int = 50) -> list[str]:
    return sorted(item.value["t"] for item in ChromaStore(memory, mara).search(("notes",), query=query, limit=limit))


def settle(memory: Memory, tenant: str = "acme") -> None:
    """Waits until Chroma knows everything."""
    assert memory.index.settle(tenant)


@EMBEDDED
def test_a_small_tenant_needs_no_chroma(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """The first question of every small company would wait for a second of imports."""
    memory = open_memory(limits=IndexLimits())
    store = ChromaStore(memory, mara)
    store.put(("notes",), "a", {"t": "red bird"})
    memory.warm()
    assert texts(memory, mara, "bird") == ["red bird"]
    memory.forget(mara, "somebody")
    assert not memory.index.owned
    assert not (tmp_path / "index").exists()


def test_a_tenant_that_grows_moves_to_chroma_without_a_stop(open_memory: OpenMemory, mara: Principal) -> None:
    """The question after the ten-thousandth item would wait until all are in Chroma, or miss some meanwhile."""
    memory = open_memory(limits=LATE)
    store = ChromaStore(memory, mara)
    for number in range(40):
        store.put(("notes",), str(number), {"t": f"bird {number:02}"})
        assert texts(memory, mara, "bird") == [f"bird {at:02}" for at in range(number + 1)]
    settle(memory)
    assert memory.index.owned
    assert texts(memory, mara, "bird") == [f"bird {at:02}" for at in range(40)]
    assert memory.index._exact.count_held("acme") is None, "what Chroma has need not be in memory too"


@EMBEDDED
def test_nobody_waits_for_a_step_of_catching_up(
    open_memory: OpenMemory, mara: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chroma takes a second for some hundred vectors, and a bulk load has many of these steps."""
    memory = open_memory(limits=IndexLimits(exact_below=3, tail=0, at_once=2))
    monkeypatch.setattr(memory.index, "_soon", lambda *_: None)
    ChromaStore(memory, mara).batch([PutOp(("notes",), str(at), {"t": f"bird {at}"}) for at in range(9)])
    assert len(texts(memory, mara, "bird")) == 9
    assert memory.index._exact.count_held("acme") == 9, "far behind, so exact"
    with memory.index._lock, ThreadPoolExecutor(1) as other:
        assert len(other.submit(texts, memory, mara, "bird").result(timeout=20)) == 9
    settle(memory)
    assert len(texts(memory, mara, "bird")) == 9
    assert memory.index._exact.count_held("acme") is None


def test_what_chroma_was_not_told_counts_as_if_it_was(open_memory: OpenMemory, mara: Principal) -> None:
    """A deleted or replaced item would come back, a new one not be found, or one be there twice."""
    memory, told = open_memory(limits=IndexLimits(exact_below=3, tail=30)), open_memory()
    store, random, model = ChromaStore(memory, mara), Random(4), {}
    for at in range(10):
        model[str(at)] = f"bird {at:02}"
        store.put(("notes",), str(at), {"t": model[str(at)]})
    settle(memory)
    for step in range(60):
        key = str(random.randrange(14))
        if random.random() < 0.4:
            model.pop(key, None)
            store.delete(("notes",), key)
        else:
            model[key] = f"bird {step + 100}"
            store.put(("notes",), key, {"t": model[key]})
        assert texts(memory, mara, "bird") == sorted(model.values())
        for scope in (memory.scope(mara), memory.scope(Principal("otto", "acme"), prefix=("notes",))):
            vector = memory.queries.vector(f"bird {step + 100}")
            for limit in (1, 5, 50):
                hits, right = (of.index.nearest(scope, vector, limit) for of in (memory, told))
                assert [hit.similarity for hit in hits] == pytest.approx([hit.similarity for hit in right], abs=1e-4)
                assert len({hit.row_id for hit in hits}) == len(hits)
    assert memory.index.owned


@EMBEDDED
def test_the_tail_is_seen_after_another_process_wrote(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """What another process wrote or deleted would be missing, or stay, as long as Chroma was not told."""
    memory = open_memory(limits=IndexLimits(exact_below=3, tail=30))
    for at in range(5):
        ChromaStore(memory, mara).put(("notes",), str(at), {"t": f"bird {at}"})
    settle(memory)
    other = Process(tmp_path)
    try:
        other("ChromaStore(memory, mara).put(('notes',), '7', {'t': 'bird 7'})")
        assert texts(memory, mara, "bird 7", 1) == ["bird 7"]
        other("ChromaStore(memory, mara).delete(('notes',), '7')")
        other("ChromaStore(memory, mara).put(('notes',), '0', {'t': 'fish'})")
        assert texts(memory, mara, "bird") == ["bird 1", "bird 2", "bird 3", "bird 4", "fish"]
    finally:
        other.kill()


def test_what_has_gone_leaves_chroma_soon(open_memory: OpenMemory, mara: Principal) -> None:
    """A deleted item's vector, from which words can be guessed, would stay until much else had changed."""
    memory = open_memory(limits=IndexLimits(exact_below=3, tail=30))
    for at in range(5):
        ChromaStore(memory, mara).put(("notes",), str(at), {"t": f"bird {at}"})
    settle(memory)
    ChromaStore(memory, mara).delete(("notes",), "3")
    assert len(texts(memory, mara, "bird")) == 4
    assert memory.index._settling is not None
    memory.index._settling.join()
    assert chroma_of(memory).count("acme") == 4


@pytest.mark.parametrize("limits", [IndexLimits(), LATE, IndexLimits(exact_below=3, tail=30)])
def test_a_person_is_erased_from_every_copy(open_memory: OpenMemory, mara: Principal, limits: IndexLimits) -> None:
    """The vector in memory, or the one in Chroma, would still be found."""
    memory = open_memory(limits=limits)
    for at in range(12):
        memory.remember(mara, NewMemory(f"bird {at}", subjects=("C-10",) if at % 2 else (), visibility="org"))
        memory.index.nearest(memory.scope(mara), memory.queries.vector("bird"), 50)
    assert memory.forget(mara, "C-10").erased == 6
    assert len(memory.index.nearest(memory.scope(mara), memory.queries.vector("bird"), 50)) == 6
    if memory.index.owned:
        settle(memory)
        assert chroma_of(memory).count("acme") == 6


def test_memory_of_vectors_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of a thousand tenants would keep everybody's vectors for ever."""
    monkeypatch.setattr("countersign.memory.index.exact.KEPT_BYTES", 40_000)
    index = ExactIndex()
    for tenant in range(20):
        assert index.position(str(tenant), 1) == 0
        index.apply(str(tenant), changes(10, 1))
    held = [tenant for tenant in range(20) if index.count_held(str(tenant)) is not None]
    assert 2 <= len(held) <= 6
    assert held == list(range(20 - len(held), 20))
    assert index.position("0", 1) == 0


def changes(count: int, upto: int, *, dropped: tuple[str, ...] = ()) -> IndexChanges:
    vectors = np.eye(16, dtype=np.float32)
    added = [(VectorTag(f"r{at}", upto, ("n",), "", "org", "user"), vectors[at : at + 1]) for at in range(count)]
    return IndexChanges(upto, list(dropped), added)


def test_what_is_dropped_is_overwritten() -> None:
    """The numbers of an erased text would stay in memory, or another row's answer for them."""
    index = ExactIndex()
    index.position("acme", 1)
    index.apply("acme", changes(10, 1))
    index.apply("acme", changes(0, 2, dropped=("r3:1:0", "r9:1:0", "unknown:1:0")))
    held = index._held["acme"]
    assert not held.matrix[8:].any()
    for at in range(10):
        hits = index.nearest(EVERYTHING, np.eye(16, dtype=np.float32)[at], 1)
        assert (hits[0].row_id == f"r{at}") is (at not in (3, 9))


def test_equally_near_ones_come_in_one_order() -> None:
    """The second page would repeat what the first one showed."""
    index = ExactIndex()
    index.position("acme", 1)
    same = np.full((1, 16), 0.25, np.float32)
    index.apply(
        "acme", IndexChanges(99, [], [(VectorTag(f"r{at}", at, ("n",), "", "org", "user"), same) for at in range(99)])
    )
    for limit in (1, 10, 40, 99):
        found = index.nearest(EVERYTHING, same[0], limit)
        assert [hit.row_id for hit in found] == [f"r{at}" for at in range(limit)]


def test_a_search_finds_exactly_what_its_scope_admits() -> None:
    """Whoever may see little of a large tenant would get nothing, or what is somebody else's."""
    random, index = Random(11), ExactIndex()
    model: dict[str, tuple[VectorTag, NDArray[np.float32]]] = {}
    numbers = np.random.default_rng(11)
    index.position("acme", 1)
    for upto in range(1, 120):
        dropped = [name for name in model if random.random() < 0.3]
        for name in dropped:
            del model[name]
        added = []
        for at in range(random.randrange(6)):
            people = (f"user:{random.randrange(20)}", "org", "team:legal")
            tag = VectorTag(
                f"r{upto}-{at}",
                upto,
                ("n", str(random.randrange(upto))),
                random.choice(("note", "precedent")),
                random.choice(people),
                random.choice(("user", "untrusted")),
            )
            vector = numbers.standard_normal((1, 16), np.float32)
            model[f"{tag.row_id}:{upto}:0"] = (tag, vector[0])
            added.append((tag, vector))
        index.apply("acme", IndexChanges(upto, dropped, added))
        asked = numbers.standard_normal(16).astype(np.float32)
        scope = Scope(
            "acme",
            frozenset((f"user:{random.randrange(20)}", *random.choice(((), ("org",), ("org", "team:legal"))))),
            EVERYTHING.now,
            random.choice(((), ("n",), ("n", "1"))),
            random.choice(((), ("note",), ("note", "precedent"))),
            random.random() < 0.5,
        )
        right = sorted((-float(vector @ asked), tag.row_id) for tag, vector in model.values() if scope.admits(tag))
        for limit in (1, 3, 500):
            hits = index.nearest(scope, asked, limit)
            assert [hit.row_id for hit in hits] == [row_id for _, row_id in right[:limit]]
    assert index._held["acme"].admission.count <= 2 * len(model) + MAX_UNUSED_SORTS
