"""Putting the learning loop together over one data folder's records."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from ...policies.audit import Audit
from ...policies.policyset import PolicySet
from ...policies.principal import Directory
from ...policies.reviews import Reviews
from ..company.records import SystemOfRecord
from ..scoring.standing import Standings
from .adoption import Adoption
from .beside import Beside
from .examples import Examples
from .loop import Learning


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
