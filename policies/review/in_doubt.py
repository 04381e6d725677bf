"""An effect that may or may not have happened becomes a question to a person: a review like any other. Pure.

Approving says that somebody looked and it happened; rejecting says that it did not. There is no third answer and no
deadline after which one of them is assumed.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..domain.canonical import canonicalize
from ..domain.decision import Decision, Expiry, Obligations, Priority, Verdict
from ..domain.proposal import Proposal

SETTLE_TOOL = "effects.settle"
"""The name under which the question is asked; no registry holds a tool of this name, so nothing ever runs under it."""
IN_DOUBT_RULE = "builtin.in_doubt"
LEDGER_AGENT = "ledger"
DEADLINE = timedelta(days=1)


def build_effect_question(effect: Mapping[str, str], tool: str, args: Mapping[str, Any]) -> Proposal:
    """The question whether an effect happened; the same for the same effect, whoever asks and whenever.

    Args:
        effect: ``digest``, ``user_id``, ``tenant``, ``thread`` and ``run`` of the call.
        tool: that was called.
        args: with which it was.
    """
    return Proposal(
        tool=SETTLE_TOOL,
        version="1",
        arguments=canonicalize({"effect": effect["digest"], "tool": tool, "args": dict(args)}),
        agent=LEDGER_AGENT,
        user_id=effect["user_id"],
        tenant=effect["tenant"],
        thread=effect["thread"],
        run=effect["run"],
        policy_revision="",
    )


def build_effect_decision(question: Proposal, said: str, guardian: str) -> Decision:
    """The decision that the question goes to a person with this role, and stays open until one has answered.

    Args:
        said: what is known of the call, in words.
    """
    duties = Obligations(
        seats=(guardian,), deadline=DEADLINE, on_expiry=Expiry.WAIT, owner=guardian, priority=Priority.URGENT
    )
    reason = f"{said} Look in the system: approve if it happened, reject if it did not."
    return Decision(Verdict.REVIEW, (IN_DOUBT_RULE,), (reason,), question.digest, "", obligations=duties)
