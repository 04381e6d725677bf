"""Agents use the shared memory to remember, recall and forget; the tenant always comes from the principal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from sqlalchemy import Engine

from ..policies.domain.principal import Principal
from ..policies.engine.stage_guard import StageGuard
from ..policies.errors import BadInput, NotAllowed, StorageError
from ..policies.filters.masker import NO_MASKING, Masker
from ..policies.storage.database import empty_log
from ..policies.storage.schema import upgrade_schema
from .embeddings.embedder import Embedder, QueryCache
from .governance.erasure import (
    ErasureListener,
    ErasureReceipt,
    forget_source,
    forget_subject,
    ignore_erasure,
    sweep_expired,
)
from .governance.memory_rules import apply_memory_rules, read_filter
from .index.chroma_server import ChromaServer
from .index.vector_index import INDEX_LIMITS, IndexLimits, VectorIndex
from .records.fulltext import open_lexicon
from .records.items import (
    HANDBOOK,
    MEMORY_KINDS,
    ROOT_NAMESPACE,
    NewMemory,
    RecalledItem,
    check_item,
    make_recalled_item,
)
from .records.retention import Retention
from .records.row_store import RowStore
from .records.rows import Draft
from .records.scope import Scope, check_tenant, list_visibilities
from .records.timestamps import utcnow
from .search.ranking import drop_repeats, fuse_ranks
from .search.reranker import Reranker, rerank_items
from .search.search import Search
from .search.vector_search import compute_similarity

if TYPE_CHECKING:
    pass

CANDIDATES = 4  # how many times the asked number each ranking contributes
MIN_CANDIDATES = 32
RERANK_FACTOR = 3  # how many times the asked number a re-ranker judges


class Memory:
    """One memory, shared by all agents of all tenants of one data folder. Safe to share between threads.

    Make one with :meth:`open`; close it, or use it in a ``with`` statement.

    Attributes:
        stages: the written rules about keeping and recalling, if there are any.
        masker: masks what must not be kept; without one nothing is masked.
        reranker: judges again what was found; none by default.
    """

    def __init__(self, rows: RowStore, index: VectorIndex, embedder: Embedder, retention: Retention) -> None:
        self.rows = rows
        self.index = index
        self.embedder = embedder
        self.retention = retention
        self.queries = QueryCache(embedder)
        self.stages: StageGuard | None = None
        self.masker: Masker = NO_MASKING
        self.reranker: Reranker | None = None

    @classmethod
    def open(
        cls,
        home: Path,
        engine: Engine,
        embedder: Embedder,
        retention: Retention | None = None,
        *,
        server: ChromaServer | None = None,
        limits: IndexLimits = INDEX_LIMITS,
    ) -> Self:
        """Opens the memory of one data folder; cheap, because neither the model nor Chroma is loaded.

        Args:
            home: the data folder, made when missing; holds the vector index.
            engine: the database with the rows, the source of truth.
            embedder: makes the vectors; always the same one for one memory.
            retention: lifetimes of what is not kept for good.
            server: the Chroma server that keeps the index; without one it is in this process.
            limits: how large a tenant must be for Chroma to be used.

        Raises:
            EmbedderMismatch: the memory was made with another embedder.
            StorageError: the folder or the database cannot be used.
        """
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The data folder {home} cannot be made: {error.strerror}. Set COUNTERSIGN_HOME to one that can."
            ) from error
        upgrade_schema(engine)
        rows = RowStore(engine, open_lexicon(engine), embedder.name, embedder.dimensions)
        rows.begin()
        return cls(rows, VectorIndex(home, rows, server, limits), embedder, retention or Retention())

    def remember(self, principal: Principal, item: NewMemory, *, now: datetime | None = None) -> str:
        """Stores one item in the principal's tenant and returns its id; found by the next search in any process.

        Raises:
            BadInput: the item cannot be stored.
            NotAllowed: the principal may not write for that visibility, the retention class is ``never``, or a rule
                says no.
        """
        said, extra = self.masker.mask(principal.tenant, (item.text, dict(item.extra)))
        item = replace(item, text=said, extra=extra)
        check_item(item)
        if not principal.user_id:
            raise NotAllowed("Only somebody with a user id may write memory. Sign in first.")
        now = now or utcnow()
        visibility = item.visibility or f"user:{principal.user_id}"
        if visibility not in list_visibilities(principal):
            raise NotAllowed(
                f"{principal.user_id} may not write memory for {visibility}: only for org, own teams, own roles and "
                "themselves. Choose one of these."
            )
        if item.kind == HANDBOOK:
            raise NotAllowed("A handbook is not remembered piece by piece. Load it as a document.")
        draft = Draft(
            tenant=check_tenant(principal.tenant),
            namespace=(ROOT_NAMESPACE, item.kind),
            # The author is part of the key, so nobody can replace what another person said.
            key=f"{principal.user_id}/{item.key}" if item.key else uuid4().hex,
            value={"text": item.text, "extra": dict(item.extra)},
            text=item.text,
            vectors=self.embedder.embed([item.text]),
            kind=item.kind,
            visibility=visibility,
            provenance=item.provenance,
            source=item.source,
            span=item.span,
            retention=item.retention,
            author=principal.user_id,
            thread=item.thread,
            subjects=item.subjects,
        )
        return self.rows.put([apply_memory_rules(self.stages, principal, draft, self.retention, now)], now)[0]

    def recall(
        self,
        principal: Principal,
        query: str,
        *,
        kinds: Sequence[str] = (),
        limit: int = 8,
        now: datetime | None = None,
        trusted_only: bool = True,
    ) -> list[RecalledItem]:
        """What the memory holds on a question, best first: by meaning, by words and by name (see :mod:`.search`).

        A question for several facts is searched part by part. What the first hits point to, and what follows a hit in
        its source, is found too. Texts that say the same come once.

        Args:
            principal: only this tenant's items are seen, and of these only what the principal may see.
            query: the question in plain words; an empty one finds nothing.
            kinds: only these kinds, or any when empty.
            limit: at most so many.
            now: what has expired by now is left out; default the present.
            trusted_only: leave out what untrusted text or a model said. Keep it on for whatever serves as an
                instruction or as a fact in a decision.

        Raises:
            BadInput: a kind does not exist.
        """
        if unknown := set(kinds) - set(MEMORY_KINDS):
            raise BadInput(f"{sorted(unknown)[0]!r} is not a kind of memory. Use some of {', '.join(MEMORY_KINDS)}.")
        if limit < 1 or not query.strip():
            return []
        scope = self.scope(principal, kinds=kinds, now=now, trusted_only=trusted_only)
        query = query.encode(errors="ignore").decode()
        search = Search(self.rows, self.index, self.queries, scope, read_filter(self.stages, principal))
        wide = max(limit * CANDIDATES, MIN_CANDIDATES)
        asked = limit if self.reranker is None else limit * RERANK_FACTOR
        found = list(islice(drop_repeats(search.run(query, wide)), asked))
        if len(found) < limit and search.cut_off:
            # Many of the nearest have expired, or are the same text: look further.
            found = list(islice(drop_repeats(search.run(query, wide * CANDIDATES, exhaustive=True)), asked))
        vector = self.queries.vector(query)
        fused = fuse_ranks([row.id for row in found])
        items = [make_recalled_item(row, fused[row.id], compute_similarity(row, vector)) for row in found]
        return rerank_items(self.reranker, query, items)[:limit]

    def scope(
        self,
        principal: Principal,
        *,
        prefix: tuple[str, ...] = (ROOT_NAMESPACE,),
        kinds: Sequence[str] = (),
        now: datetime | None = None,
        trusted_only: bool = False,
    ) -> Scope:
        """What this principal may see."""
        return Scope(
            check_tenant(principal.tenant),
            list_visibilities(principal),
            now or utcnow(),
            prefix,
            tuple(kinds),
            trusted_only,
        )

    def forget(
        self, principal: Principal, subject: str, *, own: bool = False, told: ErasureListener = ignore_erasure
    ) -> ErasureReceipt:
        """Erases a person from the principal's tenant: rows, words and vectors.

        Goes: what names the person as a subject, what the person wrote or alone could see, and notes, outcomes,
        corrections and pieces of files that mention the id. Stays, and is counted in the receipt: what must be logged,
        and what the company's own documents say.

        Args:
            own: only what the person brought or alone can see, for whoever may decide no more than that.
            told: hears what will be erased before anything is.
        """
        receipt = forget_subject(self.rows, check_tenant(principal.tenant), subject, own=own, told=told)
        return self._complete(receipt, principal.tenant)

    def forget_source(
        self, principal: Principal, source: str, *, told: ErasureListener = ignore_erasure
    ) -> ErasureReceipt:
        """Erases everything that came from one source (with all its sections), for example a poisoned document."""
        receipt = forget_source(self.rows, check_tenant(principal.tenant), source, told=told)
        return self._complete(receipt, principal.tenant)

    def sweep(self, now: datetime | None = None) -> int:
        """Deletes what has expired, for every tenant; returns how many rows."""
        return sweep_expired(self.rows, now or utcnow())

    def warm(self) -> None:
        """Starts loading the index in the background; meanwhile searches are exact and need no index."""
        self.index.warm()

    def close(self) -> None:
        """Gives up the vector index, so that another process may own it."""
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _complete(self, receipt: ErasureReceipt, tenant: str) -> ErasureReceipt:
        self.queries.clear()
        traces = not self.index.rebuild(tenant)
        empty_log(self.rows.engine)  # also when nothing was found: an erasure before may have been killed just here
        return replace(receipt, traces=traces)
