"""A budget says how much money may be spent, by whom and within what span, and what happens then.

Money is counted in millionths of a unit of the currency (micros), because one answer of a model costs far less than a
cent; packs and people speak of minor units.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..domain.principal import Principal
from ..domain.templates import format_money, has_whole_units
from ..errors import Unavailable
from .fields import PolicyId, SectionReference, Sentence, StrictModel, Word

MICRO = 1_000_000
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class BudgetAction(StrEnum):
    """What happens when a budget runs out: rules go on without a model, before that a cheaper one, or the work ends."""

    RULES = "rules"
    CHEAPER = "cheaper"
    STOP = "stop"


class Budget(StrictModel):
    """One budget.

    Attributes:
        id: unique over all packs, e.g. ``"company.models.daily"``.
        owner: the role that answers for the sum.
        source: the handbook section it encodes.
        per: whose money it is: of one case (a conversation), user, team, or of the tenant.
        window: ``day`` or ``month`` (UTC); a case's is its whole life: ``case``.
        amount_minor: at most so much, in minor units of the currency.
        currency: three letters, that of COUNTERSIGN_PRICE_CURRENCY.
        alert_at: per cent of it at which those concerned are told, and from which on a cheaper model is asked.
        then: what happens when it runs out.
        reason: what a person is told then.
    """

    id: PolicyId
    owner: Word
    source: SectionReference
    per: Literal["case", "user", "team", "tenant"]
    window: Literal["case", "day", "month"]
    amount_minor: Annotated[int, Field(ge=0, le=10**12)]
    currency: Currency
    alert_at: Annotated[int, Field(ge=1, le=100)] = 80
    then: Annotated[BudgetAction, Field(strict=False)] = BudgetAction.RULES
    reason: Sentence

    @model_validator(mode="after")
    def _consistent(self) -> "Budget":
        if (self.per == "case") != (self.window == "case"):
            raise ValueError(
                f"the budget {self.id} is per {self.per} and {self.window}; per: case goes with window: case"
            )
        return self

    @property
    def micros(self) -> int:
        """The amount in micros."""
        return self.amount_minor * (MICRO if has_whole_units(self.currency) else MICRO // 100)

    def is_near(self, spent: int) -> bool:
        """Whether a sum in micros has come to the share at which people are told."""
        return spent * 100 >= self.micros * self.alert_at

    def words(self, spent: int) -> str:
        """How far it is used, for people."""
        share = spent * 100 // self.micros if self.micros else 100
        span = "" if self.window == "case" else f" and {self.window}"
        return (
            f"{share} % of {format_money(self.amount_minor, self.currency)} for each {self.per}{span} is used "
            f"({self.source})."
        )


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom money is spent, and where."""

    principal: Principal
    thread: str
    run: str


@dataclass(frozen=True, slots=True)
class Account:
    """One sum that is kept: of a case, user, team or tenant in one span and currency."""

    tenant: str
    per: str
    subject: str
    window: str
    currency: str

    @property
    def key(self) -> str:
        """Its name in the database."""
        return "\x1f".join((self.tenant, self.per, self.subject, self.window, self.currency))


class OverBudget(Unavailable):
    """A budget has no room for what something may cost; it was not asked for.

    Attributes:
        stop: the work ends with this message; otherwise it goes on without a model.
    """

    def __init__(self, message: str, *, stop: bool = False) -> None:
        super().__init__(message)
        self.stop = stop


def list_payer_accounts(payer: Payer, currency: str, now: datetime) -> Iterator[tuple[str, Account]]:
    """Every account that something is booked to, with the kind of its window.

    Accounts are kept also where no budget is in force, so that a later one knows what was spent before.
    """
    who = payer.principal
    yield "case", Account(who.tenant, "case", payer.thread, "", currency)
    subjects = [("user", who.user_id), ("tenant", who.tenant), *(("team", team) for team in sorted(who.teams))]
    for window, span in (("day", f"{now:%Y-%m-%d}"), ("month", f"{now:%Y-%m}")):
        for per, subject in subjects:
            yield window, Account(who.tenant, per, subject, span, currency)


def convert_to_micros(amount: Decimal) -> int:
    """A sum in units of a currency as micros, rounded up."""
    return int((amount * MICRO).to_integral_value(ROUND_CEILING))
