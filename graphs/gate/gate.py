"""From a wish to an effect: decide, review, act. Agents and workflows share these three and have no other way.

``settle_calls`` asks policy about calls and runs the allowed reads at once. ``wait_for_review`` is a node with
nothing before ``interrupt()``; ``act``, the one node in which something happens to the world, is another, because
LangGraph runs an interrupted node again from its start.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from ...agents.provenance.injection_signs import find_field_signs
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.canonical import make_printable
from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Directory, Principal, require_principal
from ...policies.domain.proposal import Effect, Proposal
from ...policies.errors import BadInput, CountersignError, NotAllowed, Tampered
from ...policies.review import in_doubt
from ...policies.review.review import Answer, AnswerType, Review, ReviewState
from ...policies.review.store import ReviewStore
from ...tools.outcome import Grant, Outcome, Status
from ...tools.registry.fallbacks import find_fallback_call, make_fallback_outcome
from ...tools.registry.registry import Origin, Registry
from ..runtime.conversations import Conversations
from ..runtime.services import RunContext
from ..state import QueuedProposal, UnavailableCall, Work
from ..steps import Call
from .answers import ReviewAnswers, format_blind_answer, is_blind, make_edited_proposal, refuse_unclear
from .interrupts import build_request, parse_answer

Settled = tuple[dict[str, Any], list[QueuedProposal]]
"""Outcomes that are certain by key, and what is still on its way."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The only way from a wish to an effect.

    Attributes:
        registry: the only door to tools.
        reviews: where proposals wait for people.
        directory: who is who.
        conversations: remembers which conversation has read what outsiders wrote.
        audit: the log.
        now: the clock.
        answers: puts what a client sends to the review that waits.
    """

    registry: Registry
    reviews: ReviewStore
    directory: Directory
    conversations: Conversations
    audit: AuditLog
    now: Callable[[], datetime]
    answers: ReviewAnswers

    async def settle_calls(
        self, calls: Sequence[Call], state: Work, runtime: Runtime[RunContext], *, agent: str
    ) -> Settled:
        """Asks policy about each call.

        Returns:
            The outcomes known already (reads that were allowed, calls that were denied), and the queue of the others.
        """
        origin = Origin(
            principal=runtime.context.principal(self.directory),
            agent=agent,
            thread=runtime.context.thread,
            run=runtime.context.run,
            plan=frozenset(state.get("plan", ())),
            tainted=is_tainted(state, runtime.context),
            scores={"confidence": state["part"]["confidence"]} if "confidence" in state["part"] else {},
        )
        ended = await asyncio.gather(*(self._settle_call(call, origin, runtime) for call in calls))
        outcomes: dict[str, Any] = {}
        queue: list[QueuedProposal] = []
        for known, waiting in ended:
            outcomes |= known
            queue += waiting
        if not origin.tainted and has_outside_text(outcomes):
            self.conversations.taint(runtime.context.thread)
        return outcomes, queue

    async def wait_for_review(self, state: Work, runtime: Runtime[RunContext]) -> Command[Literal["review", "act"]]:
        """Waits for people. The review in SQL is the truth; what the client sends is only an answer to put to it."""
        waiting = next(item for item in state["queue"] if not item["granted"])
        sent = interrupt(waiting["request"])
        before = state.get("answered_blindly", "")
        answering = runtime.context.answering
        refused = self._take(waiting, sent, answering, before)
        answered = {
            "answered_blindly": before
            or (format_blind_answer(_get_review_id(waiting), answering) if is_blind(sent) else "")
        }
        current = self.reviews.get(_get_review_id(waiting))
        about = (
            current.proposal.args["effect"]
            if current.proposal.tool == in_doubt.SETTLE_TOOL
            else current.proposal.digest
        )
        if about != Proposal.from_record(waiting["proposal"]).digest:
            raise Tampered(
                f"Review {current.review_id} is about another action than the one that waits; nothing was run."
            )
        if current.state is ReviewState.OPEN:
            # Another pause, because LangGraph gives a node that resumes the same answer for ever.
            emit_event(runtime, "review", review_id=current.review_id, state=str(current.state), refused=refused)
            again = QueuedProposal({**waiting, "request": {**build_request(current), "refused": refused}})
            queue = [again if item is waiting else item for item in state["queue"]]
            return Command(goto="review", update={"queue": queue, **answered})
        emit_event(runtime, "review", review_id=current.review_id, state=str(current.state))
        if current.proposal.tool == in_doubt.SETTLE_TOOL:  # the ledger says what came of it, once it is asked again
            outcomes: dict[str, Any] = {}
            follow = [QueuedProposal({**waiting, "granted": True})]
        else:
            outcomes, follow = self._follow_review(waiting, current, runtime.context.principal(self.directory))
            if "instead_of" in waiting:  # an edited way round is still a way round
                follow = [QueuedProposal({**item, "instead_of": waiting["instead_of"]}) for item in follow]
        queue = []
        for item in state["queue"]:
            queue.extend(follow if item is waiting else [item])
        goto: Literal["review", "act"] = "review" if any(not item["granted"] for item in queue) else "act"
        return Command(goto=goto, update={"queue": queue, "outcomes": outcomes, **answered})

    async def act(self, state: Work, runtime: Runtime[RunContext]) -> Command[str]:
        """Runs what was granted, in order, and goes back to the step that wanted it.

        A call that nobody knows to have happened waits for the person who looks, and one whose system was not available
        for its fallback; the others are done meanwhile and are not done again.
        """
        outcomes: dict[str, Any] = {}
        ran: dict[str, Any] = {}
        queue: list[QueuedProposal] = []
        for item in state["queue"]:
            proposal = Proposal.from_record(item["proposal"])
            if (proposal.user_id, proposal.run) != (runtime.context.user_id, runtime.context.run):
                raise Tampered(f"The call of {proposal.tool} belongs to somebody else's run; nothing was run.")
            outcome = await self._run_call(proposal, item["review_id"], runtime)
            if outcome.status is Status.IN_DOUBT and outcome.review_id:
                queue.append(self._mark_in_doubt(item, outcome))
                continue
            known, more = await self._finish_call(item["key"], proposal, outcome, runtime, item.get("instead_of"))
            outcomes |= known
            queue += more
            if known:
                ran[item["key"]] = {"tool": proposal.tool, "args": proposal.args}
        if not is_tainted(state, runtime.context) and has_outside_text(outcomes):
            self.conversations.taint(runtime.context.thread)
        update = {"queue": queue, "outcomes": outcomes, "ran": ran}
        if not queue:
            return Command(goto=state["step"], update=update)
        return Command(goto="act" if all(item["granted"] for item in queue) else "review", update=update)

    async def _settle_call(self, call: Call, origin: Origin, runtime: Runtime[RunContext]) -> Settled:
        if call.again:
            origin = replace(origin, plan=origin.plan - {call.tool})
        proposal = self.registry.propose(call.tool, call.args, origin, call.provenance)
        decision = self.registry.decide(proposal)
        emit_event(runtime, "decision", tool=call.tool, verdict=str(decision.verdict), reasons=list(decision.reasons))
        reads = decision.verdict is Verdict.ALLOW and self.registry.specs[call.tool].effect is Effect.READ
        if reads:
            return await self._finish_call(call.key, proposal, await self._run_call(proposal, "", runtime), runtime)
        return self._enqueue(call.key, proposal, decision, origin.principal)

    async def _finish_call(
        self,
        key: str,
        proposal: Proposal,
        outcome: Outcome,
        runtime: Runtime[RunContext],
        instead_of: UnavailableCall | None = None,
    ) -> Settled:
        """What follows from the end of a call: its outcome, or the way round a system that was not available.

        Args:
            instead_of: the call in whose place this one was made.
        """
        specs = self.registry.specs
        if instead_of is not None:
            first, spec = Outcome.from_record(instead_of["outcome"]), specs[instead_of["tool"]]
            summary = self.registry.summary(proposal)
            return {key: make_fallback_outcome(spec, specs[proposal.tool], first, outcome, summary).record()}, []
        other = (
            find_fallback_call(specs[proposal.tool], proposal.args, proposal.provenance)
            if outcome.unavailable
            else None
        )
        if other is None:
            return {key: outcome.record()}, []
        tool, args, provenance = other
        emit_event(runtime, "fallback", reason=outcome.message, tool=tool)
        origin = Origin(
            principal=runtime.context.principal(self.directory),
            agent=proposal.agent,
            thread=proposal.thread,
            run=proposal.run,
            plan=frozenset({tool}) if proposal.planned else frozenset(),
            tainted=proposal.tainted,
            scores=proposal.scores,
        )
        outcomes, queue = await self._settle_call(Call(key, tool, args, provenance), origin, runtime)
        failed = UnavailableCall(tool=proposal.tool, outcome=outcome.record())
        if outcomes:
            made = self.registry.propose(tool, args, origin, provenance)
            return await self._finish_call(key, made, Outcome.from_record(outcomes[key]), runtime, failed)
        return {}, [{**item, "instead_of": failed} for item in queue]

    def _enqueue(
        self,
        key: str,
        proposal: Proposal,
        decision: Decision,
        requester: Principal,
        edited: frozenset[str] = frozenset(),
    ) -> Settled:
        match decision.verdict:
            case Verdict.DENY:
                return {key: Outcome(Status.DENIED, proposal.digest, message=" ".join(decision.reasons)).record()}, []
            case Verdict.ALLOW:
                return {}, [QueuedProposal(key=key, proposal=proposal.record(), review_id="", granted=True, request={})]
        editor = self.directory.get(proposal.edited_by) if proposal.edited_by else None
        summary = self.registry.summary(proposal)
        review = self.reviews.open(proposal, decision, requester, summary, self.now(), editor=editor)
        waiting = QueuedProposal(
            key=key,
            proposal=proposal.record(),
            review_id=review.review_id,
            granted=False,
            request=build_request(review),
        )
        # A call that was answered before in this run keeps its answer: a rejection is final.
        return (
            ({}, [waiting])
            if review.state is ReviewState.OPEN
            else self._follow_review(waiting, review, requester, edited)
        )

    async def _run_call(self, proposal: Proposal, review_id: str, runtime: Runtime[RunContext]) -> Outcome:
        """Puts a call to the registry; what it refuses is an outcome with the reason."""
        emit_event(runtime, "tool.started", tool=proposal.tool)
        try:
            outcome = await self.registry.execute(proposal, Grant(proposal.digest, review_id))
        except CountersignError as error:
            outcome = Outcome(Status.FAILED, proposal.digest, message=str(error))
        emit_event(runtime, "tool.ended", tool=proposal.tool, status=str(outcome.status))
        self._flag(proposal, outcome)
        return outcome

    def _flag(self, proposal: Proposal, outcome: Outcome) -> None:
        """Writes down where outsiders' text holds signs of known attacks; nothing is decided by them."""
        found = find_field_signs(outcome.value, outcome.untrusted) if outcome.ok and outcome.untrusted else {}
        if found:
            body = {"tool": proposal.tool, "digest": proposal.digest, "signs": make_printable(found)}
            with suppress(CountersignError):  # a flag that cannot be kept must not undo what was done
                self.audit.append(
                    AuditEvent(
                        "untrusted.flagged", proposal.agent, proposal.tenant, proposal.thread, proposal.run, body
                    )
                )

    def _take(self, waiting: QueuedProposal, sent: Any, reviewer: str, answered_blindly: str) -> str:
        """Puts what a client sent to the review; what nobody signed for, or says only "look again", changes nothing.

        Returns:
            Why the answer was refused, or nothing.
        """
        try:
            answer = parse_answer(sent, waiting["request"]) if reviewer else None
            if answer is not None:
                if is_blind(sent):
                    proposal = waiting["proposal"]
                    still_open = self.reviews.find(tenant=proposal["tenant"], run=proposal["run"])
                    refuse_unclear(_get_review_id(waiting), reviewer, len(still_open), answered_blindly)
                self.answers.put(_get_review_id(waiting), require_principal(self.directory, reviewer), answer)
        except (BadInput, NotAllowed) as error:
            return str(error)
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
            # LangGraph gives a node that fails the same answer again, so the review could never be answered.
            return f"What was sent cannot be read as an answer ({type(error).__name__}); nothing was changed."
        return ""

    def _follow_review(
        self,
        waiting: QueuedProposal,
        settled: Review,
        requester: Principal,
        edited: frozenset[str] = frozenset(),
    ) -> Settled:
        """What a settled review means.

        Args:
            edited: the reviews whose edits led here.
        """
        key, digest = waiting["key"], settled.proposal.digest
        who = settled.signatures[-1].user_id if settled.signatures else "nobody"
        match settled.state:
            case ReviewState.APPROVED | ReviewState.LAPSED:
                return {}, [{**waiting, "granted": True}]
            case ReviewState.EDITED if settled.review_id in edited:
                why = "its reviewers' edits go round in a circle; agree on one version and ask again."
            case ReviewState.EDITED:
                return self._decide_edit(key, settled, requester, edited | {settled.review_id})
            case ReviewState.ANSWERED:
                return {key: Outcome(Status.ANSWERED, digest, {}, settled.message).record()}, []
            case ReviewState.CHANGES:
                return {
                    key: Outcome(Status.CHANGES, digest, {}, f"{who} asks for changes: “{settled.message}”.").record()
                }, []
            case ReviewState.REJECTED:
                why = f"{who} rejected it: {settled.message}"
            case ReviewState.WITHDRAWN:
                why = "the request was withdrawn."
            case _:
                why = f"review {settled.review_id} expired on {settled.due_at:%Y-%m-%d %H:%M} UTC without an answer."
        return {key: Outcome(Status.DENIED, digest, message=why).record()}, []

    def _decide_edit(self, key: str, settled: Review, requester: Principal, edited: frozenset[str]) -> Settled:
        """An edit is a new proposal and is decided again; its editor signs it too where one signature is enough."""
        by = settled.signatures[-1].user_id
        proposal = make_edited_proposal(self.registry, settled.proposal, requester, by, settled.edited_args or {})
        decision = self.registry.decide(proposal)
        outcomes, queue = self._enqueue(key, proposal, decision, requester, edited)
        editor = self.directory.get(by)
        for item in queue:
            if not item["granted"] and editor is not None and len(decision.obligations.seats) == 1:
                fresh = self.reviews.get(item["review_id"])
                if fresh.refuse(editor) is None:
                    approval = Answer(AnswerType.APPROVE, f"edited {settled.review_id}")
                    item["granted"] = (
                        self.reviews.answer(fresh.review_id, editor, approval, self.now()).state is ReviewState.APPROVED
                    )
        return outcomes, queue

    def _mark_in_doubt(self, item: QueuedProposal, outcome: Outcome) -> QueuedProposal:
        request = build_request(self.reviews.get(outcome.review_id))
        return QueuedProposal({**item, "granted": False, "doubt": outcome.review_id, "request": request})


def _get_review_id(waiting: QueuedProposal) -> str:
    """The review that a queued call waits for."""
    return waiting.get("doubt") or waiting["review_id"]


def is_tainted(state: Work, context: RunContext) -> bool:
    """Whether text that outsiders wrote has been read in this conversation."""
    return context.tainted or bool(state.get("documents")) or has_outside_text(state.get("outcomes", {}))


def has_outside_text(outcomes: Mapping[str, Any]) -> bool:
    return any(record["untrusted"] for record in outcomes.values() if record["status"] == Status.SUCCEEDED)


def emit_event(runtime: Runtime[RunContext], kind: str, **data: Any) -> None:
    """Sends a progress event to whoever streams the run."""
    event: Mapping[str, Any] = {"kind": kind, **data}
    runtime.stream_writer(event)
