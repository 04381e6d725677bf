"""The same job on bare LangGraph with its own asynchronous SQLite saver: a model node, a tool node, no guard."""

import operator
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypedDict

from countersign.tools.connectors.port import SystemOfRecord
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolCall, ToolMessage
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from scripted import ORDER, ScriptedModel


class State(TypedDict):
    """The conversation, as such graphs keep it."""

    messages: Annotated[list[AnyMessage], operator.add]


def _calls(state: State) -> list[ToolCall]:
    last = state["messages"][-1]
    return last.tool_calls if isinstance(last, AIMessage) else []


class BareTools:
    """What the tools do to the records, without anything around it."""

    def __init__(self, records: SystemOfRecord) -> None:
        self.records = records

    def run(self, name: str, args: dict[str, Any]) -> str:
        """The same reads and the same insert as the guarded tools."""
        if name == "orders.get":
            here = {"order_id": ORDER}
            order = self.records.get("order", args["order_id"])
            self.records.find("payment", where={**here, "direction": "in", "status": "captured"})
            self.records.find("refund", where={**here, "status": ("!=", "cancelled")})
            for kind in ("order_line", "shipment", "refund"):
                self.records.find(kind, where=here)
            return str(order)
        with self.records.transaction() as transaction:
            ticket = transaction.get("ticket", args["ticket_id"])
            row = {
                "ticket_id": args["ticket_id"],
                "author": "mara.voss",
                "public": False,
                "body": args["body"],
                "at": datetime.now(UTC),
            }
            return f"{ticket is not None} {transaction.insert('ticket_comment', row)}"


@asynccontextmanager
async def bare_graph(path: Path, tools: BareTools) -> AsyncIterator[Any]:
    """The compiled graph on a SQLite file."""
    model = ScriptedModel()

    async def think(state: State) -> dict[str, Any]:
        turn = state["messages"][max(i for i, m in enumerate(state["messages"]) if m.type == "human") :]
        answer = await model.complete(turn)
        calls = [{"name": call.name, "args": call.args or {}, "id": call.id} for call in answer.calls]
        return {"messages": [AIMessage(answer.text, tool_calls=calls)]}

    async def act(state: State) -> dict[str, Any]:
        calls = _calls(state)
        return {
            "messages": [ToolMessage(tools.run(call["name"], call["args"]), tool_call_id=call["id"]) for call in calls]
        }

    graph = StateGraph(State)
    graph.add_node("think", think)
    graph.add_node("act", act)
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", lambda state: "act" if _calls(state) else END, ["act", END])
    graph.add_edge("act", "think")
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        yield graph.compile(checkpointer=saver)


def turn(text: str) -> dict[str, Any]:
    """One message as the graph's input."""
    return {"messages": [HumanMessage(text)]}
