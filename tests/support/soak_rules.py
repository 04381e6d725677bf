"""What the company's written rules say about the soak's requests, told a second time, in plain Python.

Nothing here uses the product: thresholds, seats, chains and deadlines are written out, so that an engine that reads a
rule wrongly is found out.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

SUPPORT = {"support_agent", "support_lead", "support_manager"}
FINANCE = {"finance_clerk", "controller", "cfo"}
READERS = {
    "refunds.issue": SUPPORT | FINANCE | {"paralegal", "counsel", "general_counsel"},
    "invoices.post": FINANCE | {"auditor"},
}
"""Who may look at what a playbook reads first; without that it does not come to the call."""
NEVER = 10**12


@dataclass(frozen=True)
class Book:
    """One edition of the rules; amounts in minor units.

    Attributes:
        small: refunds up to this go through.
        large: refunds above this need two people.
        frozen: refunds above this are denied.
        postings: whether invoices may be posted at all.
    """

    small: int = 10_000
    large: int = 100_000
    frozen: int = NEVER
    postings: bool = True


BOOKS = {
    "written": Book(),
    "tight": Book(small=5_000, large=30_000),
    "loose": Book(small=40_000, large=200_000),
    "frozen": Book(frozen=25_000, postings=False),
}


@dataclass(frozen=True)
class Facts:
    """What the books of the company say about what a call touches; of an order or of an invoice."""

    refundable: int = 0
    refunds: int = 0
    total: int = 0
    status: str = ""
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    """What the rules say: deny, allow, or review by these seats within this time, escalating along this chain."""

    verdict: str
    seats: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    deadline: timedelta = timedelta(0)

    def covered_by(self, signed: Counter[str]) -> bool:
        """Whether it lets a call run that these seats have signed."""
        return self.verdict == "allow" or (self.verdict == "review" and not Counter(self.seats) - signed)


DENY, ALLOW = Word("deny"), Word("allow")
DAY = timedelta(days=1)


def word(book: Book, tool: str, args: dict[str, Any], roles: frozenset[str], facts: Facts) -> Word:
    """What the rules say about a call by somebody with these roles; no roles is nobody."""
    if not roles:
        return DENY
    return _refund(book, args, roles, facts) if tool == "refunds.issue" else _posting(book, roles, facts)


def of_both(asked: Word, edited: Word) -> Word:
    """What they say about an edit, for which both persons need the right."""
    if "deny" in (asked.verdict, edited.verdict):
        return DENY
    if asked.verdict == edited.verdict == "review":
        seats = Counter(asked.seats) | Counter(edited.seats)
        return Word("review", tuple(seats.elements()), asked.chain, min(asked.deadline, edited.deadline))
    return asked if asked.verdict == "review" else edited


Asking = tuple[tuple[str, ...], tuple[str, ...], timedelta]
"""The roles that sign, the roles that it goes to when they do not, and when."""


def _refund(book: Book, args: dict[str, Any], roles: frozenset[str], facts: Facts) -> Word:
    amount = args["amount_minor"]
    if amount <= 0 or amount > facts.refundable or amount > book.frozen:
        return DENY
    found: list[Asking] = []
    support = bool(roles & SUPPORT)
    if support and amount > book.large:
        found.append((("support_manager", "controller"), ("cfo",), 2 * DAY))
    elif support and amount > book.small:
        found.append((("support_manager",), ("controller",), 2 * DAY))
    if facts.refunds >= 2:
        found.append((("support_manager",), ("controller",), 2 * DAY))
    return _together(found, lenient=support)


def _posting(book: Book, roles: frozenset[str], facts: Facts) -> Word:
    if (
        not book.postings
        or not roles & FINANCE
        or facts.status in ("posted", "paid")
        or "duplicate" in facts.exceptions
    ):
        return DENY
    found: list[Asking] = []
    if facts.exceptions:
        found.append((("controller",), ("cfo",), DAY))
    if facts.total > 5_000_000:
        found.append((("controller", "cfo"), (), 2 * DAY))
    elif facts.total > 500_000:
        found.append((("controller",), ("cfo",), 2 * DAY))
    return _together(found, lenient=True)


def _together(found: list[Asking], *, lenient: bool) -> Word:
    if not found:
        return ALLOW if lenient else DENY
    seats: Counter[str] = Counter()
    for asked, _, _ in found:
        seats |= Counter(asked)
    chain = tuple(dict.fromkeys(role for _, reached, _ in found for role in reached))
    return Word("review", tuple(seats.elements()), chain, min(time for _, _, time in found))
