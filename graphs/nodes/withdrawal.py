"""A requester takes back what waits by their own words and nothing else: no model, no document, no guess.

Only a whole message that says it plainly counts. "Withdraw it?" from a pasted mail, or a wish in the middle of other
sentences, does nothing; the reply then says how it is done.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput, NotAllowed
from ...policies.review.answers import may_be_withdrawn
from ...policies.review.review import Review, ReviewState
from ...policies.review.store import ReviewStore
from ...policies.review.wording import format_waiting_line
from ..runtime.conversations import Conversations
from ..runtime.services import RunContext
from .assistant_replies import LISTED, find_own_reviews, make_own_reply

WITHDRAW = "withdraw"
"""The key of the question which one to take back, and of what was taken back."""
_ID = r"rev-[0-9a-f]{3,12}"
_IDS = rf"{_ID}(?:(?:,| and|, and|,? &) {_ID})*"
_THING = r"(?:requests?|reviews?)"
_KIND = r"(?:last|latest|earlier|first|pending|waiting|open|whole)"
_ACT = r"(?:vouchers?|refunds?|payments?|discounts?|expenses?|postings?|messages?|comments?|signatures?|access)"
"""What people call a request by the act that it is for; it begins the name of the tool, or of what the tool does."""
_OBJECT = (
    rf"(?:it|this|that|them|both|everything|all(?: of (?:it|them|these))?|all (?:my |the |these )?{_THING}|"
    rf"my (?:[a-z]+ ){{0,2}}{_THING}|(?:the|this|that|these|those) (?:{_KIND} ){{0,2}}{_THING}|"
    rf"(?:my|the|this|that) (?:{_KIND} )?(?P<act>{_ACT})(?: request)?(?: (?:for|of|on) (?P<of>[a-z]{{2,4}}-\d+))?|"
    rf"(?:(?:my |the )?(?:[a-z]+ )?{_THING} )?(?P<ids>{_IDS}))"
)
_POLITE = (
    r"(?:(?:please|pls|kindly|ok|okay|hi|hello|sorry|oh|oops|no|stop|wait|hold on|actually|so|then|now|just|and|"
    r"(?:can|could|would|will) you|can i|could i|may i|let's|let us|"
    r"i (?:want|need|have|wish|would like) to|i'd like to|i would like you to|i want you to)[ ,.!]+)*"
)
_AFTER = r"(?:[ ,]+(?:please|again|now|then|thanks|thank you|for me|after all))*"
_BECAUSE = (
    r"(?:[ ,.]+(?:because|since|as) (?P<why>.{1,400}?)|"
    r", (?P<told>(?:wrong|it|they|he|she|we|i|the|this|that|my|customer)\b[^?]{1,400}?))?"
)
_VERB = r"(?P<verb>withdraw|retract|revoke|recall|take back|call off|cancel)"
_SAID = (
    re.compile(rf"{_POLITE}(?:i )?{_VERB}(?: {_OBJECT})?{_AFTER}{_BECAUSE}{_AFTER}[.! ]*", re.DOTALL),
    re.compile(rf"{_POLITE}(?:i )?(?P<verb>take) {_OBJECT} back{_AFTER}{_BECAUSE}[.! ]*", re.DOTALL),
    re.compile(rf"{_POLITE}(?:i )?(?P<verb>call) {_OBJECT} off{_AFTER}{_BECAUSE}[.! ]*", re.DOTALL),
)
_ASKS_US = re.compile(r"\b(?:can|could|would|will) (?:you|i)\b|\bmay i\b")
_ALL = re.compile(rf"{_POLITE}(?:all|both|every one|everything)(?: of (?:them|it))?{_AFTER}[.! ]*")
_LONGEST = 600
_MOST = 20


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """What somebody wants taken back.

    Attributes:
        ids: as they were said, lower case; none means what waits here.
        record: the record that they named with it, lower case, or empty.
        act: the act that the request is for, such as ``"voucher"``; empty when they did not say.
        why: the reason they gave, or empty.
        plain: whether it can mean nothing but a request that waits; "cancel" may also mean an open question.
    """

    ids: tuple[str, ...]
    why: str
    plain: bool
    act: str = ""
    record: str = ""


def parse_withdrawal(text: str) -> WithdrawalRequest | None:
    """What the message wants taken back, or ``None`` when it does not say so plainly."""
    said = " ".join(text.replace("’", "'").split())
    low = said.lower()
    if len(said) > _LONGEST or len(low) != len(said):
        return None
    if low.endswith("?"):
        if not _ASKS_US.search(low):
            return None
        said, low = said[:-1], low[:-1]
    for form in _SAID:
        found = form.fullmatch(low)
        if found:
            ids = tuple(dict.fromkeys(re.findall(_ID, found["ids"] or "")))
            given = next((name for name in ("why", "told") if found[name]), "")
            why = said[found.start(given) : found.end(given)] if given else ""
            return WithdrawalRequest(
                ids, why.rstrip(".! "), found["verb"] != "cancel", (found["act"] or "").rstrip("s"), found["of"] or ""
            )
    return None


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """Takes back what a person says they take back.

    Attributes:
        reviews: where proposals wait for people.
        conversations: has the words that were really said.
        directory: who is who.
        now: the clock.
    """

    reviews: ReviewStore
    conversations: Conversations
    directory: Directory
    now: Callable[[], datetime]

    def take_back(self, text: str, context: RunContext) -> dict[str, Any] | None:
        """Withdraws what the person takes back with this message and says so; ``None`` when it is about something else.

        A node that runs again after a crash finds what it withdrew before and says the same.

        Args:
            text: the requester's message, as they sent it.
        """
        asked = json.loads(context.asked) if context.asked else {}
        wish = parse_withdrawal(text) or _parse_choice(asked, text)
        if (
            wish is None
            or (asked and not wish.ids and not wish.plain)
            or not is_said_by(self.conversations, text, context)
        ):
            return None
        principal = context.principal(self.directory)
        waiting = [review for review in find_own_reviews(self.reviews, principal) if may_be_withdrawn(review)]
        here = [review for review in waiting if review.proposal.thread == context.thread]
        if wish.act:
            here = [review for review in here if wish.act in review.proposal.tool and _concerns(review, wish.record)]
            if not here:
                return None
        fits = [_find_matching(waiting, wanted) for wanted in wish.ids] or [here]
        if all(len(found) == 1 for found in fits):
            return self._withdraw(principal, [found[0] for found in fits], wish, context)
        done = self._find_withdrawn(principal, context)
        if done:
            return _describe_outcome(done, [], context)
        if waiting and (wish.ids or here or wish.plain):
            return self._ask(here or waiting, wish.ids)
        return (
            make_own_reply(f"No request of yours called {wish.ids[0].upper()} is waiting, so I did nothing.")
            if wish.ids
            else None
        )

    def _withdraw(
        self, principal: Principal, reviews: Sequence[Review], wish: WithdrawalRequest, context: RunContext
    ) -> dict[str, Any]:
        done, refused = [], []
        for review in dict.fromkeys(item.review_id for item in reviews):
            why = f"{wish.why or 'Taken back by the requester'} {_mark(context)}"
            try:
                done.append(self.reviews.withdraw(review, principal, self.now(), why))
            except (BadInput, NotAllowed) as error:  # it was settled a moment ago
                refused.append(str(error))
        return _describe_outcome(done, refused, context)

    def _find_withdrawn(self, principal: Principal, context: RunContext) -> list[Review]:
        """What this run withdrew before a crash."""
        return [
            review
            for review in self.reviews.find(tenant=principal.tenant, state=ReviewState.WITHDRAWN)
            if review.requester_human == principal.human and review.message.endswith(_mark(context))
        ]

    def _ask(self, reviews: Sequence[Review], ids: Sequence[str]) -> dict[str, Any]:
        lines = "\n".join(format_waiting_line(review, self.now()) for review in reviews[:_MOST])
        unknown = f"I cannot tell which one {' and '.join(ids).upper()} is. " if ids else ""
        question = f"{unknown}Which request shall I take back? Say its id, or “all” of these:\n{lines}"
        offered = [review.review_id for review in reviews[:_MOST]]
        return make_own_reply(question, "asks") | {"asked": {WITHDRAW: offered}, "data": {LISTED: True}}


def is_said_by(conversations: Conversations, text: str, context: RunContext) -> bool:
    """Whether these are the words that the log has of this person; the state of a graph could have been changed."""
    run = conversations.find_run(context.run)
    return run is not None and run.user_id == context.user_id and run.input["text"].strip() == text.strip()


def _parse_choice(asked: dict[str, Any], text: str) -> WithdrawalRequest | None:
    """The message as the answer to which one to take back."""
    offered = [str(item).lower() for item in asked.get(WITHDRAW, ())]
    said = " ".join(text.lower().split())
    if not offered:
        return None
    if _ALL.fullmatch(said):
        return WithdrawalRequest(tuple(offered), "", plain=True)
    found = re.fullmatch(rf"{_POLITE}(?:the one )?(?P<ids>{_IDS}){_AFTER}[.! ]*", said)
    return WithdrawalRequest(tuple(dict.fromkeys(re.findall(_ID, found["ids"]))), "", plain=True) if found else None


def _concerns(review: Review, record: str) -> bool:
    return not record or record in {str(value).lower() for value in review.proposal.args.values()}


def _find_matching(waiting: Sequence[Review], wanted: str) -> list[Review]:
    found = [review for review in waiting if review.review_id.lower().startswith(wanted)]
    return [review for review in found if review.review_id.lower() == wanted] or found


def _mark(context: RunContext) -> str:
    """Where the words stand, in the signed reason: it proves them, and a run that begins again finds its work."""
    return f"(said in {context.run})"


def _describe_outcome(done: Sequence[Review], refused: Sequence[str], context: RunContext) -> dict[str, Any]:
    lines = [
        f"{item.review_id} is withdrawn and will not run: {item.summary.rstrip('.')}{_describe_place(item, context)}."
        for item in done
    ]
    return make_own_reply("\n".join([*lines, *refused])) | {"data": {WITHDRAW: [review.review_id for review in done]}}


def _describe_place(review: Review, context: RunContext) -> str:
    thread = review.proposal.thread
    return "" if thread == context.thread else f" (from the conversation {thread.split('/', 2)[-1]!r})"
