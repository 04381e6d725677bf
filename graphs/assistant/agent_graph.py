"""One agent: a plan first, then a playbook, an errand or the model's loop.

The plan fixes the write tools of the turn before anything untrusted is read; a write outside it needs a person.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import ValidationError

from ...agents.provenance.turn_plan import forbidden
from ...agents.spec import AgentSpec
from ...policies.audit.log import Event
from ..handlers.registry import errand_for, errand_steps
from ..model_loop import loop
from ..runtime.services import Desk, RunContext
from ..state import Found, Work
from ..steps import Ask
from ..workflows.engine.workflow import Playbook, Words, add_gate, finding, subgraph
from ..workflows.registry import PLAYBOOKS

EARLIER_MESSAGES = 6


def agent_graph(desk: Desk, spec: AgentSpec) -> CompiledStateGraph[Work, RunContext, Work, Found]:
    """The agent as a subgraph."""
    books = {name: PLAYBOOKS[name] for name in spec.workflows}

    async def plan(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Choose the way and fix what may be written."""
        part, context = state["part"], runtime.context
        words = _words(desk, state, context)
        book = books.get(part["playbook"])
        if book is not None:
            return _start(desk, spec, book, words, state, context)
        errand = errand_for(part["intent"])
        own = [name for name in part["tools"] if spec.may_propose(name) and name in desk.registry.specs]
        named = {*own, *errand.writes} & {name for name, tool in desk.registry.specs.items() if tool.writes}
        writes = sorted(named - forbidden(words.text, named))
        way = "think" if desk.models else "errand"
        _note(desk, spec, context, {"way": way, "intent": part["intent"], "writes": writes})
        inputs = {
            "text": words.text, "earlier": words.earlier, "documents": list(words.documents), "lead": words.lead
        }  # fmt: skip
        return Command(goto=way, update={"plan": writes, "inputs": inputs})

    async def think(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Let the model propose; when no model answers, do without."""
        return await loop.think(desk, spec, state, runtime)

    first, second = errand_steps(desk)
    graph = StateGraph(Work, context_schema=RunContext, output_schema=Found)
    graph.add_node("plan", plan, destinations=(*books, "think", "errand", END))
    for name, book in books.items():
        graph.add_node(name, subgraph(desk, book))
        graph.add_edge(name, END)
    graph.add_node("think", think, destinations=("think", "review", "act", "errand", END))
    graph.add_node("errand", first, destinations=("errand_report", "review", "act", END))
    graph.add_node("errand_report", second, destinations=("errand_report", "review", "act", END))
    add_gate(graph, desk, ("think", "errand_report"))
    graph.add_edge(START, "plan")
    return graph.compile(name=spec.name)


def _start(desk: Desk, spec: AgentSpec, book: Playbook, words: Words, state: Work, context: RunContext) -> Command[Any]:
    """Fill the playbook's input and start it, or ask for what is missing."""
    inputs: dict[str, Any] = {**book.fill(words), **state.get("inputs", {})}
    try:
        book.input.model_validate(inputs)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        question = book.questions.get(name) or f"I need the {name.replace('_', ' ')} to go on; what is it?"
        known = {key: value for key, value in inputs.items() if key != name}
        asked = finding(state["part"], Ask(question, name), known)
        return Command(goto=END, update={"findings": [asked]})
    body = {"playbook": book.name, "version": book.version, "owner": book.owner, "inputs": inputs}
    specs = desk.registry.specs
    undo = {tool for name in book.writes if name in specs and (tool := specs[name].undo_tool)}
    writes = sorted({*book.writes, *undo, "tasks.create"} if undo else book.writes)
    _note(desk, spec, context, body | {"writes": writes})
    return Command(goto=book.name, update={"plan": writes, "inputs": inputs})


def _words(desk: Desk, state: Work, context: RunContext) -> Words:
    principal = context.principal(desk)
    messages = desk.conversations.history(principal, context.thread, limit=EARLIER_MESSAGES)
    # Only the person's own words: replies may quote what outsiders wrote, and a number from there is not an order.
    own = [message.text for message in messages if message.run != context.run and message.role == "user"]
    documents = tuple(state.get("documents", ()))
    return Words(state["part"]["text"], "\n".join(own), documents, desk.today(), principal.manager or "")


def _note(desk: Desk, spec: AgentSpec, context: RunContext, body: Mapping[str, Any]) -> None:
    principal = context.principal(desk)
    actor = f"agent:{spec.name}"
    desk.audit.append(Event("plan", actor, principal.tenant, context.thread, context.run, body))
