"""This module makes sixty full contracts of the clause library, and knows what was planted in each."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from dateutil.relativedelta import relativedelta

from ..schema.record_kinds import RECORD_KINDS
from ..texts.clause_library import ClauseType, ClauseWording, load_clause_library
from .contract_text import TITLES, assemble_contract_text

Row = dict[str, Any]

CONTRACTS = 60
SHOWN_CONTRACT = "CON-0031"  # in review, with three risky clauses and one missing
_SHOWN = {"liability_cap": "risky", "renewal": "risky", "payment_terms": "risky", "data_protection": "missing"}
_LAWS = ("Germany", "Germany", "England and Wales", "the State of New York")


@dataclass(frozen=True, slots=True)
class PlantedClause:
    """What was done with one clause type in one contract, for evaluation.

    Attributes:
        type: id in the clause library.
        variant: ``ordinary``, ``risky`` or ``missing``.
        wording: which of the library's wordings of that variant; 0 for a missing one.
    """

    type: str
    variant: str
    wording: int


def plant_clauses(seed: int) -> dict[str, tuple[PlantedClause, ...]]:
    """The truth about the contracts: for each, its clauses in order of the library, and the gaps."""
    rng = Random(f"{seed}:clauses")
    library = list(load_clause_library().values())
    expected = [kind.id for kind in library if kind.expected]
    truth = {}
    for number in range(1, CONTRACTS + 1):
        contract_id = RECORD_KINDS["contract"].id(number)
        chosen = {kind.id for kind in library if kind.expected or rng.random() < 0.62}
        flaws: dict[str, str] = {}
        if number % 3:
            flaws |= dict.fromkeys(rng.sample(sorted(chosen), rng.randrange(1, 5)), "risky")
        if number % 3 == 2:
            flaws |= dict.fromkeys(rng.sample(expected, rng.choice((1, 1, 2))), "missing")
        if contract_id == SHOWN_CONTRACT:
            flaws = dict(_SHOWN)
        truth[contract_id] = tuple(
            _plant(rng, kind, flaws.get(kind.id, "ordinary")) for kind in library if kind.id in chosen
        )
    return truth


def _plant(rng: Random, kind: ClauseType, variant: str) -> PlantedClause:
    wordings = {"ordinary": kind.ordinary, "risky": kind.risky}.get(variant, (None,))
    return PlantedClause(kind.id, variant, rng.randrange(len(wordings)))


def find_clause_wording(clause: PlantedClause) -> ClauseWording | None:
    """The library's words for a planted clause; ``None`` for a missing one."""
    kind = load_clause_library()[clause.type]
    if clause.variant == "missing":
        return None
    return (kind.ordinary if clause.variant == "ordinary" else kind.risky)[clause.wording]


def generate_contracts(seed: int, today: date, buyers: list[Row], sellers: list[Row]) -> list[Row]:
    """Sixty rows of the contracts table with full text, half with customers, half with suppliers."""
    rng = Random(f"{seed}:contracts")
    firms = [row for row in buyers if not row["employee_id"]]
    customers, suppliers = rng.sample(firms, CONTRACTS // 2), rng.sample(sellers, CONTRACTS // 2)
    rows = []
    for number, (contract_id, clauses) in enumerate(plant_clauses(seed).items()):
        selling = number % 2 == 1
        other = (customers if selling else suppliers)[number // 2]
        row = _terms(rng, contract_id, today, clauses, number)
        facts = row.pop("facts")
        row |= {
            "counterparty": other["name"],
            "customer_id": other["id"] if selling else None,
            "supplier_id": None if selling else other["id"],
            "title": f"{row['type'].capitalize()} with {other['name']}",
        }
        words = [(load_clause_library()[c.type].heading, find_clause_wording(c)) for c in clauses]
        row["text"] = assemble_contract_text(rng, row, other, facts, [(h, w.text) for h, w in words if w])
        rows.append(row)
    return rows


def _terms(rng: Random, contract_id: str, today: date, clauses: tuple[PlantedClause, ...], number: int) -> Row:
    shown = contract_id == SHOWN_CONTRACT
    law = rng.choice(_LAWS)
    facts: Row = {
        "law": law,
        "court": {"Germany": "Hamburg", "England and Wales": "London"}.get(law, "New York City"),
        "notice_days": rng.choice((30, 60, 90)),
        "renewal_months": 12,
        "auto_renew": False,
        "payment_days": rng.choice((14, 30, 45)),
        "cap_months": rng.choice((12, 12, 18, 24)),
        "conf_years": rng.choice((2, 3, 5)),
        "term_months": rng.choice((12, 24, 36)),
    }
    for clause in clauses:
        wording = find_clause_wording(clause)
        facts |= wording.sets if wording else {}
    status = "in_review" if shown else rng.choice(("active",) * 6 + ("draft", "in_review", "approved", "expired"))
    start, end = _dates(rng, today, status, number, facts["term_months"])
    renews = facts["auto_renew"] and status == "active"
    small = rng.randrange(8_000, 100_000)
    large = rng.choice((small, small, rng.randrange(100_001, 500_000), rng.randrange(500_001, 1_400_000)))
    return {
        "id": contract_id,
        "type": rng.choice(list(TITLES)),
        "value_minor": (180_000 if shown else large) * 100,
        "currency": "EUR",
        "starts_on": start,
        "ends_on": end,
        "auto_renew": facts["auto_renew"],
        "renewal_months": facts["renewal_months"] if facts["auto_renew"] else 0,
        "renews_on": end + timedelta(days=1) if renews else None,
        "notice_days": facts["notice_days"],
        "status": status,
        "owner": "noah.lind" if shown else rng.choice(("noah.lind", "eva.stern", "ada.holm")),
        "facts": facts,
    }


def _dates(rng: Random, today: date, status: str, number: int, months: int) -> tuple[date, date]:
    """First and last day: what is not signed yet lies ahead, what is active ends in one of the next twelve months."""
    if status not in ("active", "expired"):
        start = today.replace(day=1) + relativedelta(months=rng.randrange(1, 4))
        return start, start + relativedelta(months=months) - timedelta(days=1)
    if status == "expired":
        end = today - timedelta(days=rng.randrange(20, 300))
    else:
        first = today.replace(day=1) + relativedelta(months=number % 12 + 1)
        end = first - timedelta(days=1) if number % 4 else first + timedelta(days=14)
    return end + timedelta(days=1) - relativedelta(months=months), end
