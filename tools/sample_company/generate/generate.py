"""Builds the whole sample company from a seed and a day: the same two give the same rows, byte for byte."""

from datetime import date
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from ..schema import schema
from ..schema.record_kinds import KINDS
from .contracts import contracts
from .paperwork import correspondence, paperwork
from .people import employees
from .purchasing import purchases, suppliers
from .sales import customers, products, sales
from .tickets import tickets

Row = dict[str, Any]
Tables = dict[str, list[Row]]

SCHEMA_VERSION = 1


def build(seed: int, today: date) -> Tables:
    """Every row of the company by kind of record, in memory.

    Each part draws from a random stream of its own, so that a change in one leaves the others alone.

    Args:
        seed: which of the many possible companies.
        today: the day on which the company's story stands; all dates are relative to it.
    """

    def stream(part: str) -> Random:
        return Random(f"{seed}:{part}")

    staff = employees(stream("people"))
    buyers = customers(stream("customers"), today, staff)
    goods = products(stream("products"))
    sellers = suppliers(stream("suppliers"))
    tables: Tables = {"employee": staff, "customer": buyers, "product": goods, "supplier": sellers}
    tables |= sales(stream("sales"), today, buyers, goods)
    bought = purchases(stream("purchases"), seed, today, sellers, goods)
    for payment in bought.pop("payment"):
        tables["payment"].append(payment | {"id": KINDS["payment"].id(len(tables["payment"]) + 1)})
    tables |= bought
    agents = [row["user_id"] for row in staff if "support_agent" in row["roles"]]
    tables |= tickets(stream("tickets"), seed, today, buyers, tables["order"], tables["order_line"], agents)
    tables["contract"] = contracts(seed, today, buyers, sellers)
    tables |= correspondence(stream("correspondence"), today, tables["invoice"])
    tables |= paperwork(stream("paperwork"), today, staff, buyers)
    return tables


def write(connection: Connection, seed: int, today: date) -> None:
    """Create the tables and fill them, within the caller's transaction."""
    schema.metadata.create_all(connection)
    tables = build(seed, today)
    for name, kind in KINDS.items():
        connection.execute(insert(kind.table), tables[name])
    numbered = [kind for kind in KINDS.values() if kind.writable]
    connection.execute(
        insert(schema.counters),
        [{"kind": kind.name, "last": _last(tables[kind.name])} for kind in numbered],
    )
    # The last row: a company without it is not complete.
    connection.execute(
        insert(schema.company),
        {
            "tenant": schema.TENANT,
            "name": schema.COMPANY_NAME,
            "currency": schema.BASE_CURRENCY,
            "today": today,
            "seed": seed,
            "schema_version": SCHEMA_VERSION,
        },
    )


def _last(rows: list[Row]) -> int:
    return max((int(row["id"].rpartition("-")[2]) for row in rows), default=0)
