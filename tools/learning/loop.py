"""The learning loop collects what people decided, looks after models, trains, compares, and asks policy.

Each step is a commit of its own and can be repeated: broken off anywhere, nothing is lost and nothing is half in force.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput, NotAllowed
from ...policies.review.store import ReviewStore
from ..connectors.business import Business
from ..scoring.model import ScoreModel, load_shipped_model
from ..scoring.score_versions import PAUSED, RESUMED, ScoreVersions, VersionConflict
from ..scoring.task import LearningTask
from ..scoring.versions import TrainedModel
from .adoption import Adoption
from .collector import collect_from_reviews, collect_from_routes
from .examples import ExampleStore, LearningExample
from .health import MIN_SCORES, RECENT_DAYS, Health, compute_drift, compute_edit_rate, compute_health
from .model_card import format_score_card
from .port import ExampleCounts, ExternalModel, ModelStatus, TrainingOutcome
from .promotion import compare_models, explain_too_few
from .training import TrainingError, load_past_samples, measure_score_model, split_history, train_score_model
from .votes import Vote, WeightedVotes, list_samples, weigh_examples

RUNNERS = frozenset({"policy_owner", "it_admin", "controller", "support_manager"})
"""Who may have models trained; whether what comes out is adopted is policy's word."""
TEND_EVERY, LOOK_BACK = timedelta(minutes=10), timedelta(days=1)
_LATELY = 200
SHIPPED_VERSION = 1
ProgressReport = Callable[[str], None]


class LearningLoop:
    """The loop of one installation.

    Args:
        business: whose records and labelled history it learns from.
        tasks: by name, what is learned.
        now: the clock.
        beside: models that another room trains.
    """

    def __init__(
        self,
        examples: ExampleStore,
        standings: ScoreVersions,
        adoption: Adoption[ScoreModel],
        audit: AuditLog,
        reviews: ReviewStore,
        business: Business,
        tasks: Mapping[str, LearningTask],
        now: Callable[[], datetime],
        beside: Sequence[ExternalModel] = (),
    ) -> None:
        self._beside = {item.name: item for item in beside}
        self.examples = examples
        self.standings = standings
        self.adoption = adoption
        self._audit = audit
        self._reviews = reviews
        self._business = business
        self.tasks = tasks
        self._records = business.records
        self._directory = business.directory
        self._now = now
        self._tended: datetime | None = None

    def collect(self, tenant: str) -> int:
        """Takes over what people decided since the last time; returns how many examples are new."""
        known, since = self.examples.known(tenant), self._find_collection_start(tenant)
        at = since.isoformat() if since else ""
        found = list(collect_from_reviews(self._reviews, self._audit, self._records, self.tasks, tenant, known, at))
        found += collect_from_routes(self._audit, tenant, self._human, since)
        return self.examples.add(item for item in found if item.example_id not in known)

    def _find_collection_start(self, tenant: str) -> datetime | None:
        """From when on to look again: a day before the newest example that was collected, for clocks that differ."""
        found = [item.at for item in self.examples.find(tenant).examples if item.kind != "said"]
        return datetime.fromisoformat(max(found)) - LOOK_BACK if found else None

    def check(self, tenant: str, tasks: Sequence[str] = ()) -> dict[str, Health]:
        """Pauses each model that is below target on recent cases, and lets those work again that meet it."""
        found = {}
        for name in tasks or self.tasks:
            standing = self.standings.get_standing(tenant, name)
            if standing.model is None:
                continue
            found[name] = health = self._health(tenant, self.tasks[name], standing.model)
            if bool(health.below) != bool(standing.paused):
                what = PAUSED if health.below else RESUMED
                body = {"reason": health.below, "cases": health.cases, **health.metrics}
                with suppress(VersionConflict):  # another process looked at the same moment
                    self.standings.change(tenant, name, what, "system", standing.seq, body, now=self._now())
        return found

    def tend(self) -> None:
        """Does what needs nobody: adopts what was signed at once, and the rest of :meth:`catch_up` every ten minutes.

        For one thread at a time; of several processes that do so at once, each change is made by one.
        """
        now, tenant = self._now(), self._records.company().tenant
        if self._tended and now - self._tended < TEND_EVERY:
            self._settle(tenant)
            return
        self.catch_up(tenant)
        self._tended = now

    def catch_up(self, tenant: str) -> None:
        """Brings up to date what is learned: adopts what was signed, collects, pauses models and lets them work again.

        What people decided stands in the reviews and in the log, so that nothing is lost before this, and each
        decision has one id, so that nothing is learned twice.
        """
        self._settle(tenant)
        self.collect(tenant)
        self.check(tenant)

    def run(
        self, who: Principal, tasks: Sequence[str] = (), tell: ProgressReport = lambda _step: None
    ) -> list[TrainingOutcome]:
        """Collects, adopts what was signed, checks, trains and compares; adopts what is better and within policy.

        Raises:
            NotAllowed: this person may not have models trained.
            CannotTrain: scikit-learn is not installed.
        """
        if not who.roles & RUNNERS:
            raise NotAllowed(f"Only {' or '.join(sorted(RUNNERS))} may have models trained.")
        tell("collecting what people decided")
        self.collect(who.tenant)
        self._settle(who.tenant)
        done = []
        for name in tasks or self.names:
            tell(f"training and comparing {name}")
            if other := self._beside.get(name):
                done.append(self._record_outcome(who, *other.train(who)))
            else:
                done.append(self._train(who, self.tasks[name]))
        tell("checking the models in force")
        self.check(who.tenant, [name for name in tasks if name in self.tasks])
        return done

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all models that are trained."""
        return (*self.tasks, *self._beside)

    def roll_back(self, who: Principal, name: str) -> TrainedModel:
        """Puts the model back in force that was so before.

        Raises:
            BadInput: there is none before it.
            NotAllowed: policy denies this person to do so.
        """
        other = self._beside.get(name)
        return other.roll_back(who) if other else self.adoption.roll_back(who, name)

    def card(self, tenant: str, name: str) -> tuple[str, Mapping[str, object]]:
        """The card of a model in force as Markdown, and the model as plain data.

        Raises:
            BadInput: the model cannot be used.
        """
        if other := self._beside.get(name):
            return other.card(tenant)
        standing = self.standings.get_standing(tenant, name)
        if standing.model is None:
            raise BadInput(standing.paused)
        own, history = self.tasks[name].model_note, self._business.history_note
        note = own if standing.model.version == SHIPPED_VERSION else history
        return format_score_card(self.tasks[name], standing.model, note), standing.model.record() | {
            "digest": standing.model.digest
        }

    def _settle(self, tenant: str) -> None:
        self.adoption.settle(tenant)
        for other in self._beside.values():
            other.settle(tenant)

    def _train(self, who: Principal, task: LearningTask) -> TrainingOutcome:
        standing = self.standings.get_standing(who.tenant, task.name)
        # The one that came with it stands in the place of one that cannot be used any more.
        before = standing.model or load_shipped_model(task.name, task.model)
        weighed = self._weigh_examples(who.tenant, task, before)
        if few := explain_too_few(weighed):
            return self._record_outcome(who, TrainingOutcome(task.name, "kept", (few,), {}), weighed)
        if waits := self.adoption.list_waiting(who.tenant, task.name):
            return TrainingOutcome(task.name, "waits", ("a candidate waits for people",), {}, waits[0].review_id)
        seen, anchor = load_past_samples(task, self._business.labelled_history(task.name))
        if not anchor:
            return self._record_outcome(
                who, TrainingOutcome(task.name, "kept", ("there is no labelled history",), {}), weighed
            )
        version = self.standings.next_version(who.tenant, task.name, before.version)
        try:
            trained = train_score_model(
                task, [*seen, *list_samples(weighed.part(held_back=False))], self._now().date(), version
            )
        except TrainingError as error:
            if "scikit-learn" in str(error):
                raise
            return self._record_outcome(who, TrainingOutcome(task.name, "kept", (str(error),), {}), weighed)
        candidate = trained.with_metrics(measure_score_model(trained, anchor), version)
        candidate = replace(candidate, settings={**candidate.settings, "people": weighed.people})
        compared = compare_models(task, before, candidate, weighed, anchor)
        figures = compared.figures | {
            "examples": len(weighed.votes),
            "people": weighed.people,
            "drift": self.drift(who.tenant, task, candidate) or 0,
        }
        if not compared.adopt:
            return self._record_outcome(who, TrainingOutcome(task.name, "kept", compared.reasons, figures), weighed)
        asked = self.adoption.ask(who, standing, candidate, figures)
        reasons = (*compared.reasons, *asked.reasons)
        return self._record_outcome(
            who, TrainingOutcome(task.name, asked.state, reasons, figures, asked.review_id, version), weighed
        )

    def status(self, tenant: str) -> Iterator[ModelStatus]:
        """How each model stands now; changes nothing."""
        for name, task in self.tasks.items():
            standing = self.standings.get_standing(tenant, name)
            waiting = tuple(item.review_id for item in self.adoption.list_waiting(tenant, name))
            if standing.model is None:
                yield ModelStatus(standing, Health(0, {}, standing.paused), 0, 0, {}, (), None, waiting)
                continue
            weighed = self._weigh_examples(tenant, task, standing.model)
            yield ModelStatus(
                standing,
                self._health(tenant, task, standing.model),
                len(weighed.votes),
                weighed.people,
                weighed.set_aside,
                weighed.distrusted,
                self.drift(tenant, task, standing.model),
                waiting,
            )
        for other in self._beside.values():
            yield other.status(tenant)

    def drift(self, tenant: str, task: LearningTask, model: ScoreModel) -> int | None:
        """How far the scores of recent cases have moved from those of the history, in thousandths.

        Of refunds those that were decided on count, of invoices and tickets the newest; ``None`` where they are few.
        """
        rows = [model.vector(values) for values in self._list_recent_values(tenant, task)]
        seen, _ = load_past_samples(task, self._business.labelled_history(task.name))
        if len(rows) < MIN_SCORES or not seen:
            return None
        return compute_drift(model, seen, model.probability(np.stack(rows)))

    def _list_recent_values(self, tenant: str, task: LearningTask) -> Iterator[Mapping[str, float]]:
        yield from task.list_lately(self._records, _LATELY)
        if task.decided_values:
            since = self._now() - timedelta(days=RECENT_DAYS)
            for record in self._audit.records(tenant=tenant, kind="decision", since=since):
                told = (record.data.get("models") or {}).get(task.name) or {}
                if values := told.get("values"):
                    yield {name: float(value) for name, value in values.items()}

    def edit_rate(self, tenant: str) -> tuple[int, int]:
        """How many of the reviews that people answered within 90 days they changed, and how many there were."""
        return compute_edit_rate(self.examples.find(tenant, since=self._now() - timedelta(days=RECENT_DAYS)).examples)

    def _health(self, tenant: str, task: LearningTask, model: ScoreModel) -> Health:
        since = self._now() - timedelta(days=RECENT_DAYS)
        return compute_health(task, model, self._weigh_examples(tenant, task, model, since=since))

    def _weigh_examples(
        self, tenant: str, task: LearningTask, model: ScoreModel, since: datetime | None = None
    ) -> WeightedVotes[Vote]:
        kept = self.examples.find(tenant, task.name, since)
        history = len(split_history(self._business.labelled_history(task.name))[0])
        return weigh_examples(kept.examples, model, history, self._values(task), trusting=since is not None)

    def _values(self, task: LearningTask) -> Callable[[LearningExample], Mapping[str, float] | None]:
        def of(example: LearningExample) -> Mapping[str, float] | None:
            if task.of_text:
                return task.load_case(self._records, example.case_id)
            try:
                values = {name: float(example.values[name]) for name in task.features}
            except (KeyError, ValueError):
                return None
            return values if all(map(math.isfinite, values.values())) else None

        return of

    def _record_outcome(
        self, who: Principal, ran: TrainingOutcome, weighed: WeightedVotes[Vote] | ExampleCounts
    ) -> TrainingOutcome:
        """Writes down what a run came to; adoptions have a record of their own besides."""
        body: dict[str, Any] = {
            "task": ran.task,
            "state": ran.state,
            "reasons": list(ran.reasons),
            "figures": dict(ran.figures),
            "set_aside": dict(weighed.set_aside),
            "distrusted": list(weighed.distrusted),
            "review_id": ran.review_id,
        }
        self._audit.append(AuditEvent("learn.run", who.user_id, who.tenant, body=body))
        return ran

    def _human(self, user_id: str) -> str:
        found = self._directory.get(user_id)
        return found.human if found else user_id
