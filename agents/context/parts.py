"""The parts are what a request to a model is made of; an account tells what went into it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ...policies.domain.proposal import Provenance
from ..models.answer import ModelCall
from ..models.tokens import clip_text

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

LOOKED_THROUGH = 8
"""How many times what can be shown of a record or result is looked through for what bears on the message."""
LOOKED_AT = 800
"""Characters of an earlier message that are looked at for a sentence that bears on the message."""
Treatment = Literal["whole", "trimmed", "summarised", "left out"]


@dataclass(frozen=True, slots=True)
class EarlierMessage:
    """One earlier message of the conversation.

    Attributes:
        id: its place in the record.
        quoting: a reply that may repeat what outsiders wrote; it is fenced like their words.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    quoting: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """One recalled item or record. ``source`` is what an answer cites, e.g. ``"handbook/finance §3"``."""

    id: str
    text: str
    source: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came back with: the result as text, or why it was denied, failed or waits.

    Attributes:
        undeclared: paths of the fields that the text is without, because the agent did not declare to need them.
    """

    call_id: str
    tool: str
    text: str
    provenance: Provenance
    undeclared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelStep:
    """One answer of the model in this turn, and the results of its calls."""

    text: str
    calls: tuple[ModelCall, ...]
    results: tuple[ToolResult, ...]


@dataclass(frozen=True, slots=True)
class ContextParts:
    """Everything that one request may hold.

    Attributes:
        instructions: from the agent's spec; never shortened.
        message: what the user asks now.
        case: the state of the case, as text.
        records: from systems of record, the most important first.
        recalled: from memory, the best first.
        history: the newest messages, oldest first, without the current one; shown verbatim as far as there is room.
        earlier: messages before those, of which the ones that bear on the message are shown in a sentence.
        unread: how many messages there are before those, at which nobody looked.
        steps: this turn's answers and results so far, oldest first.
    """

    instructions: str
    message: str
    case: str = ""
    records: tuple[Passage, ...] = ()
    recalled: tuple[Passage, ...] = ()
    history: tuple[EarlierMessage, ...] = ()
    steps: tuple[ModelStep, ...] = ()
    earlier: tuple[EarlierMessage, ...] = ()
    unread: int = 0

    def shorten(self, limit: int) -> "ContextParts":
        """The same parts, no text much longer than could be looked through for what to show in ``limit`` tokens."""
        wide = limit * LOOKED_THROUGH
        return replace(
            self,
            message=clip_text(self.message, limit),
            case=clip_text(self.case, limit),
            records=tuple(replace(passage, text=clip_text(passage.text, wide)) for passage in self.records),
            recalled=tuple(replace(passage, text=clip_text(passage.text, wide)) for passage in self.recalled),
            history=tuple(replace(said, text=clip_text(said.text, limit)) for said in self.history),
            earlier=tuple(replace(said, text=said.text[:LOOKED_AT]) for said in self.earlier),
            steps=tuple(
                ModelStep(
                    clip_text(step.text, limit),
                    step.calls,
                    tuple(replace(result, text=clip_text(result.text, wide)) for result in step.results),
                )
                for step in self.steps
            ),
        )

    def fixed_texts(self) -> Iterator[str]:
        """Every text that stays the same throughout a turn, ours excepted."""
        yield self.message
        yield self.case
        yield from (passage.text for passage in (*self.records, *self.recalled))
        yield from (said.text for said in (*self.history, *self.earlier))

    def new_texts(self) -> Iterator[str]:
        """Every text that came up in the course of the turn."""
        for step in self.steps:
            yield step.text
            yield from (result.text for result in step.results)


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """What became of one part.

    Attributes:
        kind: ``instructions``, ``message``, ``case``, ``record``, ``recalled``, ``history``, ``step``, ``result``, or
            ``fields`` of a result.
        id: the part's own id, or its kind where there is only one.
        source: where it comes from.
        provenance: how far it can be believed.
        tokens: what it costs in the request; 0 when left out.
        how: whole, trimmed, summarised or left out.
        why: the reason when it is not whole.
    """

    kind: str
    id: str
    source: str
    provenance: str
    tokens: int
    how: Treatment
    why: str = ""

    def record(self) -> dict[str, Any]:
        """The entry as plain JSON data."""
        return {name: getattr(self, name) for name in ContextEntry.__slots__}


@dataclass(frozen=True, slots=True)
class AssembledContext:
    """A request's messages and the account of them.

    Attributes:
        messages: for :meth:`..models.pool.ModelPool.complete`.
        included: what is in them, in the order of importance.
        left_out: what is not, and why.
        tokens: the estimate for all messages; at most the budget.
        budget: the tokens allowed.
        fence: the mark around material in this request.
        recalled: by id, the text with which each recalled item stands in the messages, fence and all.
    """

    messages: "tuple[BaseMessage, ...]"
    included: tuple[ContextEntry, ...]
    left_out: tuple[ContextEntry, ...]
    tokens: int
    budget: int
    fence: str
    recalled: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The account as plain JSON data, for the audit log; the texts themselves are not in it."""
        return {
            "tokens": self.tokens,
            "budget": self.budget,
            "fence": self.fence,
            "included": [entry.record() for entry in self.included],
            "left_out": [entry.record() for entry in self.left_out],
        }
