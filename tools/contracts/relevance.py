"""How well each sentence of one contract fits a description: BM25 over the sentences, relative to the best of them.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75
_COMMON = frozenset("a an and or of to the in on for by with is be as at its which that shall may not no 0".split())


class Sentences:
    """The sentences of a contract, to be searched. Building is linear in their words."""

    def __init__(self, sentences: Sequence[Sequence[str]]) -> None:
        self._count = len(sentences)
        self._holders: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(sentences):
            for word, times in Counter(words).items():
                self._holders[word].append((number, times))
        lengths = np.array([len(words) for words in sentences], np.float64)
        self._norms = K1 * (1 - B + B * lengths / max(1.0, float(lengths.mean()) if len(lengths) else 1.0))

    def bm25(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The score of each sentence for the words of a query, shape ``(sentences,)``."""
        scores = np.zeros(self._count)
        for word in dict.fromkeys(query):
            held = self._holders.get(word, []) if word not in _COMMON else []
            rarity = math.log(1 + (self._count - len(held) + 0.5) / (len(held) + 0.5))
            for number, times in held:
                scores[number] += rarity * times * (K1 + 1) / (times + self._norms[number])
        return scores

    def relative(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The same, from 0 to 1 for the best sentence of the contract."""
        scores = self.bm25(query)
        best = float(scores.max()) if len(scores) else 0.0
        return scores / best if best > 0 else scores
