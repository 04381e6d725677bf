"""What governance costs: the same job guarded and bare, side by side in one run.

Run `python benchmarks/overhead.py [--json] [--rounds N]`. Three comparisons, medians over alternating rounds:

- call: one guarded write (decide, ledger, audit, act) through ``registry.decide`` and ``registry.execute``, against the
  same body in a one-node LangGraph graph with SQLite checkpoints;
- governed: one read, one write, an answer, with a scripted model, against a bare LangGraph graph (model node, tool
  node) with its own asynchronous SQLite saver. The same work on both sides; Countersign does it with everything that
  governs: identity, a routing rule, the plan, context within a budget, policy, ledger, audit and the conversation;
- whole: the same with what a bare graph does not have at all: the message is routed by the trained classifier, and
  shared memory is searched for the model's context. Both embed the message on the CPU; no vector
  is kept from the turn before, because people do not repeat themselves.
"""

import argparse
import asyncio
import json
import operator
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from bare import BareTools, bare_graph, turn
from countersign.graphs import AsyncAssistant, Settings, open_assistant
from countersign.graphs.assistant.default_content import load_content
from countersign.graphs.assistant.graph import build_assistant_graph
from countersign.policies.domain.decision import Verdict
from countersign.tools.outcome import Grant
from countersign.tools.registry.registry import Origin
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from scripted import MESSAGE, RULED, TICKET, ScriptedModel


def with_scripted_model(home: Path, *, recall: bool = True) -> AsyncAssistant:
    """The whole assistant with the scripted model in place of a network.

    Args:
        recall: search memory for the model's context, as the agents do.
    """
    opened = open_assistant(Settings.from_env({}, home))
    desk = replace(opened.services, models=ScriptedModel())  # type: ignore[arg-type]
    content = load_content()
    if not recall:
        content = replace(content, agents={name: replace(spec, recall=()) for name, spec in content.agents.items()})
    assert isinstance(opened.saver, BaseCheckpointSaver)
    graph = build_assistant_graph(desk, content).compile(checkpointer=opened.saver, name="assistant")
    return AsyncAssistant(desk, graph, opened.saver, opened.conversations)


async def side_by_side(
    rounds: int, sides: dict[str, Callable[[], Awaitable[Any]]], warm_up: int = 3
) -> dict[str, float]:
    """Median milliseconds of each side, in alternating order, so that the machine's moods hit both."""
    took: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + warm_up):
        for name, side in sorted(sides.items(), reverse=number % 2 == 1):
            start = time.perf_counter()
            await side()
            if number >= warm_up:
                took[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in took.items()}


class CallState(TypedDict):
    """The one call's state."""

    results: Annotated[list[str], operator.add]


async def measure(home: Path, rounds: int) -> dict[str, dict[str, float]]:
    """All comparisons."""
    assistant = with_scripted_model(home / "whole")
    without_recall = with_scripted_model(home / "governed", recall=False)
    records = assistant.services.registry.services.records
    tools = BareTools(records)
    principal = assistant.principal("mara.voss")

    async def guarded_call() -> None:
        origin = Origin(principal, "support", "bench", f"run-{uuid4().hex}", frozenset({"tickets.comment"}))
        args = {"ticket_id": TICKET, "body": "seen"}
        proposal = assistant.services.registry.propose("tickets.comment", args, origin, {"ticket_id": "user"})
        decision = assistant.services.registry.decide(proposal)
        assert decision.verdict is Verdict.ALLOW, decision
        outcome = await assistant.services.registry.execute(proposal, Grant(proposal.digest))
        assert outcome.ok, outcome

    def act(state: CallState) -> dict[str, Any]:  # noqa: ARG001 - LangGraph gives it by this name
        return {"results": [tools.run("tickets.comment", {"ticket_id": TICKET, "body": "seen"})]}

    one = StateGraph(CallState)
    one.add_node("act", act)
    one.add_edge(START, "act")
    one.add_edge("act", END)
    async with (
        AsyncSqliteSaver.from_conn_string(str(home / "bare-call.db")) as saver,
        bare_graph(home / "bare-turn.db", tools) as bare,
    ):
        bare_one = one.compile(checkpointer=saver)

        async def bare_call() -> None:
            await bare_one.ainvoke({"results": []}, {"configurable": {"thread_id": uuid4().hex}})

        async def governed_turn() -> None:
            done = await without_recall.send(RULED, as_user="mara.voss", thread=uuid4().hex)
            assert (done.reply, done.route["how"]) == ("Done.", "rule"), done

        async def whole_turn() -> None:
            assistant.services.memory.queries.clear()
            done = await assistant.send(MESSAGE, as_user="mara.voss", thread=uuid4().hex)
            assert (done.reply, done.route["how"]) == ("Done.", "classifier"), done

        async def bare_turn() -> None:
            await bare.ainvoke(turn(MESSAGE), {"configurable": {"thread_id": uuid4().hex}})

        found = {
            "call": await side_by_side(rounds, {"countersign": guarded_call, "langgraph": bare_call}),
            "governed": await side_by_side(rounds, {"countersign": governed_turn, "langgraph": bare_turn}),
            "whole": await side_by_side(rounds, {"countersign": whole_turn, "langgraph": bare_turn}),
        }
    assistant.close()
    without_recall.close()
    for row in found.values():
        row["ratio"] = row["countersign"] / row["langgraph"]
    return found


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description="What governance costs, side by side with bare LangGraph.")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), options.rounds))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"medians of {options.rounds} rounds, milliseconds")
    for name, row in found.items():
        ours, bare = f"countersign {row['countersign']:7.2f}", f"langgraph {row['langgraph']:7.2f}"
        print(f"{name:8} {ours}   {bare}   ratio {row['ratio']:.2f}")


if __name__ == "__main__":
    main()
