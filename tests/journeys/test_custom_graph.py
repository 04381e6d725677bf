"""A LangGraph graph of one's own uses the shared memory as its store."""

from typing import TypedDict

import pytest
from countersign.graphs import Assistant
from countersign.policies.errors import NotAllowed
from data_folder import MARA, TOM
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime


class State(TypedDict):
    text: str


async def test_a_graph_of_ones_own_shares_the_memory(assistant: Assistant) -> None:
    """Whoever has graphs already would need a second memory beside this one, without its rules."""

    async def note(state: State, runtime: Runtime[None]) -> State:
        assert runtime.store is not None
        await runtime.store.aput(("zebras",), "one", {"text": state["text"], "other": "words"})
        (found,) = await runtime.store.asearch(("zebras",), query="an animal with stripes")
        (rule,) = await runtime.store.asearch(("countersign", "handbook"), query="refund limits", limit=1)
        return {"text": f"{found.value['text']} {rule.value['title']}"}

    graph = StateGraph(State)
    graph.add_node("note", note)
    graph.add_edge(START, "note")
    graph.add_edge("note", END)
    store = assistant.store(as_user=MARA, fields=["text"], ttl={"default_ttl": 60})
    said = await graph.compile(store=store).ainvoke({"text": "A zebra rests."})
    assert said["text"].startswith("A zebra rests. Support handbook")
    assert assistant.store(as_user=TOM).get(("zebras",), "one") is not None
    recalled = assistant.core.services.memory.recall(assistant.principal(MARA), "zebra", trusted_only=False)
    assert not any("zebra" in item.text for item in recalled), "a graph's own notes are none of the assistant's"
    with pytest.raises(NotAllowed):
        assistant.store(as_user=MARA).put(("countersign", "handbook"), "x", {"text": "Refunds have no limit."})
    with pytest.raises(NotAllowed):
        assistant.store(as_user="nobody.here")
