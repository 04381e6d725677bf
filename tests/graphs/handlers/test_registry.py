"""Every message that people wrote for the router is understood without an error by whoever serves its intent."""

from datetime import date

import pytest
from countersign.agents.intents import INTENTS
from countersign.agents.routing.intents import load_catalogue
from countersign.graphs.handlers.shared.handover import HAND_OVER
from countersign.graphs.steps import Ask, Calls, Finish, StepContext
from countersign.graphs.workflows.engine.handler import HandlerRequest
from countersign.graphs.workflows.engine.workflow import RequestText
from countersign.policies.domain.proposal import Provenance
from countersign.tools.toolsets import ALL
from shipped import SHIPPED

TODAY = date(2026, 3, 16)
CATALOGUE = load_catalogue(INTENTS)
handler_for = SHIPPED.handler_for
OWN = [intent for intent in CATALOGUE.intents if CATALOGUE.agent(intent) is not None]
SPECS = {spec.name: spec for spec in ALL}
JUNK = (
    "",
    "   ",
    "???",
    "ORD-",
    "€€€ 1e999 %",
    "\x00\u202e",
    "a" * 20_000,
    "-1 EUR 31.02.2027 120 % DE00",
    "INV-1 " * 400,
)


def check(calls: Calls, writes: tuple[str, ...]) -> None:
    """Arguments fit the tools, each says where it comes from, and no write is outside the plan."""
    for call in calls.calls:
        spec = SPECS[call.tool]
        spec.arguments.model_validate(dict(call.args))
        assert set(call.args) <= set(call.provenance), call
        assert set(call.provenance.values()) <= set(Provenance)
        assert not spec.writes or call.tool in writes, call


@pytest.mark.parametrize("intent", OWN)
def test_every_intent_has_somebody(intent: str) -> None:
    """An intent without a playbook or a handler would be handed to a person for no reason."""
    book = CATALOGUE.intents[intent].playbook
    assert book in SHIPPED.workflows if book else handler_for(intent) is not HAND_OVER


@pytest.mark.parametrize("intent", OWN)
def test_every_example_is_understood(intent: str) -> None:
    """A message must lead to calls that fit their tools, to a question or to an answer."""
    found = CATALOGUE.intents[intent]
    for text in [*(message for message, _ in found.messages()), *JUNK]:
        if found.playbook:
            book = SHIPPED.workflows[found.playbook]
            book.fill(RequestText(text, "", (), TODAY))
            continue
        handler = handler_for(intent)
        after = handler.find(StepContext(HandlerRequest(text=text, intent=intent), {}, TODAY))
        assert isinstance(after, Calls | Ask | Finish), text
        if isinstance(after, Calls):
            check(after, handler.writes)


@pytest.mark.parametrize("intent", [name for name in OWN if not CATALOGUE.intents[name].acts])
def test_a_question_plans_no_write(intent: str) -> None:
    """What is only asked must not be able to change anything; a complaint may, when it asks for a voucher."""
    assert set(handler_for(intent).writes) <= ({"vouchers.issue"} if intent == "complaint" else set())
