"""These handlers hand in an expense and approve somebody else's."""

import re
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_minor_amount, format_words
from ...language.request_values import Problem, parse_day, parse_home_amount
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

EXPENSES = "finance-handbook#6.1"
_NUMBER = re.compile(r"\bEXP[-\s#]?(\d{1,9})\b", re.IGNORECASE)
_APPROVE = re.compile(r"\b(?:approve|sign off|release)\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:his|her|their|(?!(?:today|yesterday|week|month|day|trip|year)'s)[\w.]+'s)\s+(?:\w+\s+)?expenses?\b|"
    r"\b(?:on behalf of|in the name of)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"^\W*(?:(?:can|may|could|should|must) (?:i|we|one)|am i|are we|is|do i|what|how|which|who|when|why)\b",
    re.IGNORECASE,
)


def begin_expense(case: StepContext[HandlerRequest]) -> StepResult:
    """Approve the expense that is named, or hand in a new one."""
    text = case.input.text
    number = _NUMBER.search(text)
    if number and _APPROVE.search(text):
        args = {"expense_id": f"EXP-{int(number[1]):04d}"}
        return Calls.of(Call("approval", "expenses.approve", args, {"expense_id": Provenance.USER}))
    if number:
        return Finish(
            f"I can hand in an expense or approve EXP-{int(number[1]):04d}; I cannot show or "
            "change one that was handed in.",
            "stopped",
            (EXPENSES,),
        )
    if _APPROVE.search(text):
        return Ask("Which expense should be approved? Tell me its number, for example EXP-0031.", "expense_id")
    if _MAY.search(text) and text.rstrip().endswith("?"):
        return Finish(
            "I handed nothing in, because you asked a question. For the rules ask “what is our expense policy?”; to "
            "hand one in, say “hand in an expense of 20 EUR for a taxi”.",
            "stopped",
            (EXPENSES,),
        )
    if _OTHERS.search(text):
        return Finish(f"I handed nothing in: people hand in their own expenses ({EXPENSES}).", "stopped", (EXPENSES,))
    worth = parse_home_amount(text)
    if not isinstance(worth, int):
        return Ask(worth.words if isinstance(worth, Problem) else "How much was it, in EUR?", "amount")
    day = parse_day(text, case.today)
    if isinstance(day, Problem):
        return Ask(day.words, "day")
    args_new: dict[str, Any] = {"amount_minor": worth, "purpose": " ".join(text.split())[:200]}
    if day is not None:
        args_new["spent_on"] = day.isoformat()
    return Calls.of(Call("expense", "expenses.submit", args_new, dict.fromkeys(args_new, Provenance.USER)))


def tell_expense(case: StepContext[HandlerRequest]) -> Finish:
    """Say what came of it."""
    if "approval" in case.outcomes:
        if stop := case.stop("approval", "approve the expense"):
            return Finish(stop.text, stop.status, (EXPENSES,))
        done = case.value("approval")
        return Finish(
            f"{done['expense_id']} is **{format_words(done['status'])}**.", citations=(done["expense_id"], EXPENSES)
        )
    if stop := case.stop("expense", "hand in the expense"):
        return Finish(stop.text, stop.status, (EXPENSES,))
    made = case.value("expense")
    text = (
        f"**{made['expense_id']}** over {format_minor_amount(made['amount_minor'], made['currency'])} is "
        "handed in and waits for approval."
    )
    return Finish(text, citations=(made["expense_id"], EXPENSES), data={"expense": dict(made)})


EXPENSE_CLAIM = Handler(begin_expense, tell_expense, writes=("expenses.submit", "expenses.approve"))
