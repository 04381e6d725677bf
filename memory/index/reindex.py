"""Reindexing makes every vector again: after a change of the embedding model, or to repair the index."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, delete, func, select, update

from ...policies.errors import Unavailable
from ...policies.storage.database import begin_read, begin_write
from ...policies.storage.schema import upgrade_schema
from ..embeddings.embedder import Embedder
from ..records.fulltext import open_lexicon
from ..records.row_store import RowStore
from ..records.rows import split_texts
from ..records.tables import rows, state, tombstones
from .chroma_embedded import FOLDER, LOCK

BATCH = 64


@dataclass(frozen=True, slots=True)
class ReindexResult:
    """How many rows were embedded anew, and how many had this model's vectors already."""

    embedded: int
    unchanged: int


def reindex_memory(
    home: Path, engine: Engine, embedder: Embedder, progress: Callable[[int, int], None] | None = None
) -> ReindexResult:
    """Brings all rows to this embedder and drops the Chroma folder, which the next search makes again from SQL.

    Interrupted, it goes on where it stopped when it is run again; until it is done, memory cannot be opened, and
    processes that have it open can neither search nor add to it.
    Vectors of a LangGraph value with several indexed fields become one vector over all of them.

    Args:
        home: the data folder.
        engine: the database.
        embedder: the model to use from now on.
        progress: told ``(done, total)`` rows after each batch.

    Raises:
        Unavailable: another process has the index open.
        EmbedderMismatch: meanwhile another process, on another machine, began to do so with another model.
        StorageError: the database cannot be written.
    """
    import shutil

    from filelock import FileLock, Timeout

    home.mkdir(parents=True, exist_ok=True)
    upgrade_schema(engine)
    store = RowStore(engine, open_lexicon(engine), embedder.name, embedder.dimensions)
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Unavailable(
            f"The memory in {home} is open in another process. Stop it, then run `countersign memory reindex` again."
        ) from error
    with lock:
        lock.release()  # counted: `with` took it a second time
        _start(store)
        result = _embed(store, embedder, progress)
        shutil.rmtree(home / FOLDER, ignore_errors=True)
        _finish(store)
    return result


def _start(store: RowStore) -> None:
    with begin_read(store.engine) as connection:
        known = connection.scalar(select(func.count()).select_from(state))
    if not known:
        store.begin()
    with begin_write(store.engine) as connection:
        connection.execute(update(state).values(embedder=store.embedder, reindexing=True))


def _embed(store: RowStore, embedder: Embedder, progress: Callable[[int, int], None] | None) -> ReindexResult:
    stale = (rows.c.vectors > 0, rows.c.embedder != store.embedder)
    with begin_read(store.engine) as connection:
        everything = connection.scalar(select(func.count()).where(rows.c.vectors > 0)) or 0
        total = connection.scalar(select(func.count()).where(*stale)) or 0
    done = 0
    while True:
        with begin_read(store.engine) as connection:
            query = select(*rows.c["id", "seq", "text", "vectors"]).where(*stale).order_by(rows.c.n).limit(BATCH)
            some = connection.execute(query).all()
        if not some:
            break
        texts = [split_texts(found.text, found.vectors) for found in some]
        vectors = iter(embedder.embed([text for each in texts for text in each]))
        made = [np.stack([next(vectors) for _ in each]) for each in texts]
        store.set_vectors({found.id: (found.seq, each) for found, each in zip(some, made, strict=True)})
        done += len(some)
        if progress:
            progress(done, total)
    return ReindexResult(done, everything - total)


def _finish(store: RowStore) -> None:
    """All at once, so that nobody opens a memory that is half one model's and half another's."""
    mine = state.c.embedder == store.embedder
    with begin_write(store.engine) as connection:
        new = {"reindexing": False, "generation": state.c.generation + 1}
        finished = connection.execute(update(state).where(mine).values(new)).rowcount
        if finished:
            # Rows that still wait for their first vector get this model's.
            connection.execute(update(rows).where(rows.c.vectors == 0).values(embedder=store.embedder))
            # In a new generation every index begins with nothing, so nobody has to be told what has gone.
            connection.execute(delete(tombstones))
    if not finished:
        store.state()  # says whose it is now
