"""Precedents are what legal has settled before: the firm's own clause language, and the contracts it concluded."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...connectors.port import SystemOfRecord
from ...summary import format_minor_units
from ..texts.clause_library import load_clause_library

LIBRARY = "clause-library"
CONCLUDED = ("approved", "active", "expired")


def list_precedents(records: SystemOfRecord) -> Iterator[tuple[str, str, str]]:
    """Each precedent: its source to cite, its title and its text (Markdown)."""
    sections = "\n\n".join(f"## {clause.heading}\n\n{clause.fallback}" for clause in load_clause_library().values())
    yield LIBRARY, "Clause library", f"# Clause library\n\n{sections}\n"
    for row in records.find("contract", where={"status": ("in", CONCLUDED)}, order_by="id", limit=1000):
        renewal = f"renews for {row['renewal_months']} months" if row["auto_renew"] else "does not renew by itself"
        text = (
            f"{_format_title(row)} over {format_minor_units(row['value_minor'])} {row['currency']}, from "
            f"{row['starts_on']} to "
            f"{row['ends_on']}, {renewal}, {row['notice_days']} days' notice; {row['status']}."
        )
        yield row["id"], row["title"], text


def _format_title(row: Mapping[str, Any]) -> str:
    """The contract's title, with its type and the other party where the title does not say them."""
    title = str(row["title"])
    kind = "" if row["type"].lower() in title.lower() else f" ({row['type']})"
    party = "" if row["counterparty"].lower() in title.lower() else f" with {row['counterparty']}"
    return title + kind + party
