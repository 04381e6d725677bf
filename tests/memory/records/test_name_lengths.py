"""What an item is found by has a length that every database takes."""

import random
import string
from pathlib import Path

import pytest
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from countersign.policies.storage.database import open_database
from databases import Databases
from word_embedder import WordEmbedder


def unlike(length: int) -> str:
    """Letters that no index can make shorter."""
    draw = random.Random(1)
    return "".join(draw.choice(string.ascii_letters) for _ in range(length))


def test_too_long_is_told_and_what_fits_is_kept(databases: Databases, tmp_path: Path, mara: Principal) -> None:
    """PostgreSQL would refuse it, and everybody would be told that the database cannot be used."""
    engine = open_database(databases.url(tmp_path / "memory.db"))
    memory = Memory.open(tmp_path / "home", engine, WordEmbedder())
    store = ChromaStore(memory, mara)
    with pytest.raises(BadInput, match="namespace and key"):
        store.put(("notes",), unlike(2600), {"text": "blue"})
    with pytest.raises(BadInput, match="namespace and key"):
        store.put((unlike(2600),), "a", {"text": "blue"})
    with pytest.raises(BadInput, match="id of a person"):
        memory.remember(mara, NewMemory("blue", subjects=(unlike(2601),)))
    assert store.search(("notes",)) == []
    key = unlike(2500)
    store.put(("notes",), key, {"text": "blue"})
    assert store.get(("notes",), key) is not None
    memory.remember(mara, NewMemory("blue", source="\U00010348" * 500, subjects=(unlike(2600),)))
    memory.close()
    engine.dispose()
