"""The assistant replies by itself, without any agent: greetings, help, where things stand, and where else to go.

Where things stand means which of a person's own requests wait for others, in words that say how to take them back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ...agents.routing.route import RequestPart as RoutedPart
from ...agents.routing.route import Route
from ...agents.spec import AgentSpec
from ...policies.domain.principal import Principal
from ...policies.review.answers import may_be_withdrawn
from ...policies.review.review import Review
from ...policies.review.wording import format_waiting_line
from ..runtime.services import RunContext, Services

LISTED = "listed"
"""Set in the data of a finding that names what waits already."""


def find_own_reviews(services: Services, principal: Principal) -> list[Review]:
    """The open reviews of what this person asked for, by whichever account."""
    found = services.reviews.find(tenant=principal.tenant)
    return [review for review in found if review.requester_human == principal.human]


def describe_earlier(services: Services, context: RunContext) -> str:
    """Earlier requests in this conversation that wait for people; a new message never drops them."""
    tenant = context.principal(services).tenant
    found = services.reviews.find(tenant=tenant, thread=context.thread)
    earlier = [review for review in found if review.proposal.run != context.run]
    return f"Still waiting for a countersignature:\n{describe_pending(services, earlier)}" if earlier else ""


def describe_pending(services: Services, reviews: Sequence[Review]) -> str:
    """One's own waiting requests, line by line, and how to take one back."""
    lines = "\n".join(format_waiting_line(review, services.now()) for review in reviews)
    mine = [review for review in reviews if may_be_withdrawn(review)]
    if not mine:
        return lines
    return f"{lines}\n\nTo take {'it' if len(reviews) == 1 else 'one'} back, say “withdraw {mine[0].review_id}”."


OUT_OF_SCOPE = "That is outside what I do, so I did nothing."
PERSON = "I could not tell what you need, so I did nothing. Please ask your team lead, or say it in other words."


def own_reply(text: str, status: str = "done") -> dict[str, Any]:
    """A finding of the assistant itself."""
    return {
        "agent": "assistant",
        "intent": "",
        "playbook": "",
        "text": text,
        "status": status,
        "citations": [],
        "data": {},
    }


def help_text(agents: Mapping[str, AgentSpec]) -> str:
    """What the agents can do, with examples of how to ask for it."""
    abilities = "\n".join(f"- **{spec.title}**: {spec.purpose}" for spec in agents.values())
    examples = ", ".join(f"“{example}”" for spec in agents.values() for example in spec.examples)
    return (
        f"I can help with:\n{abilities}\n\n{f'For example: {examples}. ' if examples else ''}What policy does not "
        "allow by itself waits for a person: “what is waiting?”, “withdraw it”."
    )


def answer_without_agent(
    services: Services, part: RoutedPart, context: RunContext, agents: Mapping[str, AgentSpec]
) -> dict[str, Any]:
    """The answer to a request that no agent takes."""
    departments = services.router.catalogue.departments
    if part.handoff in departments:
        return own_reply(departments[part.handoff], "handed_over")
    if part.intent == "request_status":
        return own_reply(_describe_standing(services, context)) | {"data": {LISTED: True}}
    if part.intent == "cancel":
        return own_reply(_explain_withdrawal(services, context)) | {"data": {LISTED: True}}
    if part.intent in ("greeting", "help"):
        return own_reply(("Hello. " if part.intent == "greeting" else "") + help_text(agents))
    said = _SAYINGS.get(part.intent)
    return own_reply(said) if said else own_reply(f"{OUT_OF_SCOPE} {help_text(agents)}", "handed_over")


def answer_unclear(services: Services, found: Route) -> dict[str, Any]:
    """The answer to a message that nobody could make sense of."""
    departments = services.router.catalogue.departments
    return own_reply(found.question or departments.get(found.handoff or "", PERSON), "handed_over")


def _describe_standing(services: Services, context: RunContext) -> str:
    """What of the person's own requests waits for others, and what of others' waits for them."""
    principal = context.principal(services)
    own, inbox = find_own_reviews(services, principal), services.reviews.inbox(principal)
    lists = [f"Yours, waiting for a countersignature:\n{describe_pending(services, own)}"] if own else []
    if inbox:
        lines = "\n".join(f"- {item.describe()}" for item in inbox)
        lists.append(f"Waiting for you; `countersign reviews` answers:\n{lines}")
    return "\n\n".join(lists) or "Nothing of yours is waiting for a countersignature, and nothing waits for you."


def _explain_withdrawal(services: Services, context: RunContext) -> str:
    """Words such as "never mind" take nothing back; they are told how it is done."""
    own = find_own_reviews(services, context.principal(services))
    here = [review for review in own if review.proposal.thread == context.thread] or own
    waits = f" What you asked for still waits:\n{describe_pending(services, here)}" if here else ""
    return f"Nothing is under way that I could stop.{waits}"


_SAYINGS = {
    "thanks": "You are welcome.",
    "agree": "There is no open question between us. Reviews are answered in the inbox: `countersign reviews list`.",
    "disagree": "All right. Nothing was done.",
}
