"""The tables of memory are the source of truth, from which every index can be rebuilt.

``seq`` grows by one with every change, in the order in which changes become visible (one counter row, updated first in
each transaction, makes writers queue). An index remembers the ``seq`` that it has seen and asks for what came after.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

state = Table(
    "memory_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("reindexing", Boolean, nullable=False),
)

rows = Table(
    "memory_rows",
    metadata,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("seq", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("visibility", Text, nullable=False),
    Column("provenance", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("span_start", Integer),
    Column("span_end", Integer),
    Column("retention", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("ttl_minutes", Float),
    Column("embedding", LargeBinary),
    Column("vectors", Integer, nullable=False),
    Column("pending", Boolean, nullable=False),
    Column("embedder", Text, nullable=False),
    UniqueConstraint("tenant", "namespace", "key"),
    Index("memory_rows_by_seq", "tenant", "seq"),
    Index("memory_rows_by_source", "tenant", "source"),
    Index("memory_rows_by_expiry", "expires_at"),
    Index("memory_rows_by_pending", "pending"),
)

# What an index has to drop. Holds nothing that a person said: a random id, and how many vectors it had.
tombstones = Table(
    "memory_tombstones",
    metadata,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("seq", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("row_id", String(32), nullable=False),
    Column("row_seq", BigInteger, nullable=False),
    Column("vectors", Integer, nullable=False),
    Index("memory_tombstones_by_seq", "tenant", "seq"),
)

subjects = Table(
    "memory_subjects",
    metadata,
    Column("row_id", String(32), primary_key=True),
    Column("subject", Text, primary_key=True),
    Index("memory_subjects_by_subject", "subject"),
)

# Which version of a document is loaded, so that loading it again costs one look.
documents = Table(
    "memory_documents",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
)

# By which a tenant's index is recognised as this database's own, and the database among others.
marks = Table(
    "memory_marks",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("mark", String(32), nullable=False),
    Column("before", String(32), nullable=False),
)

installation = Table(
    "memory_installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(32), nullable=False),
)
