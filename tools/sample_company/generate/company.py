"""This module builds the whole sample company from a seed and a day: the same two give the same rows, byte for byte."""

from datetime import date
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from ..schema import schema
from ..schema.record_kinds import RECORD_KINDS
from .contracts import generate_contracts
from .paperwork import generate_correspondence, generate_paperwork
from .people import generate_employees
from .purchasing import generate_purchases, generate_suppliers
from .sales import generate_customers, generate_products, generate_sales
from .tickets import generate_tickets

Row = dict[str, Any]
Tables = dict[str, list[Row]]

SCHEMA_VERSION = 1


def generate_company(seed: int, today: date) -> Tables:
    """Every row of the company by kind of record, in memory.

    Each part draws from a random stream of its own, so that a change in one leaves the others alone.

    Args:
        seed: which of the many possible companies.
        today: the day on which the company's story stands; all dates are relative to it.
    """

    def stream(part: str) -> Random:
        return Random(f"{seed}:{part}")

    staff = generate_employees(stream("people"))
    buyers = generate_customers(stream("customers"), today, staff)
    goods = generate_products(stream("products"))
    sellers = generate_suppliers(stream("suppliers"))
    tables: Tables = {"employee": staff, "customer": buyers, "product": goods, "supplier": sellers}
    tables |= generate_sales(stream("sales"), today, buyers, goods)
    bought = generate_purchases(stream("purchases"), seed, today, sellers, goods)
    for payment in bought.pop("payment"):
        tables["payment"].append(payment | {"id": RECORD_KINDS["payment"].id(len(tables["payment"]) + 1)})
    tables |= bought
    agents = [row["user_id"] for row in staff if "support_agent" in row["roles"]]
    tables |= generate_tickets(stream("tickets"), seed, today, buyers, tables["order"], tables["order_line"], agents)
    tables["contract"] = generate_contracts(seed, today, buyers, sellers)
    tables |= generate_correspondence(stream("correspondence"), today, tables["invoice"])
    tables |= generate_paperwork(stream("paperwork"), today, staff, buyers)
    return tables


def write_company(connection: Connection, seed: int, today: date) -> None:
    """Creates the tables and fills them, within the caller's transaction."""
    schema.metadata.create_all(connection)
    tables = generate_company(seed, today)
    for name, kind in RECORD_KINDS.items():
        connection.execute(insert(kind.table), tables[name])
    numbered = [kind for kind in RECORD_KINDS.values() if kind.writable]
    connection.execute(
        insert(schema.counters),
        [{"kind": kind.name, "last": _find_last_number(tables[kind.name])} for kind in numbered],
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


def _find_last_number(rows: list[Row]) -> int:
    return max((int(row["id"].rpartition("-")[2]) for row in rows), default=0)
