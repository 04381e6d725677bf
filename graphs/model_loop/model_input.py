"""What the model is given and what its arguments are traced to come from one reading of the thread."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ...agents.context.parts import ContextParts, EarlierMessage, ModelStep, Passage, ToolResult
from ...agents.models.answer import ModelCall
from ...agents.provenance.provenance import ProvenanceTracer, ToolReading
from ...agents.spec import AgentSpec
from ...agents.visible_fields import select_fields
from ...memory.governance.attachments import AttachmentStore, StoredAttachment
from ...memory.memory import Memory
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Provenance
from ...policies.filters.masker import Masker
from ...policies.review.review import Review
from ...policies.review.store import ReviewStore
from ...policies.review.wording import format_due, format_signers, format_waiting_line
from ...tools.outcome import Outcome
from ...tools.spec import ToolSpec
from ..runtime.conversations import Conversations
from ..runtime.run import Message
from ..runtime.services import RunContext
from ..state import Work

HISTORY = 20
EARLIER = 60
"""How many messages before the newest are looked through for what bears on the request; so a turn costs the same."""
RECALLED = 6
UNSEEN = "succeeded; none of what it brought back is shown to this agent"


@dataclass(frozen=True, slots=True)
class Material:
    """The thread's last messages and the documents of this run.

    Attributes:
        today: the business date.
        earlier: messages before the last ones.
        unread: how many messages stand before those.
        waiting_calls: what was asked for in this conversation and waits for people, in words.
        tainted: whether text that outsiders wrote was read in this conversation before.
    """

    messages: tuple[Message, ...]
    documents: tuple[StoredAttachment, ...]
    today: date
    tainted: bool = False
    earlier: tuple[Message, ...] = ()
    unread: int = 0
    waiting_calls: str = ""

    def parts(self, specs: Mapping[str, ToolSpec], spec: AgentSpec, state: Work, run: str) -> ContextParts:
        """Everything that one request to the model may hold.

        Args:
            specs: the tools by name.
            run: whose own messages are no history.
        """
        case = "".join(f"The user attached {item.document_id} ({item.name}).\n" for item in self.documents)
        return ContextParts(
            instructions=spec.prompt,
            message=state["part"]["text"],
            case=f"{case}Today is {self.today.isoformat()}."
            + (f"\nThese calls wait for people already:\n{self.waiting_calls}" if self.waiting_calls else ""),
            recalled=tuple(
                Passage(item["id"], item["text"], item["source"], Provenance(item["provenance"]))
                for item in state.get("recalled", ())
            ),
            history=tuple(self._make_earlier_message(item) for item in self.messages if item.run != run),
            earlier=tuple(self._make_earlier_message(item) for item in self.earlier if item.run != run),
            unread=self.unread,
            steps=tuple(
                _step(specs, spec, number, note, state["outcomes"]) for number, note in enumerate(state["notes"])
            ),
        )

    def _make_earlier_message(self, item: Message) -> EarlierMessage:
        if item.role == "user":
            return EarlierMessage(str(item.seq), "user", item.text)
        return EarlierMessage(str(item.seq), "assistant", item.text, quoting=self.tainted)

    def make_tracer(self, specs: Mapping[str, ToolSpec], state: Work) -> ProvenanceTracer:
        """What the arguments of a call can have come from."""
        return ProvenanceTracer(
            said=[message.text for message in self.messages if message.role == "user"],
            read=list(_readings(specs, state)),
            documents=[item.text for item in self.documents],
            today=self.today,
        )


@dataclass(frozen=True, slots=True)
class ThreadSources:
    """Where a model's input comes from.

    Attributes:
        conversations: messages and runs.
        reviews: where proposals wait for people.
        documents: uploaded texts.
        memory: what the agents share.
        now: the clock.
        today: the business date of the systems of record.
    """

    conversations: Conversations
    reviews: ReviewStore
    documents: AttachmentStore
    memory: Memory
    now: Callable[[], datetime]
    today: Callable[[], date]

    def gather(self, principal: Principal, state: Work, context: RunContext) -> Material:
        """Reads the thread and the documents once."""
        found = self.conversations.history(principal, context.thread, limit=HISTORY + EARLIER)
        reviews = self.reviews.find(tenant=principal.tenant, thread=context.thread)
        documents = [self.documents.get(principal, context.thread, item) for item in state.get("documents", ())]
        return Material(
            tuple(found[-HISTORY:]),
            tuple(documents),
            self.today(),
            context.tainted,
            tuple(found[:-HISTORY]),
            found[0].seq - 1 if found else 0,
            "\n".join(_describe_waiting(item, self.now()) for item in reviews),
        )

    def recall(self, masker: Masker, principal: Principal, spec: AgentSpec, state: Work) -> list[dict[str, str]]:
        """What memory holds on the request; nothing that untrusted text said is recalled as fact or instruction."""
        if not spec.recall:
            return []
        found = self.memory.recall(principal, state["part"]["text"], kinds=spec.recall, limit=RECALLED, now=self.now())
        # Packs may mask more today than when it was kept.
        texts = masker.mask(principal.tenant, [item.text for item in found])
        return [
            {"id": item.id, "text": text, "source": item.source, "provenance": str(item.provenance)}
            for item, text in zip(found, texts, strict=True)
        ]


def _readings(specs: Mapping[str, ToolSpec], state: Work) -> Iterator[ToolReading]:
    """The results in the order of their calls; what a write gives was asked for by whoever allowed the write."""
    outcomes = state.get("outcomes", {})
    asked = {f"{number}.{call['id']}": call for number, note in enumerate(state["notes"]) for call in note["calls"]}
    for key in sorted(outcomes, key=lambda name: list(asked).index(name) if name in asked else -1):
        outcome = Outcome.from_record(outcomes[key])
        call = asked.get(key)
        if outcome.ok:
            spec = specs.get(call["name"]) if call else None
            args = call["args"] or {} if call and spec and not spec.writes else {}
            yield ToolReading(outcome.value, outcome.untrusted, args, bool(spec and spec.writes))


def _describe_waiting(review: Review, now: datetime) -> str:
    """A call that waits; without the words of its arguments where outsiders may have written some of them."""
    if not review.proposal.tainted:
        return format_waiting_line(review, now)
    return f"- {review.review_id}: {review.proposal.tool}, for {format_signers(review)} until {format_due(review, now)}"


def _step(
    specs: Mapping[str, ToolSpec], spec: AgentSpec, number: int, note: Mapping[str, Any], outcomes: Mapping[str, Any]
) -> ModelStep:
    calls = tuple(ModelCall(**item) for item in note["calls"])
    return ModelStep(
        note["text"],
        calls,
        tuple(_show_result(specs, spec, call, Outcome.from_record(outcomes[f"{number}.{call.id}"])) for call in calls),
    )


def _show_result(specs: Mapping[str, ToolSpec], spec: AgentSpec, call: ModelCall, outcome: Outcome) -> ToolResult:
    """The result as the agent may see it: the fields that the tool shows to it, and nothing else."""
    source = Provenance.UNTRUSTED if outcome.untrusted else Provenance.TRUSTED
    if not outcome.ok:
        return ToolResult(call.id, call.name, f"{outcome.status}: {outcome.message}", source)
    tool = specs.get(call.name)
    kept, undeclared = select_fields(outcome.value, spec.visible_fields(tool) if tool else ())
    text = json.dumps(kept, ensure_ascii=False) if kept or not undeclared else UNSEEN
    return ToolResult(call.id, call.name, text, source, undeclared)
