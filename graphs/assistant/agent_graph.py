"""An agent makes a plan first; then a workflow, a handler or the model's loop does the work.

The plan fixes the write tools of the turn before anything untrusted is read; a write outside it needs a person.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import ValidationError

from ...agents.provenance.turn_plan import find_forbidden_tools
from ...agents.spec import AgentSpec
from ...policies.audit.log import AuditEvent
from ..model_loop import loop
from ..runtime.services import RunContext, Services
from ..state import AgentResult, Work
from ..steps import Ask
from ..workflows.engine.compensation import tool_for_people
from ..workflows.engine.handler import make_handler_nodes
from ..workflows.engine.workflow import RequestText, Workflow, add_gate, build_workflow_graph, make_finding
from .content import Content

EARLIER_MESSAGES = 6


def build_agent_graph(
    services: Services, spec: AgentSpec, content: Content
) -> CompiledStateGraph[Work, RunContext, Work, AgentResult]:
    """The agent as a subgraph."""
    workflows = {name: content.workflows[name] for name in spec.workflows}

    async def plan(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Choose the way and fix what may be written."""
        part, context = state["part"], runtime.context
        words = _words(services, state, context)
        workflow = workflows.get(part["playbook"])
        if workflow is not None:
            return _start(services, spec, workflow, words, state, context)
        handler = content.handler_for(part["intent"])
        own = [name for name in part["tools"] if spec.may_propose(name) and name in services.registry.specs]
        named = {*own, *handler.writes} & {name for name, tool in services.registry.specs.items() if tool.writes}
        writes = sorted(named - find_forbidden_tools(words.text, named))
        way = "think" if services.models else "errand"
        _note(services, spec, context, {"way": way, "intent": part["intent"], "writes": writes})
        inputs = {
            "text": words.text, "earlier": words.earlier, "documents": list(words.documents), "lead": words.lead
        }  # fmt: skip
        return Command(goto=way, update={"plan": writes, "inputs": inputs})

    async def think(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Let the model propose; when no model answers, do without."""
        return await loop.think(services, spec, state, runtime)

    first, second = make_handler_nodes(services, content.handler_for)
    graph = StateGraph(Work, context_schema=RunContext, output_schema=AgentResult)
    graph.add_node("plan", plan, destinations=(*workflows, "think", "errand", END))
    for name, workflow in workflows.items():
        graph.add_node(name, build_workflow_graph(services, workflow))
        graph.add_edge(name, END)
    graph.add_node("think", think, destinations=("think", "review", "act", "errand", END))
    graph.add_node("errand", first, destinations=("errand_report", "review", "act", END))
    graph.add_node("errand_report", second, destinations=("errand_report", "review", "act", END))
    add_gate(graph, services, ("think", "errand_report"))
    graph.add_edge(START, "plan")
    return graph.compile(name=spec.name)


def _start(
    services: Services, spec: AgentSpec, workflow: Workflow, words: RequestText, state: Work, context: RunContext
) -> Command[Any]:
    """Fill the workflow's input and start it, or ask for what is missing."""
    inputs: dict[str, Any] = {**workflow.fill(words), **state.get("inputs", {})}
    try:
        workflow.input.model_validate(inputs)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        question = workflow.questions.get(name) or f"I need the {name.replace('_', ' ')} to go on; what is it?"
        known = {key: value for key, value in inputs.items() if key != name}
        asked = make_finding(state["part"], Ask(question, name), known)
        return Command(goto=END, update={"findings": [asked]})
    body = {"playbook": workflow.name, "version": workflow.version, "owner": workflow.owner, "inputs": inputs}
    specs = services.registry.specs
    undo = {tool for name in workflow.writes if name in specs and (tool := specs[name].undo_tool)}
    person = tool_for_people(specs)
    writes = sorted({*workflow.writes, *undo, *([person.name] if person else [])} if undo else workflow.writes)
    _note(services, spec, context, body | {"writes": writes})
    return Command(goto=workflow.name, update={"plan": writes, "inputs": inputs})


def _words(services: Services, state: Work, context: RunContext) -> RequestText:
    principal = context.principal(services)
    messages = services.conversations.history(principal, context.thread, limit=EARLIER_MESSAGES)
    # Only the person's own words: replies may quote what outsiders wrote, and a number from there is not an order.
    own = [message.text for message in messages if message.run != context.run and message.role == "user"]
    documents = tuple(state.get("documents", ()))
    return RequestText(state["part"]["text"], "\n".join(own), documents, services.today(), principal.manager or "")


def _note(services: Services, spec: AgentSpec, context: RunContext, body: Mapping[str, Any]) -> None:
    principal = context.principal(services)
    actor = f"agent:{spec.name}"
    services.audit.append(AuditEvent("plan", actor, principal.tenant, context.thread, context.run, body))
