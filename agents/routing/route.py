"""A route is what routing answers, with its parts and what a clarifying question is waiting for."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

RoutingMethod: TypeAlias = Literal["rule", "classifier", "model", "clarify", "handoff", "out_of_scope"]


@dataclass(frozen=True, slots=True)
class RequestPart:
    """One request of a message, settled.

    Attributes:
        agent: the agent that takes it; ``None`` when the assistant answers by itself.
        intent: what is asked.
        text: the words of the message that ask it.
        playbook: the workflow for it, if there is one.
        how: what settled it.
        confidence: 1 for a rule, else a probability.
        reason: for people.
        handoff: the department outside the assistant that it goes to.
    """

    agent: str | None
    intent: str
    text: str
    playbook: str | None
    how: RoutingMethod
    confidence: float
    reason: str
    handoff: str | None = None


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question that was asked: keep it with the thread and give it to the next ``route``.

    Attributes:
        text: the request that was unclear, or the whole message.
        candidates: the readings offered, in the order of the question; empty when the user is to rephrase.
        settled: the other parts of the message, which need no answer.
    """

    text: str
    candidates: tuple[str, ...]
    settled: tuple[RequestPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes.

    Attributes:
        agents: the agents that work on it, each once, in order of appearance; empty when none does.
        intent: the first part's intent, or ``None`` while a question is open.
        playbook: the first part's workflow.
        how: what settled the least sure part.
        confidence: of the least sure part, 0 to 1.
        reasons: for people, in order.
        parts: every request of the message; while a question is open, those that need no answer.
        question: the one clarifying question, or ``None``.
        clarification: what to give to the next ``route`` together with the answer.
        handoff: who takes over when no agent can: ``"it"`` or ``"people"``; after a question that stayed open the team
            of the likeliest reading (``"legal"``, ``"finance"``, ``"support"``), or ``"person"``.
    """

    agents: tuple[str, ...]
    intent: str | None
    playbook: str | None
    how: RoutingMethod
    confidence: float
    reasons: tuple[str, ...]
    parts: tuple[RequestPart, ...] = ()
    question: str | None = None
    clarification: Clarification | None = None
    handoff: str | None = None


def make_route(parts: tuple[RequestPart, ...], notes: tuple[str, ...] = ()) -> Route:
    """The route of settled parts; there is at least one."""
    least = min(parts, key=lambda part: part.confidence)
    agents = tuple(dict.fromkeys(part.agent for part in parts if part.agent is not None))
    return Route(
        agents=agents,
        intent=parts[0].intent,
        playbook=parts[0].playbook,
        how=least.how,
        confidence=least.confidence,
        reasons=(*(part.reason for part in parts), *notes),
        parts=parts,
        handoff=next((part.handoff for part in parts if part.handoff), None),
    )
