"""From a wish to an effect: decide, review, act. Agents and playbooks share these three and have no other way.

``settle`` asks policy about calls and runs the allowed reads at once. ``review`` is a node with nothing before
``interrupt()``; ``act`` is another, because LangGraph runs an interrupted node again from its start.

Running what was granted: the one node in which something happens to the world.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from ...agents.provenance.injection_signs import flagged
from ...policies.audit.log import Event
from ...policies.domain.canonical import printable
from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Principal, require
from ...policies.domain.proposal import Effect, Proposal
from ...policies.errors import BadInput, CountersignError, NotAllowed, Tampered
from ...policies.review import in_doubt
from ...policies.review.review import Answer, AnswerType, Review, ReviewState
from ...tools.outcome import Grant, Outcome, Status
from ...tools.registry.fallbacks import fallback_for, taken_instead
from ...tools.registry.registry import Origin
from ..runtime.services import Desk, RunContext
from ..state import InsteadOf, Queued, Work
from ..steps import Call
from .answers import edited_proposal, is_blind, put_answer, seen_as, unclear
from .interrupts import answer_of, request_for


async def settle(
    desk: Desk, calls: Sequence[Call], state: Work, runtime: Runtime[RunContext], *, agent: str
) -> "Progress":
    """Asks policy about each call.

    Returns:
        The outcomes known already (reads that were allowed, calls that were denied), and the queue of the others.
    """
    origin = Origin(
        principal=runtime.context.principal(desk),
        agent=agent,
        thread=runtime.context.thread,
        run=runtime.context.run,
        plan=frozenset(state.get("plan", ())),
        tainted=tainted(state, runtime.context),
        scores={"confidence": state["part"]["confidence"]} if "confidence" in state["part"] else {},
    )
    ended = await asyncio.gather(*(_one(desk, call, origin, runtime) for call in calls))
    outcomes: dict[str, Any] = {}
    queue: list[Queued] = []
    for known, waiting in ended:
        outcomes |= known
        queue += waiting
    if not origin.tainted and from_outside(outcomes):
        desk.conversations.taint(runtime.context.thread)
    return outcomes, queue


Progress = tuple[dict[str, Any], list[Queued]]
"""Outcomes that are certain by key, and what is still on its way."""


async def _one(desk: Desk, call: Call, origin: Origin, runtime: Runtime[RunContext]) -> Progress:
    if call.again:
        origin = replace(origin, plan=origin.plan - {call.tool})
    proposal = desk.registry.propose(call.tool, call.args, origin, call.provenance)
    decision = desk.registry.decide(proposal)
    emit(runtime, "decision", tool=call.tool, verdict=str(decision.verdict), reasons=list(decision.reasons))
    reads = decision.verdict is Verdict.ALLOW and desk.registry.specs[call.tool].effect is Effect.READ
    if reads:
        return await ended(desk, call.key, proposal, await run(desk, proposal, "", runtime), runtime)
    return _enqueue(desk, call.key, proposal, decision, origin.principal)


async def ended(
    desk: Desk,
    key: str,
    proposal: Proposal,
    outcome: Outcome,
    runtime: Runtime[RunContext],
    instead_of: InsteadOf | None = None,
) -> Progress:
    """What follows from the end of a call: its outcome, or the way round a system that was not available.

    Args:
        instead_of: the call in whose place this one was made.
    """
    specs = desk.registry.specs
    if instead_of is not None:
        first, spec = Outcome.from_record(instead_of["outcome"]), specs[instead_of["tool"]]
        summary = desk.registry.summary(proposal)
        return {key: taken_instead(spec, specs[proposal.tool], first, outcome, summary).record()}, []
    other = fallback_for(specs[proposal.tool], proposal.args, proposal.provenance) if outcome.unavailable else None
    if other is None:
        return {key: outcome.record()}, []
    tool, args, provenance = other
    emit(runtime, "fallback", reason=outcome.message, tool=tool)
    origin = Origin(
        principal=runtime.context.principal(desk),
        agent=proposal.agent,
        thread=proposal.thread,
        run=proposal.run,
        plan=frozenset({tool}) if proposal.planned else frozenset(),
        tainted=proposal.tainted,
        scores=proposal.scores,
    )
    outcomes, queue = await _one(desk, Call(key, tool, args, provenance), origin, runtime)
    failed = InsteadOf(tool=proposal.tool, outcome=outcome.record())
    if outcomes:
        made = desk.registry.propose(tool, args, origin, provenance)
        return await ended(desk, key, made, Outcome.from_record(outcomes[key]), runtime, failed)
    return {}, [{**item, "instead_of": failed} for item in queue]


def _enqueue(
    desk: Desk,
    key: str,
    proposal: Proposal,
    decision: Decision,
    requester: Principal,
    edited: frozenset[str] = frozenset(),
) -> Progress:
    match decision.verdict:
        case Verdict.DENY:
            return {key: Outcome(Status.DENIED, proposal.digest, message=" ".join(decision.reasons)).record()}, []
        case Verdict.ALLOW:
            return {}, [Queued(key=key, proposal=proposal.record(), review_id="", granted=True, request={})]
    editor = desk.directory.get(proposal.edited_by) if proposal.edited_by else None
    summary = desk.registry.summary(proposal)
    review = desk.reviews.open(proposal, decision, requester, summary, desk.now(), editor=editor)
    waiting = Queued(
        key=key,
        proposal=proposal.record(),
        review_id=review.review_id,
        granted=False,
        request=request_for(review),
    )
    # A call that was answered before in this run keeps its answer: a rejection is final.
    return ({}, [waiting]) if review.state is ReviewState.OPEN else _after(desk, waiting, review, requester, edited)


async def run(desk: Desk, proposal: Proposal, review_id: str, runtime: Runtime[RunContext]) -> Outcome:
    """Puts a call to the registry; what it refuses is an outcome with the reason."""
    emit(runtime, "tool.started", tool=proposal.tool)
    try:
        outcome = await desk.registry.execute(proposal, Grant(proposal.digest, review_id))
    except CountersignError as error:
        outcome = Outcome(Status.FAILED, proposal.digest, message=str(error))
    emit(runtime, "tool.ended", tool=proposal.tool, status=str(outcome.status))
    _flag(desk, proposal, outcome)
    return outcome


def _flag(desk: Desk, proposal: Proposal, outcome: Outcome) -> None:
    """Writes down where outsiders' text holds signs of known attacks; nothing is decided by them."""
    found = flagged(outcome.value, outcome.untrusted) if outcome.ok and outcome.untrusted else {}
    if found:
        body = {"tool": proposal.tool, "digest": proposal.digest, "signs": printable(found)}
        with suppress(CountersignError):  # a flag that cannot be kept must not undo what was done
            desk.audit.append(
                Event("untrusted.flagged", proposal.agent, proposal.tenant, proposal.thread, proposal.run, body)
            )


async def review(desk: Desk, state: Work, runtime: Runtime[RunContext]) -> Command[Literal["review", "act"]]:
    """Waits for people. The review in SQL is the truth; what the client sends is only an answer to put to it."""
    waiting = next(item for item in state["queue"] if not item["granted"])
    sent = interrupt(waiting["request"])
    before = state.get("answered_blindly", "")
    answering = runtime.context.answering
    refused = _take(desk, waiting, sent, answering, before)
    answered = {"answered_blindly": before or (seen_as(_asked(waiting), answering) if is_blind(sent) else "")}
    current = desk.reviews.get(_asked(waiting))
    about = current.proposal.args["effect"] if current.proposal.tool == in_doubt.TOOL else current.proposal.digest
    if about != Proposal.from_record(waiting["proposal"]).digest:
        raise Tampered(f"Review {current.review_id} is about another action than the one that waits; nothing was run.")
    if current.state is ReviewState.OPEN:
        # Another pause, because LangGraph gives a node that resumes the same answer for ever.
        emit(runtime, "review", review_id=current.review_id, state=str(current.state), refused=refused)
        again = Queued({**waiting, "request": {**request_for(current), "refused": refused}})
        queue = [again if item is waiting else item for item in state["queue"]]
        return Command(goto="review", update={"queue": queue, **answered})
    emit(runtime, "review", review_id=current.review_id, state=str(current.state))
    if current.proposal.tool == in_doubt.TOOL:  # the ledger says what came of it, once it is asked again
        outcomes: dict[str, Any] = {}
        follow = [Queued({**waiting, "granted": True})]
    else:
        outcomes, follow = _after(desk, waiting, current, runtime.context.principal(desk))
        if "instead_of" in waiting:  # an edited way round is still a way round
            follow = [Queued({**item, "instead_of": waiting["instead_of"]}) for item in follow]
    queue = []
    for item in state["queue"]:
        queue.extend(follow if item is waiting else [item])
    goto: Literal["review", "act"] = "review" if any(not item["granted"] for item in queue) else "act"
    return Command(goto=goto, update={"queue": queue, "outcomes": outcomes, **answered})


def _asked(waiting: Queued) -> str:
    """The review that a queued call waits for."""
    return waiting.get("doubt") or waiting["review_id"]


def _take(desk: Desk, waiting: Queued, sent: Any, reviewer: str, answered_blindly: str) -> str:
    """Puts what a client sent to the review; what nobody signed for, or says only "look again", changes nothing.

    Returns:
        Why the answer was refused, or nothing.
    """
    try:
        answer = answer_of(sent, waiting["request"]) if reviewer else None
        if answer is not None:
            if is_blind(sent):
                proposal = waiting["proposal"]
                still_open = desk.reviews.find(tenant=proposal["tenant"], run=proposal["run"])
                unclear(_asked(waiting), reviewer, len(still_open), answered_blindly)
            put_answer(desk, _asked(waiting), require(desk.directory, reviewer), answer)
    except (BadInput, NotAllowed) as error:
        return str(error)
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # LangGraph gives a node that fails the same answer again, so the review could never be answered.
        return f"What was sent cannot be read as an answer ({type(error).__name__}); nothing was changed."
    return ""


def _after(
    desk: Desk, waiting: Queued, settled: Review, requester: Principal, edited: frozenset[str] = frozenset()
) -> Progress:
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
            return _edited(desk, key, settled, requester, edited | {settled.review_id})
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


def _edited(desk: Desk, key: str, settled: Review, requester: Principal, edited: frozenset[str]) -> Progress:
    """An edit is a new proposal and is decided again; its editor signs it too where one signature is enough."""
    by = settled.signatures[-1].user_id
    proposal = edited_proposal(desk, settled.proposal, requester, by, settled.edited_args or {})
    decision = desk.registry.decide(proposal)
    outcomes, queue = _enqueue(desk, key, proposal, decision, requester, edited)
    editor = desk.directory.get(by)
    for item in queue:
        if not item["granted"] and editor is not None and len(decision.obligations.seats) == 1:
            fresh = desk.reviews.get(item["review_id"])
            if fresh.refuse(editor) is None:
                approval = Answer(AnswerType.APPROVE, f"edited {settled.review_id}")
                item["granted"] = (
                    desk.reviews.answer(fresh.review_id, editor, approval, desk.now()).state is ReviewState.APPROVED
                )
    return outcomes, queue


def tainted(state: Work, context: RunContext) -> bool:
    """Whether text that outsiders wrote has been read in this conversation."""
    return context.tainted or bool(state.get("documents")) or from_outside(state.get("outcomes", {}))


def from_outside(outcomes: Mapping[str, Any]) -> bool:
    return any(record["untrusted"] for record in outcomes.values() if record["status"] == Status.SUCCEEDED)


def emit(runtime: Runtime[RunContext], kind: str, **data: Any) -> None:
    """Sends a progress event to whoever streams the run."""
    event: Mapping[str, Any] = {"kind": kind, **data}
    runtime.stream_writer(event)


async def act(desk: Desk, state: Work, runtime: Runtime[RunContext]) -> Command[str]:
    """Runs what was granted, in order, and goes back to the step that wanted it.

    A call that nobody knows to have happened waits for the person who looks, and one whose system was not available
    for its fallback; the others are done meanwhile and are not done again.
    """
    outcomes: dict[str, Any] = {}
    ran: dict[str, Any] = {}
    queue: list[Queued] = []
    for item in state["queue"]:
        proposal = Proposal.from_record(item["proposal"])
        if (proposal.user_id, proposal.run) != (runtime.context.user_id, runtime.context.run):
            raise Tampered(f"The call of {proposal.tool} belongs to somebody else's run; nothing was run.")
        outcome = await run(desk, proposal, item["review_id"], runtime)
        if outcome.status is Status.IN_DOUBT and outcome.review_id:
            queue.append(_in_doubt(desk, item, outcome))
            continue
        known, more = await ended(desk, item["key"], proposal, outcome, runtime, item.get("instead_of"))
        outcomes |= known
        queue += more
        if known:
            ran[item["key"]] = {"tool": proposal.tool, "args": proposal.args}
    if not tainted(state, runtime.context) and from_outside(outcomes):
        desk.conversations.taint(runtime.context.thread)
    update = {"queue": queue, "outcomes": outcomes, "ran": ran}
    if not queue:
        return Command(goto=state["step"], update=update)
    return Command(goto="act" if all(item["granted"] for item in queue) else "review", update=update)


def _in_doubt(desk: Desk, item: Queued, outcome: Outcome) -> Queued:
    request = request_for(desk.reviews.get(outcome.review_id))
    return Queued({**item, "granted": False, "doubt": outcome.review_id, "request": request})
