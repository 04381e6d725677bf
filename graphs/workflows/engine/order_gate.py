"""Nothing is written for a person that their own words did not order, here and now, without an if or a when."""

import re
from collections.abc import Iterable, Mapping

from ....agents.requests.moods import Mood
from ....agents.requests.reading import OrderReading, interpret_order
from ....tools.asked_as import AskedAs
from ....tools.extraction.extract import extract_mentions
from ....tools.spec import ToolSpec
from ...state import WorkPart
from ...steps import Call, Finish

_ASKS_LEAVE = re.compile(
    r"^\W*(?:(?:so|and|ok|hi|hello|hey|but|well)\W+)*(?:how (?:do|can|should|would|much may|does one)|should|shall|"
    r"may|must|can|could|"
    r"am i|are we|is it (?:ok|okay|allowed|possible|fine|right)|what if|do (?:i|we) (?:have|need)|who (?:may|can|"
    r"must|signs))\b",
    re.IGNORECASE,
)
UNORDERED = "asks"
"""The status of an answer that says why nothing was done, and how to order it."""
_MEANT = {
    Mood.QUESTION: "I read this as a question",
    Mood.REPORT: "I read this as telling me something",
    Mood.DRAFT: "I read this as something to prepare or to look at",
    Mood.SUPPOSED: "I read this as something that may or may not come",
    Mood.REFUSED: "I read this as something that is not to be done",
    Mood.UNCLEAR: "I am not sure that this is an order",
}


def find_unordered(
    part: WorkPart, text: str, calls: Iterable[Call], specs: Mapping[str, ToolSpec]
) -> OrderReading | None:
    """How the words speak of the first write among some calls that they do not order; None when they order all.

    A person who has chosen this reading when asked has ordered it; what they made it depend on still counts.

    Args:
        text: the person's own words.
    """
    for call in calls:
        spec = specs.get(call.tool)
        if spec is None or not spec.writes or spec.asked_as is None:
            continue
        found = interpret_order(text, [spec.asked_as])
        if not (found.orders or (part.get("chosen") and not found.unapplied and not found.corrected)):
            return found
    return None


def find_plainly_unordered(text: str, asked: Iterable[AskedAs | None]) -> OrderReading | None:
    """How words that surely order none of some acts speak of them; None where one may be meant.

    Args:
        asked: how each is asked for; with one that does not say so, nothing is sure.
    """
    found: list[OrderReading] = []
    for each in asked:
        if each is None:
            return None
        found.append(interpret_order(text, [each]))
    if any(item.mood in (Mood.ORDER, Mood.UNCLEAR, Mood.REPORT) for item in found):
        return None
    return next((item for item in found if item.mood is not None), found[0] if found else None)


def choose_answer(text: str, answered_by: tuple[str, str]) -> str:
    """The intent that answers a question about an act: about its record, or about the rules for such acts.

    Args:
        answered_by: both, in this order.
    """
    of_record, of_rules = answered_by
    return of_rules if _ASKS_LEAVE.search(text) or not extract_mentions(text).ids else of_record


def explain_unordered(found: OrderReading, asked: Iterable[AskedAs]) -> Finish:
    """Says why nothing was done, and how it is ordered."""
    if found.corrected:
        why = "You took something back in the same message, and I am not sure what is left"
    elif found.mood is Mood.ORDER:
        listed = ", ".join(f"“{words}”" for words in found.unapplied)
        why = f"I cannot keep to {listed}: what I do, I do at once and as a whole"
    elif found.mood is None:
        why = "I did not find in it what is to be done"
    else:
        why = _MEANT[found.mood]
    examples = [example for each in asked for example in each.examples[:1]]
    how = f" For it to be done, write for example {' or '.join(f'“{item}”' for item in examples)}." if examples else ""
    return Finish(f"{why}, so nothing was done.{how} What shall I do?", UNORDERED)
