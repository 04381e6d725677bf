"""``usage``: what was spent on models, and what is reserved at this moment."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ....access.caller import get_caller

if TYPE_CHECKING:
    from .....policies.domain.principal import Principal
    from .....policies.limits.budgets import AccountSum, BudgetLedger

UsageGroup = Literal["case", "team", "user", "day"]


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("usage", epilog="Example: countersign --as olga.reis usage --by team")(usage)


def usage(
    context: typer.Context,
    by: Annotated[
        UsageGroup, typer.Option("--by", help="Sums for each case, team, user (a month each), or day.")
    ] = "day",
) -> None:
    """Show what models cost. Auditors see all of their organisation, others what was spent for themselves."""
    from .....policies.limits.budgets import BudgetLedger
    from ....access.data_folder import open_data_folder
    from ....access.rulebook import load_stored_rules
    from ....terminal.console import print_table, print_text, write_json

    caller = get_caller(context)
    who = caller.user_id
    data_folder = context.with_resource(open_data_folder(caller))
    reader = data_folder.principal(who)
    spending = BudgetLedger(data_folder.engine, lambda: load_stored_rules(data_folder), data_folder.audit)
    found = _visible(spending, reader, by)
    if caller.as_json:
        write_json([serialize_usage(item) for item in found])
        return
    if not found:
        print_text("Nothing was spent that you may see. Costs are counted where COUNTERSIGN_MODEL_PRICES names prices.")
        return
    rows = [
        (
            item.account.window or "-",
            item.account.subject,
            _amount(item.spent, item),
            _amount(item.held, item),
            str(item.times),
        )
        for item in found
    ]
    print_table(("WHEN", "WHOSE", "SPENT", "RESERVED", "REQUESTS"), rows)


def serialize_usage(item: "AccountSum") -> dict[str, Any]:
    """One sum as plain JSON data; amounts in millionths of the currency."""
    account = item.account
    return {
        "per": account.per,
        "subject": account.subject,
        "window": account.window,
        "currency": account.currency,
        "spent_micros": item.spent,
        "reserved_micros": item.held,
        "requests": item.times,
    }


def _amount(micros: int, item: "AccountSum") -> str:
    from decimal import Decimal

    return f"{Decimal(micros).scaleb(-6):,.6f} {item.account.currency}"


def _visible(spending: "BudgetLedger", reader: "Principal", by: UsageGroup) -> "list[AccountSum]":
    from .....policies.audit.readers import make_thread_prefix, may_read_all

    whole = may_read_all(reader)
    if by == "day":
        found = spending.sums(reader.tenant, "tenant" if whole else "user", by_day=True)
    else:
        found = spending.sums(reader.tenant, by)
    if whole:
        return found
    own = make_thread_prefix(reader)
    return [
        item
        for item in found
        if (item.account.per == "user" and item.account.subject == reader.user_id)
        or (item.account.per == "case" and item.account.subject.startswith(own))
    ]
