"""This module says what changed between two decisions about one call, and whether policy became looser by it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..domain.decision import Decision, Expiry, Verdict
from ..domain.retention import RetentionClass
from ..domain.templates import BASE_CURRENCY, format_money

_TELLING = ("amount_minor", "total_minor", "value_minor")


_ENDS: Mapping[str, int] = {
    str(item): place for place, item in enumerate((RetentionClass.NEVER, RetentionClass.TEMPORARY, RetentionClass.CASE))
}
"""The classes that end, the shortest first; what is of none of them may stay for good."""


class DecisionChange(StrEnum):
    """How two decisions differ; the first is the worst."""

    DENY_TO_ALLOW = "deny to allow"
    REVIEW_TO_ALLOW = "review to allow"
    DENY_TO_REVIEW = "deny to review"
    SIGNERS = "other or fewer signatures"
    EXPIRY = "unanswered reviews pass"
    UNMASKED = "less is masked"
    KEPT_LONGER = "otherwise or longer in memory"
    ALLOW_TO_DENY = "allow to deny"
    REVIEW_TO_DENY = "review to deny"
    ALLOW_TO_REVIEW = "allow to review"
    MORE_SIGNERS = "more signatures"
    STRICTER = "unanswered reviews fail"
    MASKED = "more is masked"
    KEPT_SHORTER = "shorter in memory"

    @property
    def rank(self) -> int:
        """Its place, from 0."""
        return _RANKS[self]

    @property
    def looser(self) -> bool:
        """Whether more is possible than before."""
        return self.rank <= _RANKS[DecisionChange.KEPT_LONGER]


_RANKS: Mapping[DecisionChange, int] = {change: rank for rank, change in enumerate(DecisionChange)}
_FLIPS: Mapping[tuple[str, str], DecisionChange] = {
    ("deny", "allow"): DecisionChange.DENY_TO_ALLOW,
    ("review", "allow"): DecisionChange.REVIEW_TO_ALLOW,
    ("deny", "review"): DecisionChange.DENY_TO_REVIEW,
    ("allow", "deny"): DecisionChange.ALLOW_TO_DENY,
    ("review", "deny"): DecisionChange.REVIEW_TO_DENY,
    ("allow", "review"): DecisionChange.ALLOW_TO_REVIEW,
}


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """The part of a decision that makes a difference, and the rules behind it."""

    verdict: str
    rules: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    on_expiry: str = str(Expiry.DENY)
    reasons: tuple[str, ...] = ()
    retain: str = ""

    @classmethod
    def from_decision(cls, decision: Decision) -> "DecisionOutcome":
        """The outcome of a decision."""
        duties = decision.obligations
        return cls(
            str(decision.verdict),
            decision.rules,
            duties.seats,
            duties.mask,
            str(duties.on_expiry),
            decision.reasons,
            str(duties.retain or ""),
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "DecisionOutcome":
        """That of a decision in the log (see :meth:`..domain.decision.Decision.record`).

        Raises:
            KeyError: it is none.
        """
        return cls(
            str(record["verdict"]),
            tuple(record["rules"]),
            tuple(record["seats"]),
            tuple(record["mask"]),
            str(record["on_expiry"]),
            tuple(record["reasons"]),
            str(record.get("retain", "")),
        )

    @property
    def words(self) -> str:
        """In one line, such as ``review (support.refund.medium; signed by support_manager)``."""
        signed = f"; signed by {' and '.join(self.seats)}" if self.seats else ""
        kept = f"; kept as {self.retain}" if self.retain else ""
        return f"{self.verdict} ({', '.join(self.rules)}{signed}{kept})"

    def record(self) -> dict[str, Any]:
        """The outcome as plain JSON data."""
        return {
            "verdict": self.verdict,
            "rules": list(self.rules),
            "seats": list(self.seats),
            "mask": list(self.mask),
            "on_expiry": self.on_expiry,
            "reasons": list(self.reasons),
            **({"retain": self.retain} if self.retain else {}),
        }


def find_decision_change(before: DecisionOutcome, after: DecisionOutcome) -> DecisionChange | None:
    """The gravest difference, or ``None``. Other rules or reasons for the same outcome are none."""
    if before.verdict != after.verdict:
        return _FLIPS[before.verdict, after.verdict]
    if before.verdict == Verdict.DENY:
        return None
    if before.verdict == Verdict.REVIEW:
        wanted, given = Counter(before.seats), Counter(after.seats)
        if not wanted <= given:
            return DecisionChange.SIGNERS
        if before.on_expiry != after.on_expiry:
            return DecisionChange.EXPIRY if after.on_expiry == Expiry.ALLOW else DecisionChange.STRICTER
        if set(before.mask) <= set(after.mask) and wanted != given:
            return DecisionChange.MORE_SIGNERS
    if not set(before.mask) <= set(after.mask):
        return DecisionChange.UNMASKED
    if set(before.mask) != set(after.mask):
        return DecisionChange.MASKED
    if before.retain == after.retain:
        return None
    shorter = after.retain and (not before.retain or _ENDS.get(after.retain, 9) < _ENDS.get(before.retain, 9))
    return DecisionChange.KEPT_SHORTER if shorter and after.retain in _ENDS else DecisionChange.KEPT_LONGER


def find_amount(args: Mapping[str, Any], records: Mapping[str, Any]) -> tuple[int, str] | None:
    """The money that a call is about, in minor units, and its currency; ``None`` when nothing says so."""
    for holder in (args, *records.values()):
        if not isinstance(holder, Mapping):
            continue
        for name in _TELLING:
            value = holder.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                currency = holder.get("currency")
                return value, currency if isinstance(currency, str) else BASE_CURRENCY
    return None


def format_call_amount(amount: tuple[int, str] | None) -> str:
    """The amount of a call for people; empty when there is none."""
    return format_money(*amount) if amount else ""
