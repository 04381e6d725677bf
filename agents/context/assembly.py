"""Context assembly decides what a model gets to see, within a budget of tokens, and accounts for it.

A pure function of its parts: the same parts and budget give the same messages. What matters most is served first:
instructions (whole, always), the user's message, this turn's steps (the newest first), the case, records, recalled
items, and the conversation (the newest verbatim, the older in a line each, of what is older still what bears on the
message, the oldest not at all). A share that one of them does not need goes to the next. Whatever did not come from us
is fenced as data (see :mod:`..fence`).
"""

from typing import TYPE_CHECKING

from ...policies.domain.proposal import Provenance
from ...policies.errors import BadInput
from ..fence import Fence, neutralise
from ..models.tokens import PER_MESSAGE, count_messages, count_tokens, trim_text
from .parts import AssembledContext, ContextEntry, ContextParts, EarlierMessage, Passage, Treatment
from .relevance import find_relevant, fit_text
from .tool_results import RenderedSteps, show_steps

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

LEAST_MESSAGE = 60
LEAST_PASSAGE = 60
SUMMARY_LINE = 30
FENCE_COST = 80
STEPS_SHARE, CASE_SHARE, MATERIAL_SHARE, SUMMARY_SHARE = 0.6, 0.2, 0.6, 0.25
NO_ROOM = "no room left in the budget"
TOO_LONG = "longer than its share of the budget"
REQUEST = "The user's request:"
EARLIER, REPLIED = "earlier in this conversation", "an earlier reply"


def assemble_context(parts: ContextParts, budget_tokens: int) -> AssembledContext:
    """The messages for one request, at most ``budget_tokens`` by the estimate of
    :func:`..models.tokens.count_messages`.

    Tool schemas and the answer need room of their own: take the budget from
    :func:`..models.tokens.compute_message_room`.

    Raises:
        BadInput: the budget does not even hold the instructions and the beginning of the message.
    """
    return _Assembly(parts.shorten(budget_tokens), budget_tokens).run()


class _Assembly:
    def __init__(self, parts: ContextParts, budget: int) -> None:
        self.parts = parts
        self.budget = budget
        self.fence = Fence.around(parts.fixed_texts(), avoid=parts.new_texts())
        self.entries: list[ContextEntry] = []
        self.material: list[str] = []
        self.recalled: dict[str, str] = {}
        self.left = budget

    def run(self) -> AssembledContext:
        from langchain_core.messages import HumanMessage, SystemMessage

        system = f"{self.parts.instructions}\n\n{self.fence.rule}"
        self._spend(
            "instructions", "instructions", "countersign", Provenance.TRUSTED, PER_MESSAGE + count_tokens(system)
        )
        if self.left < LEAST_MESSAGE:
            raise BadInput(
                f"A budget of {self.budget} tokens is too small: the instructions alone take "
                f"{self.budget - self.left}. Set COUNTERSIGN_CONTEXT_TOKENS higher, or give the agent fewer tools."
            )
        request = self._message()
        steps = self._steps()
        self._case()
        self._passages("record", self.parts.records)
        self._passages("recalled", self.parts.recalled)
        history = self._history()
        human = "\n\n".join([*self.material, f"{REQUEST}\n{request}" if self.material else request])
        messages: list[BaseMessage] = [SystemMessage(system), *history, HumanMessage(human), *steps.messages]
        return AssembledContext(
            messages=tuple(messages),
            included=tuple(entry for entry in self.entries if entry.how != "left out"),
            left_out=tuple(entry for entry in self.entries if entry.how == "left out"),
            tokens=count_messages(messages),
            budget=self.budget,
            fence=self.fence.mark,
            recalled=self.recalled,
        )

    def _spend(self, kind: str, ident: str, source: str, provenance: str, tokens: int, trimmed: bool = False) -> None:
        how: Treatment
        how, why = ("trimmed", TOO_LONG) if trimmed else ("whole", "")
        self.entries.append(ContextEntry(kind, ident, source, str(provenance), tokens, how, why))
        self.left -= tokens

    def _skip(self, kind: str, ident: str, source: str, provenance: str) -> None:
        self.entries.append(ContextEntry(kind, ident, source, str(provenance), 0, "left out", NO_ROOM))

    def _message(self) -> str:
        text = neutralise(self.parts.message)
        around = PER_MESSAGE + count_tokens(REQUEST) + 3
        shown = trim_text(text, max(self.left // 2, LEAST_MESSAGE) - around)
        cost = around + count_tokens(shown)
        self._spend("message", "message", "user", Provenance.USER, cost, shown != text)
        return shown

    def _steps(self) -> RenderedSteps:
        if not self.parts.steps:
            return RenderedSteps((), 0, ())
        others = sum(count_tokens(text) + FENCE_COST for text in self.parts.fixed_texts())
        room = max(int(self.left * STEPS_SHARE), self.left - others)
        shown = show_steps(self.parts.steps, room, self.fence, self.parts.message)
        self.entries += shown.entries
        self.left -= shown.tokens
        return shown

    def _case(self) -> None:
        if self.parts.case:
            self._add("case", Passage("case", self.parts.case, "case", Provenance.TRUSTED), int(self.left * CASE_SHARE))

    def _passages(self, kind: str, passages: tuple[Passage, ...]) -> None:
        wanted = sum(self._cost(said) for said in self.parts.history)
        room = max(int(self.left * MATERIAL_SHARE), self.left - wanted)
        for passage in passages:
            # One long record must not crowd out all others.
            before = self.left
            self._add(kind, passage, min(room, max(room // 2, 4 * LEAST_PASSAGE)) if len(passages) > 1 else room)
            room -= before - self.left

    def _add(self, kind: str, passage: Passage, limit: int) -> None:
        text = neutralise(passage.text)
        blank = count_tokens(self.fence.wrap("", source=passage.source, provenance=passage.provenance)) + 3
        shown = (
            fit_text(text, limit - blank, self.parts.message)
            if limit >= min(LEAST_PASSAGE, blank + count_tokens(text))
            else ""
        )
        if not shown:
            self._skip(kind, passage.id, passage.source, passage.provenance)
            return
        block = self.fence.wrap(shown, source=passage.source, provenance=passage.provenance)
        self.material.append(block)
        if kind == "recalled":
            self.recalled[passage.id] = block
        self._spend(kind, passage.id, passage.source, passage.provenance, count_tokens(block) + 3, shown != text)

    def _history(self) -> "list[BaseMessage]":
        costs = [self._cost(said) for said in self.parts.history]
        room = self.left if sum(costs) <= self.left else int(self.left * (1 - SUMMARY_SHARE))
        kept: list[BaseMessage] = []
        at = len(costs)
        while at > 0 and (costs[at - 1] <= room or at == len(costs)):
            said, text = self.parts.history[at - 1], neutralise(self.parts.history[at - 1].text)
            shown = trim_text(text, room - PER_MESSAGE - (self._blank if said.quoting else 0))
            if text and not shown:
                break
            spoken = self._fence_reply(shown) if said.quoting else shown
            cost = PER_MESSAGE + count_tokens(spoken)
            if cost > room:
                break
            kept.append(_make_message(said, spoken))
            self._spend("history", said.id, said.role, _provenance(said), cost, shown != text)
            room -= cost
            at -= 1
        self._summarise(self.parts.history[:at])
        return kept[::-1]

    @property
    def _blank(self) -> int:
        return count_tokens(self._fence_reply("")) + 3

    def _fence_reply(self, text: str) -> str:
        return self.fence.wrap(text, source=REPLIED, provenance=Provenance.UNTRUSTED)

    def _cost(self, said: EarlierMessage) -> int:
        return PER_MESSAGE + count_tokens(neutralise(said.text)) + (self._blank if said.quoting else 0)

    def _note_left_out(self, number: int, why: str) -> None:
        if number > 0:
            ident = f"{number} message{'' if number == 1 else 's'}"
            self.entries.append(
                ContextEntry("history", ident, "conversation", str(Provenance.USER), 0, "left out", why)
            )

    def _summarise(self, older: tuple[EarlierMessage, ...]) -> None:
        earlier = self.parts.earlier
        worst = Provenance.UNTRUSTED if any(said.quoting for said in (*older, *earlier)) else Provenance.USER
        blank = count_tokens(self.fence.wrap("", source=EARLIER, provenance=worst)) + 3
        room = self.left - blank
        lines: list[str] = []
        told = [(said, said.text, "older than what fits verbatim") for said in reversed(older)]
        bearing_on = find_relevant(earlier, self.parts.message)
        told += [(earlier[at], bearing_on[at], "older; this bears on the request") for at in reversed(bearing_on)]
        for said, text, why in told:
            line = f"{said.role}: {_gist(text)}"
            cost = count_tokens(line) + 1
            if cost > room:
                self._skip("history", said.id, said.role, _provenance(said))
                continue
            lines.append(line)
            room -= cost
            self.entries.append(ContextEntry("history", said.id, said.role, _provenance(said), cost, "summarised", why))
        self._note_left_out(len(earlier) - len(bearing_on), "older; others bear more on the request")
        self._note_left_out(
            self.parts.unread, f"older than the {len(earlier) + len(self.parts.history)} that are looked at"
        )
        if lines:
            text = "\n".join(reversed(lines))
            block = self.fence.wrap(text, source=EARLIER, provenance=worst)
            self.material.insert(0, block)
            self.left -= count_tokens(block) + 3


def _provenance(said: EarlierMessage) -> str:
    if said.quoting:
        return str(Provenance.UNTRUSTED)
    return str(Provenance.USER if said.role == "user" else Provenance.MODEL)


def _make_message(said: EarlierMessage, text: str) -> "BaseMessage":
    from langchain_core.messages import AIMessage, HumanMessage

    return HumanMessage(text) if said.role == "user" else AIMessage(text)


def _gist(text: str) -> str:
    """The beginning of a text in one line, a sentence or so."""
    words = neutralise(" ".join(text[: 40 * SUMMARY_LINE].split())).split(" ")
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if count_tokens(longer) > SUMMARY_LINE - 2:
            return f"{line} …"
        line = longer
        if len(line) > 40 and word.endswith((".", "?", "!")):
            break
    return line
