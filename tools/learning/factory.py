"""Putting the learning loop together over one data folder's records."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from ...policies.audit.log import Audit
from ...policies.domain.principal import Directory
from ...policies.review.store import Reviews
from ...policies.rules.policy_set import PolicySet
from ..connectors.port import SystemOfRecord
from ..scoring.score_versions import Standings
from .adoption import Adoption
from .examples import Examples
from .loop import Learning
from .port import Beside


def open_learning(
    engine: Engine,
    audit: Audit,
    reviews: Reviews,
    records: SystemOfRecord,
    directory: Directory,
    policy: Callable[[], PolicySet],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    beside: Sequence[Beside] = (),
) -> Learning:
    """The loop of one installation; its tables are made when missing.

    Args:
        policy: returns the rules in force now.
        beside: models that another room trains.
    """
    standings = Standings(engine, audit)
    adoption = Adoption(standings, audit, reviews, directory, policy, now)
    return Learning(Examples(engine, audit), standings, adoption, audit, reviews, records, directory, now, beside)
