"""What must be true of the soak's reviews and effects, kept in plain values beside the product.

The model knows what people did and what the rules say (``soak_rules``). From that it says who may sign what, what time
does to a review, and which effects may exist.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from soak_rules import BOOKS, Facts, Word, of_both, word
from soak_staff import Staff

SETTLES = {
    "reject": "rejected",
    "respond": "answered",
    "edit": "edited",
    "request_changes": "changes_requested",
    "withdraw": "withdrawn",
}
MOST_REWORK = 3


@dataclass(frozen=True)
class Signed:
    """One answer that a person gave to a review."""

    user: str
    person: str
    seat: str
    kind: str


@dataclass
class Sheet:
    """One review as the model has it."""

    review_id: str
    digest: str
    run: str
    thread: str
    requester: str
    tool: str
    args: dict[str, Any]
    edited_by: str
    word: Word
    due: datetime
    rework: int
    state: str = "open"
    level: int = 0
    signed: list[Signed] = field(default_factory=list)

    @property
    def free(self) -> tuple[str, ...]:
        """The seats that nobody has taken."""
        left = Counter(self.word.seats) - self.seats
        return tuple(seat for seat in dict.fromkeys(self.word.seats) for _ in range(left[seat]))

    @property
    def seats(self) -> Counter[str]:
        """The seats that were signed for."""
        return Counter(item.seat for item in self.signed if item.kind == "approve")

    def passed(self, now: datetime) -> "tuple[str, int, datetime]":
        """State, level and deadline once time has been looked at."""
        if self.state != "open" or now < self.due:
            return self.state, self.level, self.due
        if self.level < len(self.word.chain):
            return "open", self.level + 1, now + self.word.deadline
        return "expired", self.level, self.due


@dataclass
class Run:
    """One request.

    Attributes:
        wanted: the arguments that were asked for, each with the reviewer whose edit they are, or nothing.
        book: the rules it began under.
        loose: somebody has meddled with its checkpoints, so it may have gone anywhere.
    """

    run: str
    user: str
    thread: str
    tool: str
    wanted: list[tuple[str, dict[str, Any]]]
    book: str = "written"
    loose: bool = False

    def asked(self, args: dict[str, Any], editor: str) -> bool:
        """Whether somebody asked for this: the requester, or the reviewer who edited it."""
        return (editor, args) in self.wanted


@dataclass
class Model:
    """Everything the soak knows."""

    now: datetime
    staff: Staff = field(default_factory=Staff)
    book: str = "written"
    sheets: dict[str, Sheet] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    def says(self, tool: str, args: dict[str, Any], user: str, facts: Facts, edited_by: str = "") -> Word:
        """What the rules in force say about a call by this user, by a reviewer's hand or their own."""
        book = BOOKS[self.book]
        asked = word(book, tool, args, self.staff.of(user), facts)
        if not edited_by:
            return asked
        return of_both(asked, word(book, tool, args, self.staff.of(edited_by), facts))

    def open(self) -> list[Sheet]:
        """The open reviews."""
        return [sheet for sheet in self.sheets.values() if sheet.state == "open"]

    def seat(self, sheet: Sheet, user: str) -> str:
        """The seat somebody may take now, or nothing; deadlines that have passed count."""
        state, level, _ = sheet.passed(self.now)
        roles = self.staff.of(user)
        if state != "open" or not roles:
            return ""
        person = self.staff.person(user)
        if person == self.staff.person(sheet.requester):
            return ""
        if sheet.edited_by and person == self.staff.person(sheet.edited_by) and len(sheet.word.seats) > 1:
            return ""
        if any(item.person == person for item in sheet.signed if item.kind != "delegate"):
            return ""
        for seat in sheet.free:
            if seat in roles:
                return seat
        return sheet.free[0] if sheet.free and roles & set(sheet.word.chain[:level]) else ""

    def takes(
        self, sheet: Sheet, user: str, kind: str, args: dict[str, Any] | None, to: str, facts: Facts | None
    ) -> Signed | None:
        """The answer as it must be recorded, or ``None`` where it must be refused."""
        if kind == "withdraw":
            own = self.staff.here(user) and self.staff.person(user) == self.staff.person(sheet.requester)
            live = sheet.passed(self.now)[0] == "open"
            return Signed(user, self.staff.person(user), "requester", kind) if own and live else None
        seat = self.seat(sheet, user)
        if not seat:
            return None
        if kind == "edit" and not (facts and self._may_edit(sheet, user, args or {}, facts)):
            return None
        if kind == "delegate" and (self.staff.person(to) == self.staff.person(user) or not self.seat(sheet, to)):
            return None
        if kind == "request_changes" and sheet.rework >= MOST_REWORK:
            return None
        return Signed(user, self.staff.person(user), seat, kind)

    def _may_edit(self, sheet: Sheet, user: str, args: dict[str, Any], facts: Facts) -> bool:
        return args != sheet.args and self.says(sheet.tool, args, sheet.requester, facts, user).verdict != "deny"

    def sign(self, sheet: Sheet, signed: Signed) -> None:
        """Takes an answer into the model."""
        sheet.state, sheet.level, sheet.due = sheet.passed(self.now)
        sheet.signed.append(signed)
        sheet.state = SETTLES.get(signed.kind) or ("open" if sheet.free else "approved")

    def runs_on(self, digest: str) -> str:
        """What the review of a digest says about running it: its state, or nothing where there is no review."""
        return next((sheet.state for sheet in self.sheets.values() if sheet.digest == digest), "")

    def against(self, run: str, tool: str, args: dict[str, Any]) -> str:
        """The state of a review of the same call in the same run that did not end in agreement, or nothing."""
        same = [sheet for sheet in self.sheets.values() if (sheet.run, sheet.tool, sheet.args) == (run, tool, args)]
        return next((sheet.state for sheet in same if sheet.state != "approved"), "")

    def seats_of(self, digest: str) -> Counter[str]:
        """The seats signed for a digest."""
        return next((sheet.seats for sheet in self.sheets.values() if sheet.digest == digest), Counter())
