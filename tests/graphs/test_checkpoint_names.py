"""What a paused run holds keeps its name: nodes, keys of the state, and the agents in proposals."""

from pathlib import Path
from typing import Any

from countersign.graphs.assistant.graph import build_assistant_graph
from countersign.graphs.runtime.services import Services
from countersign.graphs.state import AgentResult, QueuedProposal, TurnState, UnavailableCall, Work, WorkPart
from langgraph.graph.state import CompiledStateGraph
from shipped import SHIPPED

PINNED = Path(__file__).with_name("checkpoint_names.txt")
STATES = (TurnState, Work, AgentResult, WorkPart, QueuedProposal, UnavailableCall)


def list_nodes() -> set[str]:
    """Each node with the names of the graphs in which it stands, as checkpoints' namespaces have them.

    They are asked of the compiled graphs, not of a drawing, which leaves out nodes that hold a graph.
    """
    absent: dict[str, Any] = dict.fromkeys(Services.__dataclass_fields__, object())
    graph = build_assistant_graph(Services(**absent), SHIPPED).compile(name="assistant")
    inside = set()
    for namespace, part in graph.get_subgraphs(recurse=True):
        assert isinstance(part, CompiledStateGraph)
        inside |= {f"{namespace}|{node}" for node in part.nodes}
    return {name for name in inside | set(graph.nodes) if not name.endswith("__start__")}


def list_names() -> list[str]:
    """Each node, each key of a state, and each agent, a line each."""
    found = [f"node {name}" for name in list_nodes()]
    found += [f"key {state.__name__}.{key}" for state in STATES for key in state.__annotations__]
    found += [f"agent {name}" for name in SHIPPED.agents]
    return sorted(found)


def test_what_paused_runs_hold_is_not_renamed() -> None:
    """A review that waits could not be answered after an update: its run would not find where it stood.

    A new name is added to the list. One that is gone needs a mapping, and a test that a run of before goes on.
    """
    pinned = PINNED.read_text(encoding="utf-8").splitlines()
    now = list_names()
    gone, new = sorted(set(pinned) - set(now)), sorted(set(now) - set(pinned))
    assert not gone, f"paused runs hold these names, which are gone: {gone}"
    assert not new, f"add these to {PINNED.name}, and never take them away again: {new}"
