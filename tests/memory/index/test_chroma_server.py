"""What only a Chroma server can do, and what can only happen to one."""

from pathlib import Path
from uuid import uuid4

import pytest
from chroma_process import end, start
from countersign.memory.index import chroma_server
from countersign.memory.index.chroma_server import ChromaServer, IndexOccupied, SharedChroma
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from countersign.policies.storage.database import open_database
from databases import Databases
from memory_opener import OpenMemory
from memory_process import Process
from word_embedder import WordEmbedder

SERVED = pytest.mark.parametrize("chroma", ["server"], indirect=True)


def near(memory: Memory, mara: Principal, text: str) -> int:
    return len(memory.index.nearest(memory.scope(mara), memory.queries.vector(text), 50))


def recall(memory: Memory, mara: Principal, query: str) -> list[str]:
    return [found.text for found in memory.recall(mara, query)]


@SERVED
def test_two_processes_search_one_index(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, chroma: ChromaServer
) -> None:
    """With a folder only one may; the other would load every vector into its own memory."""
    other = Process(tmp_path, chroma)
    memory = open_memory()
    try:
        for number in range(5):
            memory.remember(mara, NewMemory(f"written here {number}", key="k"))
            assert f"written here {number}" in other("[f.text for f in memory.recall(mara, 'written here')]")
            other(f"memory.remember(mara, NewMemory('written there {number}'))")
            assert f"written there {number}" in recall(memory, mara, f"written there {number}")
        assert other("memory.index.owned") == "True"
        assert memory.index.owned
        assert near(memory, mara, "written") == 6
        memory.forget(mara, "mara.voss")
        assert other("memory.recall(mara, 'written')") == "[]"
        other("memory.remember(mara, NewMemory('after forgetting'))")
        assert recall(memory, mara, "after") == ["after forgetting"]
        assert near(memory, mara, "after") == 1
    finally:
        other.kill()


@SERVED
def test_two_installations_on_one_server_never_meet(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """Both have a tenant called acme; one would find, or erase, the other's items."""
    one, two = open_memory(home=tmp_path / "one"), open_memory(home=tmp_path / "two")
    one.remember(mara, NewMemory("of one"))
    two.remember(mara, NewMemory("of two"))
    for _ in range(2):
        assert recall(one, mara, "of") == ["of one"]
        assert recall(two, mara, "of") == ["of two"]
    two.forget(mara, "mara.voss")
    assert near(one, mara, "of") == 1


def test_a_server_that_goes_and_comes_back(
    tmp_path: Path, mara: Principal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions would fail while it is down, or miss what was said meanwhile, or what it lost."""
    monkeypatch.setattr(SharedChroma, "retry_seconds", 0.0)
    process, server = start(tmp_path / "first")
    engine = open_database(f"sqlite+pysqlite:///{tmp_path}/c.db")
    memory = Memory.open(tmp_path, engine, WordEmbedder(), server=server, limits=IndexLimits(exact_below=0))
    try:
        memory.remember(mara, NewMemory("said before"))
        assert near(memory, mara, "said") == 1
        assert memory.index.owned
        end(process)
        memory.remember(mara, NewMemory("said meanwhile"))
        assert len(recall(memory, mara, "said")) == 2
        assert near(memory, mara, "said") == 2
        assert not memory.index.owned
        assert any("vector index" in record.message for record in caplog.records)
        assert memory.forget(mara, "nobody").erased == 0
        for folder in ("first", "empty"):  # the same data again, then a server that lost everything
            process, _ = start(tmp_path / folder, server.port)
            assert near(memory, mara, "said") == 2
            assert near(memory, mara, "said") == 2
            assert memory.index.owned
            end(process)
            assert len(recall(memory, mara, "said")) == 2
    finally:
        end(process)
        memory.close()
        engine.dispose()


def test_a_server_that_fails_is_left_alone_for_a_while(
    tmp_path: Path, mara: Principal, caplog: pytest.LogCaptureFixture
) -> None:
    """Every question would wait for a connection that does not come."""
    process, server = start(tmp_path / "gone")
    end(process)
    engine = open_database(f"sqlite+pysqlite:///{tmp_path}/c.db")
    with Memory.open(tmp_path, engine, WordEmbedder(), server=server, limits=IndexLimits(exact_below=0)) as memory:
        memory.remember(mara, NewMemory("said"))
        for _ in range(3):
            assert near(memory, mara, "said") == 1
    engine.dispose()
    assert len(caplog.records) == 1


@SERVED
def test_while_another_process_writes_the_index_nobody_waits_for_it(
    tmp_path: Path, chroma: ChromaServer, mara: Principal, monkeypatch: pytest.MonkeyPatch, databases: Databases
) -> None:
    """A first load of many thousand items elsewhere would hold up every question; two writers would undo each other."""
    monkeypatch.setattr(chroma_server, "TURN_SECONDS", 0.1)
    engine = databases.open(tmp_path / "records.db")
    memory = Memory.open(tmp_path, engine, WordEmbedder(), server=chroma, limits=IndexLimits(exact_below=0))
    other = SharedChroma(chroma, tmp_path, engine)
    memory.remember(mara, NewMemory("said"))
    with other.lock_tenant("acme"):
        with pytest.raises(IndexOccupied), SharedChroma(chroma, tmp_path, engine).lock_tenant("acme"):
            pass
        assert near(memory, mara, "said") == 1
    assert near(memory, mara, "said") == 1
    assert memory.index._door.chroma is not None
    assert memory.index._door.chroma.count("acme") == 1
    memory.close()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("127.0.0.1:8000", ""),
        ("ftp://127.0.0.1", ""),
        ("http://", ""),
        ("http://me:secret@127.0.0.1", ""),
        ("http://127.0.0.1:99999", ""),
        ("http://127.0.0.1/path", ""),
        ("http://chroma.example:8000", "secret"),
        ("http://127.0.0.1.example", "secret"),
    ],
)
def test_a_wrong_address_is_refused_without_repeating_it(url: str, token: str) -> None:
    """A mistyped address would silently mean a local index; a password in it would end in a log."""
    with pytest.raises(BadInput, match="COUNTERSIGN_CHROMA_") as caught:
        ChromaServer.from_settings({"COUNTERSIGN_CHROMA_URL": url, "COUNTERSIGN_CHROMA_TOKEN": token})
    assert "secret" not in str(caught.value)


def test_addresses_and_tokens() -> None:
    """The token would be sent nowhere, or shown."""
    name = uuid4().hex
    found = ChromaServer.from_settings(
        {"COUNTERSIGN_CHROMA_URL": "https://chroma.example/", "COUNTERSIGN_CHROMA_TOKEN": name}
    )
    assert found == ChromaServer("chroma.example", 443, encrypted=True, token=name)
    assert name not in repr(found)
    assert ChromaServer.from_settings({"COUNTERSIGN_CHROMA_URL": "http://[::1]:9000"}) == ChromaServer("::1", 9000)
    assert ChromaServer.from_settings({}) is None
