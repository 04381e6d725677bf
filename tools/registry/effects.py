"""The effect runner puts the ledger around a call that changes the world, so that it happens once.

After a start was recorded nothing is assumed. A body that said no (a ``BadInput``) did nothing; any other failure may
have come after the system acted, so the system is asked (``reconcile``), or the effect stays in doubt for a person.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from ...policies.domain.proposal import Proposal
from ...policies.errors import BadInput, NotAllowed, StorageError
from ..connectors.circuit_breaker import CircuitBreakers
from ..connectors.port import Conflict
from ..ledger.audit_events import make_call_event
from ..ledger.history_index import HistoryFacts
from ..ledger.in_doubt import InDoubtEffects
from ..ledger.ledger import EffectState, Ledger, LedgerEntry
from ..outcome import Grant, Outcome, Status
from ..spec import ToolContext, ToolSpec
from .invocation import LONGEST_WAIT_SECONDS, attempt_call, check_result

POLL_SECONDS = 0.05
LEASE_MARGIN_SECONDS = 5.0
SETTLED_BY_SYSTEM = "system"


class EffectRunner:
    """Runs writes through a ledger.

    Args:
        kept_back: what a tool gave or said, as records may have it.
    """

    def __init__(
        self,
        ledger: Ledger,
        breakers: CircuitBreakers,
        doubts: InDoubtEffects,
        kept_back: Callable[[Proposal, Any], Any],
    ) -> None:
        self._ledger = ledger
        self._kept_back = kept_back
        self._breakers = breakers
        self._doubts = doubts

    def find_doubt(self, proposal: Proposal) -> Outcome | None:
        """The outcome of an effect that was started and may have happened, or ``None`` when it was not."""
        entry = self._ledger.get(proposal.digest)
        return make_entry_outcome(entry) if entry and entry.begun else None

    async def settle_started(
        self, spec: ToolSpec, args: BaseModel, context: ToolContext, proposal: Proposal
    ) -> Outcome | None:
        """What became of an effect that was started before, once whoever runs it has ended or is gone.

        Returns:
            The outcome, in doubt included; ``None`` when it surely did not happen or may safely be repeated.
        """
        while (entry := self._ledger.get(proposal.digest)) is not None and not entry.state.known:
            if entry.state is EffectState.INTENDED:
                return None
            if (answered := self._doubts.settle(entry)).state.known:
                return make_entry_outcome(answered)
            if entry.state is EffectState.IN_DOUBT or entry.abandoned(datetime.now(UTC)):
                return await self._settle(spec, args, context, proposal, entry)
            await asyncio.sleep(POLL_SECONDS)
        return make_entry_outcome(entry) if entry else None

    async def run(
        self,
        spec: ToolSpec,
        args: BaseModel,
        context: ToolContext,
        proposal: Proposal,
        grant: Grant,
        *,
        again: bool = False,
        told: HistoryFacts | None = None,
    ) -> Outcome:
        """Runs the effect if nobody has; otherwise waits for whoever runs it and returns what was recorded.

        Args:
            again: it was broken off before, and :meth:`settle_started` has just said that it may be run.
            told: what policy knew of the past when it let this run.

        Raises:
            Overtaken: the past is no longer that; nothing was started.
        """
        within = self._ledger.histories.begin(told, datetime.now(UTC)) if told else None
        lease = _lease(spec)
        reference = grant.review_id or "policy"
        started = make_call_event(
            "effect.started", proposal, {"grant": reference, "args": proposal.args, "key": context.key}
        )
        if self._ledger.start(proposal.digest, reference, lease, started, again=again, within=within):
            return await self._call(spec, args, context, proposal)
        self._ledger.intend(proposal)
        while not self._ledger.start(proposal.digest, reference, lease, started, within=within):
            entry = self._ledger.get(proposal.digest)
            if entry is None or entry.state.known:
                break
            if entry.state is EffectState.IN_DOUBT or entry.abandoned(datetime.now(UTC)):
                settled = await self._settle(spec, args, context, proposal, entry)
                if settled is not None:
                    return settled
                if self._ledger.start(proposal.digest, reference, lease, started, again=True, within=within):
                    return await self._call(spec, args, context, proposal)
            await asyncio.sleep(POLL_SECONDS)
        else:
            return await self._call(spec, args, context, proposal)
        entry = self._ledger.get(proposal.digest)
        if entry is None:
            return Outcome(Status.FAILED, proposal.digest, message="The ledger lost this effect; nothing was run.")
        return make_entry_outcome(entry)

    async def _call(self, spec: ToolSpec, args: BaseModel, context: ToolContext, proposal: Proposal) -> Outcome:
        """Makes the call and records its end, even when whoever waits for it is cancelled meanwhile."""
        call = asyncio.create_task(self._call_and_record(spec, args, context, proposal))
        try:
            return await asyncio.shield(call)
        except StorageError as error:
            message = (
                f"{spec.system} was called, but how it ended could not be recorded: {error} {spec.owner} must check."
            )
            return Outcome(Status.IN_DOUBT, proposal.digest, message=message)
        except asyncio.CancelledError:
            await call  # bounded by the tool's timeout; a write that has begun is brought to its end
            raise

    async def _call_and_record(
        self, spec: ToolSpec, args: BaseModel, context: ToolContext, proposal: Proposal
    ) -> Outcome:
        try:
            value = await attempt_call(spec, args, context, self._breakers)
        except (BadInput, NotAllowed, Conflict) as refusal:
            return self._finish(proposal, EffectState.FAILED, message=str(refusal))
        except Exception as error:  # noqa: BLE001 - the effect may have happened, whatever went wrong afterwards
            return await self._doubt(spec, args, context, proposal, error)
        return self._finish(proposal, EffectState.SUCCEEDED, value=value)

    async def _doubt(
        self, spec: ToolSpec, args: BaseModel, context: ToolContext, proposal: Proposal, error: Exception
    ) -> Outcome:
        cause = f"{type(error).__name__}: {error}".rstrip(": ")
        message = f"{spec.system} did not confirm the call ({cause}). It may or may not have happened"
        outcome = self._finish(
            proposal, EffectState.IN_DOUBT, message=f"{message}; {spec.owner} must check before a retry."
        )
        entry = self._ledger.get(proposal.digest)
        if spec.reconcile is None or entry is None or entry.state is not EffectState.IN_DOUBT:
            return outcome
        settled = await self._settle(spec, args, context, proposal, entry)
        if settled is None and isinstance(error, TimeoutError):
            return outcome  # the call may still be under way, so "not yet" is no answer
        return settled or self._finish(proposal, EffectState.FAILED, message=f"{spec.system} did not do it ({cause}).")

    async def _settle(
        self, spec: ToolSpec, args: BaseModel, context: ToolContext, proposal: Proposal, entry: LedgerEntry
    ) -> Outcome | None:
        """Asks the system what became of an abandoned effect.

        Returns:
            The outcome, in doubt included; ``None`` when the effect surely did not happen or may safely be repeated.
        """
        if entry.state is EffectState.STARTED:
            self._finish(proposal, EffectState.IN_DOUBT, message=f"The process that called {spec.system} went away.")
        if spec.reconcile is None:
            return None if spec.idempotent else make_entry_outcome(self._reread(entry))
        try:
            async with asyncio.timeout(spec.timeout):
                found = await asyncio.to_thread(spec.reconcile, args, context)
            value = None if found is None else check_result(spec, found)
        except Exception:  # noqa: BLE001 - a system that gives no clear answer leaves the doubt where it is
            return make_entry_outcome(self._reread(entry))
        if value is None:
            return None
        outcome = self._finish(proposal, EffectState.SUCCEEDED, value=value, settled_by=SETTLED_BY_SYSTEM)
        self._doubts.close_question(entry)  # not before: a question that is closed is not asked again
        return outcome

    def _reread(self, entry: LedgerEntry) -> LedgerEntry:
        return self._ledger.get(entry.digest) or entry

    def _finish(
        self,
        proposal: Proposal,
        state: EffectState,
        *,
        value: dict[str, object] | None = None,
        message: str = "",
        settled_by: str = "",
    ) -> Outcome:
        value, message = self._kept_back(proposal, (value, message))
        body = {"result": value, "message": message} | ({"settled_by": settled_by} if settled_by else {})
        event = make_call_event(f"effect.{state}", proposal, body)
        digest = proposal.digest
        entry = self._ledger.finish(digest, state, event, result=value, message=message, settled_by=settled_by)
        entry = entry or self._ledger.get(digest)
        if entry is None:
            return Outcome(Status.FAILED, proposal.digest, message="The ledger lost this effect; nothing is certain.")
        return make_entry_outcome(entry, replayed=False)


def _lease(spec: ToolSpec) -> timedelta:
    tries = 1 + spec.retries if spec.idempotent else 1
    return timedelta(seconds=tries * (spec.timeout + LONGEST_WAIT_SECONDS) + LEASE_MARGIN_SECONDS)


_STATUS = {EffectState.SUCCEEDED: Status.SUCCEEDED, EffectState.FAILED: Status.FAILED}


def make_entry_outcome(entry: LedgerEntry, *, replayed: bool = True) -> Outcome:
    """What an entry says came of the call; one that a person found to have happened has no result."""
    status = _STATUS.get(entry.state, Status.IN_DOUBT)
    if entry.state is EffectState.SUCCEEDED and entry.result is None:
        status = Status.CONFIRMED
    return Outcome(status, entry.digest, dict(entry.result or {}), entry.message or "", replayed=replayed)
