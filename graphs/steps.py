"""A step of work says what comes next: make these calls, ask the person, or finish. These are pure values."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ..tools.outcome import Outcome, Status

SUGGESTED = "suggested"
"""Under this name a question keeps the answer that it offers; a yes takes it."""
CHANGES = "changes"
"""Work that a reviewer sent back ends with this status; its text asks the person what to change."""
InputT = TypeVar("InputT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call that a step wants.

    Attributes:
        key: under which the outcome is kept in the case.
        tool: name in the registry.
        args: plain JSON data.
        provenance: source of each argument by dotted path; see
            :class:`~countersign.policies.domain.proposal.Provenance`.
        again: whether it does once more what this turn has done already; the plan does not cover that.
    """

    key: str
    tool: str
    args: Mapping[str, Any]
    provenance: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls that do not depend on each other; reads among them run at the same time.

    Attributes:
        meanwhile: what the person may read already while the calls wait for others, Markdown.
    """

    calls: tuple[Call, ...]
    meanwhile: str = ""

    @classmethod
    def of(cls, *calls: Call, meanwhile: str = "") -> "Calls":
        """The calls in the order given."""
        return cls(calls, meanwhile)


@dataclass(frozen=True, slots=True)
class Ask:
    """Something only the person can tell; the turn ends with the question and goes on with the answer.

    Attributes:
        field: of the input, which the answer fills.
        known: what the question told them, kept with it.
    """

    question: str
    field: str
    known: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of the work.

    Attributes:
        text: the reply, Markdown.
        status: ``done``, ``stopped`` (by policy, a person or missing data), ``handed_over`` (to a person) or
            ``changes`` (sent back by a reviewer: the text asks what to change, and the answer goes on from there).
        citations: where the statements come from, e.g. ``"support-handbook#3.2"`` or ``"INV-1042"``.
        data: the same as structured data, for callers and tests.
    """

    text: str
    status: str = "done"
    citations: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compensation:
    """The end of work that went wrong after something had been done: take it back, the last first.

    Attributes:
        keys: of the calls to take back, in the order they were made; those that did not succeed are passed over.
        end: what to say; what was undone and what was not is added to it.
    """

    keys: tuple[str, ...]
    end: Finish


StepResult = Calls | Ask | Finish


@dataclass(frozen=True, slots=True)
class StepContext(Generic[InputT]):
    """What a step sees; nothing else.

    Attributes:
        input: typed, as its workflow declares it.
        outcomes: of earlier calls.
        today: the business date.
        clauses: of the business's clause library, by the id of a clause, the wording it proposes.
    """

    input: InputT
    outcomes: Mapping[str, Outcome]
    today: date
    clauses: Mapping[str, str] = field(default_factory=dict)

    def outcome(self, key: str) -> Outcome:
        """The outcome of a call an earlier step made.

        Raises:
            KeyError: no step made a call with this key.
        """
        return self.outcomes[key]

    def has(self, key: str) -> bool:
        """Whether the call was made and succeeded."""
        return key in self.outcomes and self.outcomes[key].ok

    def value(self, key: str) -> Mapping[str, Any]:
        """The result of a call that succeeded.

        Raises:
            KeyError: it was not made or did not succeed; ask :meth:`stop` first.
        """
        outcome = self.outcomes[key]
        if not outcome.ok:
            raise KeyError(f"{key}: {outcome.status}: {outcome.message}")
        return outcome.value

    def stop(self, key: str, doing: str) -> Finish | None:
        """A clear end when the call did not succeed, or ``None`` when it did.

        Args:
            doing: what could not be done, e.g. ``"refund order ORD-8841"``.
        """
        outcome = self.outcomes[key]
        if outcome.ok:
            return None
        if outcome.status is Status.CHANGES:
            return Finish(f"I did not {doing} yet; {outcome.message} What should I change?", status=CHANGES)
        ended = _ENDED.get(outcome.status, "stopped")
        return Finish(_STOPPED[outcome.status].format(doing=doing, why=outcome.message), status=ended)


_ENDED = {Status.CONFIRMED: "done", Status.DIVERTED: "handed_over"}
_STOPPED = {
    Status.DENIED: "I did not {doing}: {why}",
    Status.FAILED: "I could not {doing}: {why}",
    Status.CONFIRMED: "I did {doing}, as a person found out. {why}",
    Status.DIVERTED: "I could not {doing} myself. {why}",
    Status.IN_DOUBT: "I tried to {doing}, and it is not certain whether it happened. {why}",
    Status.ANSWERED: "I did not {doing}; the reviewer answered instead: {why}",
}

WorkflowStep = Callable[[StepContext[Any]], StepResult | Compensation | None]
"""One step of a workflow: what to do next, from what is known; ``None`` when there is nothing to do in this step."""
