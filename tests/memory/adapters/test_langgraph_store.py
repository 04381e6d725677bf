"""LangGraph's store contract, held against a plain dictionary."""

from typing import Any

import pytest
from countersign.memory.adapters.langgraph_store import BadFilter, ChromaStore, matches_filter, matches_namespace
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore
from memory_opener import OpenMemory


@pytest.fixture
def store(memory: Memory, mara: Principal) -> ChromaStore:
    return ChromaStore(memory, mara)


def keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


def test_put_get_replace_delete(store: ChromaStore) -> None:
    """The simplest use of any LangGraph store."""
    store.put(("users", "1"), "food", {"likes": "pizza", "deep": {"a": [1, None]}})
    first = store.get(("users", "1"), "food")
    assert first is not None
    assert first.value == {"likes": "pizza", "deep": {"a": [1, None]}}
    assert (first.namespace, first.key) == (("users", "1"), "food")
    store.put(("users", "1"), "food", {"likes": "soup"})
    second = store.get(("users", "1"), "food")
    assert second is not None
    assert second.value == {"likes": "soup"}
    assert second.created_at == first.created_at
    assert second.updated_at > first.updated_at
    store.delete(("users", "1"), "food")
    store.delete(("users", "1"), "food")
    assert store.get(("users", "1"), "food") is None
    assert store.search(("users",), query="soup") == []


def test_namespaces_match_by_whole_segments(store: ChromaStore) -> None:
    """The published bug: a filter for `acme` also matched `acme-corp`."""
    for name in ("acme", "acme-corp", "acm", "Acme", "acme,", 'ac"me', "ac%", "ac_e"):
        store.put(("t", name), "k", {"of": name})
        store.put(("t", name, "deep"), "k", {"of": name})
    for name in ("acme", "acm", "Acme", 'ac"me', "ac%", "ac_e"):
        for query in (None, "of"):
            found = store.search(("t", name), query=query, limit=50)
            assert [item.value["of"] for item in found] == [name, name]
    assert len(store.search((), limit=50)) == 16


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"n": 2}, "b"),
        ({"n": {"$eq": 2}}, "b"),
        ({"n": {"$ne": 2}}, "acde"),
        ({"n": {"$gt": 1}}, "bc"),
        ({"n": {"$gte": 1, "$lt": 3}}, "ab"),
        ({"n": {"$lte": 1}}, "a"),
        ({"n": {"$in": [1, 3]}}, "ac"),
        ({"n": {"$in": []}}, ""),
        ({"s": {"$gt": "x"}}, "bc"),
        ({"s": "x", "n": 1}, "a"),
        ({"deep": {"x": 1}}, "e"),
        ({"deep": {"x": {"$gt": 0}}}, "e"),
        ({"deep": {"x": 2}}, ""),
        ({"missing": None}, "abcde"),
        ({"tags": ["p", "q"]}, "d"),
        ({"tags": ["p"]}, ""),
    ],
)
@pytest.mark.parametrize("query", [None, "x"])
def test_filters(store: ChromaStore, wanted: dict[str, Any], found: str, query: str | None) -> None:
    """A filter that is dropped or compares wrongly shows rows that were not asked for."""
    store.put(("f",), "a", {"n": 1, "s": "x"})
    store.put(("f",), "b", {"n": 2, "s": "y"})
    store.put(("f",), "c", {"n": 3, "s": "z"})
    store.put(("f",), "d", {"n": "many", "tags": ["p", "q"]})
    store.put(("f",), "e", {"deep": {"x": 1}}, index=False)
    assert "".join(sorted(keys(store.search(("f",), query=query, filter=wanted)))) == found
    paged = [store.search(("f",), query=query, filter=wanted, limit=1, offset=at) for at in range(6)]
    assert "".join(sorted(key for page in paged for key in keys(page))) == found


def test_unknown_operators_are_refused(store: ChromaStore) -> None:
    """A misspelt operator would find nothing, or everything."""
    store.put(("f",), "a", {"n": 1})
    with pytest.raises(BadFilter, match=r"\$regex"):
        store.search(("f",), filter={"n": {"$regex": "."}})
    with pytest.raises(BadFilter, match="list"):
        matches_filter({"n": 1}, {"n": {"$in": 1}})


def test_meaning_ranks_and_unembedded_items_come_last(open_memory: OpenMemory, minilm: MiniLM, mara: Principal) -> None:
    """Scores would be missing, upside down, or items stored without an index lost."""
    store = ChromaStore(open_memory(minilm), mara)
    store.put(("m",), "money", {"text": "how refunds are paid back"})
    store.put(("m",), "zoo", {"text": "elephants eat leaves"})
    store.put(("m",), "plain", {"text": "refund"}, index=False)
    found = store.search(("m",), query="getting money back")
    assert keys(found) == ["money", "zoo", "plain"]
    best, second, plain = (item.score for item in found)
    assert best is not None
    assert second is not None
    assert best > second
    assert plain is None
    assert keys(store.search(("m",), query="getting money back", limit=1, offset=1)) == ["zoo"]


def test_index_fields_choose_what_is_embedded(memory: Memory, mara: Principal) -> None:
    """An item would be found by a field that was not to be indexed; several texts of one item count once."""
    store = ChromaStore(memory, mara)
    value = {"title": "alpha", "notes": [{"body": "beta"}, {"body": "gamma"}], "secret": "delta"}
    store.put(("i",), "k", value, index=["title", "notes[*].body"])
    store.put(("i",), "other", {"title": "omega"}, index=["title"])
    for word in ("alpha", "beta", "gamma"):
        found = store.search(("i",), query=word)
        assert keys(found) == ["k", "other"]
        assert found[0].score == pytest.approx(1, abs=1e-4)
    score = store.search(("i",), query="delta")[0].score
    assert score is not None
    assert score < 0.9
    only = ChromaStore(memory, mara, fields=["title"])
    only.put(("i",), "t", {"title": "sigma", "secret": "delta"})
    assert only.search(("i",), query="sigma")[0].score == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("namespace", [(), ("a.b",), ("",), ("langgraph", "x"), ("a", 1)])
def test_bad_namespaces_are_refused(store: ChromaStore, namespace: Any) -> None:
    """`("a.b",)` could address `("a", "b")`."""
    with pytest.raises((InvalidNamespaceError, NotAllowed)):
        store.put(namespace, "k", {"a": 1})
    if namespace and namespace[0] != "langgraph":
        with pytest.raises(InvalidNamespaceError):
            store.batch([GetOp(namespace, "k")])


@pytest.mark.parametrize("value", [{"a": {1, 2}}, {"a": float("nan")}, {"a": "\ud800"}, {"a": b"x"}])
@pytest.mark.parametrize("index", [None, False])
def test_values_must_be_json(store: ChromaStore, value: dict[str, Any], index: Any) -> None:
    """A value that comes back changed, or makes the row unreadable, or an error of Python's."""
    with pytest.raises(BadInput):
        store.put(("a",), "k", value, index=index)
    assert store.get(("a",), "k") is None


def test_the_governed_memory_is_read_only_and_keeps_its_visibility(
    memory: Memory, mara: Principal, otto: Principal
) -> None:
    """An agent could forge a handbook rule, or read a colleague's notes, by going through the store."""
    memory.remember(mara, NewMemory("the board meets in secret", visibility="team:legal"))
    assert len(ChromaStore(memory, mara).search(("countersign",), query="board")) == 1
    assert ChromaStore(memory, otto).search(("countersign",), query="board") == []
    assert ChromaStore(memory, otto).search(("countersign",)) == []
    assert ChromaStore(memory, otto).list_namespaces() == []
    for value in ({"text": "refund all"}, None):
        with pytest.raises(NotAllowed, match="governed"):
            ChromaStore(memory, mara).batch([PutOp(("countersign", "handbook"), "k", value)])
    ChromaStore(memory, mara).put(("plain",), "k", {"text": "refund everything"})
    assert "refund everything" not in str(memory.recall(mara, "refund everything"))


def test_tenants_share_no_keys(memory: Memory, mara: Principal) -> None:
    """The same namespace and key of another tenant."""
    twin = Principal("mara.voss", "acme-corp")
    ChromaStore(memory, mara).put(("a",), "k", {"v": 1})
    assert ChromaStore(memory, twin).get(("a",), "k") is None
    ChromaStore(memory, twin).put(("a",), "k", {"v": 2})
    ChromaStore(memory, twin).delete(("a",), "k")
    item = ChromaStore(memory, mara).get(("a",), "k")
    assert item is not None
    assert item.value == {"v": 1}


def test_a_batch_reads_before_it_writes_and_the_last_put_wins(store: ChromaStore) -> None:
    """As LangGraph's stores do; a task would otherwise see half of its own batch."""
    store.put(("b",), "k", {"v": 0})
    results = store.batch(
        [
            PutOp(("b",), "k", {"v": 1}),
            GetOp(("b",), "k"),
            PutOp(("b",), "k", {"v": 2}),
            SearchOp(("b",)),
            ListNamespacesOp(),
        ]
    )
    assert results[0] is None
    assert results[1].value == {"v": 0}  # type: ignore[union-attr]
    assert [item.value for item in results[3]] == [{"v": 0}]  # type: ignore[union-attr]
    assert results[4] == [("b",)]
    item = store.get(("b",), "k")
    assert item is not None
    assert item.value == {"v": 2}


def test_namespace_patterns() -> None:
    """Wildcards stand for exactly one segment."""
    space = ("a", "b", "c")
    for kind, path, fits in (
        ("prefix", ("a",), True),
        ("prefix", ("a", "*", "c"), True),
        ("prefix", ("a", "*", "*", "*"), False),
        ("prefix", ("b",), False),
        ("suffix", ("c",), True),
        ("suffix", ("*", "c"), True),
        ("suffix", ("b",), False),
        ("suffix", (), True),
    ):
        assert matches_namespace(space, MatchCondition(kind, path)) is fits  # type: ignore[arg-type]
    with pytest.raises(BadFilter):
        matches_namespace(space, MatchCondition("middle", ("b",)))  # type: ignore[arg-type]


SEGMENT = st.sampled_from(["a", "b", "ab", "A", "%", "é"])
NAMESPACE = st.lists(SEGMENT, min_size=1, max_size=3).map(tuple)
KEY = st.sampled_from(["k", "K", "k1"])
VALUE = st.fixed_dictionaries({"n": st.integers(0, 4)}, optional={"s": st.sampled_from(["x", "y"])})
STEP = st.one_of(
    st.tuples(st.just("put"), NAMESPACE, KEY, VALUE),
    st.tuples(st.just("put"), NAMESPACE, KEY, VALUE),
    st.tuples(st.just("delete"), NAMESPACE, KEY, st.none()),
    st.tuples(st.just("search"), NAMESPACE, st.sampled_from([{}, {"n": {"$gte": 2}}, {"s": "x"}]), st.none()),
    st.tuples(st.just("list"), NAMESPACE, st.integers(1, 3), st.none()),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=15))
def test_random_use_equals_the_in_memory_store(memory: Memory, steps: list[Any]) -> None:
    """Whatever a graph does, it must see what LangGraph's own store would show."""
    import uuid

    store, model = ChromaStore(memory, Principal("u", uuid.uuid4().hex)), InMemoryStore()
    for action, namespace, first, second in steps:
        if action == "put":
            store.put(namespace, first, second)
            model.put(namespace, first, second)
        elif action == "delete":
            store.delete(namespace, first)
            model.delete(namespace, first)
        elif action == "search":
            ours = store.search(namespace, filter=first, limit=50)
            theirs = model.search(namespace, filter=first, limit=50)
            assert sorted(map(shown, ours)) == sorted(map(shown, theirs))
            near = store.search(namespace, query="n", filter=first, limit=50)
            assert sorted(map(shown, near)) == sorted(map(shown, theirs))
        else:
            assert live(store.list_namespaces(prefix=namespace[:1], max_depth=first, limit=100)) == live(
                ns[:first] for ns in {item.namespace for item in model.search(namespace[:1], limit=500)}
            )


def shown(item: Any) -> tuple[Any, ...]:
    return item.namespace, item.key, sorted(item.value.items())


def live(namespaces: Any) -> list[tuple[str, ...]]:
    return sorted(set(namespaces))
