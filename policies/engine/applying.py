"""Whether one rule applies to one call, apart from all others."""

from ..domain.proposal import Proposal
from ..errors import CountersignError
from ..rules.evidence import Facts, gather
from ..rules.expressions import make_context
from ..rules.policy_set import Ready


def applies(ready: Ready, proposal: Proposal, facts: Facts) -> bool | None:
    """Whether the rule applies; ``None`` when its condition cannot be evaluated, which denies.

    Args:
        ready: of a policy's :meth:`.policyset.PolicySet.about` the call's tool or subject.
    """
    roles = facts.principal.roles if facts.principal else frozenset()
    if not ready.speaks_of(proposal.agent, roles):
        return False
    condition = ready.condition
    if condition is None:
        return True
    try:
        evidence = gather(proposal, facts, condition.variables)
        return condition.holds(make_context(evidence, condition.functions))
    except (CountersignError, ValueError, RecursionError):
        return None
