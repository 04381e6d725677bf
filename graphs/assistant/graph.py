"""The assistant graph has all nodes and edges on one page.

    intake ─ route ─┬─ legal ───┐
                    ├─ finance ─┼─ reply ─ remember
                    └─ support ─┘

There is one node per agent, and several work at once when a message holds several requests. Inside each agent
(:mod:`.agent_graph`) comes a plan, then a workflow, a handler or the model's loop, all of which reach tools only by
decide, review and act (:mod:`..gate.gate`).
"""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from ..gate.gate import emit_event
from ..nodes import assistant_replies, stage_checks
from ..nodes import remember as remember_node
from ..nodes import reply as reply_node
from ..nodes import route as route_node
from ..runtime.services import RunContext, Services
from ..state import TurnState, Work
from .agent_graph import build_agent_graph
from .content import Content


def build_assistant_graph(
    services: Services, content: Content
) -> "StateGraph[TurnState, RunContext, TurnState, TurnState]":
    """The whole graph, not yet compiled; give it a checkpointer of your choice.

    Args:
        content: the agents and what they can do.
    """

    async def intake(state: TurnState, runtime: Runtime[RunContext]) -> dict[str, Any]:  # noqa: ARG001
        """Nothing goes on without a principal that the directory knows, and a run has one message: the recorded one."""
        principal = runtime.context.principal(services)
        emit_event(runtime, "intake", user=principal.user_id)
        # A client that feeds a waiting run another message would otherwise drop what waits.
        run = services.conversations.find_run(runtime.context.run)
        said = {"text": run.input["text"], "documents": list(run.input["documents"])} if run else {}
        return {"findings": [], **said}

    async def route(state: TurnState, runtime: Runtime[RunContext]) -> Command[str]:
        """Rules, then the classifier, then a model, then a question to the person."""
        if refused := stage_checks.check_input(services, state, runtime.context):
            return Command(goto="reply", update={"findings": [assistant_replies.own_reply(refused, "stopped")]})
        routed = await route_node.route_turn(services, state, runtime.context, content.agents, content.workflows)
        emit_event(runtime, "routed", **routed.record)
        if not routed.parts:
            return Command(goto="reply", update={"route": routed.record, "findings": routed.answers})
        work = [Send(part["agent"], _work(state, part, routed.inputs)) for part in routed.parts]
        return Command(goto=work, update={"route": routed.record, "parts": routed.parts, "findings": routed.answers})

    async def reply(state: TurnState, runtime: Runtime[RunContext]) -> dict[str, Any]:
        """One reply from all findings, checked before it goes out."""
        composed = reply_node.compose_reply(services, state, runtime.context, content.agents)
        return {"reply": stage_checks.check_output(services, composed, state, runtime.context)}

    async def remember(state: TurnState, runtime: Runtime[RunContext]) -> dict[str, Any]:
        """What people decided in this run becomes a precedent for later ones."""
        await remember_node.remember(services, state, runtime.context)
        return {}

    graph = StateGraph(TurnState, context_schema=RunContext)
    graph.add_node("intake", intake)
    graph.add_node("route", route, destinations=(*content.agents, "reply"))
    for name, spec in content.agents.items():
        graph.add_node(name, build_agent_graph(services, spec, content))
        graph.add_edge(name, "reply")
    graph.add_node("reply", reply)
    graph.add_node("remember", remember)
    graph.add_edge(START, "intake")
    graph.add_edge("intake", "route")
    graph.add_edge("reply", "remember")
    graph.add_edge("remember", END)
    return graph


def _work(state: TurnState, part: Any, inputs: dict[str, Any]) -> Work:
    return Work(part=part, documents=state.get("documents", []), inputs=inputs, outcomes={}, queue=[], notes=[])
