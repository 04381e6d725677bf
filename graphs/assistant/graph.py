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

from ..extensions.content import Content
from ..gate.gate import emit_event
from ..model_loop.budget import TurnBudgets
from ..nodes.assistant_replies import AssistantReplies, make_own_reply
from ..nodes.notes import PersonalNotes
from ..nodes.remember import keep_precedents
from ..nodes.reply import compose_reply
from ..nodes.route import TurnRouting, follow_command
from ..nodes.stage_checks import StageChecks
from ..nodes.withdrawal import Withdrawals
from ..runtime.services import RunContext, Services
from ..state import TurnState, Work
from .agent_graph import build_agent_graph


def build_assistant_graph(
    services: Services, content: Content
) -> "StateGraph[TurnState, RunContext, TurnState, TurnState]":
    """The whole graph, not yet compiled; give it a checkpointer of your choice.

    Args:
        content: the agents and what they can do.
    """
    directory, reviews, now = services.directory, services.reviews, services.now
    conversations, memory, audit = services.conversations, services.memory, services.audit
    budgets = TurnBudgets(services.models, services.budget_ledger)
    checks = StageChecks(services.registry, directory)
    replies = AssistantReplies(services.router, reviews, directory, now)
    withdrawals = Withdrawals(reviews, conversations, directory, now)
    notes = PersonalNotes(memory, conversations, directory, audit, now)
    routing = TurnRouting(
        services.router, conversations, services.documents, directory, services.today, checks, replies, budgets
    )

    async def intake(state: TurnState, runtime: Runtime[RunContext]) -> dict[str, Any]:  # noqa: ARG001
        """Nothing goes on without a principal that the directory knows, and a run has one message: the recorded one."""
        principal = runtime.context.principal(directory)
        emit_event(runtime, "intake", user=principal.user_id)
        # A client that feeds a waiting run another message would otherwise drop what waits.
        run = conversations.find_run(runtime.context.run)
        said = {"text": run.input["text"], "documents": list(run.input["documents"])} if run else {}
        return {"findings": [], **said}

    async def route(state: TurnState, runtime: Runtime[RunContext]) -> Command[str]:
        """The person's own commands, then rules, then the classifier, then a model, then a question to the person."""
        context = runtime.context
        if refused := checks.check_input(state, context):
            return Command(goto="reply", update={"findings": [make_own_reply(refused, "stopped")]})
        routed = follow_command(withdrawals, checks, notes, state["text"], context)
        if routed is None:
            routed = await routing.route_turn(state, context, content.agents, content.workflows)
        emit_event(runtime, "routed", **routed.record)
        if not routed.parts:
            return Command(goto="reply", update={"route": routed.record, "findings": routed.answers})
        work = [Send(part["agent"], _work(state, part, routed.inputs)) for part in routed.parts]
        return Command(goto=work, update={"route": routed.record, "parts": routed.parts, "findings": routed.answers})

    async def reply(state: TurnState, runtime: Runtime[RunContext]) -> dict[str, Any]:
        """One reply from all findings, checked before it goes out."""
        context, findings = runtime.context, state.get("findings", [])
        notice, earlier = budgets.list_notices(context), replies.describe_earlier(context)
        composed = compose_reply(findings, content.agents, notice, earlier)
        return {"reply": checks.check_output(composed, state, context)}

    async def remember(state: TurnState, runtime: Runtime[RunContext]) -> dict[str, Any]:  # noqa: ARG001
        """What people decided in this run becomes a precedent for later ones."""
        context = runtime.context
        await keep_precedents(memory, reviews, audit, now, context.principal(directory), context)
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
