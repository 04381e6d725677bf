"""An edited proposal is decided under two persons' rights: the requester's, and those of the reviewer who edited it.

Otherwise a reviewer's edit could do what the reviewer may not ask for, by the hand of somebody who may.
"""

from collections import Counter
from dataclasses import replace

from ..domain.decision import Decision, Verdict
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..rules.evidence import Facts
from ..rules.policy_set import PolicySet
from .engine import decide

UNKNOWN_EDITOR = "builtin.editor"


def decide_edit(policy: PolicySet, proposal: Proposal, facts: Facts, editor: Principal | None) -> Decision:
    """Policy's answer to an edited proposal: a denial under either person's rights denies, every seat is kept.

    Args:
        facts: about the requester.
        editor: whose edit it is, as the directory knows them now; ``None`` when it does not.
    """
    asked = decide(policy, proposal, facts)
    if editor is None or editor.tenant != proposal.tenant:
        reason = f"Nobody is known here as {proposal.edited_by}, whose edit this is."
        return replace(asked, verdict=Verdict.DENY, rules=(UNKNOWN_EDITOR,), reasons=(reason,), sections=())
    theirs = decide(policy, replace(proposal, user_id=editor.user_id), replace(facts, principal=editor))
    if asked.verdict is Verdict.DENY:
        return asked
    if theirs.verdict is Verdict.DENY:
        reasons = tuple(f"{editor.user_id}, whose edit this is, may not ask for it: {item}" for item in theirs.reasons)
        return replace(theirs, digest=asked.digest, reasons=reasons)
    if theirs.verdict is Verdict.ALLOW:
        return asked
    if asked.verdict is Verdict.ALLOW:
        return replace(theirs, digest=asked.digest)
    seats = Counter(asked.obligations.seats) | Counter(theirs.obligations.seats)
    deadline = min(asked.obligations.deadline, theirs.obligations.deadline)
    return replace(asked, obligations=replace(asked.obligations, seats=tuple(seats.elements()), deadline=deadline))
