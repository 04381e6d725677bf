"""What was said before the messages that are shown verbatim: of those that bear on the request a sentence each. Pure.

Extractive, so it needs no model, and as short for a thousand messages as for fifty.
"""

import re
from collections.abc import Sequence

from .parts import Said
from .relevance import scores_of

MOST = 12
"""How many are summarised."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def bearing(earlier: Sequence[Said], about: str) -> dict[int, str]:
    """The places of the messages that bear most on a request, and of each the sentence that does; by place.

    Messages that bear on it equally, or not at all, count as they are newer.
    """
    texts = [said.text for said in earlier]
    scores = scores_of(texts, about)
    best = sorted(range(len(texts)), key=lambda at: (-scores[at], -at))[:MOST]
    return {at: _sentence(texts[at], about) for at in sorted(best)}


def _sentence(text: str, about: str) -> str:
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    if not sentences:
        return ""
    scores = scores_of(sentences, about)
    return sentences[max(range(len(sentences)), key=lambda at: (scores[at], -at))]
