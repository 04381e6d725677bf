"""These are the two nodes of a handler: find and tell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command

from ....agents.requests.reading import OrderReading
from ....agents.requests.unused_values import find_unused_values
from ....tools.outcome import Outcome
from ...gate.gate import Gate
from ...runtime.services import RunContext
from ...state import Work, WorkPart
from ...steps import Ask, Calls, Finish, StepContext, StepResult
from .handler import Handler, HandlerRequest
from .order_gate import choose_answer, explain_unordered, find_plainly_unordered, find_unordered
from .workflow_graph import make_finding, proceed


def make_handler_nodes(
    gate: Gate, handler_for: Callable[[str], Handler], today: Callable[[], date], clauses: Mapping[str, str]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two nodes of a handler: find and tell.

    Args:
        handler_for: gives the handler of an intent.
        today: the business date of the systems of record.
        clauses: the business's clause library.
    """

    def refuse(state: Work, calls: Calls) -> OrderReading | None:
        return find_unordered(state["part"], state["inputs"]["text"], calls.calls, gate.registry.specs)

    def find_no_order(state: Work, handler: Handler, after: StepResult) -> OrderReading | None:
        """The reading of a message that orders none of a handler's acts, before anything is asked or looked up."""
        if not handler.writes or state["part"].get("chosen") or isinstance(after, Finish):
            return None
        asked = [spec.asked_as for name in handler.writes if (spec := gate.registry.specs.get(name))]
        found = find_plainly_unordered(state["inputs"]["text"], asked)
        is_question = found is not None and found.asks and handler.answered_by is not None
        return found if isinstance(after, Ask) or is_question else None

    def explain(found: OrderReading, tools: Iterable[str]) -> Finish:
        specs = [gate.registry.specs[name] for name in tools]
        return explain_unordered(found, [spec.asked_as for spec in specs if spec.asked_as])

    async def find(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """One look or one act."""
        handler = handler_for(state["part"]["intent"])
        after = handler.find(_make_context(state, today(), clauses))
        unordered = find_no_order(state, handler, after)
        if unordered is None and isinstance(after, Calls):
            unordered = refuse(state, after)
        if unordered is None:
            if isinstance(after, Calls):
                return await proceed(gate, after, state, runtime, "errand_report")
            return _end_work(state, after)
        if handler.answered_by is None or not unordered.asks:
            return _end_work(state, explain(unordered, handler.writes))
        intent = choose_answer(state["inputs"]["text"], handler.answered_by)
        part = WorkPart({**state["part"], "intent": intent})  # a question is answered, not obeyed
        return Command(goto="errand", update={"part": part})

    async def tell(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Say what came of it, or go on with what follows from it."""
        case = _make_context(state, today(), clauses)
        handler = handler_for(state["part"]["intent"])
        after = handler.tell(case)
        if not isinstance(after, Calls):
            return _end_work(state, _name_unused(handler, case, after))
        if (unordered := refuse(state, after)) is not None:
            return _end_work(state, explain(unordered, [call.tool for call in after.calls]))
        if all(call.key in case.outcomes for call in after.calls):
            return _end_work(state, Finish("I could not finish this; nothing more was done.", status="stopped"))
        return await proceed(gate, after, state, runtime, "errand_report")

    return find, tell


def _make_context(state: Work, today: date, clauses: Mapping[str, str]) -> StepContext[HandlerRequest]:
    outcomes = {key: Outcome.from_record(record) for key, record in state.get("outcomes", {}).items()}
    return StepContext(HandlerRequest(**state["inputs"], intent=state["part"]["intent"]), outcomes, today, clauses)


def _name_unused(handler: Handler, case: StepContext[HandlerRequest], end: Finish | Ask) -> Finish | Ask:
    """The answer to a question, with what the question named and the look did not use."""
    if handler.writes or not isinstance(end, Finish) or end.status != "done":
        return end
    asked = handler.find(replace(case, outcomes={}))
    if not isinstance(asked, Calls) or not case.outcomes.keys() <= {call.key for call in asked.calls}:
        return end  # other looks followed, and these functions do not say with what
    last = case.input.text.splitlines()[-1] if case.input.text else ""
    unused = find_unused_values(last, [call.args for call in asked.calls], end.text, case.today)
    if not unused:
        return end
    listed = ", ".join(f"“{words}”" for words in unused)
    return replace(end, text=f"{end.text}\n\nI did not take into account: {listed}.")


def _end_work(state: Work, end: Finish | Ask) -> Command[Any]:
    return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
