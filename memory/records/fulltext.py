"""Words are searched by SQLite's FTS5 or PostgreSQL's full-text index, elsewhere by a scan with the same ranking.

All rank by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) and all are kept current by the
row's own transaction, so a hit never points at something old.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Select, bindparam, column, func, or_, select, table, text
from sqlalchemy.exc import DatabaseError

from ...policies.errors import StorageError
from ...policies.storage.database import begin_write
from .scope import hash_name
from .tables import rows
from .terms import K1, WORD, B, extract_words


class Lexicon(Protocol):
    """Where words are looked up."""

    def put(self, connection: Connection, n: int, tenant: str, body: str) -> None:
        """Adds the text of row ``n``."""
        ...

    def drop(self, connection: Connection, ns: Sequence[int]) -> None:
        """Removes the texts of these rows."""
        ...

    def compact(self, connection: Connection) -> None:
        """Leaves no trace of what was removed."""
        ...

    def search(
        self, connection: Connection, tenant: str, query: str, conditions: Sequence[ColumnElement[bool]], limit: int
    ) -> list[str]:
        """Ids of the best rows that meet the conditions, best first."""
        ...


def open_lexicon(engine: Engine) -> Lexicon:
    """FTS5 on SQLite when it has it, PostgreSQL's own full-text index there, else the scan."""
    if engine.dialect.name == "postgresql":
        from .fulltext_postgres import open_postgres_lexicon

        return open_postgres_lexicon(engine)
    if engine.dialect.name != "sqlite":
        return ScanLexicon()
    try:
        with begin_write(engine) as connection:
            connection.execute(text(_CREATE))
    except StorageError as error:
        if isinstance(error.__cause__, DatabaseError) and "no such module" in str(error.__cause__):
            return ScanLexicon()
        raise
    return Fts5Lexicon()


_CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS memory_words USING fts5(tenant, body, "
    'tokenize = "porter unicode61 remove_diacritics 2")'
)


class Fts5Lexicon:
    """SQLite's full-text index. The tenant is a word of each entry, so other tenants' entries are never read."""

    def put(self, connection: Connection, n: int, tenant: str, body: str) -> None:
        """Adds the text of row ``n``."""
        connection.execute(
            text("INSERT INTO memory_words (rowid, tenant, body) VALUES (:n, :tenant, :body)"),
            {"n": n, "tenant": hash_name(tenant), "body": body},
        )

    def drop(self, connection: Connection, ns: Sequence[int]) -> None:
        """Removes the texts of these rows."""
        query = text("DELETE FROM memory_words WHERE rowid IN :ns").bindparams(bindparam("ns", expanding=True))
        connection.execute(query, {"ns": list(ns)})

    def compact(self, connection: Connection) -> None:
        """Merges the index, which is when removed words really go."""
        connection.execute(text("INSERT INTO memory_words (memory_words) VALUES ('optimize')"))

    def search(
        self, connection: Connection, tenant: str, query: str, conditions: Sequence[ColumnElement[bool]], limit: int
    ) -> list[str]:
        """Ids of the best rows that meet the conditions, best first."""
        words = extract_words(query)
        if not words:
            return []
        # Each word is quoted: nothing that a person types is read as query syntax.
        sought = " OR ".join(f'"{word}"' for word in words)
        index = table("memory_words", column("rowid"))
        best: Select[tuple[str]] = (
            select(rows.c.id)
            .join(index, index.c.rowid == rows.c.n)
            .where(text("memory_words MATCH :sought"), *conditions)
            .order_by(text("bm25(memory_words, 0.0, 1.0)"), rows.c.n)
            .limit(limit)
        )
        return list(connection.scalars(best, {"sought": f"tenant : {hash_name(tenant)} AND body : ({sought})"}))


class ScanLexicon:
    """Reads the rows that contain one of the words and ranks them here: for databases without FTS5."""

    def put(self, connection: Connection, n: int, tenant: str, body: str) -> None:
        """Nothing to do: the row holds its text."""

    def drop(self, connection: Connection, ns: Sequence[int]) -> None:
        """Nothing to do: the text went with the row."""

    def compact(self, connection: Connection) -> None:
        """Nothing to do."""

    def search(
        self,
        connection: Connection,
        tenant: str,
        query: str,
        conditions: Sequence[ColumnElement[bool]],
        limit: int,
    ) -> list[str]:
        """Ids of the best rows that meet the conditions, best first."""
        words = extract_words(query)
        if not words:
            return []
        mine = rows.c.tenant == tenant
        total = connection.scalar(select(func.count()).where(mine)) or 0
        any_word = or_(*(func.lower(rows.c.text).contains(word, autoescape=True) for word in words))
        found = connection.execute(select(*rows.c["id", "n", "text"]).where(mine, any_word, *conditions)).all()
        bags = [Counter(word.lower() for word in WORD.findall(got.text)) for got in found]
        sizes = [bag.total() for bag in bags]
        usual = sum(sizes) / len(sizes) if sizes else 1.0
        weights = {}
        for word in words:
            holding = sum(1 for bag in bags if word in bag)
            weights[word] = math.log(1 + (total - holding + 0.5) / (holding + 0.5))
        scored = []
        for got, bag, size in zip(found, bags, sizes, strict=True):
            dull = K1 * (1 - B + B * size / usual)
            score = sum(weights[word] * bag[word] * (K1 + 1) / (bag[word] + dull) for word in words)
            if score > 0:
                scored.append((-score, got.n, got.id))
        return [row_id for _, _, row_id in sorted(scored)[:limit]]
