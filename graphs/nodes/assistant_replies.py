"""The assistant replies by itself, without any agent: greetings, help, where things stand, and where else to go.

Where things stand means which of a person's own requests wait for others, in words that say how to take them back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...agents.routing.route import RequestPart as RoutedPart
from ...agents.routing.route import Route
from ...agents.spec import AgentSpec
from ...policies.domain.principal import Directory, Principal
from ...policies.review.answers import may_be_withdrawn
from ...policies.review.review import Review
from ...policies.review.store import ReviewStore
from ...policies.review.wording import format_waiting_line
from ..runtime.services import RunContext

if TYPE_CHECKING:
    from ...agents.routing.router import Router

LISTED = "listed"
"""Set in the data of a finding that names what waits already."""


def find_own_reviews(reviews: ReviewStore, principal: Principal) -> list[Review]:
    """The open reviews of what this person asked for, by whichever account."""
    found = reviews.find(tenant=principal.tenant)
    return [review for review in found if review.requester_human == principal.human]


def describe_pending(reviews: Sequence[Review], now: datetime) -> str:
    """One's own waiting requests, line by line, and how to take one back."""
    lines = "\n".join(format_waiting_line(review, now) for review in reviews)
    mine = [review for review in reviews if may_be_withdrawn(review)]
    if not mine:
        return lines
    return f"{lines}\n\nTo take {'it' if len(reviews) == 1 else 'one'} back, say “withdraw {mine[0].review_id}”."


OUT_OF_SCOPE = "That is outside what I do, so I did nothing."
PERSON = "I could not tell what you need, so I did nothing. Please ask your team lead, or say it in other words."


def make_own_reply(text: str, status: str = "done") -> dict[str, Any]:
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


def describe_abilities(agents: Mapping[str, AgentSpec]) -> str:
    """What the agents can do, with examples of how to ask for it."""
    abilities = "\n".join(f"- **{spec.title}**: {spec.purpose}" for spec in agents.values())
    examples = ", ".join(f"“{example}”" for spec in agents.values() for example in spec.examples)
    return (
        f"I can help with:\n{abilities}\n\n{f'For example: {examples}. ' if examples else ''}What policy does not "
        "allow by itself waits for a person: “what is waiting?”, “withdraw it”."
    )


@dataclass(frozen=True, slots=True)
class AssistantReplies:
    """What the assistant says by itself.

    Attributes:
        router: knows the departments that are no agents.
        reviews: where proposals wait for people.
        directory: who is who.
        now: the clock.
    """

    router: "Router"
    reviews: ReviewStore
    directory: Directory
    now: Callable[[], datetime]

    def describe_earlier(self, context: RunContext) -> str:
        """Earlier requests in this conversation that wait for people; a new message never drops them."""
        tenant = context.principal(self.directory).tenant
        found = self.reviews.find(tenant=tenant, thread=context.thread)
        earlier = [review for review in found if review.proposal.run != context.run]
        return f"Still waiting for a countersignature:\n{describe_pending(earlier, self.now())}" if earlier else ""

    def answer_without_agent(
        self, part: RoutedPart, context: RunContext, agents: Mapping[str, AgentSpec]
    ) -> dict[str, Any]:
        """The answer to a request that no agent takes."""
        departments = self.router.catalogue.departments
        if part.handoff in departments:
            return make_own_reply(departments[part.handoff], "handed_over")
        if part.intent == "request_status":
            return make_own_reply(self._describe_standing(context)) | {"data": {LISTED: True}}
        if part.intent == "cancel":
            return make_own_reply(self._explain_withdrawal(context)) | {"data": {LISTED: True}}
        if part.intent in ("greeting", "help"):
            greeting = "Hello. " if part.intent == "greeting" else ""
            return make_own_reply(greeting + describe_abilities(agents))
        said = _SAYINGS.get(part.intent)
        return (
            make_own_reply(said)
            if said
            else make_own_reply(f"{OUT_OF_SCOPE} {describe_abilities(agents)}", "handed_over")
        )

    def answer_unclear(self, found: Route) -> dict[str, Any]:
        """The answer to a message that nobody could make sense of."""
        departments = self.router.catalogue.departments
        return make_own_reply(found.question or departments.get(found.handoff or "", PERSON), "handed_over")

    def _describe_standing(self, context: RunContext) -> str:
        """What of the person's own requests waits for others, and what of others' waits for them."""
        principal = context.principal(self.directory)
        own, inbox = find_own_reviews(self.reviews, principal), self.reviews.inbox(principal)
        lists = [f"Yours, waiting for a countersignature:\n{describe_pending(own, self.now())}"] if own else []
        if inbox:
            lines = "\n".join(f"- {item.describe()}" for item in inbox)
            lists.append(f"Waiting for you; `countersign reviews` answers:\n{lines}")
        return "\n\n".join(lists) or "Nothing of yours is waiting for a countersignature, and nothing waits for you."

    def _explain_withdrawal(self, context: RunContext) -> str:
        """Words such as "never mind" take nothing back; they are told how it is done."""
        own = find_own_reviews(self.reviews, context.principal(self.directory))
        here = [review for review in own if review.proposal.thread == context.thread] or own
        waits = f" What you asked for still waits:\n{describe_pending(here, self.now())}" if here else ""
        return f"Nothing is under way that I could stop.{waits}"


_SAYINGS = {
    "thanks": "You are welcome.",
    "agree": "There is no open question between us. Reviews are answered in the inbox: `countersign reviews list`.",
    "disagree": "All right. Nothing was done.",
}
