"""Another process on the same memory, that does one line at a time."""

import os
import subprocess
import sys
from pathlib import Path

from countersign.memory.index.chroma_server import ChromaServer

SETUP = f"""
import os
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from word_embedder import WordEmbedder
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.records.items import NewMemory
from countersign.memory.memory import Memory
from countersign.policies.storage.database import open_database
from countersign.policies.storage.urls import make_sqlite_url
from countersign.policies.domain.principal import Principal
home = Path(sys.argv[1])
mara = Principal("mara.voss", "acme")
memory = Memory.open(home, open_database(make_sqlite_url(home / "countersign.db")), WordEmbedder(),
                     server=ChromaServer.from_settings(os.environ), limits=IndexLimits(exact_below=0, tail=0))
"""


def environment(chroma: ChromaServer | None) -> dict[str, str]:
    """The settings of another process that uses the same Chroma."""
    url = f"http://{chroma.host}:{chroma.port}" if chroma else ""
    return {**os.environ, "COUNTERSIGN_CHROMA_URL": url}


class Process:
    """Another process that runs one line at a time and prints one line back."""

    def __init__(self, home: Path, chroma: ChromaServer | None = None) -> None:
        loop = "\nprint('ready', flush=True)\nfor line in sys.stdin:\n    print(eval(line), flush=True)\n"
        self._process = subprocess.Popen(
            [sys.executable, "-c", SETUP + loop, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(chroma),
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def __call__(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
