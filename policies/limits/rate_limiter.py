"""The rate limiter holds people, teams and tools to the limits of the packs in force, over all processes together."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from ..audit.log import AuditEvent, AuditLog
from ..domain.principal import Principal
from ..rules.policy_set import PolicySet
from ..rules.rate_limit import LimitSubject, RateLimit, ReachedLimit, list_rate_keys
from ..storage.database import begin_write

LIMITED = "rate.limited"


class RateLimiter:
    """The limits of the packs in force, counted in one database.

    Args:
        engine: the database of the records; the table of counts is made at the first hit.
        policy: the packs in force now.
        audit: where it is written down that a limit was reached.
        now: the clock.
    """

    def __init__(
        self,
        engine: Engine,
        policy: Callable[[], PolicySet],
        audit: AuditLog,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._audit = audit
        self._now = now

    def refusal(
        self, counted: LimitSubject, name: str, principal: Principal, mark: str, *, thread: str = "", run: str = ""
    ) -> tuple[str, str]:
        """Counts one thing under every limit that speaks of it, or under none of them when one is reached.

        Args:
            name: of the tool or workflow; empty for a message.
            mark: what is the same thing counts once, such as a step that is made again after a crash.

        Returns:
            The id of the limit that was reached and what the person is told; both empty when there was room.

        Raises:
            StorageError: it could not be counted; nothing may go on.
        """
        limits = [limit for limit in self._policy().limits.values() if limit.speaks_of(counted, name)]
        if not limits:
            return "", ""
        now = self._now()
        over = self._hit(limits, name, principal, mark, now)
        if over is None:
            return "", ""
        body = {
            "limit": over.limit.id,
            "rate": over.limit.rate,
            "per": over.limit.per,
            "counted": str(counted),
            "name": name,
            "until": over.until.isoformat(),
        }
        self._audit.append(AuditEvent(LIMITED, f"user:{principal.user_id}", principal.tenant, thread, run, body))
        return over.limit.id, over.words(now)

    def section(self, limit_id: str) -> str:
        """The handbook section that a limit encodes; empty for one that is no longer in force."""
        found = self._policy().limits.get(limit_id)
        return found.source if found else ""

    def _hit(
        self, limits: list[RateLimit], name: str, principal: Principal, mark: str, now: datetime
    ) -> ReachedLimit | None:
        # Loaded here, so that `--help` need not.
        from limits import parse
        from limits.storage import storage_from_string
        from limits.strategies import MovingWindowRateLimiter

        from .rate_storage import SCHEME

        try:
            with begin_write(self._engine) as connection:
                given: dict[str, Any] = {
                    "engine": self._engine,
                    "connection": connection,
                    "mark": mark,
                    "clock": now.timestamp,
                }
                counts = storage_from_string(f"{SCHEME}://", **given)
                limiter = MovingWindowRateLimiter(counts)
                for limit in limits:
                    item = parse(limit.rate)
                    for key in list_rate_keys(limit, principal, name):
                        if not limiter.hit(item, key):
                            reset = limiter.get_window_stats(item, key).reset_time
                            raise _LimitReached(ReachedLimit(limit, datetime.fromtimestamp(reset, UTC)))
        except _LimitReached as full:
            return full.over
        return None


class _LimitReached(Exception):
    """Takes back what the other limits have counted already."""

    def __init__(self, over: ReachedLimit) -> None:
        super().__init__(over.limit.id)
        self.over = over
