"""This handler reports on supplier invoices, summed from searches; what the records do not hold is said."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_bullets, format_minor_amount
from ...language.party_names import find_party_names
from ...language.request_values import find_record_numbers
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

PAGE, PAGES = 50, 14
READING = "finance-handbook#2.1"
_OPEN = ("stuck", "received", "posted")
_NOT_HELD = re.compile(
    r"\b(?:budgets?|forecast|cost cent(?:re|er)s?|departments?|revenue|chart|trend|"
    r"discounts?|expenses?|travel|refunds?|"
    r"cash flow|bank balance|profit|compare|compared|last year)\b",
    re.IGNORECASE,
)
_WITH_PAID = re.compile(r"\b(?:spend|spent|spending|paid|pay|purchases|volume|total|cost)\b", re.IGNORECASE)


def begin_report(case: StepContext[HandlerRequest]) -> StepResult:
    """Search by status; of one supplier when one is named."""
    text = case.input.text
    supplier: dict[str, Any] = {}
    if ids := find_record_numbers("supplier", text):
        supplier = {"supplier_id": ids[0]}
    elif re.search(r"\b(?:with|from|by|at|to)\s+[A-ZÄÖÜ]", text) and (names := find_party_names(text)):
        supplier = {"supplier": names[0][:200]}
    statuses = (*_OPEN, "paid") if _WITH_PAID.search(text) else _OPEN
    return Calls(tuple(_page(status, 1, supplier) for status in statuses))


def tell_report(case: StepContext[HandlerRequest]) -> StepResult:
    """Go on with the next pages until all are counted, then add up."""
    pages = _pages(case)
    for status, numbered in pages.items():
        if stop := case.stop(f"{status}.1", "make the report"):
            return stop
        seen = {row["invoice_id"] for page in numbered.values() for row in page["invoices"]}
        last = max(numbered)
        if len(seen) < numbered[1]["total"] and last < PAGES and numbered[last]["invoices"]:
            asked = find_record_numbers("supplier", case.input.text)
            names = find_party_names(case.input.text)
            supplier = (
                {"supplier_id": asked[0]}
                if asked
                else {"supplier": names[0][:200]}
                if _is_of_one(case) and names
                else {}
            )
            return Calls.of(_page(status, last + 1, supplier, numbered[last]["invoices"][-1]["due_on"]))
    return _add_up(case, pages)


def _is_of_one(case: StepContext[HandlerRequest]) -> bool:
    return re.search(r"\b(?:with|from|by|at|to)\s+[A-ZÄÖÜ]", case.input.text) is not None


def _page(status: str, number: int, supplier: Mapping[str, Any], due_from: str = "") -> Call:
    args = {"status": status, "limit": PAGE, **supplier} | ({"due_from": due_from} if due_from else {})
    origin = dict.fromkeys(args, Provenance.TRUSTED) | dict.fromkeys(supplier, Provenance.USER)
    return Call(f"{status}.{number}", "invoices.search", args, origin)


def _pages(case: StepContext[HandlerRequest]) -> dict[str, dict[int, Mapping[str, Any]]]:
    found: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for key in case.outcomes:
        status, _, number = key.partition(".")
        found[status][int(number)] = case.value(key) if case.has(key) else {"invoices": [], "total": 0}
    return found


def _add_up(case: StepContext[HandlerRequest], pages: Mapping[str, Mapping[int, Mapping[str, Any]]]) -> Finish | Ask:
    lines, data, partial, suppliers = [], {}, False, set()
    for status, numbered in pages.items():
        rows = {row["invoice_id"]: row for page in numbered.values() for row in page["invoices"]}
        total = numbered[1]["total"]
        partial |= len(rows) < total
        suppliers |= {row["supplier_id"] for row in rows.values()}
        late = [row for row in rows.values() if row["days_overdue"]]
        overdue = f"; of these overdue: {len(late)}, {_sums(late)}" if late and status != "paid" else ""
        name = "stuck with an exception" if status == "stuck" else status
        lines.append(f"**{name}**: {total} invoices, {_sums(rows.values())}{overdue}")
        data[status] = {"count": total, "by_currency": _by_currency(rows.values()), "overdue": len(late)}
    whose = (
        f" of {', '.join(sorted(suppliers))}"
        if _is_of_one(case) or find_record_numbers("supplier", case.input.text)
        else ""
    )
    notes = ["The sums hold only the invoices due first; there are more."] if partial else []
    if missing := sorted({word.lower() for word in _NOT_HELD.findall(case.input.text)}):
        notes.append(
            f"About {', '.join(missing)} I have no figures; I can sum supplier invoices by status, "
            "due date and supplier."
        )
    text = "\n\n".join(
        [f"Supplier invoices{whose} as of {case.today:%d %B %Y}, gross:\n{format_bullets(lines)}", *notes]
    )
    return Finish(
        text, citations=(READING,), data={"report": data, "complete": not partial, "suppliers": sorted(suppliers)[:20]}
    )


def _by_currency(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row["currency"]] += row["total_minor"]
    return dict(sums)


def _sums(rows: Iterable[Mapping[str, Any]]) -> str:
    return (
        " and ".join(format_minor_amount(minor, currency) for currency, minor in sorted(_by_currency(rows).items()))
        or "nothing"
    )


FINANCE_REPORT = Handler(begin_report, tell_report)
