"""This module asks back one clarifying question, and reads what its answer decides."""

import re
from collections.abc import Mapping

from .classifier import Judgement
from .intents import Catalogue
from .resolver import RequestResolver, UnclearRequest
from .route import Clarification, RequestPart, Route

_FIRST = re.compile(r"(?:the |option |number |no\. ?|\()?(?:1|1st|first|former|a)\)?(?: one)?(?: please)?[.!]?", re.I)
_SECOND = re.compile(r"(?:the |option |number |no\. ?|\()?(?:2|2nd|second|latter|b)\)?(?: one)?(?: please)?[.!]?", re.I)
LEAD = 2.0
CHOICE_REASON = "the user chose this reading"
"""The reason of a part that an answer picked; what people chose is what the router learns from."""


def ask_back(unclear: UnclearRequest, catalogue: Catalogue, settled: tuple[RequestPart, ...] = ()) -> Route:
    """The route that asks back, naming the two best readings."""
    readings = [catalogue.intents[intent].reading for intent in unclear.candidates]
    quoted = f"“{_shorten(unclear.text)}”"
    if len(readings) == 2:
        question = (
            f"I am not sure what you mean by {quoted}. Do you want to (1) {readings[0]}, or (2) {readings[1]}? "
            "Answer 1 or 2, or say it in other words."
        )
    else:
        question = f"I cannot act on {quoted}: {unclear.reason}. Please say it in other words."
    return Route(
        agents=(),
        intent=None,
        playbook=None,
        how="clarify",
        confidence=unclear.confidence,
        reasons=(unclear.reason,),
        parts=settled,
        question=question,
        clarification=Clarification(unclear.text, unclear.candidates, settled),
    )


def is_bare_choice(answer: str) -> bool:
    """Whether an answer only picks a reading ("2", "the first one") and says nothing else."""
    plain = " ".join(answer.split())
    return any(pattern.fullmatch(plain) for pattern in (_FIRST, _SECOND))


def find_choice(
    answer: str, waiting: Clarification, resolver: RequestResolver, judgements: Mapping[str, Judgement]
) -> str | None:
    """The candidate that an answer picks, ``None`` when it picks none.

    By number, else by a word that only one of the two readings has, else by the classifier: one candidate must be
    at least twice as likely as the other, and together they must hold the accepted probability.
    """
    if len(waiting.candidates) != 2:
        return None
    plain = " ".join(answer.split())
    if _FIRST.fullmatch(plain):
        return waiting.candidates[0]
    if _SECOND.fullmatch(plain):
        return waiting.candidates[1]
    words = [_words(resolver.catalogue.intents[intent].reading) for intent in waiting.candidates]
    said = _words(plain)
    hits = len(said & (words[0] - words[1])), len(said & (words[1] - words[0]))
    if len(said) <= 6 and min(hits) == 0 < max(hits) and "not" not in said and "no" not in said:
        return waiting.candidates[hits.index(max(hits))]
    likely = dict(judgements[answer].ranking)
    first, second = (likely[intent] for intent in waiting.candidates)
    if first + second >= resolver.thresholds.accept and max(first, second) >= LEAD * min(first, second):
        return waiting.candidates[0 if first > second else 1]
    return None


def route_to_person(waiting: Clarification, catalogue: Catalogue) -> Route:
    """The route to a person, after an answer that decided nothing; nobody is asked twice."""
    teams = (catalogue.agent(intent) for intent in waiting.candidates)
    return Route(
        agents=tuple(dict.fromkeys(part.agent for part in waiting.settled if part.agent is not None)),
        intent=None,
        playbook=None,
        how="handoff",
        confidence=0.0,
        reasons=(f"“{_shorten(waiting.text)}” stayed unclear after one question",),
        parts=waiting.settled,
        handoff=next((team for team in teams if team is not None), "person"),
    )


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 3 or word in ("no", "not")}


def _shorten(text: str, most: int = 120) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
