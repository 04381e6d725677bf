"""A disk that is full: an item is kept whole or refused in words, and all goes on when there is room again."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from memory_process import SETUP, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the size of files is limited by setrlimit")
# Files may not grow beyond what they are, and a little: writing fails as it does on a full disk.
PROGRAM = SETUP + textwrap.dedent(
    """
    import resource
    from countersign.policies.errors import StorageError
    LIMITS = {"chroma": IndexLimits(exact_below=0, tail=0), "exact": IndexLimits()}
    memory.close()
    memory = Memory.open(home, memory.rows.engine, WordEmbedder(), limits=LIMITS[sys.argv[2]])
    memory.remember(mara, NewMemory("item before", key="before"))
    if sys.argv[3] == "late":
        memory.recall(mara, "item")
    largest = max(file.stat().st_size for file in home.rglob("*") if file.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 60_000, resource.RLIM_INFINITY))
    kept, refused = ["item before"], []
    while len(refused) < 3:
        text = f"item {len(kept)} {'x' * 300}"
        try:
            memory.remember(mara, NewMemory(text, key=text))
            kept.append(text)
        except StorageError as error:
            refused.append(str(error))
        assert memory.recall(mara, kept[-1], limit=1)[0].text == kept[-1], "while there is no room"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    memory.remember(mara, NewMemory("item after", key="after"))
    kept.append("item after")
    scope = memory.scope(mara)
    assert {row.text for row in memory.rows.scan(scope)} == set(kept)
    assert len(memory.index.nearest(scope, memory.queries.vector("item"), 9999)) == len(kept)
    assert len(memory.rows.search_words(scope, "item", 9999)) == len(kept)
    memory.close()
    print(len(kept), refused[0])
    """
)


@pytest.mark.parametrize("way", ["exact", "chroma"])
@pytest.mark.parametrize("when", ["early", "late"])
def test_full_while_items_are_put(tmp_path: Path, way: str, when: str) -> None:
    """Half of an item would stay, one that was acknowledged be lost, or the process never write again."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), way, when]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(None), check=False)
    assert done.returncode == 0, done.stderr
    assert "Make room on its disk and try again; nothing was changed by this." in done.stdout
