"""The system of record of the IT desk: business systems and who has access, licences, devices.

Its schema has nothing in common with the sample company's. It keeps its own database, or the one that ``IT_DESK_URL``
names.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from countersign.tools.connectors import CompanyInfo, Connector, ConnectorSettings
from countersign.tools.connectors.sql import (
    RecordKind,
    SqlRecords,
    SqlSchema,
    flag,
    idempotency_key,
    key,
    make_counters,
    open_sql_records,
    whole,
    words,
)
from sqlalchemy import Connection, MetaData, Table

TABLES = MetaData()
SYSTEMS = Table("systems", TABLES, key(), words("title"), words("owner"), flag("finance"))
ACCESS = Table(
    "access", TABLES, key(), words("person"), words("system_id"), words("level"), words("status"), idempotency_key()
)
PRODUCTS = Table("products", TABLES, key(), words("title"), whole("seats"), whole("used"))
DEVICES = Table("devices", TABLES, key(), words("model"), words("holder"), words("status"))
CHANGES = Table("changes", TABLES, key(), words("about"), words("before"), words("after"), idempotency_key())


def _company(_connection: Connection) -> CompanyInfo:
    return CompanyInfo("it-desk", "IT desk", "EUR", datetime.now(UTC).date())


SCHEMA = SqlSchema(
    {
        "system": RecordKind("system", SYSTEMS, "SYS", 2, writable=True),
        "access": RecordKind("access", ACCESS, "GRA", writable=True, changes=("status",)),
        "product": RecordKind("product", PRODUCTS, "LIC", 2, writable=True, changes=("used",)),
        "device": RecordKind("device", DEVICES, "DEV", 3, writable=True, changes=("holder", "status")),
        "change": RecordKind("change", CHANGES, "CHG", writable=True),
    },
    make_counters(TABLES),
    _company,
)
FIRST: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "system": (
        {"title": "customer database", "owner": "greta.falk", "finance": False},
        {"title": "ledger", "owner": "karl.weiss", "finance": True},
        {"title": "wiki", "owner": "bruno.arenz", "finance": False},
    ),
    "product": (
        {"title": "drawing suite", "seats": 3, "used": 2},
        {"title": "statistics package", "seats": 1, "used": 1},
    ),
    "device": (
        {"model": "laptop 14 inch", "holder": "", "status": "in stock"},
        {"model": "laptop 16 inch", "holder": "", "status": "in stock"},
        {"model": "phone", "holder": "mara.voss", "status": "handed out"},
    ),
}


def open_desk(settings: ConnectorSettings) -> SqlRecords:
    """The database that IT_DESK_URL names, or a file in the data folder; a new one begins with a few records."""
    url = settings.environment.get("IT_DESK_URL") or f"sqlite:///{settings.folder / 'desk.db'}"
    records = open_sql_records(url, TABLES, SCHEMA)
    with records.transaction() as change:
        if change.count("system") == 0:
            for kind, rows in FIRST.items():
                for row in rows:
                    change.insert(kind, row)
    return records


DESK_SYSTEM = Connector("it_desk", open_desk)
