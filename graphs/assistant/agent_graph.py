"""An agent makes a plan first; then a workflow, a handler or the model's loop does the work.

The plan fixes the write tools of the turn before anything untrusted is read; a write outside it needs a person.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import ValidationError

from ...agents.provenance.turn_plan import find_forbidden_tools
from ...agents.requests.moods import Mood
from ...agents.requests.reading import OrderReading, interpret_order
from ...agents.spec import AgentSpec
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.principal import Directory
from ...tools.registry.registry import Registry
from ..extensions.content import Content
from ..gate.answers import ReviewAnswers
from ..gate.gate import Gate
from ..model_loop.budget import TurnBudgets
from ..model_loop.loop import ModelLoop
from ..model_loop.model_input import ThreadSources
from ..runtime.conversations import Conversations
from ..runtime.services import RunContext, Services
from ..state import AgentResult, Work, WorkPart
from ..steps import Ask
from ..workflows.engine.compensation import find_tool_for_people
from ..workflows.engine.handler_nodes import make_handler_nodes
from ..workflows.engine.order_gate import choose_answer, explain_unordered
from ..workflows.engine.workflow import RequestText, Workflow
from ..workflows.engine.workflow_graph import add_gate, build_workflow_graph, make_finding

EARLIER_MESSAGES = 6


def build_agent_graph(
    services: Services, spec: AgentSpec, content: Content
) -> CompiledStateGraph[Work, RunContext, Work, AgentResult]:
    """The agent as a subgraph."""
    gate, today, clauses = make_gate(services), services.today, services.clauses
    loop = _make_model_loop(services, gate)
    planning = _Planning(services.registry, services.directory, services.conversations, services.audit, today)
    workflows = {name: content.workflows[name] for name in spec.workflows}

    async def plan(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Choose the way and fix what may be written."""
        part, context = state["part"], runtime.context
        words = planning.read_request(state, context)
        workflow = workflows.get(part["playbook"])
        if workflow is not None:
            unordered = planning.find_unordered(workflow, words, state)
            if unordered is None:
                return planning.start(spec, workflow, words, state, context)
            if workflow.answered_by is None or not unordered.asks:
                return planning.stop(workflow, unordered, state)
            intent = choose_answer(words.text, workflow.answered_by)
            part = WorkPart({**part, "intent": intent, "playbook": ""})  # a question is answered, not obeyed
            state = Work({**state, "part": part})
            command = planning.choose("errand", (), spec, words, state, context)
            return Command(goto=command.goto, update={**dict(command.update or {}), "part": part})
        way, handler = "think" if loop.models else "errand", content.handler_for(part["intent"])
        return planning.choose(way, handler.writes, spec, words, state, context)

    async def think(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Let the model propose; when no model answers, do without."""
        return await loop.think(spec, state, runtime)

    first, second = make_handler_nodes(gate, content.handler_for, today, clauses)
    graph = StateGraph(Work, context_schema=RunContext, output_schema=AgentResult)
    graph.add_node("plan", plan, destinations=(*workflows, "think", "errand", END))
    for name, workflow in workflows.items():
        graph.add_node(name, build_workflow_graph(gate, workflow, today, clauses))
        graph.add_edge(name, END)
    graph.add_node("think", think, destinations=("think", "review", "act", "errand", END))
    graph.add_node("errand", first, destinations=("errand_report", "review", "act", END))
    graph.add_node("errand_report", second, destinations=("errand_report", "review", "act", END))
    add_gate(graph, gate, ("think", "errand_report"))
    graph.add_edge(START, "plan")
    return graph.compile(name=spec.name)


def make_gate(services: Services) -> Gate:
    """The gate in front of all effects."""
    registry, reviews, directory, now = services.registry, services.reviews, services.directory, services.now
    answers = ReviewAnswers(registry, reviews, directory, services.masker, now)
    return Gate(registry, reviews, directory, services.conversations, services.audit, now, answers)


def _make_model_loop(services: Services, gate: Gate) -> ModelLoop:
    sources = ThreadSources(
        services.conversations, services.reviews, services.documents, services.memory, services.now, services.today
    )
    budgets = TurnBudgets(services.models, services.budget_ledger)
    registry, masker, directory = services.registry, services.masker, services.directory
    return ModelLoop(services.models, registry, masker, directory, services.audit, gate, sources, budgets)


@dataclass(frozen=True, slots=True)
class _Planning:
    """What the plan node works with: it reads the request, fixes what may be written, and notes it down.

    Attributes:
        registry: the tools.
        directory: who is who.
        conversations: what the person said before.
        audit: the log.
        today: the business date of the systems of record.
    """

    registry: Registry
    directory: Directory
    conversations: Conversations
    audit: AuditLog
    today: Callable[[], date]

    def read_request(self, state: Work, context: RunContext) -> RequestText:
        principal = context.principal(self.directory)
        messages = self.conversations.history(principal, context.thread, limit=EARLIER_MESSAGES)
        # Only the person's own words: replies may quote what outsiders wrote, and a number from there is not an order.
        own = [message.text for message in messages if message.run != context.run and message.role == "user"]
        documents = tuple(state.get("documents", ()))
        return RequestText(state["part"]["text"], "\n".join(own), documents, self.today(), principal.manager or "")

    def find_unordered(self, workflow: Workflow, words: RequestText, state: Work) -> OrderReading | None:
        """How the words speak of the act of a workflow that they do not order; None when they do.

        An answer to a question of the workflow need not order it again.
        """
        specs = self.registry.specs
        asked = specs[workflow.ordered].asked_as if workflow.ordered in specs else None
        if workflow.asked_as is not None and interpret_order(words.text, [workflow.asked_as]).mood is not Mood.ORDER:
            others = [specs[name].asked_as for name in workflow.writes if name in specs]
            if any(other and interpret_order(words.text, [other]).mood is Mood.ORDER for other in others):
                return OrderReading(Mood.UNCLEAR)
        if asked is None:
            return None
        found, part = interpret_order(words.text, [asked]), state["part"]
        settled = part.get("chosen") or (part.get("tries", 0) > 0 and found.mood in (None, Mood.UNCLEAR))
        ordered = found.orders or (settled and not (found.conditions or found.times or found.corrected))
        return None if ordered else found

    def stop(self, workflow: Workflow, found: OrderReading, state: Work) -> Command[Any]:
        """Say why the workflow does not begin."""
        asked = self.registry.specs[workflow.ordered].asked_as if workflow.ordered else workflow.asked_as
        end = explain_unordered(found, [asked] if asked else [])
        return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})

    def start(
        self, spec: AgentSpec, workflow: Workflow, words: RequestText, state: Work, context: RunContext
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
        specs = self.registry.specs
        undo = {tool for name in workflow.writes if name in specs and (tool := specs[name].undo_tool)}
        person = find_tool_for_people(specs)
        writes = sorted({*workflow.writes, *undo, *([person.name] if person else [])} if undo else workflow.writes)
        self._note(spec, context, body | {"writes": writes})
        return Command(goto=workflow.name, update={"plan": writes, "inputs": inputs})

    def choose(
        self, way: str, writes: Iterable[str], spec: AgentSpec, words: RequestText, state: Work, context: RunContext
    ) -> Command[Any]:
        """Go the given way with the write tools that the request and its handler name.

        Args:
            way: the node, ``think`` or ``errand``.
            writes: the tools that the handler may use.
        """
        part, specs = state["part"], self.registry.specs
        own = [name for name in part["tools"] if spec.may_propose(name) and name in specs]
        named = {*own, *writes} & {name for name, tool in specs.items() if tool.writes}
        allowed = sorted(named - {name for name in named if self._is_ruled_out(name, words.text)})
        self._note(spec, context, {"way": way, "intent": part["intent"], "writes": allowed})
        inputs = {
            "text": words.text, "earlier": words.earlier, "documents": list(words.documents), "lead": words.lead
        }  # fmt: skip
        return Command(goto=way, update={"plan": allowed, "inputs": inputs})

    def _is_ruled_out(self, name: str, text: str) -> bool:
        """Whether the words speak of a write, and not to order it here and now."""
        asked = self.registry.specs[name].asked_as
        if asked is None:
            return bool(find_forbidden_tools(text, (name,)))
        found = interpret_order(text, [asked])
        put_off = found.mood is Mood.ORDER and (found.conditions or found.times or found.corrected)
        return bool(put_off) or found.mood not in (None, Mood.ORDER, Mood.UNCLEAR)

    def _note(self, spec: AgentSpec, context: RunContext, body: Mapping[str, Any]) -> None:
        tenant = context.principal(self.directory).tenant
        self.audit.append(AuditEvent("plan", f"agent:{spec.name}", tenant, context.thread, context.run, body))
