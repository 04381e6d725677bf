"""The guarded registry: the only door to any tool.

``decide`` asks policy about a proposal; ``execute`` runs one that has a grant, once. Everything a tool may see is
injected here, and whatever goes wrong on the way to a body means that the body does not run.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from ..policies.audit import Audit
from ..policies.canonical import canonical, printable
from ..policies.decision import Decision, Verdict
from ..policies.editing import decide_edit
from ..policies.engine import decide
from ..policies.errors import BadInput, CountersignError, Unavailable
from ..policies.evidence import Facts
from ..policies.policyset import PolicySet
from ..policies.principal import Principal
from ..policies.proposal import Proposal, Provenance
from ..policies.reviews import Reviews
from .attempt import attempt
from .breaker import Breakers
from .effects import Effects
from .ledger import Ledger, key_of
from .outcome import Grant, Outcome, Status
from .spec import Services, ToolContext, ToolSpec
from .summary import mask, summarise
from .testimony import untrusted
from .trail import event_of

UNKNOWN_VERSION = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a proposal comes from; set by the graph and never by a model.

    ``editor`` is the user id of the reviewer whose edit it is, or empty.
    """

    principal: Principal
    agent: str
    thread: str
    run: str
    plan: frozenset[str] = frozenset()
    tainted: bool = False
    editor: str = ""


class Registry:
    """All tools, behind policy, ledger and audit.

    Args:
        specs: the tools; names must be unique.
        policy: returns the rules in force now.
        services: what tools work with.
        ledger: of side effects.
        reviews: where countersignatures are looked up.
        audit: where every decision and result is recorded.
        now: the clock.
    """

    def __init__(
        self,
        specs: Iterable[ToolSpec],
        *,
        policy: Callable[[], PolicySet],
        services: Services,
        ledger: Ledger,
        reviews: Reviews,
        audit: Audit,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._specs: dict[str, ToolSpec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"Two tools are called {spec.name}; names must be unique.")
            self._specs[spec.name] = spec
        self._policy = policy
        self.services = services
        self._reviews = reviews
        self._audit = audit
        self._now = now
        self._ledger = ledger
        self._breakers = Breakers()
        self._effects = Effects(ledger, self._breakers)

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        """The tools by name."""
        return dict(self._specs)

    def propose(
        self, tool: str, args: Mapping[str, Any], origin: Origin, provenance: Mapping[str, str] | None = None
    ) -> Proposal:
        """A frozen proposal with its arguments in canonical form; never refuses, because refusing is policy's part."""
        spec = self._specs.get(tool)
        sources = dict(provenance or {})
        try:
            if spec is None:
                arguments = canonical(args)
            else:
                valid = _validated(spec, args)
                arguments = canonical(valid.model_dump(mode="json"))
                sources |= dict.fromkeys(_defaults(valid), str(Provenance.TRUSTED))
        except (ValidationError, BadInput):
            arguments = canonical(printable(args))
        return Proposal(
            tool=tool,
            version=spec.version if spec else UNKNOWN_VERSION,
            arguments=arguments,
            agent=origin.agent,
            user_id=origin.principal.user_id,
            tenant=origin.principal.tenant,
            thread=origin.thread,
            run=origin.run,
            policy_revision=self._policy().revision,
            provenance=sources,
            planned=tool in origin.plan,
            tainted=origin.tainted,
            edited_by=origin.editor,
        )

    def check(self, tool: str, args: Mapping[str, Any]) -> None:
        """Whether arguments fit a tool, before anybody signs for them.

        Raises:
            BadInput: there is no such tool, or they do not fit; the fields are named.
        """
        spec = self._specs.get(tool)
        if spec is None:
            raise BadInput(f"There is no tool {tool}.")
        try:
            _validated(spec, args)
        except ValidationError as error:
            raise BadInput(_explain(error)) from None

    def summary(self, proposal: Proposal) -> str:
        """The proposal in one line for a reviewer."""
        spec = self._specs.get(proposal.tool)
        return summarise(spec.summary, proposal.args) if spec else f"{proposal.tool} {proposal.arguments}"

    def would(self, proposal: Proposal) -> Decision:
        """What policy would answer now; nothing is recorded and nothing can run on it."""
        return self._judge(proposal)[0]

    def decide(self, proposal: Proposal) -> Decision:
        """Policy's answer, recorded in the audit log; for a write the intent goes to the ledger in the same commit.

        Raises:
            StorageError: the answer could not be recorded; nothing may run on it.
        """
        decision, evidence, _ = self._judge(proposal)
        event = event_of("decision", proposal, decision.record() | {"proposal": proposal.record()} | evidence)
        spec = self._specs.get(proposal.tool)
        if spec and spec.writes and decision.verdict is not Verdict.DENY:
            self._ledger.intend(proposal, event)
        else:
            self._audit.append(event)
        return decision

    async def execute(self, proposal: Proposal, grant: Grant) -> Outcome:
        """Runs a proposal once under its grant, or returns what its first run recorded.

        Policy is asked again with fresh facts, and the evidence behind the grant is read again, so that nothing that
        changed since can turn a no into a run.
        """
        spec = self._specs.get(proposal.tool)
        if spec is None:
            return self._refuse(proposal, f"There is no tool {proposal.tool}.")
        if spec.writes and (doubtful := untrusted(self._audit, proposal, grant)) is not None:
            return doubtful
        begun = spec.writes and self._effects.begun(proposal)
        known = await self._known(spec, proposal, begun) if spec.writes else None
        if known is not None:
            return known
        decision, _, context = self._judge(proposal)
        refusal = self._uncovered(proposal, grant, decision)
        if refusal:
            # Another process may have run it since, and policy judged the call by the traces of its own effect.
            late = await self._known(spec, proposal, self._effects.begun(proposal)) if spec.writes else None
            doubt = self._effects.doubt(proposal) if begun and spec.reconcile is None else None
            return late or doubt or self._refuse(proposal, refusal)
        if context is None:
            return self._refuse(proposal, f"Nobody with the id {proposal.user_id!r} is in the directory.")
        args = _validated(spec, proposal.args)
        if canonical(args.model_dump(mode="json")) != proposal.arguments:
            return self._refuse(proposal, "The arguments are not the ones that were decided on.")
        try:
            self._breakers.check(spec.system)
        except Unavailable as resting:  # nothing was sent, and the grant is not used up
            return Outcome(Status.FAILED, proposal.digest, message=str(resting))
        if not spec.writes:
            return await self._read(spec, args, context, proposal, decision)
        return await self._effects.run(spec, args, context, proposal, grant, again=begun)

    async def _known(self, spec: ToolSpec, proposal: Proposal, begun: bool) -> Outcome | None:
        """What became of the effect if it was begun before.

        Asked before policy is, because policy would judge a call that was broken off by the traces of its own effect:
        a refund that was paid leaves nothing to refund.
        """
        if not begun:
            return self._effects.recorded(proposal)
        principal = self.services.directory.get(proposal.user_id) or Principal(proposal.user_id, proposal.tenant)
        args = _validated(spec, proposal.args)
        return await self._effects.settled(spec, args, self._context(proposal, principal), proposal)

    async def _read(
        self, spec: ToolSpec, args: BaseModel, context: ToolContext, proposal: Proposal, decision: Decision
    ) -> Outcome:
        try:
            value = await attempt(spec, args, context, self._breakers)
        except CountersignError as error:
            outcome = Outcome(Status.FAILED, proposal.digest, message=str(error))
        except TimeoutError:
            outcome = Outcome(
                Status.FAILED, proposal.digest, message=f"{spec.system} did not answer in {spec.timeout} s."
            )
        except Exception as error:  # noqa: BLE001 - a tool's fault is an answer here, and the log keeps its name
            message = f"{spec.name} failed ({type(error).__name__}: {error}); its owner is {spec.owner}."
            outcome = Outcome(Status.FAILED, proposal.digest, message=message)
        else:
            masked = mask(value, decision.obligations.mask)
            outcome = Outcome(Status.SUCCEEDED, proposal.digest, masked, untrusted=spec.untrusted)
        self._audit.append(event_of("tool.result", proposal, outcome.record()))
        return outcome

    def _judge(self, proposal: Proposal) -> tuple[Decision, dict[str, Any], ToolContext | None]:
        """Policy's answer with the evidence it was given; anything unexpected on the way denies.

        Returns:
            Also what the body would work with, for the principal as just looked up; ``None`` when nothing may run.
        """
        policy = self._policy()
        principal = self.services.directory.get(proposal.user_id)
        if principal is not None and principal.tenant != proposal.tenant:
            principal = None
        spec = self._specs.get(proposal.tool)
        if spec is None or principal is None:
            facts = Facts(principal=principal, tool=None, records={}, now=self._now())
            return decide(policy, proposal, facts), {}, None
        try:
            args = _validated(spec, proposal.args)
            context = self._context(proposal, principal)
            records = dict(spec.facts(args, context)) if spec.facts else {}
        except ValidationError as error:
            return _denied(policy, proposal, "builtin.arguments", _explain(error)), {}, None
        except CountersignError as error:
            return _denied(policy, proposal, "builtin.facts", str(error)), {}, None
        except Exception as error:  # noqa: BLE001 - facts that cannot be loaded deny, whatever the cause
            reason = f"The facts about this call could not be loaded ({type(error).__name__}: {error})."
            return _denied(policy, proposal, "builtin.facts", reason), {}, None
        facts = Facts(principal=principal, tool=spec.policy_view(), records=records, now=self._now())
        if proposal.edited_by:
            editor = self.services.directory.get(proposal.edited_by)
            return decide_edit(policy, proposal, facts, editor), {"records": records}, context
        return decide(policy, proposal, facts), {"records": records}, context

    def _uncovered(self, proposal: Proposal, grant: Grant, decision: Decision) -> str | None:
        """Why the grant does not cover what policy says now, or ``None`` when it does."""
        if grant.digest != proposal.digest:
            return "The grant is for another proposal."
        if decision.verdict is Verdict.DENY:
            return " ".join(decision.reasons)
        if not grant.review_id:
            return (
                None if decision.verdict is Verdict.ALLOW else "This needs a countersignature. " + decision.reasons[0]
            )
        return self._reviews.covers(grant.review_id, proposal, decision)

    def _context(self, proposal: Proposal, principal: Principal) -> ToolContext:
        return ToolContext(
            principal=principal,
            services=self.services,
            today=self.services.records.company().today,
            thread=proposal.thread,
            key=key_of(proposal.digest),
            permit=None,
        )

    def _refuse(self, proposal: Proposal, reason: str) -> Outcome:
        outcome = Outcome(Status.DENIED, proposal.digest, message=reason)
        self._audit.append(event_of("tool.refused", proposal, outcome.record()))
        return outcome


def _validated(spec: ToolSpec, args: Mapping[str, Any]) -> BaseModel:
    return spec.arguments.model_validate(args)


def _defaults(args: BaseModel) -> list[str]:
    """The arguments that are as the tool itself would have them; whoever repeats a default decides nothing by it."""
    fields = type(args).model_fields.items()
    return [
        name
        for name, field in fields
        if not field.is_required() and getattr(args, name) == field.get_default(call_default_factory=True)
    ]


def _denied(policy: PolicySet, proposal: Proposal, rule: str, reason: str) -> Decision:
    return Decision(Verdict.DENY, (rule,), (reason,), proposal.digest, policy.revision)


def _explain(error: ValidationError) -> str:
    parts = [
        f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}" for item in error.errors()[:3]
    ]
    return "The arguments do not fit the tool. " + "; ".join(parts)
