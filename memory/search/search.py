"""A search looks for every part of a question by meaning, words and name, and for what the first hits point to."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..embeddings.embedder import QueryCache
from ..index.vector_index import VectorIndex
from ..records.row_store import RowStore
from ..records.rows import MemoryRow
from ..records.scope import Scope
from .neighbours import find_neighbours
from .query import QueryPart, extract_topic, split_query, wants_current
from .ranking import POINTED_NAME_WEIGHT, Candidates, RankingTarget, interleave, rank_candidates, split_name
from .vector_search import find_nearest_rows

WHOLE_QUESTION_SHARE = 0.3  # the share of the whole question; the rest is the part's topic without the names
MAX_HOLDERS = 2  # a name that stands in so few rows points to another
POINTING_HITS = 2  # how many of the first hits may point further


class Search:
    """Finds and orders the rows for one question. All that it sees, the scope admits and the reader may read.

    Args:
        rows: the source of truth.
        index: the vectors.
        queries: makes the question's vectors.
        scope: limits of the search.
        may_read: the written rules about recalling; ``None`` when there are none.
    """

    def __init__(
        self,
        rows: RowStore,
        index: VectorIndex,
        queries: QueryCache,
        scope: Scope,
        may_read: Callable[[MemoryRow], bool] | None = None,
    ) -> None:
        self._rows = rows
        self._index = index
        self._queries = queries
        self._scope = scope
        self._may_read = may_read
        self._refused: set[str] = set()
        self.cut_off = False  # whether there may be more to find than was looked at

    def run(self, query: str, wide: int, *, exhaustive: bool = False) -> list[MemoryRow]:
        """The rows that answer the question, best first.

        Args:
            query: the question.
            wide: how many candidates each way of searching contributes.
            exhaustive: look past expired and refused rows, however many there are.
        """
        candidates = Candidates()
        parts = [self._narrow_names(candidates, part, wide) for part in split_query(query)]
        vectors = self._vectors(query, parts)
        worded, present = {}, wants_current(query)
        for part in parts:
            near = self._find_near(vectors[part], wide, exhaustive)
            worded[part] = self._rows.search_words(self._scope, part.topic, wide)
            self._add(candidates, [*near, *worded[part]])
        rankings = []
        for part in parts:
            wanted = RankingTarget(vectors[part], part.names, worded[part], present)
            ranking = rank_candidates(candidates, wanted)
            further = self._rank_pointed(candidates, query, part, ranking, wanted, wide)
            # Without a name it is only likely that the hits point further: two of its own, then one of those.
            own = [ranking] if part.names else [ranking, ranking]
            rankings.append(interleave([*own, further]) if further else ranking)
        return [candidates.rows[row_id] for row_id in interleave(rankings)]

    def _narrow_names(self, candidates: Candidates, part: QueryPart, wide: int) -> QueryPart:
        """The part with only the names that memory holds; others are words like any."""
        self._add_named(candidates, part.names, wide)
        known = tuple(name for name in part.names if candidates.score_names([name]))
        return part if known == part.names else QueryPart(part.text, known, extract_topic(part.text, known))

    def _vectors(self, query: str, parts: Sequence[QueryPart]) -> dict[QueryPart, NDArray[np.float32]]:
        """One vector a part: mostly what is asked there, some of the whole question; names are matched by their words.

        The question itself is often known already, because the router has read it; a topic costs a run of the model.
        """
        texts = list(dict.fromkeys((query, *(part.topic for part in parts))))
        known = dict(zip(texts, self._queries.embed(texts), strict=True))
        made = {}
        for part in parts:
            mixed = WHOLE_QUESTION_SHARE * known[query] + (1 - WHOLE_QUESTION_SHARE) * known[part.topic]
            made[part] = (mixed / max(float(np.linalg.norm(mixed)), 1e-9)).astype(np.float32)
        return made

    def _find_near(self, vector: NDArray[np.float32], wide: int, exhaustive: bool) -> list[str]:
        if exhaustive:
            return [row.id for row, _ in find_nearest_rows(self._rows, self._index, self._scope, vector, wide)]
        hits = self._index.nearest(self._scope, vector, wide)
        self.cut_off |= len(hits) == wide
        return [hit.row_id for hit in hits]

    def _add(self, candidates: Candidates, ids: Sequence[str]) -> None:
        fresh = [row_id for row_id in dict.fromkeys(ids) if row_id not in candidates.rows]
        fresh = [row_id for row_id in fresh if row_id not in self._refused]
        for row_id, row in self._rows.fetch(fresh, self._scope).items() if fresh else ():
            if self._may_read is None or self._may_read(row):
                candidates.rows[row_id] = row
            else:
                self._refused.add(row_id)

    def _add_named(self, candidates: Candidates, names: Sequence[str], wide: int) -> None:
        """Rows that hold a name, and what follows them, which may speak of it as "they"."""
        if not names:
            return
        found = self._rows.search_words(self._scope, " ".join(names), wide)
        self._add(candidates, found)
        naming = candidates.score_names(names)
        beside = find_neighbours(self._rows, self._scope, [candidates.rows[row_id] for row_id in naming])
        self._add(candidates, [row_id for after in beside.values() for row_id in after])
        for row_id, after in beside.items():
            for other in after:
                candidates.before.setdefault(other, set()).add(row_id)

    def _rank_pointed(
        self,
        candidates: Candidates,
        query: str,
        part: QueryPart,
        ranking: Sequence[str],
        wanted: RankingTarget,
        wide: int,
    ) -> list[str]:
        """A second ranking by the name that the first hits point to; none when the part's own name says enough.

        "The supplier of the broken seals" is found in one row, and what is asked about it under its name in others.
        """
        holders = set(candidates.find_holders(part.names)) if part.names else set()
        if len(holders) > MAX_HOLDERS:
            return []
        first = [row_id for row_id in ranking if row_id in holders][:POINTING_HITS] or ranking[:POINTING_HITS]
        name = candidates.find_pointed_name(first, split_name(query))
        if name is None:
            return []
        self._add_named(candidates, [name], wide)
        return rank_candidates(
            candidates,
            RankingTarget(wanted.vector, (name,), wanted.word_ranking, wanted.wants_current, POINTED_NAME_WEIGHT),
        )
