"""Attachments are documents that people bring into a conversation: a contract to review, an invoice to check."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Engine, MetaData, Table, Text, insert, select
from sqlalchemy.exc import IntegrityError

from ...policies.domain.canonical import make_plain_data
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from ...policies.storage.database import begin_read, begin_write
from .mentions import mentions_subject

AT_ONCE = 20
metadata = MetaData()
table = Table(
    "documents",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("thread", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", Text, nullable=False),
    Column("text", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """One uploaded text. What it says is untrusted: outsiders may have written it."""

    document_id: str
    name: str
    text: str


class AttachmentStore:
    """Uploaded texts in one database, each visible only in its thread and tenant.

    Args:
        engine: from :func:`countersign.policies.storage.database.open_database`, its schema up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, principal: Principal, thread: str, name: str, text: str) -> str:
        """Keeps a text and returns its id, e.g. ``"DOC-1f3a9c02b4d6"``; the same text in one thread has one id.

        Raises:
            BadInput: the text or its name is no valid Unicode.
        """
        make_plain_data(name, "the document's name")
        make_plain_data(text, name)
        document_id = f"DOC-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        row = {
            "tenant": principal.tenant,
            "thread": thread,
            "document_id": document_id,
            "name": name,
            "added_by": principal.user_id,
            "added_at": datetime.now(UTC).isoformat(),
            "text": text,
        }
        if self._find(principal, thread, document_id) is None:
            try:
                with begin_write(self._engine) as connection:
                    connection.execute(insert(table), row)
            except IntegrityError:  # another process added the same text meanwhile
                pass
        return document_id

    def get(self, principal: Principal, thread: str, document_id: str) -> StoredAttachment:
        """The document with this id in this thread.

        Raises:
            BadInput: the thread holds no such document.
        """
        found = self._find(principal, thread, document_id)
        if found is None:
            raise BadInput(f"There is no document {document_id} in this conversation; attach it with --file.")
        return found

    def find_mentioning(self, tenant: str, subject: str, added_by: str = "") -> tuple[str, ...]:
        """Ids of the documents in a tenant's conversations that name somebody, each once.

        Args:
            added_by: only those that this user brought.
        """
        query = select(table.c.document_id, table.c.text).where(table.c.tenant == tenant)
        if added_by:
            query = query.where(table.c.added_by == added_by)
        with begin_read(self._engine, streaming=True) as connection:
            found = connection.execution_options(yield_per=AT_ONCE).execute(query)
            named = {row.document_id for row in found if mentions_subject(subject, row.text, cased=False)}
        return tuple(sorted(named))

    def _find(self, principal: Principal, thread: str, document_id: str) -> StoredAttachment | None:
        query = select(table.c.document_id, table.c.name, table.c.text).where(
            table.c.tenant == principal.tenant, table.c.thread == thread, table.c.document_id == document_id
        )
        with begin_read(self._engine) as connection:
            row = connection.execute(query).first()
        return StoredAttachment(row.document_id, row.name, row.text) if row else None
