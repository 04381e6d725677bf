"""The archive keeps packs whole in the database, each under the revision that its contents make."""

import json
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, insert, select

from ..domain.canonical import canonicalize, compute_digest
from ..errors import Tampered
from ..rules.pack import Pack
from ..rules.policy_set import SHORT_REVISION, PolicySet, assemble_policy_set, dump_packs
from ..storage.database import begin_read

metadata = MetaData()
table = Table(
    "policy_editions",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("kept_at", Text, nullable=False),
)


class PackArchive:
    """The packs that were ever in force here, or proposed.

    Args:
        engine: the database of the records, its schema up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, connection: Connection, policy: PolicySet, now: datetime) -> None:
        """Keeps packs inside a transaction; nothing happens when they are kept already."""
        known = connection.execute(select(table.c.revision).where(table.c.revision == policy.revision)).scalar()
        if known is None:
            content = canonicalize(dump_packs(policy.packs, policy.fallback_reviewer))
            row = {"revision": policy.revision, "content": content, "kept_at": now.isoformat()}
            connection.execute(insert(table), row)

    def load(self, revision: str, whole: str = "") -> PolicySet:
        """Packs that were kept.

        Args:
            whole: the digest of their contents, of which the revision is only the beginning.

        Raises:
            Tampered: they are gone, or no longer what their revision says.
        """
        with begin_read(self._engine) as connection:
            content = connection.execute(select(table.c.content).where(table.c.revision == revision)).scalar()
        if content is None:
            raise Tampered(f"The packs of revision {revision} are gone from the database; restore it from a backup.")
        found = compute_digest(json.loads(content))
        if found[:SHORT_REVISION] != revision or found != (whole or found):
            raise Tampered(f"The packs of revision {revision} were changed in the database; restore it from a backup.")
        return replace(_assemble_content(content), revision=revision)


def _assemble_content(content: str) -> PolicySet:
    kept = json.loads(content)
    packs = [Pack.model_validate_json(json.dumps(pack)) for pack in kept["packs"]]
    return assemble_policy_set(packs, fallback_reviewer=kept["fallback_reviewer"])
