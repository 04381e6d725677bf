"""Tickets of the past with two labels each: whether the customer was displeased, and whether it was urgent.

Texts are put together from a phrase book (``past_tickets.yaml``). The last sentences of each list only came up in the
last part of the history, as new words do, so that a model is also judged on words it has never seen.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from .lexicon import goods
from .past_cases_past_cases import PAST_SEED, PastCase, on, weighted

PAST_TICKETS = 2000
NEW_SHARE = 0.3
"""The share of each list of sentences that nobody wrote before the last quarter of the history."""
_NEW_FROM = PAST_TICKETS * 3 // 4
_NOISE = 0.04
_MOODS = {"displeased": 0.36, "plain": 0.46, "pleased": 0.18}
_URGENT = {"displeased": 0.38, "plain": 0.26, "pleased": 0.12}


@cache
def past_tickets(label: str) -> tuple[PastCase, ...]:
    """The tickets, oldest first.

    Args:
        label: ``"sentiment"`` (1 means displeased) or ``"urgency"`` (1 means urgent).
    """
    return tuple(pair[0 if label == "sentiment" else 1] for pair in _both())


@cache
def _both() -> tuple[tuple[PastCase, PastCase], ...]:
    rng = Random(f"{PAST_SEED}:past tickets")
    return tuple(_drawn(rng, number) for number in range(PAST_TICKETS))


def _drawn(rng: Random, number: int) -> tuple[PastCase, PastCase]:
    book, new = _book(), number >= _NEW_FROM
    mood = weighted(rng, _MOODS)
    urgent = rng.random() < _URGENT[mood]
    sentences = [_one(rng, book["matters"], new)]
    sentences.append(_one(rng, book["urgent" if urgent else "unhurried"], new))
    if urgent or rng.random() < 0.7:
        sentences.insert(0, _one(rng, book[mood], new))
    elif mood == "displeased":
        sentences.append(_one(rng, book[mood], new))
    if mood != "plain" and rng.random() < 0.35:
        sentences.append(_one(rng, book[mood], new))
    if rng.random() < 0.5:
        sentences.append(_one(rng, book["closings"], new))
    truth = int(mood == "displeased" and any(s in book["displeased"] for s in sentences)), int(urgent)
    text = " ".join(sentences).format(goods=rng.choice(_goods()), order=f"ORD-{rng.randrange(6001, 9000)}")
    text = _mistyped(rng, text)
    case = PastCase(f"PT-{number + 1:04d}", on(number, PAST_TICKETS), {}, 0, 0, text, tuple(sentences))
    labels = [1 - value if rng.random() < _NOISE else value for value in truth]
    return replace(case, label=labels[0], truth=truth[0]), replace(case, label=labels[1], truth=truth[1])


def _one(rng: Random, phrases: Sequence[str], new: bool) -> str:
    old = len(phrases) - max(1, round(NEW_SHARE * len(phrases)))
    return rng.choice(phrases if new else phrases[:old])


def _mistyped(rng: Random, text: str) -> str:
    """As people type: a letter lost or swapped now and then, and some who do not care for capitals."""
    letters = list(text)
    for place in range(1, len(letters) - 2):
        if letters[place].isalpha() and letters[place + 1].isalpha() and rng.random() < 0.004:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    plain = "".join(letters)
    return plain.lower() if rng.random() < 0.1 else plain


@cache
def _goods() -> tuple[str, ...]:
    return tuple(name for names in goods().values() for name in names)


@cache
def _book() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("past_tickets.yaml").read_text("utf-8"))
    return loaded
