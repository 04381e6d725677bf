"""The factory puts the learning loop together over one data folder's records."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from ...policies.audit.log import AuditLog
from ...policies.review.store import ReviewStore
from ...policies.rules.policy_set import PolicySet
from ..connectors.business import Business
from ..scoring.score_versions import ScoreVersions
from ..scoring.task import LearningTask
from .adoption import Adoption
from .examples import ExampleStore
from .loop import LearningLoop
from .port import ExternalModel


def open_learning(
    engine: Engine,
    audit: AuditLog,
    reviews: ReviewStore,
    business: Business,
    tasks: Mapping[str, LearningTask],
    policy: Callable[[], PolicySet],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    beside: Sequence[ExternalModel] = (),
) -> LearningLoop:
    """The loop of one installation.

    Args:
        business: whose records and labelled history it learns from.
        tasks: by name, what is learned.
        policy: returns the rules in force now.
        beside: models that another room trains.
    """
    standings = ScoreVersions(engine, audit, tasks)
    adoption = Adoption(standings, audit, reviews, business.directory, policy, now)
    return LearningLoop(ExampleStore(engine, audit), standings, adoption, audit, reviews, business, tasks, now, beside)
