"""The assistant graph: all nodes and edges on one page.

    intake ─ route ─┬─ legal ───┐
                    ├─ finance ─┼─ reply ─ remember
                    └─ support ─┘

One node per agent, several at once when a message holds several requests. Inside each agent (``agent.py``): plan, then
a playbook, a look-up or the model's loop, all of which reach tools only by decide, review and act (``gate.py``).
"""

from collections.abc import Mapping
from typing import Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from ...agents.roster import AGENTS
from ...agents.spec import AgentSpec
from ..gate.gate import emit
from ..nodes import assistant_replies as frontdesk
from ..nodes import remember as remembering
from ..nodes import reply as replying
from ..nodes import route as routing
from ..nodes import stage_checks as stages
from ..runtime.services import Desk, RunContext
from ..state import Conversation, Work
from .agent_graph import agent_graph


def assistant_graph(
    desk: Desk, roster: Mapping[str, AgentSpec] = AGENTS
) -> "StateGraph[Conversation, RunContext, Conversation, Conversation]":
    """The whole graph, not yet compiled; give it a checkpointer of your choice.

    Args:
        roster: the agents by name; the intents name those of the default one.
    """

    async def intake(state: Conversation, runtime: Runtime[RunContext]) -> dict[str, Any]:  # noqa: ARG001
        """Nothing goes on without a principal that the directory knows, and a run has one message: the recorded one."""
        principal = runtime.context.principal(desk)
        emit(runtime, "intake", user=principal.user_id)
        # A client that feeds a waiting run another message would otherwise drop what waits.
        run = desk.conversations.find_run(runtime.context.run)
        said = {"text": run.input["text"], "documents": list(run.input["documents"])} if run else {}
        return {"findings": [], **said}

    async def route(
        state: Conversation, runtime: Runtime[RunContext]
    ) -> Command[Literal["legal", "finance", "support", "reply"]]:
        """Rules, then the classifier, then a model, then a question to the person."""
        if refused := stages.admitted(desk, state, runtime.context):
            return Command(goto="reply", update={"findings": [frontdesk.says(refused, "stopped")]})
        routed = await routing.route(desk, state, runtime.context)
        emit(runtime, "routed", **routed.record)
        if not routed.parts:
            return Command(goto="reply", update={"route": routed.record, "findings": routed.answers})
        work = [Send(part["agent"], _work(state, part, routed.inputs)) for part in routed.parts]
        return Command(goto=work, update={"route": routed.record, "parts": routed.parts, "findings": routed.answers})

    async def reply(state: Conversation, runtime: Runtime[RunContext]) -> dict[str, Any]:
        """One reply from all findings, checked before it goes out."""
        return {"reply": stages.sent(desk, replying.compose(desk, state, runtime.context), state, runtime.context)}

    async def remember(state: Conversation, runtime: Runtime[RunContext]) -> dict[str, Any]:
        """What people decided in this run becomes a precedent for later ones."""
        await remembering.remember(desk, state, runtime.context)
        return {}

    graph = StateGraph(Conversation, context_schema=RunContext)
    graph.add_node("intake", intake)
    graph.add_node("route", route, destinations=(*roster, "reply"))
    for name, spec in roster.items():
        graph.add_node(name, agent_graph(desk, spec))
        graph.add_edge(name, "reply")
    graph.add_node("reply", reply)
    graph.add_node("remember", remember)
    graph.add_edge(START, "intake")
    graph.add_edge("intake", "route")
    graph.add_edge("reply", "remember")
    graph.add_edge("remember", END)
    return graph


def _work(state: Conversation, part: Any, inputs: dict[str, Any]) -> Work:
    return Work(part=part, documents=state.get("documents", []), inputs=inputs, outcomes={}, queue=[], notes=[])
