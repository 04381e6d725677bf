"""What people noted and decided before is shown below what the systems say, or asked for by itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ....policies.domain.proposal import Provenance
from ....tools.extraction.extract import extract_mentions
from ...language.formatting import format_day, quote_words, shorten_line
from ...language.party_names import find_party_names
from ...steps import Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

KEY = "noted"
NEAR = 60
"""How near (similarity, 0–100) something noted must be that names no record of the question."""
KINDS = ("note", "correction", "precedent", "outcome")
_MOST, _LONGEST = 3, 300
_ASKS = re.compile(
    r"\b(?:do (?:you|we) (?:still )?(?:remember|recall)|"
    r"(?:did|have) (?:i|we) (?:ever |last |already )?(?:tell you|told you|note|noted|decide|decided)|"
    r"(?:is|was|has been|did (?:you|anybody|anyone)) (?:noted?|remember(?:ed)?))\b",
    re.IGNORECASE,
)


def asks_memory(text: str) -> bool:
    """Whether a question is about what people said or decided before, and not about a rule or a record."""
    return _ASKS.search(text) is not None


def make_recall_call(text: str, kinds: Sequence[str] = KINDS, most: int = 6) -> Call:
    """The look into the shared memory for a question."""
    args = {"query": text[:600], "kinds": list(kinds), "limit": most}
    return Call(KEY, "memory.recall", args, dict.fromkeys(args, Provenance.TRUSTED) | {"query": Provenance.USER})


def select_fitting(case: StepContext[HandlerRequest], *, named_only: bool) -> list[Mapping[str, Any]]:
    """What was found and bears on the question: it names the same record or name, or is near enough."""
    found = case.value(KEY)["items"] if case.has(KEY) else ()
    asked = _names(case.input.text)
    kept = [item for item in found if asked & _names(item["text"])]
    if not named_only and not asked:
        names = [name.lower() for name in find_party_names(case.input.text)]
        near = [item for item in found if (item["similarity_percent"] or 0) >= NEAR]
        kept = [item for item in found if any(name in item["text"].lower() for name in names)] or near
    return kept[:_MOST]


def format_items(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each, with who said it and when; what people decided in a review is the work of those it names."""
    return [
        f"{_format_author(item)} on {format_day(item['on'])}: {quote_words(_escape_quotes(item['text']), _LONGEST)}"
        + (f" ({shorten_line(item['source'], 200)})" if item["source"] else "")
        for item in items
    ]


def _format_author(item: Mapping[str, Any]) -> str:
    decided = item["source"].startswith("REV-")
    return f"Decided about a request of {item['author']}" if decided else f"Noted by {item['author']}"


def tell_remembered(case: StepContext[HandlerRequest]) -> Finish:
    """What was noted or decided about it, and nothing else."""
    if stop := case.stop(KEY, "look into the memory"):
        return stop
    items = select_fitting(case, named_only=False)
    if not items:
        nothing = "Nothing about this is noted that you may see. Ask by a name or a record, such as CUS-0001; "
        everything = "`countersign memory export` writes all that you may see."
        return Finish(nothing + everything, "stopped", data={"answered": False})
    return Finish("\n\n".join(format_items(items)), citations=list_sources(items), data={"answered": True})


def add_memory(handler: Handler) -> Handler:
    """The same look-up, and below its answer what people noted about the records that the question names."""

    def find(case: StepContext[HandlerRequest]) -> StepResult:
        after = handler.find(case)
        if not isinstance(after, Calls) or not _names(case.input.text):
            return after
        return Calls((*after.calls, make_recall_call(case.input.text)), after.meanwhile)

    def tell(case: StepContext[HandlerRequest]) -> StepResult:
        looked_up = {key: outcome for key, outcome in case.outcomes.items() if key != KEY}
        after = handler.tell(replace(case, outcomes=looked_up))
        items = select_fitting(case, named_only=True)
        if not isinstance(after, Finish) or after.status != "done" or not items:
            return after
        text = "\n\n".join([after.text, *format_items(items)])
        return Finish(text, after.status, (*after.citations, *list_sources(items)), after.data)

    return Handler(find, tell, handler.writes)


def _names(text: str) -> set[str]:
    return {item.canonical for item in extract_mentions(text).ids}


def list_sources(items: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What to cite."""
    return tuple(item["source"] for item in items if item["source"])


def _escape_quotes(text: str) -> str:
    """As it stands inside quotes, which it cannot end by itself."""
    return text.replace("“", "‘").replace("”", "’")
