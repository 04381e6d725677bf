"""``usage``: what was spent on models, and what is reserved at this moment."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ...access.caller import caller_of

if TYPE_CHECKING:
    from ....policies.domain.principal import Principal
    from ....policies.limits.budgets import Spending, Sum

By = Literal["case", "team", "user", "day"]


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("usage", epilog="Example: countersign --as olga.reis usage --by team")(usage)


def usage(
    context: typer.Context,
    by: Annotated[By, typer.Option("--by", help="Sums for each case, team, user (a month each), or day.")] = "day",
) -> None:
    """Show what models cost. Auditors see all of their organisation, others what was spent for themselves."""
    from ....policies.limits.budgets import Spending
    from ...access.open import open_office
    from ...access.rulebook import rules_kept
    from ...terminal.console import say, table, write_json

    caller = caller_of(context)
    who = caller.user_id
    office = context.with_resource(open_office(caller))
    reader = office.principal(who)
    spending = Spending(office.engine, lambda: rules_kept(office), office.audit)
    found = _visible(spending, reader, by)
    if caller.as_json:
        write_json([record_of(item) for item in found])
        return
    if not found:
        say("Nothing was spent that you may see. Costs are counted where COUNTERSIGN_MODEL_PRICES names prices.")
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
    table(("WHEN", "WHOSE", "SPENT", "RESERVED", "REQUESTS"), rows)


def record_of(item: "Sum") -> dict[str, Any]:
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


def _amount(micros: int, item: "Sum") -> str:
    from decimal import Decimal

    return f"{Decimal(micros).scaleb(-6):,.6f} {item.account.currency}"


def _visible(spending: "Spending", reader: "Principal", by: By) -> "list[Sum]":
    from ...access.permissions import may_read_all, own_threads

    whole = may_read_all(reader)
    if by == "day":
        found = spending.sums(reader.tenant, "tenant" if whole else "user", by_day=True)
    else:
        found = spending.sums(reader.tenant, by)
    if whole:
        return found
    own = own_threads(reader)
    return [
        item
        for item in found
        if (item.account.per == "user" and item.account.subject == reader.user_id)
        or (item.account.per == "case" and item.account.subject.startswith(own))
    ]
