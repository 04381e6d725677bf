"""Precedents are sentences of like kind in the nearest contracts on record, for what is risky here. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST = 2
"""How many contracts are read for their wordings."""
QUOTE = 400
_CONTRACT = re.compile(r"CON-\d{4,}")

PrecedentRecord = Mapping[str, Any]


def select_contracts(items: Sequence[PrecedentRecord], reviewed: str | None) -> tuple[str, ...]:
    """The nearest contracts among what was recalled, without the one under review.

    Only what was loaded as a precedent counts: those are contracts that were concluded. A correction may name any.

    Args:
        items: what was recalled, with ``kind`` and ``source``, the nearest first.
        reviewed: the number of the contract under review, if it has one.
    """
    sources = dict.fromkeys(str(item["source"]) for item in items if item["kind"] == "precedent")
    return tuple(source for source in sources if _CONTRACT.fullmatch(source) and source != reviewed)[:MOST]


def add_precedents(risks: Sequence[PrecedentRecord], reviews: Sequence[PrecedentRecord]) -> list[dict[str, Any]]:
    """Each risk with ``precedent``: how a contract on record words the same kind of clause without breaking a rule.

    ``quote`` is exactly the characters ``start`` to ``end`` of the contract ``source``; a risk that no such contract
    settles has None.

    Args:
        risks: of the contract under review.
        reviews: of contracts on record, the nearest first.
    """
    return [dict(risk) | {"precedent": _find_settled(risk, reviews)} for risk in risks]


def _find_settled(risk: PrecedentRecord, reviews: Sequence[PrecedentRecord]) -> dict[str, Any] | None:
    for review in reviews:
        broken = {item[name] for item in review["risks"] for name in ("rule_id", "kind")}
        clauses = [item for item in review["clauses"] if item["kind"] == risk["kind"]]
        if clauses and not broken & {risk["rule_id"], risk["kind"]}:
            best = min(clauses, key=lambda item: (-item["confidence_percent"], item["start"]))
            quote = best["quote"][:QUOTE]
            end = best["start"] + len(quote)
            return {"source": review["source_id"], "quote": quote, "start": best["start"], "end": end}
    return None
