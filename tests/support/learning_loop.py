"""A learning loop over a test's office, and people who label cases as a test wants it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.tools.connectors.business import PastCase
from countersign.tools.learning.adoption import Adoption
from countersign.tools.learning.examples import ExampleStore, LearningExample
from countersign.tools.learning.loop import LearningLoop
from countersign.tools.learning.training import load_past_samples, train_score_model
from countersign.tools.sample_company.business import read_labelled_history
from countersign.tools.sample_company.texts import past_cases
from countersign.tools.sample_company.texts.past_cases import draw_cases
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.scoring.model import ScoreModel
from countersign.tools.scoring.score_versions import ADOPTED, SHIPPED, ScoreVersions
from services import NOW, Office

TENANT = "halden-birch"
PEOPLE = ("tom.adler", "karl.weiss", "ines.roth", "lena.brandt", "eva.stern")


def fresh(count: int, prefix: str = "NEW") -> tuple[PastCase, ...]:
    """New refunds like those of the history, with hardly a mistake in their labels; none of them is in it."""
    return draw_cases(prefix, count, 0.01, past_cases._draw_refund)


def example(
    case: PastCase, person: str, label: int | None = None, *, at: datetime = NOW, case_id: str = ""
) -> LearningExample:
    """A person's label on a case."""
    return LearningExample(
        tenant=TENANT,
        task="fraud",
        case_id=case_id or case.case_id,
        label=str(case.label if label is None else label),
        kind="said",
        source="test",
        person=person,
        human=person.removesuffix(".admin"),
        at=at.isoformat(),
        values={name: f"{value:.10g}" for name, value in case.values.items()},
        subjects=(f"CUS-{case.case_id}",),
    )


def shared(
    cases: Iterable[PastCase], people: Iterable[str], label: Callable[[PastCase], int] | None = None
) -> list[LearningExample]:
    """The cases dealt out to people, each labelled by one of them."""
    everybody = list(people)
    return [
        example(case, everybody[place % len(everybody)], label(case) if label else None)
        for place, case in enumerate(cases)
    ]


def weaken(standings: ScoreVersions, at: datetime) -> ScoreModel:
    """Puts a model of few cases in force, so that there is something to learn."""
    seen, _ = load_past_samples(LEARNING_TASKS["fraud"], read_labelled_history("fraud"))
    weak = replace(
        train_score_model(LEARNING_TASKS["fraud"], seen[:260], datetime(2026, 1, 1, tzinfo=UTC).date()), version=2
    )
    weak = replace(weak, metrics=standings.load("fraud", SHIPPED).metrics)
    seq = standings.get_standing(TENANT, "fraud").seq
    body = {"digest": weak.digest, "version": 2, "from": SHIPPED}
    standings.change(TENANT, "fraud", ADOPTED, "test", seq, body, model=weak, now=at)
    return weak


@dataclass
class LearningDesk:
    """The loop over an office."""

    office: Office
    at: datetime = NOW
    history: Callable[[str], Sequence[PastCase]] = read_labelled_history

    @cached_property
    def policy(self) -> PolicySet:
        return load_packs()

    @cached_property
    def examples(self) -> ExampleStore:
        return ExampleStore(self.office.engine, self.office.audit)

    @cached_property
    def standings(self) -> ScoreVersions:
        return ScoreVersions(self.office.engine, self.office.audit, LEARNING_TASKS)

    @cached_property
    def adoption(self) -> Adoption[Any]:
        return Adoption(
            self.standings,
            self.office.audit,
            self.office.reviews,
            self.office.directory,
            lambda: self.policy,
            lambda: self.at,
        )

    @cached_property
    def loop(self) -> LearningLoop:
        return LearningLoop(
            self.examples,
            self.standings,
            self.adoption,
            self.office.audit,
            self.office.reviews,
            replace(self.office.business, labelled_history=self.history),
            LEARNING_TASKS,
            lambda: self.at,
        )

    def weaken(self) -> ScoreModel:
        """Puts a model in force from which there is something to learn."""
        return weaken(self.standings, self.at - timedelta(days=9))

    def in_force(self) -> ScoreModel:
        found = self.standings.get_standing(TENANT, "fraud").model
        assert found is not None
        return found
