"""The guarded registry is the only door to any tool.

``decide`` asks policy about a proposal; ``execute`` runs one that has a grant, once. Everything a tool may see is
injected here, and whatever goes wrong on the way to a body means that the body does not run.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from ...policies.audit.log import AuditLog
from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.engine.stage_guard import StageGuard
from ...policies.errors import BadInput, CountersignError, Tampered, Unavailable
from ...policies.filters.masker import NO_MASKING, Masker
from ...policies.limits.rate_limiter import RateLimiter
from ...policies.review.review import Review
from ...policies.review.store import ReviewStore
from ...policies.rules.policy_set import PolicySet
from ..arguments import bound_arguments, explain_misfit
from ..connectors.circuit_breaker import CircuitBreakers
from ..connectors.port import SystemOfRecord
from ..ledger.audit_events import make_call_event, replace_texts
from ..ledger.entry import check_grant_age
from ..ledger.history_index import HistoryConflict
from ..ledger.in_doubt import InDoubtEffects
from ..ledger.ledger import EffectState, Ledger, LedgerEntry
from ..outcome import GRANT_LIFETIME, Grant, Outcome, Status
from ..scoring.scorer import ScoreProvider
from ..spec import ToolServices, ToolSpec
from ..summary import summarise_call
from .audit_check import check_against_log
from .effects import EffectRunner, make_entry_outcome
from .evaluation import CallEvaluator
from .fallbacks import check_fallbacks
from .invocation import run_read
from .masking import unmask_arguments
from .proposals import Origin as Origin
from .proposals import make_proposal
from .rate_limits import apply_rate_limits
from .result_rules import apply_result_rules

MAX_CONFLICTS = 1000


class Registry:
    """All tools, behind policy, ledger and audit.

    Args:
        specs: the tools; names must be unique.
        policy: returns the rules in force now.
        services: what tools work with.
        systems: by name, the records of business systems that connectors opened; their tools get these.
        ledger: of side effects.
        reviews: where countersignatures are looked up.
        audit: where every decision and result is recorded.
        now: the clock.
        masker: which values tools get and which are kept from models and records; without it none are.
        rates: counts calls against the limits of the packs; without it none are counted.
        costs: what models have cost in a case, by tenant and thread, for rules that ask.
        scoring: what trained models say of a call, for rules that ask; without it people decide those.
    """

    def __init__(
        self,
        specs: Iterable[ToolSpec],
        *,
        policy: Callable[[], PolicySet],
        services: ToolServices,
        ledger: Ledger,
        reviews: ReviewStore,
        audit: AuditLog,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        masker: Masker = NO_MASKING,
        rates: RateLimiter | None = None,
        costs: Callable[[str, str], int] | None = None,
        scoring: ScoreProvider | None = None,
        systems: Mapping[str, SystemOfRecord] = MappingProxyType({}),
    ) -> None:
        self._specs: dict[str, ToolSpec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"Two tools are called {spec.name}; names must be unique.")
            self._specs[spec.name] = spec
        check_fallbacks(self._specs)
        self._policy = policy
        self.services = services
        self._reviews = reviews
        self._audit = audit
        self._now = now
        self._ledger = ledger
        self.stages = StageGuard(policy, audit, now)
        self._breakers = CircuitBreakers()
        self._doubts = InDoubtEffects(ledger, reviews, services.directory, policy, now)
        self._masker = masker
        self._judge = CallEvaluator(
            self._specs,
            lambda: self._policy(),
            services,
            masker,
            ledger.histories,
            costs,
            lambda: self._now(),
            scoring,
            systems,
        )
        self.rates = rates
        self._effects = EffectRunner(ledger, self._breakers, self._doubts, self._judge.mask_results)

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        """The tools by name."""
        return dict(self._specs)

    def propose(
        self, tool: str, args: Mapping[str, Any], origin: Origin, provenance: Mapping[str, str] | None = None
    ) -> Proposal:
        """A frozen proposal with its arguments in canonical form; never refuses, because refusing is policy's part."""
        revision = self._policy().revision
        return make_proposal(self._specs.get(tool), tool, args, origin, provenance, revision, self._masker)

    def check(self, tool: str, args: Mapping[str, Any], requester: Principal) -> None:
        """Whether arguments fit a tool, before anybody signs for them.

        Args:
            args: masked already.
            requester: on whose behalf it would run.

        Raises:
            BadInput: there is no such tool, or they do not fit; the fields are named.
        """
        spec = self._specs.get(tool)
        if spec is None:
            raise BadInput(f"There is no tool {tool}.")
        try:
            unmask_arguments(self._masker, spec, bound_arguments(args), requester)
        except ValidationError as error:
            raise BadInput(explain_misfit(error)) from None

    def summary(self, proposal: Proposal) -> str:
        """The proposal in one line for a reviewer."""
        spec = self._specs.get(proposal.tool)
        return summarise_call(spec.summary, proposal.args) if spec else f"{proposal.tool} {proposal.arguments}"

    def preview(self, proposal: Proposal) -> Decision:
        """What policy would answer now; nothing is recorded and nothing can run on it."""
        return self._judge(proposal).decision

    def consider(self, proposal: Proposal) -> tuple[Decision, Mapping[str, Any]]:
        """What policy would answer now, and what that rests on (see :mod:`...policies.engine.evidence_record`)."""
        judged = self._judge(proposal)
        return judged.decision, judged.evidence

    def decide(self, proposal: Proposal) -> Decision:
        """Policy's answer, recorded in the audit log; for a write the intent goes to the ledger in the same commit.

        Raises:
            StorageError: the answer could not be recorded; nothing may run on it.
        """
        judged = self._judge(proposal)
        principal = self.services.directory.get(proposal.user_id)
        decision = apply_rate_limits(self.rates, proposal, principal, judged.decision)
        body = decision.record() | {"proposal": proposal.record(), **judged.evidence}
        body |= {"limited": True} if decision is not judged.decision else {}
        event = make_call_event("decision", proposal, body)
        spec = self._specs.get(proposal.tool)
        if spec and spec.writes and decision.verdict is not Verdict.DENY:
            self._ledger.intend(proposal, event, at=self._now())
        else:
            self._audit.append(event)
        return decision

    async def execute(self, proposal: Proposal, grant: Grant) -> Outcome:
        """Runs a proposal once under its grant, or returns what its first run recorded.

        Policy is asked again with fresh facts, and the evidence behind the grant is read again, so that nothing that
        changed since can turn a no into a run. An effect of which nobody knows whether it happened goes to a person.
        """
        outcome = await self._execute_until_current(proposal, grant)
        if outcome.ok and self._specs[proposal.tool].writes:
            return self._apply_result_rules(proposal, outcome)
        if outcome.status is not Status.IN_DOUBT:
            return outcome
        with suppress(CountersignError):  # the doubt stands in the ledger; the next look asks
            entry = self._ledger.get(proposal.digest)
            if entry is not None and entry.state is EffectState.IN_DOUBT:
                return replace(outcome, review_id=self._ask(entry).review_id)
        return outcome

    def attend_doubts(self, busy: Callable[[str], bool] = lambda _run: True) -> None:
        """Writes down what people found about effects in doubt, and asks about those of which nobody was asked yet.

        Args:
            busy: whether a run is at work; what others began and left behind is in doubt too.
        """
        self._doubts.mark_left_behind(busy)
        for entry in self._ledger.list_in_doubt():
            with suppress(Tampered):  # one that was changed keeps no other from being settled
                if self._doubts.settle(entry).state is EffectState.IN_DOUBT and self._doubts.find_review(entry) is None:
                    self._ask(entry)

    def _ask(self, entry: LedgerEntry) -> Review:
        spec = self._specs.get(entry.tool)
        args = json.loads(entry.arguments)
        summary = summarise_call(spec.summary, args) if spec else f"{entry.tool} {entry.arguments}"
        return self._doubts.ask(entry, spec.owner if spec else "", summary)

    async def _execute_until_current(self, proposal: Proposal, grant: Grant) -> Outcome:
        """Asks policy as often as other effects come between its answer and this one."""
        for _ in range(MAX_CONFLICTS):
            with suppress(HistoryConflict):
                return await self._execute(proposal, grant)
        return self._refuse(proposal, "Too much like this happens at once; nothing was done. Try again.")

    async def _execute(self, proposal: Proposal, grant: Grant) -> Outcome:
        spec = self._specs.get(proposal.tool)
        if spec is None:
            return self._refuse(proposal, f"There is no tool {proposal.tool}.")
        if spec.writes and (doubtful := check_against_log(self._audit, proposal, grant)) is not None:
            return doubtful
        entry = self._ledger.get(proposal.digest) if spec.writes else None
        begun = entry is not None and entry.begun
        known = await self._find_known_outcome(spec, proposal, entry)
        if known is not None:
            return known
        judged = self._judge(proposal)
        decision, context = judged.decision, judged.context
        refusal = self._explain_uncovered(proposal, grant, decision) or check_grant_age(entry, grant, self._now())
        if refusal:
            # Another process may have run it since, and policy judged the call by the traces of its own effect.
            late = (
                await self._find_known_outcome(spec, proposal, self._ledger.get(proposal.digest))
                if spec.writes
                else None
            )
            doubt = self._effects.find_doubt(proposal) if begun and spec.reconcile is None else None
            return late or doubt or self._refuse(proposal, refusal)
        if context is None:
            return self._refuse(proposal, f"Nobody with the id {proposal.user_id!r} is in the directory.")
        args, arguments = unmask_arguments(self._masker, spec, proposal.args, context.principal)
        if arguments != proposal.arguments:
            return self._refuse(proposal, "The arguments are not the ones that were decided on.")
        try:
            self._breakers.check(spec.system)
        except Unavailable as resting:  # nothing was sent, and the grant is not used up
            return Outcome(Status.FAILED, proposal.digest, message=str(resting), unavailable=True)
        if not spec.writes:
            found = await run_read(spec, args, context, decision, self._breakers)
            value, message = self._judge.mask_results(proposal, (found.value, found.message))
            outcome = self._apply_result_rules(proposal, replace(found, value=value, message=message))
            kept = replace_texts(outcome.record(), spec.erasable, lambda text: self._masker.mark(proposal.tenant, text))
            self._audit.append(make_call_event("tool.result", proposal, kept))
            return outcome
        return await self._effects.run(spec, args, context, proposal, grant, again=begun, told=judged.history)

    async def _find_known_outcome(
        self, spec: ToolSpec, proposal: Proposal, entry: LedgerEntry | None
    ) -> Outcome | None:
        """What became of the effect if it was begun before.

        Asked before policy is, because policy would judge a call that was broken off by the traces of its own effect:
        a refund that was paid leaves nothing to refund.
        """
        if entry is None or not entry.begun:
            if spec.writes and (entry is None or not entry.state.known):
                entry = self._ledger.twin(proposal)
            return make_entry_outcome(entry) if entry is not None else None
        principal = self.services.directory.get(proposal.user_id) or Principal(proposal.user_id, proposal.tenant)
        args, _ = unmask_arguments(self._masker, spec, proposal.args, principal)
        return await self._effects.settle_started(spec, args, self._judge.context(proposal, principal), proposal)

    def _explain_uncovered(self, proposal: Proposal, grant: Grant, decision: Decision) -> str | None:
        """Why the grant does not cover what policy says now, or ``None`` when it does."""
        if grant.digest != proposal.digest:
            return "The grant is for another proposal."
        if decision.verdict is Verdict.DENY:
            return " ".join(decision.reasons)
        if not grant.review_id:
            if decision.verdict is not Verdict.ALLOW:
                return "This needs a countersignature. " + decision.reasons[0]
            return self._reviews.find_bar(proposal) if self._specs[proposal.tool].writes else None
        return self._reviews.find_mismatch(grant.review_id, proposal, decision, self._now() - GRANT_LIFETIME)

    def _apply_result_rules(self, proposal: Proposal, outcome: Outcome) -> Outcome:
        principal = self.services.directory.get(proposal.user_id)
        return apply_result_rules(self.stages, proposal, principal, outcome, writes=self._specs[proposal.tool].writes)

    def _refuse(self, proposal: Proposal, reason: str) -> Outcome:
        outcome = Outcome(Status.DENIED, proposal.digest, message=reason)
        self._audit.append(make_call_event("tool.refused", proposal, outcome.record()))
        return outcome
