"""A Chroma server that is killed, that stands still, or that comes back with nothing: no answer is lost or late."""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from chroma_process import end, start
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.index import chroma_server
from countersign.memory.index.chroma import get_sessions
from countersign.memory.index.chroma_server import SharedChroma
from countersign.memory.index.reindex import reindex_memory
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.memory import Memory
from countersign.policies.domain.principal import Principal
from countersign.policies.storage.database import open_database
from langgraph.store.base import PutOp
from memory_opener import chroma_of
from word_embedder import WordEmbedder

COUNT = 120


@dataclass
class Served:
    """A memory of some items, with the server that it uses."""

    home: Path
    memory: Memory
    mara: Principal

    def __post_init__(self) -> None:
        self.folder = "first"
        self.process, self.server = start(self.home / self.folder)

    def kill(self) -> None:
        """SIGKILL."""
        end(self.process)

    def again(self, folder: str = "") -> None:
        """The same address, on the same data or on others."""
        self.folder = folder or self.folder
        self.process, _ = start(self.home / self.folder, self.server.port)

    def put(self, name: str, count: int = COUNT) -> None:
        """Acknowledged with the return."""
        ChromaStore(self.memory, self.mara).batch(
            [PutOp(("n",), f"{name}{at}", {"t": f"{name} {at}"}) for at in range(count)]
        )

    def found(self, text: str = "bird 7") -> int:
        """How many are found, the right one first."""
        vector = self.memory.queries.vector(f'{{"t": "{text}"}}')
        hits = self.memory.index.nearest(self.memory.scope(self.mara, prefix=("n",)), vector, 4 * COUNT)
        assert hits[0].similarity == pytest.approx(1, abs=1e-3)
        return len(hits)

    def settled(self) -> int:
        """How many vectors the server has once it is told everything."""
        assert self.memory.index.settle("acme")
        return chroma_of(self.memory).count("acme")


@pytest.fixture
def served(tmp_path: Path, mara: Principal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(SharedChroma, "retry_seconds", 0.0)
    engine = open_database(f"sqlite+pysqlite:///{tmp_path}/c.db")
    made = Served(tmp_path, None, mara)  # type: ignore[arg-type]
    limits = IndexLimits(exact_below=3, tail=4, at_once=10)
    made.memory = Memory.open(tmp_path, engine, WordEmbedder(), server=made.server, limits=limits)
    try:
        yield made
    finally:
        made.process.send_signal(signal.SIGCONT)
        end(made.process)
        made.memory.close()
        engine.dispose()


@pytest.mark.parametrize("folder", ["first", "empty"])
def test_killed_while_it_is_told(served: Served, folder: str) -> None:
    """Half of the vectors would count as all, on the same data or on none."""
    served.put("fish", 2)
    assert served.settled() == 2
    served.put("bird")
    catching_up = Thread(target=served.memory.index.settle, args=("acme",))
    catching_up.start()
    chroma = chroma_of(served.memory)
    before = chroma.position("acme", 1)
    ends = time.monotonic() + 30
    while chroma.position("acme", 1) < before + 20 and time.monotonic() < ends:
        time.sleep(0.001)
    served.kill()
    catching_up.join()
    assert served.found() == COUNT + 2, "exact while it is down"
    served.put("late")
    assert served.found("late 5") == 2 * COUNT + 2
    served.again(folder)
    assert served.found() == 2 * COUNT + 2
    assert served.settled() == 2 * COUNT + 2
    assert served.found("late 5") == 2 * COUNT + 2
    assert served.memory.index.owned


def test_replaced_by_an_empty_one_while_nobody_asked(served: Served) -> None:
    """The connection is new, the collection is not there, and nothing had failed that would have told."""
    served.put("bird")
    assert served.settled() == COUNT
    served.kill()
    served.again("empty")
    assert served.found() == COUNT
    assert served.settled() == COUNT
    assert served.found() == COUNT


def test_everything_embedded_anew_while_it_is_down(served: Served) -> None:
    """What it kept of the old vectors would be taken for the new ones when it comes back."""
    served.put("bird")
    assert served.settled() == COUNT
    served.kill()
    reindex_memory(served.home, served.memory.rows.engine, WordEmbedder())
    assert served.found() == COUNT
    served.again()
    assert served.found() == COUNT
    assert served.settled() == COUNT


def test_one_that_stands_still_is_waited_for_once(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It takes connections and never answers; every search after the first waited without end."""
    served.put("bird")
    assert served.settled() == COUNT
    # Only now: a busy machine may take longer for what is no test of patience.
    for session in get_sessions(chroma_of(served.memory)._client):
        session.timeout = 0.5
    monkeypatch.setattr(chroma_server, "CONNECT_SECONDS", 0.5)
    served.process.send_signal(signal.SIGSTOP)
    asking = Thread(target=lambda: [served.found() for _ in range(3)], daemon=True)
    asking.start()
    asking.join(30)
    assert not asking.is_alive()
    assert served.found() == COUNT
    assert "searching without it" in caplog.text
    assert "Traceback" not in caplog.text
    served.process.send_signal(signal.SIGCONT)
    monkeypatch.undo()
    monkeypatch.setattr(SharedChroma, "retry_seconds", 0.0)
    assert served.found() == COUNT
    assert served.settled() == COUNT
