"""An answer is put to the review that it is meant for; all that must be right before it is signed is checked here.

An answer may come straight to the graph and not through the session. LangGraph gives a value that names nothing to
whatever waits, so a second click on "approve" would sign the next review unseen. Inside another graph it even keeps
such a value and gives it again later, under whoever resumes then. An answer that names neither its review nor its pause
is therefore taken only while exactly one review of the run is open, and in one run for the first review and from the
first person that it came for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from langgraph.config import get_config
from langgraph.types import Interrupt

from ...policies.domain.decision import Verdict
from ...policies.domain.principal import Directory, Principal
from ...policies.domain.proposal import Proposal, Provenance
from ...policies.errors import BadInput, NotAllowed
from ...policies.filters.masker import Masker
from ...policies.review.review import Answer, Review
from ...policies.review.store import ReviewStore
from ...tools.registry.registry import Origin, Registry

_NAMES = ("review_id", "digest")
_ANSWERS = "__pregel_resume_map"
"""Where LangGraph keeps the answers that were keyed by pause. When it moves, nothing counts as keyed."""


def is_blind(sent: Any) -> bool:
    """Whether what a client sent is an answer that names neither the review, nor the proposal, nor the pause."""
    if sent is None or (isinstance(sent, Mapping) and sent.get("settled") is True):
        return False
    parts = [sent, *_list_decisions(sent)]
    return not _is_keyed() and not any(
        isinstance(part, Mapping) and any(name in part for name in _NAMES) for part in parts
    )


def format_blind_answer(review_id: str, reviewer: str) -> str:
    """What is remembered of the first answer without a name: for which review, and from whom."""
    return f"{review_id} {reviewer}" if reviewer else ""


def refuse_unclear(review_id: str, reviewer: str, still_open: int, before: str) -> None:
    """Refuses an answer that names nothing where it is not clear what it is meant for, or whose it is.

    Args:
        review_id: of the review that would take it.
        reviewer: whose answer it would be.
        still_open: how many reviews of the run are open.
        before: the first such answer of this run (:func:`format_blind_answer`), taken or not; or empty.

    Raises:
        BadInput: several are open, or the first such answer was for another review or from another person.
    """
    if still_open > 1:
        raise BadInput(f"{still_open} requests are waiting; name the one you mean by its review_id, here {review_id}.")
    if before not in ("", format_blind_answer(review_id, reviewer)):
        raise BadInput(
            f"An answer without a name came before ({before}), and this may be the same one again; "
            f"name the one you mean by its review_id, here {review_id}."
        )


def _list_decisions(sent: Any) -> list[Any]:
    decisions = sent.get("decisions") if isinstance(sent, Mapping) else sent
    return decisions if isinstance(decisions, list) else []


def _is_keyed() -> bool:
    """Whether the client answered this very pause by its id, as LangGraph asks for when several wait."""
    settings = get_config().get("configurable", {})
    answers = settings.get(_ANSWERS)
    pause = Interrupt.from_ns(None, settings.get("checkpoint_ns", "")).id
    return isinstance(answers, Mapping) and pause in answers


@dataclass(frozen=True, slots=True)
class ReviewAnswers:
    """Puts people's answers to reviews.

    Attributes:
        registry: the only door to tools.
        reviews: where proposals wait for people.
        directory: who is who.
        masker: masks values that must be kept from models and records.
        now: the clock.
    """

    registry: Registry
    reviews: ReviewStore
    directory: Directory
    masker: Masker
    now: Callable[[], datetime]

    def put(self, review_id: str, reviewer: Principal, answer: Answer) -> Review:
        """Records the answer, if the reviewer may give it.

        Raises:
            BadInput: no such review, already closed, or the answer is incomplete or does not fit the tool.
            NotAllowed: this reviewer may not give it, or policy denies the edit under their or the requester's rights.
        """
        said, args = self.masker.mask(reviewer.tenant, (answer.message, answer.args))
        answer = replace(answer, message=said, args=args)
        answer.check()
        if answer.args is not None:
            self.reviews.sweep(self.now(), review_id=review_id)  # who may edit depends on how far it has escalated
            waiting = self.reviews.get(review_id)
            if waiting.proposal.tenant == reviewer.tenant and waiting.refuse(reviewer) is None:
                self._check_edit(waiting, reviewer, answer.args)
        to = self.directory.get(answer.to) if answer.to else None
        return self.reviews.answer(review_id, reviewer, answer, self.now(), to=to)

    def _check_edit(self, waiting: Review, reviewer: Principal, args: Mapping[str, Any]) -> None:
        requester = self.directory.get(waiting.requester)
        if requester is None:
            raise NotAllowed(
                f"{waiting.requester}, who asked for this, is no longer in the directory; reject it instead."
            )
        self.registry.check(waiting.proposal.tool, args, requester)
        decision = self.registry.preview(
            make_edited_proposal(self.registry, waiting.proposal, requester, reviewer.user_id, args)
        )
        if decision.verdict is Verdict.DENY:
            why = " ".join(decision.reasons)
            raise NotAllowed(f"Review {waiting.review_id}: policy does not allow that edit. {why} Nothing was signed.")


def make_edited_proposal(
    registry: Registry, before: Proposal, requester: Principal, editor: str, args: Mapping[str, Any]
) -> Proposal:
    """The proposal that an edit makes: the requester's still, by the reviewer's hand."""
    origin = Origin(
        principal=requester,
        agent=before.agent,
        thread=before.thread,
        run=before.run,
        plan=frozenset({before.tool}) if before.planned else frozenset(),
        tainted=before.tainted,
        editor=editor,
        scores=before.scores,
    )
    return registry.propose(before.tool, args, origin, dict.fromkeys(args, Provenance.USER))
