"""Tenants that become large enough for Chroma, and small again; processes that die on the way."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.index.sync_marks import SyncMarks
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.memory import Memory
from countersign.policies.domain.principal import Principal
from langgraph.store.base import PutOp
from memory_opener import OpenMemory, chroma_of
from memory_process import SETUP, environment

NEAR = IndexLimits(exact_below=6, tail=2, at_once=4)
LUCA = Principal("luca", "globex")


def put(memory: Memory, who: Principal, count: int) -> None:
    ChromaStore(memory, who).batch([PutOp(("notes",), str(at), {"t": f"bird {at:02}"}) for at in range(count)])


def delete(memory: Memory, who: Principal, first: int, last: int) -> None:
    ChromaStore(memory, who).batch([PutOp(("notes",), str(at), None) for at in range(first, last)])


def texts(memory: Memory, who: Principal) -> list[str]:
    return sorted(item.value["t"] for item in ChromaStore(memory, who).search(("notes",), query="bird", limit=90))


def birds(count: int) -> list[str]:
    return [f"bird {at:02}" for at in range(count)]


def waited(memory: Memory) -> Memory:
    """After what goes on in the background."""
    if memory.index._settling is not None:
        memory.index._settling.join()
    return memory


def collections(memory: Memory) -> int:
    """How many of this memory's collections Chroma has."""
    index = chroma_of(memory)
    return sum(found.name.startswith(index._prefix) for found in index._client.list_collections())


def test_what_a_tenant_left_in_chroma_goes_when_it_is_small(open_memory: OpenMemory, mara: Principal) -> None:
    """Vectors of what was deleted since would stay on the disk, in a collection that nobody searches or clears."""
    memory = open_memory(limits=NEAR)
    for who in (mara, LUCA):
        put(memory, who, 12)
        assert memory.index.settle(who.tenant)
    delete(memory, mara, 3, 12)
    assert texts(memory, mara) == birds(3)
    waited(memory).close()
    again = open_memory(limits=NEAR)
    assert texts(again, mara) == birds(3)
    waited(again)
    assert (len(texts(again, LUCA)), collections(again)) == (12, 1)
    assert not SyncMarks(again.rows.engine).read_known("acme")
    put(again, mara, 14)
    assert texts(again, mara) == birds(14)
    assert waited(again).index.settle("acme")
    assert (texts(again, mara), collections(again)) == (birds(14), 2)


def test_when_nobody_is_large_any_more_nothing_stays(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, chroma: ChromaServer | None
) -> None:
    """The folder would stay for ever; that it goes costs no second of imports."""
    memory = open_memory(limits=NEAR)
    put(memory, mara, 12)
    assert memory.index.settle("acme")
    delete(memory, mara, 3, 12)
    memory.close()
    again = open_memory(limits=NEAR)
    assert texts(again, mara) == birds(3)
    waited(again)
    if chroma:
        assert collections(again) == 0
    else:
        assert not (tmp_path / "index").exists()
        assert not again.index.owned
    put(again, mara, 9)
    assert texts(again, mara) == birds(9)
    assert waited(again).index.settle("acme")
    assert texts(again, mara) == birds(9)


def test_a_process_that_still_searches_what_another_took_away(open_memory: OpenMemory, mara: Principal) -> None:
    """It would find nothing, or make again what nobody needs."""
    memory = open_memory(limits=NEAR)
    put(memory, mara, 12)
    assert memory.index.settle("acme")
    assert texts(memory, mara) == birds(12)
    delete(memory, mara, 3, 12)
    other = open_memory(limits=NEAR)
    assert texts(other, mara) == birds(3)
    waited(other)
    for _ in range(2):
        assert texts(memory, mara) == birds(3)
    put(memory, mara, 10)
    assert texts(memory, mara) == texts(other, mara) == birds(10)


@pytest.mark.parametrize(("work", "left", "killed_at"), [("grow", 25, 14), ("shrink", 25, 8)])
def test_killed_on_the_border(
    open_memory: OpenMemory,
    tmp_path: Path,
    mara: Principal,
    chroma: ChromaServer | None,
    work: str,
    left: int,
    killed_at: int,
) -> None:
    """Half of the vectors would count as all, or those of deleted items come back."""
    limits = "Limits(exact_below=6, tail=2, at_once=4)"
    program = SETUP.replace("Limits(exact_below=0, tail=0)", limits) + textwrap.dedent(
        f"""
        store, mara = ChromaStore(memory, mara), None
        for at in range({left}):
            store.put(("notes",), str(at), {{"t": f"bird {{at:02}}"}})
            store.search(("notes",), query="bird", limit=50)
            if {work!r} == "grow":
                print(at + 1, flush=True)
        for at in reversed(range({left})):
            store.delete(("notes",), str(at))
            store.search(("notes",), query="bird", limit=50)
            print({left} - at, flush=True)
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(chroma)) as child:
        assert child.stdout
        acknowledged = 0
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged == killed_at:
                break
        child.kill()
        for line in child.stdout:  # what was acknowledged before it died
            acknowledged = int(line)
    memory = open_memory(limits=NEAR)
    count = acknowledged if work == "grow" else left - acknowledged
    held = texts(memory, mara)
    assert held in (birds(count), birds(count + 1), birds(count - 1)), "the one that was under way may be there"
    waited(memory)
    assert texts(memory, mara) == held
    put(memory, mara, 30)
    assert texts(memory, mara) == birds(30)
    assert waited(memory).index.settle("acme")
    assert texts(memory, mara) == birds(30)
    delete(memory, mara, 2, 30)
    memory.close()
    again = open_memory(limits=NEAR)
    assert texts(again, mara) == birds(2)
    assert texts(waited(again), mara) == birds(2)
