"""A call over a rate limit is denied like one that a rule denies."""

from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.limits.rate_limiter import RateLimiter
from ...policies.rules.rate_limit import LimitSubject
from .proposals import COMPENSATION


def apply_rate_limits(
    rates: RateLimiter | None, proposal: Proposal, who: Principal | None, decision: Decision
) -> Decision:
    """The decision, or a denial when a limit of the packs is reached.

    A call counts once, when it is proposed: not again when it runs, so that what people have signed is never lost to a
    number. What a reviewer wrote anew, what takes back an unfinished work's writes, and what is denied anyway count
    nothing: a number must not leave half of a work standing.

    Raises:
        StorageError: it could not be counted.
    """
    if rates is None or who is None or proposal.edited_by or proposal.agent == COMPENSATION:
        return decision
    if decision.verdict is Verdict.DENY:
        return decision
    place = {"thread": proposal.thread, "run": proposal.run}
    limit, words = rates.refusal(LimitSubject.TOOL, proposal.tool, who, proposal.digest, **place)
    if not limit:
        return decision
    return Decision(
        Verdict.DENY,
        (limit,),
        (words,),
        proposal.digest,
        decision.policy_revision,
        sections=tuple(filter(None, (rates.section(limit),))),
        observed=decision.observed,
    )
