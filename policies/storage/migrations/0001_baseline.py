"""The baseline is every table that there was when migrations began.

A database that was made before has all or some of these tables already. They are kept as they are, what is missing is
added, and from then on the database has a revision like any other.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from countersign.policies.errors import StorageError
from countersign.policies.storage.urls import hide_password

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts up by itself only in an INTEGER


def _texts(*names: str) -> list[sa.Column[str]]:
    """Columns of text that is never missing."""
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _create_table(name: str, *parts: sa.Column[Any] | sa.UniqueConstraint, **indexes: tuple[str, ...]) -> None:
    """Makes a table and its indexes, given by name and columns, as far as they are missing.

    Raises:
        StorageError: there is a table of this name that lacks columns.
    """
    connection = op.get_bind()
    there, own = sa.inspect(connection), connection.dialect.default_schema_name
    if there.has_table(name, schema=own):
        wanted = {part.name for part in parts if isinstance(part, sa.Column)}
        lacks = wanted - {column["name"] for column in there.get_columns(name, schema=own)}
        if lacks:
            raise StorageError(
                f"The table {name} in {hide_password(connection.engine.url)} was made by an earlier version of "
                f"Countersign and "
                f"lacks {', '.join(sorted(lacks))}. Name a new data folder or database, and keep this one with the "
                "version that made it; nothing in it was changed."
            )
    else:
        op.create_table(name, *parts)
    for index, columns in indexes.items():
        op.create_index(index, name, list(columns), if_not_exists=True)


def upgrade() -> None:
    """Makes what is missing."""
    _create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_texts("at", "kind", "tenant", "thread", "run", "actor", "subject", "body", "hash"),
        audit_by_kind=("tenant", "kind", "seq"),
        audit_by_run=("run", "seq"),
        audit_by_subject=("subject", "seq"),
        audit_by_thread=("thread", "seq"),
    )
    _create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("hash"),
        sa.Column("signed", sa.BigInteger(), nullable=False),
    )
    _create_table(
        "audit_signed_heads",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_texts("hash", "at"),
        sa.Column("before", sa.BigInteger(), nullable=False),
        *_texts("key_id", "signature"),
    )
    _create_table(
        "key_ring",
        sa.Column("key_id", sa.Text(), primary_key=True),
        sa.Column("happened", sa.Text(), primary_key=True),
        *_texts("kind", "tenant", "user_id", "public_key", "at", "reason", "signed_by", "signature"),
    )
    _create_table(
        "reviews",
        sa.Column("review_id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False, unique=True),
        *_texts(
            "tenant",
            "thread",
            "run",
            "requester",
            "requester_human",
            "editor_human",
            "summary",
            "proposal",
            "decision",
            "shown",
            "state",
            "due_at",
        ),
        sa.Column("follow_up_at", sa.Text(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("escalated_at", sa.Text(), nullable=True),
        *_texts("opened_at"),
        sa.Column("closed_at", sa.Text(), nullable=True),
        *_texts("message"),
        sa.Column("edited_args", sa.Text(), nullable=True),
        *_texts("revises"),
        sa.Column("rework", sa.Integer(), nullable=False),
        *_texts("signatures"),
        reviews_by_run=("run",),
        reviews_by_thread=("thread",),
        reviews_open=("tenant", "state", "due_at"),
    )
    _create_table(
        "countersignatures",
        sa.Column("review_id", sa.Text(), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
        *_texts("record"),
    )
    _create_table(
        "policy_editions",
        sa.Column("revision", sa.Text(), primary_key=True),
        *_texts("content", "kept_at"),
    )
    _create_table(
        "vault",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("token", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_texts("kept_at"),
    )
    _create_table(
        "spending",
        sa.Column("ticket", sa.Text(), primary_key=True),
        *_texts("tenant", "user_id", "thread", "run", "item", "accounts"),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        *_texts("state"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        spending_by_end=("state", "expires"),
    )
    _create_table(
        "spending_accounts",
        sa.Column("account", sa.Text(), primary_key=True),
        *_texts("tenant", "per", "subject", "span", "currency"),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        spending_accounts_by_kind=("tenant", "per", "span"),
        spending_accounts_by_subject=("tenant", "per", "subject"),
    )
    _create_table(
        "spending_notes",
        sa.Column("mark", sa.Text(), primary_key=True),
        *_texts("run", "text"),
        spending_notes_by_run=("run",),
    )
    _create_table(
        "rate_hits",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("mark", sa.Text(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        rate_hits_by_end=("expires",),
        rate_hits_by_key=("key", "at"),
    )
    _create_table(
        "ledger",
        sa.Column("digest", sa.Text(), primary_key=True),
        *_texts("tool", "tenant", "user_id", "thread", "run", "arguments", "state"),
        sa.Column("grant_ref", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        *_texts("intended_at"),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        ledger_by_run=("run",),
        ledger_by_state=("state",),
        ledger_by_tool=("tenant", "tool", "ended_at"),
    )
    _create_table(
        "ledger_marks",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("mark", sa.Text(), primary_key=True),
        *_texts("tenant", "value", "at"),
        sa.Column("counts", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        ledger_marks_by_value=("tenant", "mark", "value", "counts", "at", "amount", "digest"),
    )
    _create_table(
        "ledger_indexed",
        sa.Column("mark", sa.Text(), primary_key=True),
        *_texts("at"),
    )
    _create_table(
        "learned_models",
        sa.Column("digest", sa.Text(), primary_key=True),
        *_texts("task", "content", "kept_at"),
    )
    _create_table(
        "learned_examples",
        sa.Column("example_id", sa.Text(), primary_key=True),
        *_texts("tenant", "task", "at", "content"),
        learned_examples_by_task=("tenant", "task", "at"),
    )
    _create_table(
        "threads",
        sa.Column("thread", sa.Text(), primary_key=True),
        *_texts("tenant", "owner", "opened_at", "asked"),
        sa.Column("tainted", sa.BigInteger(), nullable=False),
        threads_by_owner=("tenant", "owner"),
    )
    _create_table(
        "messages",
        sa.Column("thread", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_texts("run", "role", "text", "data", "at"),
    )
    _create_table(
        "runs",
        sa.Column("run", sa.Text(), primary_key=True),
        *_texts("thread", "tenant", "user_id", "state", "input"),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        *_texts("started_at"),
        sa.Column("ended_at", sa.Text(), nullable=True),
        runs_by_state=("tenant", "state"),
        runs_by_thread=("thread", "state"),
    )
    _create_table(
        "documents",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("thread", sa.Text(), primary_key=True),
        sa.Column("document_id", sa.Text(), primary_key=True),
        *_texts("name", "added_by", "added_at", "text"),
    )
    _create_table(
        "memory_state",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("embedder"),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("reindexing", sa.Boolean(), nullable=False),
    )
    _create_table(
        "memory_rows",
        sa.Column("n", number, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("tenant", "namespace", "key", "value", "text"),
        sa.Column("kind", sa.String(16), nullable=False),
        *_texts("visibility"),
        sa.Column("provenance", sa.String(16), nullable=False),
        *_texts("source"),
        sa.Column("span_start", sa.Integer(), nullable=True),
        sa.Column("span_end", sa.Integer(), nullable=True),
        sa.Column("retention", sa.String(16), nullable=False),
        *_texts("author", "thread"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ttl_minutes", sa.Float(), nullable=True),
        sa.Column("embedding", sa.LargeBinary(), nullable=True),
        sa.Column("vectors", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        *_texts("embedder"),
        sa.UniqueConstraint("tenant", "namespace", "key"),
        memory_rows_by_expiry=("expires_at",),
        memory_rows_by_pending=("pending",),
        memory_rows_by_seq=("tenant", "seq"),
        memory_rows_by_source=("tenant", "source"),
    )
    _create_table(
        "memory_tombstones",
        sa.Column("n", number, primary_key=True, autoincrement=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("tenant"),
        sa.Column("row_id", sa.String(32), nullable=False),
        sa.Column("row_seq", sa.BigInteger(), nullable=False),
        sa.Column("vectors", sa.Integer(), nullable=False),
        memory_tombstones_by_seq=("tenant", "seq"),
    )
    _create_table(
        "memory_subjects",
        sa.Column("row_id", sa.String(32), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        memory_subjects_by_subject=("subject",),
    )
    _create_table(
        "memory_documents",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    _create_table(
        "memory_marks",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("before", sa.String(32), nullable=False),
    )
    _create_table(
        "memory_installation",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(32), nullable=False),
    )
