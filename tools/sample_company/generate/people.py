"""This module makes the employees: the ones that documents and demos name, and sixty-six colleagues."""

from random import Random
from typing import Any

from ..texts.lexicon import list_words, make_mail_domain

Row = dict[str, Any]

_TOP = "clara.birch"

# user id, name, job, roles besides "employee", team, manager
_KNOWN: tuple[tuple[str, str, str, tuple[str, ...], str, str | None], ...] = (
    (_TOP, "Clara Birch", "Managing director", (), "management", None),
    ("ines.roth", "Ines Roth", "Chief financial officer", ("cfo",), "finance", _TOP),
    ("karl.weiss", "Karl Weiss", "Controller", ("controller",), "finance", "ines.roth"),
    ("lena.brandt", "Lena Brandt", "Finance clerk", ("finance_clerk",), "finance", "karl.weiss"),
    (
        "tom.adler",
        "Tom Adler",
        "Head of support",
        ("support_lead", "support_manager"),
        "support",
        _TOP,
    ),
    ("mara.voss", "Mara Voss", "Support agent", ("support_agent",), "support", "tom.adler"),
    ("mara.voss.admin", "Mara Voss (admin)", "Support lead account", ("support_lead",), "support", "tom.adler"),
    ("ada.holm", "Ada Holm", "General counsel", ("general_counsel",), "legal", _TOP),
    ("eva.stern", "Eva Stern", "Counsel", ("counsel",), "legal", "ada.holm"),
    ("noah.lind", "Noah Lind", "Paralegal", ("paralegal",), "legal", "eva.stern"),
    ("greta.falk", "Greta Falk", "Head of sales", ("sales_manager",), "sales", _TOP),
    ("finn.moor", "Finn Moor", "Account manager", ("account_manager", "sales_rep"), "sales", "greta.falk"),
    ("uwe.kern", "Uwe Kern", "IT administrator", ("it_admin",), "it", _TOP),
    ("pia.lorenz", "Pia Lorenz", "Policy owner", ("policy_owner",), "compliance", _TOP),
    ("olga.reis", "Olga Reis", "Internal auditor", ("auditor",), "audit", _TOP),
)

# job, roles, team, manager, how many
_FILL: tuple[tuple[str, tuple[str, ...], str, str, int], ...] = (
    ("Support agent", ("support_agent",), "support", "tom.adler", 12),
    ("Support lead", ("support_agent", "support_lead"), "support", "tom.adler", 2),
    ("Support manager", ("support_manager",), "support", "clara.birch", 1),
    ("Finance clerk", ("finance_clerk",), "finance", "karl.weiss", 5),
    ("Controller", ("controller",), "finance", "ines.roth", 1),
    ("Paralegal", ("paralegal",), "legal", "eva.stern", 2),
    ("Counsel", ("counsel",), "legal", "ada.holm", 1),
    ("Sales representative", ("sales_rep",), "sales", "greta.falk", 8),
    ("Account manager", ("account_manager",), "sales", "greta.falk", 5),
    ("HR partner", ("hr_partner",), "people", "clara.birch", 2),
    ("IT administrator", ("it_admin",), "it", "uwe.kern", 1),
    ("Warehouse worker", (), "warehouse", "clara.birch", 17),
    ("Buyer", (), "purchasing", "clara.birch", 8),
)

_LIMITS = {  # what a role may sign for, in minor units of the base currency
    "support_manager": 100_000,
    "controller": 5_000_000,
    "cfo": 1_000_000_000,
    "counsel": 50_000_000,
    "general_counsel": 1_000_000_000,
    "account_manager": 0,
    "sales_manager": 0,
}


def generate_employees(rng: Random) -> list[Row]:
    """Eighty rows of the employees table, the known accounts first; who leads people is a manager."""
    rows = [_row(rng, *known) for known in _KNOWN]
    taken = {row["user_id"] for row in rows}
    for job, roles, team, manager, count in _FILL:
        for _ in range(count):
            first, last = _invent_unused_name(rng, taken)
            user_id = f"{first}.{last}".lower()
            taken.add(user_id)
            rows.append(_row(rng, user_id, f"{first} {last}", job, roles, team, manager))
    managers = {row["manager"] for row in rows}
    for row in rows:
        if row["user_id"] in managers:
            row["roles"].append("manager")
    return rows


def _invent_unused_name(rng: Random, taken: set[str]) -> tuple[str, str]:
    while True:
        first, last = rng.choice(list_words("first")), rng.choice(list_words("last"))
        if f"{first}.{last}".lower() not in taken:
            return first, last


def _row(rng: Random, user_id: str, name: str, job: str, roles: tuple[str, ...], team: str, manager: str | None) -> Row:
    return {
        "user_id": user_id,
        "name": name,
        "job": job,
        "roles": ["employee", *roles],
        "teams": [team],
        "manager": manager,
        "person": user_id.removesuffix(".admin"),
        "email": f"{user_id}@{make_mail_domain('halden birch')}",
        "limit_minor": max((_LIMITS.get(role, 0) for role in roles), default=0),
        "salary_minor": rng.randrange(34_000, 148_000) * 100,
        "active": True,
    }
