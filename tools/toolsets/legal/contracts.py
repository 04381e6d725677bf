"""These tools read and search the contract store; what they read was partly written by outsiders."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...contracts.clause_kinds import load_clause_kinds
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Flag, Id, Limit, Query
from ..base.lookup import MAX_ROWS, find_human, require_record
from ..support.customers import rank_names
from .contract_analysis import examine_contract

ContractState = Literal["draft", "in_review", "approved", "sent", "active", "expired"]
_NEAR = 75


CONTRACT_FIELDS: Fields = {
    **dict.fromkeys(("contract_id", "status"), "text"),
    **dict.fromkeys(("currency", "owner", "owner_human", "account_manager"), "text?"),
    **dict.fromkeys(("value_minor", "high_risks"), "number?"),
}


def find_account_manager(records: SystemOfRecord, contract: BusinessRecord) -> str | None:
    """Who looks after the customer that the contract is with."""
    customer = records.get("customer", contract["customer_id"]) if contract["customer_id"] else None
    return customer["account_manager"] if customer else None


def load_contract_facts(context: ToolContext, contract_id: str) -> dict[str, Any]:
    """What policy judges of a contract."""
    records = context.services.records
    row = require_record(records, "contract", contract_id)
    return {
        "contract_id": row["id"],
        "status": row["status"],
        "value_minor": row["value_minor"],
        "currency": row["currency"],
        "high_risks": examine_contract(row).high_risks,
        "owner": row["owner"],
        "owner_human": find_human(context, row["owner"]),
        "account_manager": find_account_manager(records, row),
    }


class ContractQuery(Arguments):
    """Which contract, and whether with its full text."""

    contract_id: Id
    with_text: Flag = False


class ContractNote(Result):
    """A note by a colleague."""

    author: str
    body: str
    on: date


class Contract(Result):
    """A contract; the value in minor units of ``currency`` over the whole term."""

    contract_id: str
    title: str
    type: str
    counterparty: str
    customer_id: str | None
    supplier_id: str | None
    value_minor: int
    currency: str
    starts_on: date
    ends_on: date
    auto_renew: bool
    renewal_months: int
    renews_on: date | None
    notice_days: int
    status: str
    owner: str
    account_manager: str | None
    characters: int
    text: str | None
    notes: list[ContractNote]


def _reading_facts(args: ContractQuery, context: ToolContext) -> dict[str, dict[str, Any]]:
    records = context.services.records
    row = require_record(records, "contract", args.contract_id)
    return {
        "contract": {
            "contract_id": row["id"],
            "owner": row["owner"],
            "account_manager": find_account_manager(records, row),
        }
    }


@tool(
    "contracts.get",
    effect=Effect.READ,
    owner="legal",
    system="contracts",
    summary="Read contract {contract_id}",
    facts=_reading_facts,
    untrusted=("text",),
    touches={"contract": {name: CONTRACT_FIELDS[name] for name in ("contract_id", "owner", "account_manager")}},
    visible=split_paths(
        "contract_id title type counterparty customer_id supplier_id value_minor currency starts_on ends_on "
        "auto_renew renewal_months renews_on notice_days status owner account_manager characters text notes"
    ),
)
def get_contract(args: ContractQuery, context: ToolContext) -> Contract:
    """One contract: parties, value, dates, renewal and notice, status and notes; its full text on request."""
    records = context.services.records
    row = require_record(records, "contract", args.contract_id)
    notes = records.find("note", where={"about_kind": "contract", "about_id": row["id"]}, order_by="at", limit=100)
    names = (set(Contract.model_fields) & set(row)) - {"text"}
    return Contract(
        contract_id=row["id"],
        account_manager=find_account_manager(records, row),
        **{name: row[name] for name in names},
        characters=len(row["text"]),
        text=row["text"] if args.with_text else None,
        notes=[ContractNote(author=note["author"], body=note["body"], on=note["at"].date()) for note in notes],
    )


class ContractSearch(Arguments):
    """Conditions; all that are given must hold. ``counterparty`` is a name as somebody wrote it.

    ``renews_month`` is 1 to 12 in any year; ``missing_clause`` is a kind of clause that the contract should have and
    has not, such as cap_on_liability, data_protection or confidentiality.
    """

    counterparty: Query | None = None
    renews_month: Annotated[int, Field(strict=True, ge=1, le=12)] | None = None
    renews_from: date | None = None
    renews_to: date | None = None
    ends_from: date | None = None
    ends_to: date | None = None
    status: ContractState | None = None
    type: Query | None = None
    missing_clause: Id | None = None
    min_value_minor: Annotated[int, Field(strict=True, ge=0)] | None = None
    max_value_minor: Annotated[int, Field(strict=True, ge=0)] | None = None
    limit: Limit = 20


class ContractRow(Result):
    """A contract in a list."""

    contract_id: str
    title: str
    type: str
    counterparty: str
    status: str
    starts_on: date
    ends_on: date
    renews_on: date | None
    auto_renew: bool
    notice_days: int
    value_minor: int
    currency: str
    owner: str


class ContractRows(Result):
    """Contracts, the best name first, then those that renew or end first; ``total`` counts all that match."""

    contracts: list[ContractRow]
    total: int


@tool(
    "contracts.search",
    effect=Effect.READ,
    owner="legal",
    system="contracts",
    summary="Search contracts {counterparty} {status} {missing_clause}",
    visible=split_paths(
        "contracts.contract_id contracts.title contracts.type contracts.counterparty contracts.status "
        "contracts.starts_on contracts.ends_on contracts.renews_on contracts.auto_renew contracts.notice_days "
        "contracts.value_minor contracts.currency contracts.owner total"
    ),
)
def search_contracts(args: ContractSearch, context: ToolContext) -> ContractRows:
    """Contracts by counterparty, status, type, value, renewal or end date, and by a kind of clause that is missing."""
    records = context.services.records
    where = {"status": args.status} if args.status is not None else {}
    rows = {row["id"]: row for row in records.find("contract", where=where, limit=MAX_ROWS)}
    ranks = dict.fromkeys(rows, 0)
    if args.counterparty is not None:
        near = rank_names(args.counterparty, {id: row["counterparty"] for id, row in rows.items()}, MAX_ROWS)
        names = list(dict.fromkeys(rows[id]["counterparty"] for id, score in near if score >= _NEAR))
        ranks = {id: names.index(row["counterparty"]) for id, row in rows.items() if row["counterparty"] in names}
    known = {kind.id for kind in load_clause_kinds()} if args.missing_clause is not None else set()
    if args.missing_clause is not None and args.missing_clause not in known:
        raise BadInput(f"{args.missing_clause!r} is no kind of clause; the kinds are: {', '.join(sorted(known))}.")
    kept = [rows[id] for id in ranks if _fits(args, rows[id])]
    kept.sort(key=lambda row: (ranks[row["id"]], row["renews_on"] or row["ends_on"], row["id"]))
    fields = [name for name in ContractRow.model_fields if name != "contract_id"]
    shown = [ContractRow(contract_id=row["id"], **{name: row[name] for name in fields}) for row in kept[: args.limit]]
    return ContractRows(contracts=shown, total=len(kept))


def _fits(args: ContractSearch, row: BusinessRecord) -> bool:
    renews, least, most = row["renews_on"], args.min_value_minor, args.max_value_minor
    return (
        (args.renews_month is None or (renews is not None and renews.month == args.renews_month))
        and _is_between(renews, args.renews_from, args.renews_to)
        and _is_between(row["ends_on"], args.ends_from, args.ends_to)
        and (args.type is None or args.type.casefold() in row["type"].casefold())
        and (least is None or row["value_minor"] >= least)
        and (most is None or row["value_minor"] <= most)
        and (args.missing_clause is None or args.missing_clause not in examine_contract(row).kinds)
    )


def _is_between(day: date | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    return day is not None and (first is None or day >= first) and (last is None or day <= last)


TOOLS: tuple[ToolSpec, ...] = (get_contract, search_contracts)
