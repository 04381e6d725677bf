"""This turn's tool results are shown as messages: every call keeps its result, long results are shortened."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...policies.domain.proposal import Provenance
from ..fence import Fence, neutralise
from ..models.answer import ModelCall, make_answer_message
from ..models.tokens import count_messages, count_tokens, trim_text
from ..visible_fields import format_paths
from .parts import ContextEntry, ModelStep, ToolResult, Treatment
from .relevance import fit_text

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MOST_PER_CALL = 400
MOST_PER_TEXT = 400
STUB = "[result left out to save room; call the tool again if it is needed]"
NO_RESULT = "[this call has no result: it did not run]"
NO_ROOM = "no room left in the budget; the newer steps come first"
NOT_DECLARED = "the agent did not declare to need them"
TOO_LONG = "longer than its share of the budget"


@dataclass(frozen=True, slots=True)
class RenderedSteps:
    """The messages, their cost in tokens, and what became of each step and result."""

    messages: "tuple[BaseMessage, ...]"
    tokens: int
    entries: tuple[ContextEntry, ...]


def show_steps(steps: Sequence[ModelStep], room: int, fence: Fence, about: str = "") -> RenderedSteps:
    """The steps that fit into ``room`` tokens, the newest first in line, in their own order.

    First every call gets a message for its result, since endpoints refuse a call without one; then results are filled
    in, newest step first, each with an equal share of what is left; of a long one, what bears on the message.

    Args:
        about: the person's message.
    """
    entries: list[ContextEntry] = []
    kept: list[tuple[int, ModelStep, list[str], int]] = []
    for number in range(len(steps) - 1, -1, -1):
        step = steps[number]
        texts = [STUB] * len(step.results)
        cost = count_messages(_messages(step, texts))
        if cost > room:
            entries += _list_dropped(steps[: number + 1])
            break
        room -= cost
        kept.append((number, step, texts, cost - sum(map(count_tokens, texts))))
    for number, step, texts, bare in kept:
        entries.append(ContextEntry("step", f"step {number + 1}", "model", str(Provenance.MODEL), bare, "whole"))
        for place, result in enumerate(step.results):
            share = room // (len(texts) - place) + count_tokens(STUB)
            texts[place], entry = _fill(result, share, fence, about)
            entries += _list_undeclared(result, entry)
            room -= count_tokens(texts[place]) - count_tokens(STUB)
    messages = [message for _, step, texts, _ in reversed(kept) for message in _messages(step, texts)]
    return RenderedSteps(tuple(messages), count_messages(messages), tuple(entries))


def _fill(result: ToolResult, share: int, fence: Fence, about: str) -> tuple[str, ContextEntry]:
    text = neutralise(result.text)
    # What our own systems say needs no fence; it already travels as a tool's message.
    fenced = result.provenance is not Provenance.TRUSTED
    blank = count_tokens(fence.wrap("", source=result.tool, provenance=result.provenance)) if fenced else 0
    kept = fit_text(text, share - blank, about) if share > blank else ""
    if text and not kept:
        entry = ContextEntry("result", result.call_id, result.tool, str(result.provenance), 0, "left out", NO_ROOM)
        return STUB, entry
    shown = fence.wrap(kept, source=result.tool, provenance=result.provenance) if fenced else kept
    how: Treatment
    how, why = ("whole", "") if kept == text else ("trimmed", TOO_LONG)
    return shown, ContextEntry(
        "result", result.call_id, result.tool, str(result.provenance), count_tokens(shown), how, why
    )


def _list_undeclared(result: ToolResult, entry: ContextEntry) -> list[ContextEntry]:
    if not result.undeclared or entry.how == "left out":
        return [entry]
    why = f"{NOT_DECLARED}: {format_paths(result.undeclared)}"
    return [entry, ContextEntry("fields", result.call_id, result.tool, str(result.provenance), 0, "left out", why)]


def _messages(step: ModelStep, texts: Sequence[str]) -> "list[BaseMessage]":
    from langchain_core.messages import ToolMessage

    said = make_answer_message(
        trim_text(neutralise(step.text), MOST_PER_TEXT), [_shorten_call(call) for call in step.calls]
    )
    found = {result.call_id: text for result, text in zip(step.results, texts, strict=True)}
    return [said, *(ToolMessage(found.get(call.id, NO_RESULT), tool_call_id=call.id) for call in step.calls)]


def _shorten_call(call: ModelCall) -> ModelCall:
    if count_tokens(call.raw_args) <= MOST_PER_CALL:
        return call
    args = {"shortened": trim_text(call.raw_args, MOST_PER_CALL // 2)}
    return replace(call, args=args, raw_args=json.dumps(args))


def _list_dropped(steps: Sequence[ModelStep]) -> list[ContextEntry]:
    found: list[ContextEntry] = []
    for number, step in enumerate(steps, 1):
        found.append(ContextEntry("step", f"step {number}", "model", str(Provenance.MODEL), 0, "left out", NO_ROOM))
        found += [
            ContextEntry("result", result.call_id, result.tool, str(result.provenance), 0, "left out", NO_ROOM)
            for result in step.results
        ]
    return found
