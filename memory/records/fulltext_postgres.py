"""In PostgreSQL words are searched in a table with a GIN index, kept like FTS5's by the row's transaction.

The ranking is BM25 with each word counted once in a text, which for pieces of a few sentences is nearly the same; how
rare a word is is counted among the texts that hold any of the words.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Engine, Select, bindparam, column, select, table, text

from ...policies.storage.database import begin_read, begin_write
from .scope import hash_name
from .tables import rows
from .terms import K1, B, extract_words

MAX_INDEXED_TEXT = 100_000  # characters of one text; PostgreSQL refuses word vectors of a megabyte
# What is no letter or digit parts words, as in FTS5: "ORD-8841" holds ORD and 8841.
_VECTOR = r"to_tsvector('english'::regconfig, regexp_replace({body}, '\W+', ' ', 'g'))"
_CREATE = (
    "CREATE TABLE IF NOT EXISTS memory_words "
    "(n bigint PRIMARY KEY, tenant text NOT NULL, size integer NOT NULL, words tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS memory_words_by_word ON memory_words USING gin (words)",
)
_SIZE = r"coalesce(array_length(regexp_split_to_array({body}, '\W+'), 1), 0)"


def open_postgres_lexicon(engine: Engine) -> "PostgresLexicon":
    """The index of an open database, made and filled at first use.

    Raises:
        StorageError: the database cannot be written.
    """
    with begin_read(engine) as connection:
        present = connection.scalar(text("SELECT to_regclass('memory_words_by_word') IS NOT NULL"))
    if not present:
        with begin_write(engine) as connection:
            for statement in _CREATE:
                connection.execute(text(statement))
            # Rows that were written before there was an index; those of a process that was quicker are there already.
            found = connection.execute(
                select(*rows.c["n", "tenant", "text"]).where(rows.c.text != "", rows.c.n.not_in(select(_words.c.n)))
            )
            lexicon = PostgresLexicon()
            for row in found.all():
                lexicon.put(connection, row.n, row.tenant, row.text)
    return PostgresLexicon()


_words = table("memory_words", column("n"), column("tenant"), column("size"), column("words"))


class PostgresLexicon:
    """PostgreSQL's full-text index, with English stems."""

    def put(self, connection: Connection, n: int, tenant: str, body: str) -> None:
        """Adds the text of row ``n``."""
        values = f":n, :tenant, {_SIZE.format(body=':body')}, {_VECTOR.format(body=':body')}"
        connection.execute(
            text(f"INSERT INTO memory_words (n, tenant, size, words) VALUES ({values})"),  # noqa: S608 - constants
            {"n": n, "tenant": hash_name(tenant), "body": body[:MAX_INDEXED_TEXT]},
        )

    def drop(self, connection: Connection, ns: Sequence[int]) -> None:
        """Removes the texts of these rows."""
        query = text("DELETE FROM memory_words WHERE n IN :ns").bindparams(bindparam("ns", expanding=True))
        connection.execute(query, {"ns": list(ns)})

    def compact(self, connection: Connection) -> None:
        """Nothing to do here: PostgreSQL's own vacuum empties what was removed, as for every table."""

    def search(
        self, connection: Connection, tenant: str, query: str, conditions: Sequence[ColumnElement[bool]], limit: int
    ) -> list[str]:
        """Ids of the best rows that meet the conditions, best first."""
        words = extract_words(query)
        if not words:
            return []
        # Words are values, never query syntax. One that PostgreSQL takes for a stop word matches nothing.
        sought = [f"plainto_tsquery('english'::regconfig, :w{at})" for at in range(len(words))]
        held = ", ".join(f"(words @@ {word})::int AS h{at}" for at, word in enumerate(sought))
        counts = ", ".join(f"sum(h{at}) AS d{at}" for at in range(len(words)))
        dull = f"({K1} * ({1 - B} + {B} * found.size / nullif(stats.usual, 0)))"
        score = " + ".join(
            f"found.h{at} * ln(1 + (stats.total - stats.d{at} + 0.5) / (stats.d{at} + 0.5))" for at in range(len(words))
        )
        ranked = text(
            f"WITH found AS MATERIALIZED (SELECT n, size, {held} FROM memory_words "  # noqa: S608 - constants only
            f"WHERE tenant = :tenant AND words @@ ({' || '.join(sought)})), "
            f"stats AS (SELECT count(*) AS total, avg(size) AS usual, {counts} FROM found) "
            f"SELECT found.n AS n, ({score}) * {K1 + 1} / (1 + {dull}) AS score FROM found CROSS JOIN stats"
        ).columns(column("n"), column("score"))
        scored = ranked.subquery("scored")
        best: Select[tuple[str]] = (
            select(rows.c.id)
            .join(scored, scored.c.n == rows.c.n)
            .where(*conditions)
            .order_by(scored.c.score.desc(), rows.c.n)
            .limit(limit)
        )
        values = {f"w{at}": word for at, word in enumerate(words)}
        return list(connection.scalars(best, {"tenant": hash_name(tenant), **values}))
