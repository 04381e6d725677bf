"""This module takes what bears on a question from what is too long: texts, and earlier messages. Pure.

Of a long text whole records, lines or sentences are kept in their own order; of earlier messages, a sentence each of
those that bear on the request. Pieces are ranked by the words they share with the question, rare ones counting more
(inverse document frequency, Spärck Jones 1972). The selection is extractive, so it needs no model; it is bounded, and
the same text and question give the same result.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..fence import neutralise
from ..models.tokens import OMISSION_NOTE, count_tokens, trim_text
from .parts import EarlierMessage

MOST_PIECES = 2_000
_WORD = re.compile(r"[^\W_]{2,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\Wa-z_])")


def fit_text(text: str, limit: int, about: str) -> str:
    """The text when it costs at most ``limit`` tokens, else the pieces of it that bear most on a question.

    Where nothing bears on it, or a single piece is too long, the beginning and the end are kept, as by
    :func:`..models.tokens.trim_text`. Empty when not even a note of what is missing fits.
    """
    if count_tokens(text) <= limit:
        return text
    frame, pieces = _pieces(text)
    scores = score_pieces(pieces, about)
    if not any(scores):
        return trim_text(text, limit)
    kept = _choose_pieces(pieces, scores, limit - count_tokens(frame) - 1 if frame else limit)
    if not kept:
        return trim_text(text, limit)
    lines = [frame.format(len(kept))] if frame else []
    last = -1
    for place in kept:
        if place != last + 1:
            lines.append(OMISSION_NOTE)
        lines.append(pieces[place])
        last = place
    if last != len(pieces) - 1:
        lines.append(OMISSION_NOTE)
    return "\n".join(lines)


def _pieces(text: str) -> tuple[str, list[str]]:
    """What stands above the pieces, with a place for how many are shown, and the pieces."""
    records = _records(text)
    if records is not None:
        name, items = records
        told = neutralise(name.replace("{", "").replace("}", ""))
        return f"{told}: {{}} of {len(items)}, those that bear on the question", _join_pieces(
            # Reading it may have turned escapes into marks that were none before.
            [neutralise(json.dumps(item, ensure_ascii=False)) for item in items]
        )
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 3:
        lines = [part for line in lines for part in _SENTENCE.split(line)]
    return "", _join_pieces(lines)


def _join_pieces(pieces: list[str]) -> list[str]:
    """Not more pieces than can be looked at quickly; neighbours are put together."""
    size = -(-len(pieces) // MOST_PIECES)
    return pieces if size <= 1 else ["\n".join(pieces[at : at + size]) for at in range(0, len(pieces), size)]


def _records(text: str) -> tuple[str, list[Any]] | None:
    """The one list within JSON data and its name; ``None`` for anything else."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    lists = {"results": data} if isinstance(data, list) else {}
    if isinstance(data, dict):
        lists = {name: value for name, value in data.items() if isinstance(value, list) and len(value) > 1}
    return next(iter(lists.items())) if len(lists) == 1 else None


def score_pieces(pieces: Sequence[str], about: str) -> list[float]:
    """How much each piece bears on a question: the sum of the weights of the words they share."""
    wanted = frozenset(_words(about))
    bags = [wanted & _words(piece) for piece in pieces]
    seen = Counter(word for bag in bags for word in bag)
    weights = {word: math.log(1 + len(pieces) / times) for word, times in seen.items()}
    return [math.fsum(sorted(weights[word] for word in bag)) for bag in bags]


def _choose_pieces(pieces: Sequence[str], scores: Sequence[float], room: int) -> list[int]:
    """The places of the best pieces that fit, each reckoned with a note beside it."""
    note = count_tokens(OMISSION_NOTE) + 2
    room -= note
    kept: list[int] = []
    for place in sorted(range(len(pieces)), key=lambda at: (-scores[at], at)):
        cost = count_tokens(pieces[place]) + 1 + note
        if scores[place] > 0 and cost <= room:
            kept.append(place)
            room -= cost
    return sorted(kept)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))


MOST = 12
"""How many are summarised."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def find_relevant(earlier: Sequence[EarlierMessage], about: str) -> dict[int, str]:
    """The places of the messages that bear most on a request, and of each the sentence that does; by place.

    Messages that bear on it equally, or not at all, count as they are newer.
    """
    texts = [said.text for said in earlier]
    scores = score_pieces(texts, about)
    best = sorted(range(len(texts)), key=lambda at: (-scores[at], -at))[:MOST]
    return {at: _pick_sentence(texts[at], about) for at in sorted(best)}


def _pick_sentence(text: str, about: str) -> str:
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    if not sentences:
        return ""
    scores = score_pieces(sentences, about)
    return sentences[max(range(len(sentences)), key=lambda at: (scores[at], -at))]
