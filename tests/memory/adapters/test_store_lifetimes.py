"""Lifetimes of a store's items, as LangGraph documents them; its own in-memory store has none to compare with."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from countersign.memory.adapters import langgraph_store
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.memory import Memory
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from langgraph.store.base import GetOp, ListNamespacesOp, SearchOp
from langgraph.store.memory import InMemoryStore


@pytest.fixture
def store(memory: Memory, mara: Principal) -> ChromaStore:
    return ChromaStore(memory, mara)


def keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the store's clock to so many minutes after the beginning of the test."""
    start = datetime.now(UTC)

    def moved(minutes: float) -> None:
        monkeypatch.setattr(langgraph_store, "utcnow", lambda: start + timedelta(minutes=minutes))

    return moved


@pytest.mark.parametrize("kind_of_read", ["get", "search", "query", "filter"])
def test_reading_refreshes_when_asked(store: ChromaStore, later: Callable[[float], None], kind_of_read: str) -> None:
    """What is used would expire, or what is only looked at live for ever."""

    def read(**how: Any) -> bool:
        if kind_of_read == "get":
            return store.get(("t",), "k", **how) is not None
        asked: dict[str, dict[str, Any]] = {"query": {"query": "a"}, "filter": {"filter": {"a": 1}}}
        return bool(store.search(("t",), **asked.get(kind_of_read, {}), **how))

    later(0)
    store.put(("t",), "k", {"a": 1}, ttl=10)
    later(9)
    assert read(refresh_ttl=True)
    later(18)
    assert read(refresh_ttl=False)
    later(18.9)
    assert read(refresh_ttl=False)
    later(19.1)
    assert not read(refresh_ttl=True)


def test_the_configuration_of_lifetimes(store: ChromaStore, later: Callable[[float], None]) -> None:
    """Defaults of the configuration would be ignored."""
    store.ttl_config = {"default_ttl": 5, "refresh_on_read": False}
    later(0)
    store.put(("t",), "default", {"a": 1})
    store.put(("t",), "own", {"a": 1}, ttl=60)
    store.put(("t",), "ever", {"a": 1}, ttl=None)
    store.put(("t",), "again", {"a": 1})
    later(4)
    assert len(store.search(("t",))) == 4
    store.put(("t",), "again", {"a": 2})
    later(6)
    assert sorted(keys(store.search(("t",)))) == ["again", "ever", "own"]
    assert store.get(("t",), "default") is None
    later(61)
    assert store.batch([SearchOp(("t",)), ListNamespacesOp(), GetOp(("t",), "own")])[1:] == [[("t",)], None]


def test_a_sweep_deletes_what_has_expired_and_only_here(
    store: ChromaStore, later: Callable[[float], None], memory: Memory
) -> None:
    """Expired items would fill the disk, or another tenant's be deleted by this one."""
    other = ChromaStore(memory, Principal("u", "other"))
    later(0)
    for number in range(3):
        store.put(("t",), f"k{number}", {"a": number}, ttl=1)
        other.put(("t",), f"k{number}", {"a": number}, ttl=1)
    store.put(("t",), "kept", {"a": 9})
    later(2)
    assert store.sweep_ttl() == 3
    assert store.sweep_ttl() == 0
    later(0)
    assert keys(store.search(("t",), query="a")) == ["kept"]
    assert len(other.search(("t",))) == 3


def test_a_lifetime_is_not_silently_dropped(store: ChromaStore) -> None:
    """A store that cannot keep lifetimes refuses them; ours says that it can."""
    assert store.supports_ttl
    with pytest.raises(NotImplementedError):
        InMemoryStore().put(("t",), "k", {"a": 1}, ttl=1)


@pytest.mark.parametrize("minutes", [float("nan"), float("inf"), 1e300])
def test_a_lifetime_that_is_none_is_refused_in_words(store: ChromaStore, minutes: float) -> None:
    """An agent's slip would be an overflow from inside, after other items of the batch were embedded."""
    with pytest.raises(BadInput, match="minutes"):
        store.put(("notes",), "k", {"text": "x"}, ttl=minutes)


def test_half_a_character_in_a_question_means_nothing(store: ChromaStore) -> None:
    """Models cut answers in the middle of a character; the whole search would fail."""
    store.put(("notes",), "k", {"text": "blue"})
    assert keys(store.search(("notes",), query="blue \ud83d")) == ["k"]
