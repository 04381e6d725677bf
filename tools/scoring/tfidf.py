"""Terms of a text become numbers by TF-IDF over families of terms, in pure Python at run time.

The weighting is the usual one (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988):
(1 + ln count) times (1 + ln((1 + n) / (1 + documents with the term))), scaled to length 1 for each family.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Families: TypeAlias = Sequence[Sequence[str]]
SparseRow: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that a model knows.

    Attributes:
        places: each term's column.
        rarity: the inverse document frequency of each, shape ``(terms,)``.
    """

    places: dict[str, int]
    rarity: NDArray[np.float32]

    def row(self, families: Families) -> SparseRow:
        """Columns and values of one text's families of terms; both empty when none is known."""
        columns: list[int] = []
        values: list[float] = []
        for family in families:
            counts = Counter(self.places[term] for term in family if term in self.places)
            weights = {at: (1 + math.log(count)) * float(self.rarity[at]) for at, count in counts.items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            columns += weights
            values += [weight / length for weight in weights.values()]
        return np.array(columns, np.int64), np.array(values, np.float32)


def count_term_texts(documents: Iterable[Families]) -> Counter[str]:
    """In how many texts each term stands."""
    return Counter(term for families in documents for family in families for term in set(family))


def fit_terms(counts: Counter[str], documents: int, kept: Collection[str]) -> Terms:
    """Terms with their rarity.

    Args:
        counts: in how many texts each stands.
        documents: the number of texts.
        kept: the terms to know.
    """
    ordered = sorted(kept)
    rarity = [1 + math.log((1 + documents) / (1 + counts[term])) for term in ordered]
    return Terms({term: at for at, term in enumerate(ordered)}, np.array(rarity, np.float32))


def make_sparse_matrix(rows: Sequence[SparseRow], width: int) -> Any:
    """Rows as one SciPy matrix of shape ``(rows, width)``; for training only."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, np.int64)
    values = np.concatenate([values for _, values in rows]) if rows else np.zeros(0, np.float32)
    return csr_matrix((values, columns, ends), shape=(len(rows), width))
