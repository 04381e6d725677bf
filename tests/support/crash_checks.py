"""What must be true once everything that a killed process left behind has been put in order."""

from dataclasses import dataclass
from typing import Any

from crash_jobs import REVIEWERS, Place


@dataclass(frozen=True)
class Ending:
    """How the turn ends, whatever happened on the way.

    Attributes:
        reply: the one reply.
        effects: the tools that ran, in order, each exactly once.
        refund: the state of the one refund; likewise of the voucher.
        notes: how many comments stand on the ticket.
    """

    reply: str
    effects: tuple[str, ...]
    refund: str
    voucher: str
    notes: int

    def faults(self, place: Place, facts: dict[str, Any]) -> list[str]:
        """What is not as it must be, one line each."""
        expected = {
            "messages": [["user", place.text], ["assistant", self.reply]],
            "unfinished": 0,
            "checkpoints": [],
            "reviews": [["approved", *sorted(REVIEWERS)]],
            "ledger": [[tool, "succeeded"] for tool in self.effects],
            "effects": list(self.effects),
            "refunds": [[self.refund]],
            "vouchers": [[500, self.voucher]],
            "notes": [[self.notes]],
            "verified": True,
        }
        counted = {"message": 1, "reply": 1, "review.opened": 1, "review.answered": len(REVIEWERS)}
        found = {name: facts["kinds"].get(name, 0) for name in counted}
        lines = [f"{name} is {facts[name]}, not {value}" for name, value in expected.items() if facts[name] != value]
        return lines if found == counted else [*lines, f"the log counts {found}, not {counted}"]


UNDONE = Ending(
    "The note failed.\n\nTaken back: vouchers.issue, refunds.issue.",
    ("refunds.issue", "vouchers.issue", "vouchers.cancel", "refunds.cancel"),
    "cancelled",
    "cancelled",
    0,
)
KEPT = Ending("All done.", ("refunds.issue", "vouchers.issue", "tickets.comment"), "pending", "issued", 1)
