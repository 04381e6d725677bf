"""The requester pays for a turn's model, from the budgets of the packs in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...agents.models.settings import ModelSettings
from ...policies.domain.principal import Principal
from ...policies.limits.budgets import BudgetLedger
from ...policies.rules.budget import BudgetAction, OverBudget, Payer, convert_to_micros
from ..runtime.services import RunContext

if TYPE_CHECKING:
    from ...agents.models.pool import ModelPool

UNPRICED = ""
"""The ticket of what has no price, where no budget is in force."""


@dataclass(frozen=True, slots=True)
class TurnBudget:
    """The money of one turn."""

    ledger: BudgetLedger
    settings: ModelSettings
    payer: Payer

    def choose(self, models: Sequence[str]) -> Sequence[str]:
        """The models as they are, or the cheaper one alone when a budget that says so runs low.

        Raises:
            OverBudget: one runs low, and no cheaper model is named.
        """
        low = self.ledger.find_low_budget(self.payer, BudgetAction.CHEAPER)
        if low is None:
            return models
        if self.settings.cheaper_model is None:
            raise OverBudget(
                f"{low.reason} No cheaper model is named ({low.source}); set COUNTERSIGN_CHEAPER_MODEL to ask one."
            )
        return (self.settings.cheaper_model,)

    def reserve(self, model: str, input_tokens: int, output_tokens: int) -> str:
        """Takes room for the most that a request can cost.

        Raises:
            OverBudget: there is none, or a budget is in force and nobody said what the model costs.
        """
        price = self.settings.price(model)
        if price is not None:
            most = convert_to_micros(price.cost(input_tokens, output_tokens))
            return self.ledger.reserve(self.payer, f"model:{model}", most, self.settings.currency)
        budgets = self.ledger.budgets
        if not budgets:
            return UNPRICED
        raise OverBudget(
            f"Nobody said what the model {model} costs, and the budget {budgets[0].id} is in force. Add its price to "
            "COUNTERSIGN_MODEL_PRICES (0/0 for one that costs nothing).",
            stop=any(budget.then is BudgetAction.STOP for budget in budgets),
        )

    def settle(self, ticket: str, model: str, tokens: tuple[int, int] | None) -> None:
        """Settles what a request really cost."""
        price = self.settings.price(model)
        if ticket != UNPRICED and price is not None:
            self.ledger.settle(ticket, None if tokens is None else convert_to_micros(price.cost(*tokens)))


@dataclass(frozen=True, slots=True)
class TurnBudgets:
    """Makes the budgets of turns.

    Attributes:
        models: the language models, or ``None`` without.
        ledger: what models cost; ``None`` to ask them without counting.
    """

    models: "ModelPool | None"
    ledger: BudgetLedger | None

    def make(self, principal: Principal, context: RunContext) -> TurnBudget | None:
        """The budget of a turn that this principal pays; ``None`` where there is no model to pay."""
        if self.models is None or self.ledger is None:
            return None
        payer = Payer(principal, context.thread, context.run)
        return TurnBudget(self.ledger, self.models.settings, payer)

    def list_notices(self, context: RunContext) -> str:
        """What the reply must say about budgets; empty when nothing."""
        return "\n\n".join(self.ledger.notes(context.run)) if self.models and self.ledger else ""
