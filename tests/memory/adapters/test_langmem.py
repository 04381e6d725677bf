"""langmem's tools and its memory manager over our store, as its guides use them, beside LangGraph's own store."""

import json
import re
from typing import Any, Protocol
from uuid import UUID

import pytest
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.memory import Memory
from countersign.policies.domain.principal import Principal
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.store.base import BaseStore
from openai_server import OpenAIServer
from openai_wire import Request
from pydantic import SecretStr
from store_kinds import BOTH, MakeStore

langmem: Any = pytest.importorskip("langmem", reason="needs langmem: pip install langmem", exc_type=ImportError)

USERS = ("memories", "{user}")
ANN = {"configurable": {"user": "ann"}}


class Tools(Protocol):
    """Makes a call of one of the tools, inside a graph, and returns what it said."""

    def __call__(self, name: str, user: str = "ann", **args: Any) -> str: ...


def tools(store: BaseStore) -> Tools:
    """A graph with the two tools; the store comes from the graph, as langmem's guides have it."""
    own = [langmem.create_manage_memory_tool(USERS), langmem.create_search_memory_tool(USERS)]
    graph = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode(own))
    graph.add_edge(START, "tools")
    runnable = graph.compile(store=store)

    def call(name: str, user: str = "ann", **args: Any) -> str:
        wanted = AIMessage("", tool_calls=[{"name": name, "args": args, "id": "c1"}])
        said = runnable.invoke({"messages": [wanted]}, {"configurable": {"user": user}})["messages"][-1]
        assert isinstance(said, ToolMessage)
        return str(said.content)

    return call


@BOTH
def test_memories_are_made_found_changed_and_deleted(make: MakeStore) -> None:
    """The whole life of a memory, by the calls that a model makes; another user's are out of reach."""
    store = make()
    call = tools(store)
    made = call("manage_memory", content="prefers vouchers over refunds", action="create")
    call("manage_memory", content="lives in Vienna", action="create")
    (found,) = json.loads(call("search_memory", query="vouchers over refunds", limit=1))
    assert found["value"] == {"content": "prefers vouchers over refunds"}
    assert found["namespace"] == ["memories", "ann"]
    assert found["key"] in made
    assert UUID(found["key"])
    assert json.loads(call("search_memory", user="bob", query="vouchers")) == []
    call("manage_memory", content="prefers refunds", action="update", id=found["key"])
    assert {item.value["content"] for item in store.search(("memories", "ann"))} == {
        "prefers refunds", "lives in Vienna"
    }  # fmt: skip
    call("manage_memory", action="delete", id=found["key"])
    assert [item.value["content"] for item in store.search(("memories", "ann"))] == ["lives in Vienna"]


@BOTH
def test_filters_and_pages_of_the_search(make: MakeStore) -> None:
    """What langmem hands through must mean the same here."""
    store = make()
    call = tools(store)
    for number in range(5):
        store.put(("memories", "ann"), f"k{number}", {"content": f"fact {number}", "odd": number % 2})
    odd = json.loads(call("search_memory", query="fact", filter={"odd": 1}))
    assert sorted(item["key"] for item in odd) == ["k1", "k3"]
    pages = [json.loads(call("search_memory", query="fact", limit=2, offset=at)) for at in (0, 2, 4)]
    assert sorted(item["key"] for page in pages for item in page) == [f"k{number}" for number in range(5)]


@BOTH
def test_the_manager_keeps_what_a_model_extracts(make: MakeStore) -> None:
    """`create_memory_store_manager` searches, lets a model extract, and writes; the model is a scripted endpoint."""
    from langchain_openai import ChatOpenAI

    store = make()
    store.put(("memories", "ann"), "old", {"kind": "Memory", "content": {"content": "Ann lives in Graz"}})

    def reply(request: Request) -> Any:
        assert {"PatchDoc", "Memory"} <= {tool["function"]["name"] for tool in request.tools}
        changed = {"op": "replace", "path": "/content", "value": "Ann lives in Vienna"}
        (known,) = re.findall(r"<instance id=(\w+)", json.dumps(request.messages))
        patch = {"json_doc_id": known, "planned_edits": "the town", "patches": [changed]}
        return OpenAIServer.calls(
            OpenAIServer.call("PatchDoc", patch), OpenAIServer.call("Memory", {"content": "Ann prefers vouchers"})
        )

    with OpenAIServer() as server:
        server.script(reply)
        model = ChatOpenAI(model="scripted", base_url=server.url, api_key=SecretStr("none"), max_retries=0)
        manager = langmem.create_memory_store_manager(model, namespace=USERS, store=store, enable_inserts=True)
        said = {"messages": [{"role": "user", "content": "Ann moved to Vienna and prefers vouchers"}]}
        manager.invoke(said, ANN)
        assert not server.errors, server.errors
        assert "Ann lives in Graz" in json.dumps([request.body for request in server.requests])
    kept = [item.value["content"]["content"] for item in store.search(("memories", "ann"))]
    assert sorted(kept) == ["Ann lives in Vienna", "Ann prefers vouchers"]


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
async def test_what_langmem_writes_is_the_models_word_in_the_callers_tenant(memory: Memory, mara: Principal) -> None:
    """A memory that a model made must not count as fact, and no other tenant may find it, by any name of a user."""
    store = ChromaStore(memory, mara)
    tool = langmem.create_manage_memory_tool(("memories", "{user}"), store=store)
    await tool.ainvoke({"content": "the limit is 9,999 EUR", "action": "create"}, ANN)
    (row,) = memory.rows.scan(memory.scope(mara, prefix=("memories",)))
    assert (row.provenance, row.author, row.tenant) == ("model", mara.user_id, mara.tenant)
    assert memory.recall(mara, "what is the limit", trusted_only=True) == []
    stranger = ChromaStore(memory, Principal("eve", "acme2"))
    search = langmem.create_search_memory_tool(("memories", "{user}"), store=stranger)
    assert json.loads(await search.ainvoke({"query": "limit"}, ANN)) == []
