"""Result rules decide how much of what a call gave may be seen, at the stage ``result``."""

from dataclasses import replace

from ...policies.domain.decision import Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.domain.stage import Stage
from ...policies.engine.stage_guard import StageGuard
from ..outcome import Outcome, Status
from ..summary import mask_fields


def apply_result_rules(
    stages: StageGuard, proposal: Proposal, principal: Principal | None, outcome: Outcome, *, writes: bool
) -> Outcome:
    """The outcome with what must not be seen masked; what a read gave and is refused is withheld, with the reason.

    What an effect did stays done: where its result is refused, every field of it is masked.
    """
    if not outcome.ok or not stages.has_rules_at(Stage.RESULT):
        return outcome
    decision = stages.ask(
        Stage.RESULT,
        proposal.tool,
        principal,
        proposal.args,
        records={"result": outcome.value},
        agent=proposal.agent,
        thread=proposal.thread,
        run=proposal.run,
        tainted=proposal.tainted,
    )
    if decision.verdict is Verdict.DENY and writes:
        return replace(outcome, value=mask_fields(outcome.value, ["*"]), message=" ".join(decision.reasons))
    if decision.verdict is Verdict.DENY:
        return replace(outcome, status=Status.DENIED, value={}, message=" ".join(decision.reasons), untrusted=())
    return replace(outcome, value=mask_fields(outcome.value, decision.obligations.mask))
