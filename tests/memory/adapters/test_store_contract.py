"""What LangGraph documents of a store (`langgraph.store.base`), held against ours and against LangGraph's own.

That the reference passes the same tests shows that they ask what LangGraph means. Lifetimes: test_store_lifetimes.py.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
)
from store_kinds import BOTH, MakeStore


def keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


@BOTH
def test_an_item_has_all_its_parts(make: MakeStore) -> None:
    """Who reads an item would miss its place or its times."""
    store, before = make(), datetime.now(UTC)
    store.put(("users", "7"), "food", {"likes": ["soup", {"deep": None}], "n": 1.5, "ä": True})
    item = store.get(("users", "7"), "food")
    assert isinstance(item, Item)
    assert (item.namespace, item.key) == (("users", "7"), "food")
    assert item.value == {"likes": ["soup", {"deep": None}], "n": 1.5, "ä": True}
    assert before - timedelta(seconds=1) <= item.created_at <= item.updated_at <= datetime.now(UTC)
    (found,) = store.search(("users",))
    assert isinstance(found, SearchItem)
    assert found.dict() | {"score": 0} == item.dict() | {"score": 0}
    assert store.get(("users", "7"), "other") is None
    assert store.get(("users",), "food") is None
    assert Item(**item.dict()) == item


@BOTH
def test_put_replaces_and_delete_removes(make: MakeStore) -> None:
    """Old fields would shine through, or a deleted item be found by meaning."""
    store = make()
    store.put(("a",), "k", {"old": "word"})
    store.put(("a",), "k", {"new": "other"})
    assert store.get(("a",), "k").value == {"new": "other"}  # type: ignore[union-attr]
    assert len(store.search(("a",), query="word")) == 1
    store.delete(("a",), "k")
    store.delete(("a",), "never there")
    store.put(("a",), "k2", {"x": "y"})
    store.put(("a",), "k2", None)  # type: ignore[arg-type]
    assert store.search((), query="word") == []
    assert store.search(()) == []


@BOTH
def test_results_stand_in_the_order_of_the_operations(make: MakeStore) -> None:
    """A task would take another operation's answer for its own."""
    store = make()
    store.put(("a",), "k", {"v": 1})
    found = store.batch(
        [
            ListNamespacesOp(),
            GetOp(("a",), "missing"),
            PutOp(("b",), "new", {"v": 2}),
            SearchOp(("a",)),
            GetOp(("a",), "k"),
            PutOp(("a",), "k", None),
            SearchOp(("z",), query="v"),
        ]
    )
    assert found[0] == [("a",)]
    assert found[1] is found[2] is found[5] is None
    assert keys(found[3]) == ["k"]  # type: ignore[arg-type]
    assert isinstance(found[4], Item)
    assert found[6] == []
    assert store.batch([]) == []
    assert store.get(("b",), "new") is not None
    assert store.get(("a",), "k") is None


@BOTH
@pytest.mark.parametrize("query", [None, "word"])
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"score": 2}, "b"),
        ({"score": {"$eq": 2}}, "b"),
        ({"score": {"$ne": 2}}, "acd"),
        ({"score": {"$gt": 2}}, "cd"),
        ({"score": {"$gte": 2}}, "bcd"),
        ({"score": {"$lt": 2}}, "a"),
        ({"score": {"$lte": 2}}, "ab"),
        ({"score": {"$gt": 1, "$lt": 4.5}}, "bc"),
        ({"color": "red", "score": {"$gte": 3}}, "c"),
        ({"color": {"$eq": "red"}}, "ac"),
        ({"on": True}, "a"),
        ({"on": {"$ne": True}}, "bcd"),
        ({"nothing": None}, "abcd"),
        ({"at": {"city": "Rome"}}, "b"),
        ({"at": {"city": {"$ne": "Rome"}}}, "a"),
        ({"tags": ["x", "y"]}, "d"),
        ({"tags": ["y", "x"]}, ""),
        ({"color": "red", "on": False}, ""),
        ({}, "abcd"),
    ],
)
def test_filters(make: MakeStore, query: str | None, wanted: dict[str, Any], found: str) -> None:
    """A filter that is ignored shows what was not asked for."""
    store = make()
    store.put(("f",), "a", {"score": 1, "color": "red", "on": True, "at": {"city": "Oslo"}})
    store.put(("f",), "b", {"score": 2, "color": "blue", "at": {"city": "Rome", "zip": 1}})
    store.put(("f",), "c", {"score": 3, "color": "red"}, index=False)
    store.put(("f",), "d", {"score": 4.5, "tags": ["x", "y"]})
    assert sorted(keys(store.search(("f",), query=query, filter=wanted))) == list(found)


@BOTH
@pytest.mark.parametrize("query", [None, "common"])
def test_pages_cover_everything_once(make: MakeStore, query: str | None) -> None:
    """A client that pages would miss items or see them twice."""
    store = make("text")
    for number in range(23):
        store.put(("p", str(number % 3)), f"k{number}", {"text": f"common word{number}", "even": number % 2 == 0})
    for wanted, total in ((None, 23), ({"even": True}, 12)):
        pages = [store.search(("p",), query=query, filter=wanted, limit=5, offset=at) for at in range(0, 30, 5)]
        seen = [(item.namespace, item.key) for page in pages for item in page]
        assert len(seen) == len(set(seen)) == total
        assert [len(page) for page in pages] == [min(5, max(0, total - at)) for at in range(0, 30, 5)]
    assert len(store.search(("p",), query=query)) == 10


@BOTH
def test_meaning_ranks_best_first(make: MakeStore) -> None:
    """The best hit would not be the first, or not say how good it is."""
    store = make("text")
    for key, text in (("exact", "late refund"), ("near", "late train"), ("far", "green tea")):
        store.put(("m",), key, {"text": text})
    found = store.search(("m",), query="late refund")
    assert keys(found) == ["exact", "near", "far"]
    scores = [item.score for item in found if item.score is not None]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(1, abs=1e-4)
    assert keys(store.search(("m",), query="late refund", limit=1, offset=1)) == ["near"]
    assert all(item.score is None for item in store.search(("m",)))


@BOTH
def test_a_prefix_is_made_of_whole_segments(make: MakeStore) -> None:
    """`("user",)` would open `("users",)`."""
    store = make()
    for namespace in (("user",), ("users",), ("user", "a"), ("user", "ab"), ("x", "user")):
        store.put(namespace, "k", {"n": "/".join(namespace)})
    assert sorted(item.value["n"] for item in store.search(("user",))) == ["user", "user/a", "user/ab"]
    assert [item.value["n"] for item in store.search(("user", "a"), query="n")] == ["user/a"]
    assert len(store.search(())) == 5


@BOTH
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["a", "a/b", "a/b/c", "d/b", "d/x/b"]),
        ({"prefix": ("a",)}, ["a", "a/b", "a/b/c"]),
        ({"suffix": ("b",)}, ["a/b", "d/b", "d/x/b"]),
        ({"prefix": ("*", "b")}, ["a/b", "a/b/c", "d/b"]),
        ({"prefix": ("d",), "suffix": ("*", "b")}, ["d/b", "d/x/b"]),
        ({"prefix": ("a", "b", "c", "d")}, []),
        ({"max_depth": 1}, ["a", "d"]),
        ({"max_depth": 2, "prefix": ("d",)}, ["d/b", "d/x"]),
        ({"limit": 2}, ["a", "a/b"]),
        ({"limit": 2, "offset": 3}, ["d/b", "d/x/b"]),
        ({"offset": 9}, []),
    ],
)
def test_namespaces_are_listed(make: MakeStore, asked: dict[str, Any], found: list[str]) -> None:
    """An explorer of the store would lose its way."""
    store = make()
    for name in ("d/x/b", "a", "a/b", "d/b", "a/b/c"):
        store.put(tuple(name.split("/")), "k", {"n": 1})
        store.put(tuple(name.split("/")), "k2", {"n": 1})
    assert ["/".join(namespace) for namespace in store.list_namespaces(**asked)] == found


@BOTH
@pytest.mark.parametrize(
    "namespace", [(), ("",), ("a", ""), ("a.b",), ("a", "b.c"), ("langgraph",), ("langgraph", "x"), ("a", 1), (None,)]
)
async def test_bad_namespaces_are_refused(make: MakeStore, namespace: Any) -> None:
    """A namespace that could be read in two ways would reach another one's items."""
    store = make()
    with pytest.raises(InvalidNamespaceError):
        store.put(namespace, "k", {"a": 1})
    with pytest.raises(InvalidNamespaceError):
        await store.aput(namespace, "k", {"a": 1})
    assert store.search(()) == []


@BOTH
async def test_the_asynchronous_twin(make: MakeStore) -> None:
    """An asynchronous graph would see another store than a synchronous one."""
    store = make("text")
    for number in range(5):
        await store.aput(("t", str(number)), "k", {"text": f"word{number}", "n": number})
    assert await store.aget(("t", "1"), "k") == store.get(("t", "1"), "k")
    asked: dict[str, Any] = {"query": "word3", "filter": {"n": {"$gte": 2}}, "limit": 2}
    assert await store.asearch(("t",), **asked) == store.search(("t",), **asked)
    assert (await store.asearch(("t",), **asked))[0].key == "k"
    assert await store.alist_namespaces(suffix=("3",)) == store.list_namespaces(suffix=("3",)) == [("t", "3")]
    conditions = (MatchCondition("prefix", ("t",)),)
    operations: list[Op] = [
        ListNamespacesOp(conditions, max_depth=1),
        GetOp(("t", "0"), "k"),
        SearchOp(("t",), query="word1"),
    ]
    assert await store.abatch(operations) == store.batch(operations)
    await store.adelete(("t", "1"), "k")
    assert store.get(("t", "1"), "k") is None


class State(TypedDict):
    name: str


@BOTH
async def test_a_graph_uses_it(make: MakeStore) -> None:
    """Any LangGraph graph may be given this store."""

    async def remember(state: State, runtime: Runtime) -> State:
        await runtime.store.aput(("names",), state["name"], {"text": state["name"]})  # type: ignore[union-attr]
        (found,) = await runtime.store.asearch(("names",), query=state["name"])  # type: ignore[union-attr]
        return {"name": found.key.upper()}

    graph = StateGraph(State)
    graph.add_node("remember", remember)
    graph.add_edge(START, "remember")
    graph.add_edge("remember", END)
    assert await graph.compile(store=make()).ainvoke({"name": "ann"}) == {"name": "ANN"}
