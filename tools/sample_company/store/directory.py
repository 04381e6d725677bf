"""The directory makes principals of the company's employees; every look-up reads the row as it is now."""

from collections.abc import Iterator

from sqlalchemy import Engine

from ....policies.domain.principal import Principal
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...connectors.sql.sql_records import SqlRecords
from ..schema.record_kinds import COMPANY_SCHEMA


class CompanyDirectory:
    """A ``countersign.policies.domain.principal.Directory`` over the employees of a system of record.

    Nothing is cached but the tenant: a role that was taken away is gone at the next look-up. Accounts that are not
    active do not exist for it.

    Args:
        records: the port, or an engine that `engine_for` made.
    """

    def __init__(self, records: SystemOfRecord | Engine) -> None:
        self._records: SystemOfRecord = SqlRecords(records, COMPANY_SCHEMA) if isinstance(records, Engine) else records
        self._tenant = self._records.company().tenant

    def get(self, user_id: str) -> Principal | None:
        """The principal with exactly this id, or ``None``."""
        row = self._records.get("employee", user_id)
        if row is None or row["user_id"] != user_id or not row["active"]:
            return None
        return self._principal(row)

    def everyone(self) -> Iterator[Principal]:
        """Every active principal, by user id."""
        rows = self._records.find("employee", where={"active": True}, order_by="user_id", limit=10_000)
        return map(self._principal, rows)

    def _principal(self, row: BusinessRecord) -> Principal:
        return Principal(
            user_id=row["user_id"],
            tenant=self._tenant,
            roles=frozenset(row["roles"]),
            teams=frozenset(row["teams"]),
            name=row["name"],
            person=row["person"],
            manager=row["manager"],
            limit_minor=row["limit_minor"],
        )
