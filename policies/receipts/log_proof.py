"""The log's part of a receipt: where records stand, that they are chained, and the signed head that covers them."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select

from ..audit.head_store import SignedHeadStore
from ..audit.log import GENESIS, HASHED_FIELDS, audit_log, hash_record
from ..audit.signed_head import SignedHead
from ..errors import Tampered
from ..storage.database import begin_read, begin_write


class LogProof:
    """Finds signed heads, and walks the chain to them.

    Args:
        engine: the database of the log.
        heads: of the log.
    """

    def __init__(self, engine: Engine, heads: SignedHeadStore) -> None:
        self._engine = engine
        self._heads = heads

    def find_head(self, seq: int) -> SignedHead:
        """The first signed head that covers a record; the log as it stands is signed when there is none."""
        with begin_read(self._engine) as connection:
            found = self._heads.find_covering(connection, seq)
        if found is not None:
            return found
        with begin_write(self._engine) as connection:
            found = self._heads.find_covering(connection, seq)
            if found is not None:
                return found
            last = connection.execute(
                select(audit_log.c.seq, audit_log.c.hash).order_by(audit_log.c.seq.desc()).limit(1)
            ).one()
            return self._heads.sign_head_in(connection, last.seq, last.hash, datetime.now(UTC).isoformat())

    def check_segment(self, connection: Connection, seq: int) -> None:
        """Walks the chain from a record to the next signed head, so that a receipt vouches for no loose record.

        Raises:
            Tampered: naming the first record that does not fit.
        """
        head = self._heads.find_covering(connection, seq)
        if head is None:
            raise Tampered(f"No signed head covers audit record {seq}; heads were removed.")
        query = (
            select(audit_log).where(audit_log.c.seq >= seq - 1, audit_log.c.seq <= head.seq).order_by(audit_log.c.seq)
        )
        rows = connection.execute(query).all()
        first = max(seq - 1, 1)
        if [row.seq for row in rows] != list(range(first, head.seq + 1)):
            raise Tampered(f"Audit records between {first} and {head.seq} are missing; the log was changed.")
        previous = rows[0].hash if seq > 1 else GENESIS
        for row in rows[1:] if seq > 1 else rows:
            previous = hash_record(previous, {name: getattr(row, name) for name in HASHED_FIELDS})
            if row.hash != previous:
                raise Tampered(f"Audit record {row.seq} ({row.kind}) does not match its hash; it was changed.")
        if previous != head.hash:
            raise Tampered(f"The audit log does not reach the head that was signed at record {head.seq}.")
