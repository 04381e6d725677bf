"""Effects in doubt go to a person, and what the person found goes into the ledger."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ...policies.audit.log import AuditEvent
from ...policies.domain.principal import Directory, Principal
from ...policies.domain.proposal import Proposal
from ...policies.errors import BadInput
from ...policies.review.in_doubt import build_effect_decision, build_effect_question
from ...policies.review.review import Review, ReviewState
from ...policies.review.store import ReviewStore
from ...policies.rules.policy_set import PolicySet
from .ledger import EffectState, Ledger, LedgerEntry

_MEANS = {ReviewState.APPROVED: EffectState.SUCCEEDED, ReviewState.REJECTED: EffectState.FAILED}
_WORDS = {EffectState.SUCCEEDED: "it happened", EffectState.FAILED: "it did not happen"}


class InDoubtEffects:
    """Asks people about effects in doubt.

    Args:
        ledger: where the effects stand.
        reviews: where people are asked.
        directory: who is who.
        policy: names the role that guards a tool.
        now: the clock.
    """

    def __init__(
        self,
        ledger: Ledger,
        reviews: ReviewStore,
        directory: Directory,
        policy: Callable[[], PolicySet],
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._reviews = reviews
        self._directory = directory
        self._policy = policy
        self._now = now

    def ask(self, entry: LedgerEntry, owner: str, summary: str) -> Review:
        """The review that asks whether an effect happened; opened when there is none yet.

        Nobody has to be asked twice: the question is the same for the same effect.

        Args:
            entry: an effect in doubt.
            owner: of the tool.
            summary: what the call was to do, in one line.
        """
        question = _make_question(entry)
        said = entry.message or f"{entry.tool} was begun, and nobody knows how it ended."
        decision = build_effect_decision(question, said, self._policy().guardian(entry.tool, owner))
        requester = self._directory.get(entry.user_id) or Principal(entry.user_id, entry.tenant)
        return self._reviews.open(question, decision, requester, f"Did this happen? {summary}", self._now())

    def settle(self, entry: LedgerEntry) -> LedgerEntry:
        """Writes what a person found into the ledger, once; the entry as it stands then."""
        review = self.find_review(entry) if entry.state is EffectState.IN_DOUBT else None
        if review is None or review.state not in _MEANS:
            return entry
        state, found = _MEANS[review.state], review.signatures[-1]
        message = f"{found.user_id} looked: {_WORDS[state]}. {found.message}".strip()
        told: dict[str, Any] = {"tool": entry.tool, "digest": entry.digest, "user_id": entry.user_id}
        told |= {"result": None, "message": message, "settled_by": review.review_id}
        keys = (entry.tenant, entry.thread, entry.run)
        event = AuditEvent(f"effect.{state}", found.user_id, *keys, told, subject=entry.digest)
        self._ledger.finish(entry.digest, state, event, message=message, settled_by=review.review_id)
        return self._ledger.get(entry.digest) or entry

    def mark_left_behind(self, busy: Callable[[str], bool]) -> None:
        """Puts in doubt what was started and never ended, and what no run will ask about again.

        Args:
            busy: whether a run is still at work; it finds out itself what became of its effects.
        """
        for entry in self._ledger.list_started():
            if entry.abandoned(datetime.now(UTC)) and not busy(entry.run):
                message = f"The call of {entry.tool} was begun, and how it ended was never recorded."
                told: dict[str, Any] = {"tool": entry.tool, "digest": entry.digest, "user_id": entry.user_id}
                told |= {"result": None, "message": message}
                keys = (entry.tenant, entry.thread, entry.run)
                event = AuditEvent(f"effect.{EffectState.IN_DOUBT}", "system", *keys, told, subject=entry.digest)
                self._ledger.finish(entry.digest, EffectState.IN_DOUBT, event, message=message)

    def close_question(self, entry: LedgerEntry) -> None:
        """Closes the question about an effect, because the system could tell after all."""
        review = self.find_review(entry)
        if review is not None:
            self._reviews.close_moot(review.review_id, "The system could tell after all.", self._now())

    def find_review(self, entry: LedgerEntry) -> Review | None:
        """The review that asks about an effect, if there is one.

        Raises:
            Tampered: its record was changed.
        """
        try:
            return self._reviews.get(f"REV-{_make_question(entry).digest[:12]}")
        except BadInput:
            return None


def _make_question(entry: LedgerEntry) -> Proposal:
    effect = {name: getattr(entry, name) for name in ("digest", "user_id", "tenant", "thread", "run")}
    return build_effect_question(effect, entry.tool, json.loads(entry.arguments))
