"""An adoption puts a model in force: policy is asked, people sign where it says so, and the log remembers.

The question goes to policy as the tool ``models.adopt`` (see :mod:`countersign.policies.rules.model_scores`), which no
registry holds, so that no agent can ask it. Where no rule allows it, nothing is adopted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic

from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.canonical import canonicalize
from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Directory, Principal
from ...policies.domain.proposal import Proposal
from ...policies.engine.engine import decide
from ...policies.errors import BadInput, NotAllowed
from ...policies.review.review import Review, ReviewState
from ...policies.review.store import ReviewStore
from ...policies.rules.evidence import Facts
from ...policies.rules.model_scores import ADOPT_MODEL_TOOL
from ...policies.rules.policy_set import PolicySet
from ..scoring.versions import ADOPTED, ROLLED_BACK, SHIPPED, ModelStanding, ModelT, ModelVersions, VersionConflict

THREAD = "learning"
SIGNATURE_LIFETIME = timedelta(days=14)
_VIEW = {
    "name": ADOPT_MODEL_TOOL,
    "version": "1",
    "effect": "write",
    "owner": "company",
    "system": "models",
    "critical": [],
}


@dataclass(frozen=True, slots=True)
class AdoptionResult:
    """What became of a candidate.

    Attributes:
        state: ``adopted``, ``waits``, or ``denied``.
        review_id: under which it waits for people.
        reasons: of policy, in words.
    """

    state: str
    reasons: tuple[str, ...]
    review_id: str = ""


class Adoption(Generic[ModelT]):
    """Puts models in force within policy.

    Args:
        standings: the models of one kind; those of others are left alone.
        policy: returns the rules in force now.
    """

    def __init__(
        self,
        standings: ModelVersions[ModelT],
        audit: AuditLog,
        reviews: ReviewStore,
        directory: Directory,
        policy: Callable[[], PolicySet],
        now: Callable[[], datetime],
    ) -> None:
        self._standings = standings
        self._audit = audit
        self._reviews = reviews
        self._directory = directory
        self._policy = policy
        self._now = now

    def ask(
        self, who: Principal, standing: ModelStanding[ModelT], candidate: ModelT, figures: Mapping[str, int]
    ) -> AdoptionResult:
        """Proposes a candidate; it is adopted at once where policy allows that, and waits where people must sign.

        Raises:
            Overtaken: another change of this model came first.
        """
        proposal = self._proposal(who, standing, candidate, figures)
        decision = self._decide(proposal, who)
        if decision.verdict is Verdict.ALLOW:
            self._adopt(proposal, who.user_id, standing, candidate)
            return AdoptionResult("adopted", decision.reasons)
        if decision.verdict is Verdict.DENY:
            body = {"task": candidate.task, "digest": candidate.digest, **decision.record()}
            self._audit.append(AuditEvent("model.refused", who.user_id, who.tenant, THREAD, proposal.run, body))
            return AdoptionResult("denied", decision.reasons)
        self._standings.keep(candidate, self._now())
        summary = f"Put version {candidate.version} of the model {candidate.task} in force"
        review = self._reviews.open(proposal, decision, who, summary, self._now())
        if review.state is not ReviewState.OPEN:  # the very same candidate was put to people before
            return AdoptionResult("denied", (f"Review {review.review_id} of this very model is {review.state}.",))
        return AdoptionResult("waits", decision.reasons, review.review_id)

    def settle(self, tenant: str) -> list[str]:
        """Adopts what people signed meanwhile, if nothing else came into force since; returns the tasks."""
        done = []
        for review in self._reviews.find(tenant=tenant, state=ReviewState.APPROVED, thread=THREAD):
            args = review.proposal.args
            if (
                review.proposal.tool != ADOPT_MODEL_TOOL
                or args["task"] not in self._standings.tasks
                or self._was_adopted(tenant, review)
            ):
                continue
            standing = self._standings.get_standing(tenant, str(args["task"]))
            who = self._directory.get(review.requester)
            if who is None or (standing.model.digest if standing.model else "") != args["from"]:
                continue  # overtaken: it must be trained and proposed again
            decision = self._decide(review.proposal, who)
            signed = self._reviews.find_mismatch(
                review.review_id, review.proposal, decision, self._now() - SIGNATURE_LIFETIME
            )
            if decision.verdict is Verdict.DENY or signed is not None:
                continue
            candidate = self._standings.load(str(args["task"]), str(args["digest"]))
            try:
                self._adopt(review.proposal, review.requester, standing, candidate, review.review_id)
            except VersionConflict:
                continue  # by another process, which was at the same review or at something newer
            done.append(candidate.task)
        return done

    def list_waiting(self, tenant: str, task: str) -> list[Review]:
        """The reviews on which a candidate of this task waits."""
        found = self._reviews.find(tenant=tenant, state=ReviewState.OPEN, thread=THREAD)
        return [
            item for item in found if item.proposal.tool == ADOPT_MODEL_TOOL and item.proposal.args.get("task") == task
        ]

    def roll_back(self, who: Principal, task: str) -> ModelT:
        """Puts the model back in force that was so before; policy must know the person as one who may adopt it.

        Where that one cannot be used any more, it is the model that came with this version.

        Raises:
            BadInput: there is none before it.
            NotAllowed: policy denies this person to put models of this task in force.
        """
        standing = self._standings.get_standing(who.tenant, task)
        if not standing.before:
            raise BadInput(f"No model of {task} was in force before this one; there is nothing to go back to.")
        named = standing.before
        try:
            model = self._standings.load(task, named)
        except BadInput:
            named, model = SHIPPED, self._standings.load(task, SHIPPED)
        proposal = self._proposal(who, standing, model, {})
        decision = self._decide(proposal, who)
        if decision.verdict is Verdict.DENY:
            raise NotAllowed(" ".join(decision.reasons))
        body = {"digest": named, "version": model.version, "from": standing.in_force, "reason": "rollback"}
        self._standings.change(who.tenant, task, ROLLED_BACK, who.user_id, standing.seq, body, now=self._now())
        return model

    def _decide(self, proposal: Proposal, who: Principal) -> Decision:
        return decide(self._policy(), proposal, Facts(who, _VIEW, {}, self._now()))

    def _proposal(
        self, who: Principal, standing: ModelStanding[ModelT], candidate: ModelT, figures: Mapping[str, int]
    ) -> Proposal:
        args: dict[str, Any] = {
            "task": candidate.task,
            "version": candidate.version,
            "digest": candidate.digest,
            "from": standing.model.digest if standing.model else "",
            **figures,
        }
        return Proposal(
            tool=ADOPT_MODEL_TOOL,
            version="1",
            arguments=canonicalize(args),
            agent="learning",
            user_id=who.user_id,
            tenant=who.tenant,
            thread=THREAD,
            run=f"learning-{candidate.task}-{standing.seq}-{candidate.digest[:12]}",
            policy_revision=self._policy().revision,
        )

    def _adopt(
        self, proposal: Proposal, by: str, standing: ModelStanding[ModelT], candidate: ModelT, review_id: str = ""
    ) -> None:
        body = {**proposal.args, "from": standing.in_force, "proposal": proposal.digest}
        body |= {"review_id": review_id} if review_id else {}
        self._standings.change(
            proposal.tenant, candidate.task, ADOPTED, by, standing.seq, body, model=candidate, now=self._now()
        )

    def _was_adopted(self, tenant: str, review: Review) -> bool:
        """Whether it was adopted under this review before; after a rollback it must not come back by itself."""
        changes = self._standings.changes(tenant, str(review.proposal.args["task"]))
        return any(record.data.get("review_id") == review.review_id for record in changes)
