"""Each class of :mod:`...policies.domain.retention` says how long a row of memory stays."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...policies.domain.retention import RetentionClass
from ...policies.errors import BadInput, NotAllowed

TEMPORARY, CASE, LONG_TERM = map(str, (RetentionClass.TEMPORARY, RetentionClass.CASE, RetentionClass.LONG_TERM))
NEVER, MUST_LOG = map(str, (RetentionClass.NEVER, RetentionClass.MUST_LOG))
CLASSES = (TEMPORARY, CASE, LONG_TERM, NEVER, MUST_LOG)


class NotRetained(NotAllowed):
    """Policy says that this must not be kept."""


def make_must_stay_error(key: str) -> NotAllowed:
    """The refusal to replace or delete what must be logged."""
    return NotAllowed(
        f"The item {key!r} must be logged, so it is neither changed nor deleted. Keep the new one under another key."
    )


@dataclass(frozen=True, slots=True)
class Retention:
    """Lifetimes of the classes that end.

    Attributes:
        temporary: how long a temporary item lives.
        case: how long an item of a case lives.
    """

    temporary: timedelta = timedelta(days=1)
    case: timedelta = timedelta(days=365)

    def expiry(self, retention: str, now: datetime, what: str) -> datetime | None:
        """When an item of this class ends, or ``None`` for never.

        Args:
            what: the item in a few words, for the message.

        Raises:
            NotRetained: the class is ``never``.
            BadInput: there is no such class.
        """
        if retention == NEVER:
            raise NotRetained(
                f"{what} was not stored: its retention class is 'never'. Use what it says in this turn only, "
                "or have the policy's owner choose another class."
            )
        if retention not in CLASSES:
            raise BadInput(f"{retention!r} is not a retention class. Use one of {', '.join(CLASSES)}.")
        lifetimes = {TEMPORARY: self.temporary, CASE: self.case}
        return now + lifetimes[retention] if retention in lifetimes else None
