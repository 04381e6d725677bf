"""The learning loop: collect what people decided, look whether models are still good, train, compare, ask policy.

Each step is a commit of its own and can be repeated: broken off anywhere, nothing is lost and nothing is half in force.
"""

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from ...policies.audit.log import Audit, Event
from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput, CountersignError, NotAllowed
from ...policies.review.store import Reviews
from ..connectors.port import SystemOfRecord
from ..scoring.features import invoice_values, ticket_values, words_of_ticket
from ..scoring.model import ScoreModel, shipped
from ..scoring.score_versions import PAUSED, RESUMED, Standings
from ..scoring.versions import Trained
from .adoption import Adoption
from .collector import from_reviews, from_routes
from .examples import Example, Examples
from .health import LEAST_SCORES, RECENT_DAYS, Health, drift_of, edit_rate, health_of
from .model_card import card
from .port import Beside, Counted, Ran, Status
from .promotion import compare, too_few
from .tasks import TASKS, Task
from .training import CannotTrain, measure, past_samples, train
from .votes import Vote, Weighed, samples, weigh

RUNNERS = frozenset({"policy_owner", "it_admin", "controller", "support_manager"})
"""Who may have models trained; whether what comes out is adopted is policy's word."""
TEND_EVERY, LOOK_BACK = timedelta(minutes=10), timedelta(days=1)
_LATELY = 200
log = logging.getLogger(__name__)
Progress = Callable[[str], None]


class Learning:
    """The loop of one installation.

    Args:
        now: the clock.
        beside: models that another room trains.
    """

    def __init__(
        self,
        examples: Examples,
        standings: Standings,
        adoption: Adoption[ScoreModel],
        audit: Audit,
        reviews: Reviews,
        records: SystemOfRecord,
        directory: Directory,
        now: Callable[[], datetime],
        beside: Sequence[Beside] = (),
    ) -> None:
        self._beside = {item.name: item for item in beside}
        self.examples = examples
        self.standings = standings
        self.adoption = adoption
        self._audit = audit
        self._reviews = reviews
        self._records = records
        self._directory = directory
        self._now = now
        self._tended: datetime | None = None

    def collect(self, tenant: str) -> int:
        """Takes over what people decided since the last time; returns how many examples are new."""
        known, since = self.examples.known(tenant), self._find_collection_start(tenant)
        at = since.isoformat() if since else ""
        found = list(from_reviews(self._reviews, self._audit, self._records, tenant, known, at))
        found += from_routes(self._audit, tenant, self._human, since)
        return self.examples.add(item for item in found if item.example_id not in known)

    def process_answer(self) -> None:
        """After a person's answer: adopts what it signed, and looks whether models are still good."""
        try:
            self._settle(self._records.company().tenant)
            self.tend()
        except CountersignError as error:  # the answer stands; the timer tries again
            log.warning("What is learned could not be brought up to date: %s", error)

    def _find_collection_start(self, tenant: str) -> datetime | None:
        """From when on to look again: a day before the newest example that was collected, for clocks that differ."""
        found = [item.at for item in self.examples.find(tenant).examples if item.kind != "said"]
        return datetime.fromisoformat(max(found)) - LOOK_BACK if found else None

    def check(self, tenant: str, tasks: Sequence[str] = ()) -> dict[str, Health]:
        """Pauses each model that is below target on recent cases, and lets those work again that meet it."""
        found = {}
        for name in tasks or TASKS:
            standing = self.standings.get_standing(tenant, name)
            if standing.model is None:
                continue
            found[name] = health = self._health(tenant, TASKS[name], standing.model)
            if bool(health.below) != bool(standing.paused):
                what = PAUSED if health.below else RESUMED
                body = {"reason": health.below, "cases": health.cases, **health.metrics}
                self.standings.change(tenant, name, what, "system", standing.seq, body, now=self._now())
        return found

    def tend(self) -> None:
        """What needs nobody: collects, adopts what was signed, pauses and lets work again; seldom, it does nothing."""
        now = self._now()
        if self._tended and now - self._tended < TEND_EVERY:
            return
        self._tended = now
        tenant = self._records.company().tenant
        self.collect(tenant)
        self._settle(tenant)
        self.check(tenant)

    def run(self, who: Principal, tasks: Sequence[str] = (), tell: Progress = lambda _step: None) -> list[Ran]:
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
                done.append(self._train(who, TASKS[name]))
        tell("checking the models in force")
        self.check(who.tenant, [name for name in tasks if name in TASKS])
        return done

    @property
    def names(self) -> tuple[str, ...]:
        """All that is trained."""
        return (*TASKS, *self._beside)

    def roll_back(self, who: Principal, name: str) -> Trained:
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
        return card(TASKS[name], standing.model), standing.model.record() | {"digest": standing.model.digest}

    def _settle(self, tenant: str) -> None:
        self.adoption.settle(tenant)
        for other in self._beside.values():
            other.settle(tenant)

    def _train(self, who: Principal, task: Task) -> Ran:
        standing = self.standings.get_standing(who.tenant, task.name)
        before = standing.model or shipped(task.name)  # in the place of one that cannot be used any more
        weighed = self._weigh_examples(who.tenant, task, before)
        if few := too_few(weighed):
            return self._record_outcome(who, Ran(task.name, "kept", (few,), {}), weighed)
        if waits := self.adoption.list_waiting(who.tenant, task.name):
            return Ran(task.name, "waits", ("a candidate waits for people",), {}, waits[0].review_id)
        seen, anchor = past_samples(task)
        version = self.standings.next_version(who.tenant, task.name, before.version)
        try:
            trained = train(task, [*seen, *samples(weighed.part(held_back=False))], self._now().date(), version)
        except CannotTrain as error:
            if "scikit-learn" in str(error):
                raise
            return self._record_outcome(who, Ran(task.name, "kept", (str(error),), {}), weighed)
        candidate = trained.with_metrics(measure(trained, anchor), version)
        candidate = replace(candidate, settings={**candidate.settings, "people": weighed.people})
        compared = compare(task, before, candidate, weighed, anchor)
        figures = compared.figures | {
            "examples": len(weighed.votes),
            "people": weighed.people,
            "drift": self.drift(who.tenant, task, candidate) or 0,
        }
        if not compared.adopt:
            return self._record_outcome(who, Ran(task.name, "kept", compared.reasons, figures), weighed)
        asked = self.adoption.ask(who, standing, candidate, figures)
        reasons = (*compared.reasons, *asked.reasons)
        return self._record_outcome(who, Ran(task.name, asked.state, reasons, figures, asked.review_id, version), weighed)

    def status(self, tenant: str) -> Iterator[Status]:
        """How each model stands now; changes nothing."""
        for name, task in TASKS.items():
            standing = self.standings.get_standing(tenant, name)
            waiting = tuple(item.review_id for item in self.adoption.list_waiting(tenant, name))
            if standing.model is None:
                yield Status(standing, Health(0, {}, standing.paused), 0, 0, {}, (), None, waiting)
                continue
            weighed = self._weigh_examples(tenant, task, standing.model)
            yield Status(
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

    def drift(self, tenant: str, task: Task, model: ScoreModel) -> int | None:
        """How far the scores of recent cases have moved from those of the history, in thousandths.

        Of refunds those that were decided on count, of invoices and tickets the newest; ``None`` where they are few.
        """
        rows = [model.vector(values) for values in self._list_recent_values(tenant, task)]
        if len(rows) < LEAST_SCORES:
            return None
        return drift_of(model, past_samples(task)[0], model.probability(np.stack(rows)))

    def _list_recent_values(self, tenant: str, task: Task) -> Iterator[Mapping[str, float]]:
        if task.of_text:
            for row in self._records.find("ticket", order_by="-opened_at", limit=_LATELY):
                yield words_of_ticket(row)
        elif task.name == "invoice_risk":
            for row in self._records.find("invoice", order_by="-received_on", limit=_LATELY):
                yield invoice_values(self._records, row)
        else:
            since = self._now() - timedelta(days=RECENT_DAYS)
            for record in self._audit.records(tenant=tenant, kind="decision", since=since):
                told = (record.data.get("models") or {}).get(task.name) or {}
                if values := told.get("values"):
                    yield {name: float(value) for name, value in values.items()}

    def edit_rate(self, tenant: str) -> tuple[int, int]:
        """How many of the reviews that people answered within 90 days they changed, and how many there were."""
        return edit_rate(self.examples.find(tenant, since=self._now() - timedelta(days=RECENT_DAYS)).examples)

    def _health(self, tenant: str, task: Task, model: ScoreModel) -> Health:
        since = self._now() - timedelta(days=RECENT_DAYS)
        return health_of(task, model, self._weigh_examples(tenant, task, model, since=since))

    def _weigh_examples(self, tenant: str, task: Task, model: ScoreModel, since: datetime | None = None) -> Weighed[Vote]:
        kept = self.examples.find(tenant, task.name, since)
        history = len(task.split()[0])
        return weigh(kept.examples, model, history, self._values(task), trusting=since is not None)

    def _values(self, task: Task) -> Callable[[Example], Mapping[str, float] | None]:
        def of(example: Example) -> Mapping[str, float] | None:
            if task.of_text:
                return ticket_values(self._records, example.case_id)
            try:
                values = {name: float(example.values[name]) for name in task.features}
            except (KeyError, ValueError):
                return None
            return values if all(map(math.isfinite, values.values())) else None

        return of

    def _record_outcome(self, who: Principal, ran: Ran, weighed: Weighed[Vote] | Counted) -> Ran:
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
        self._audit.append(Event("learn.run", who.user_id, who.tenant, body=body))
        return ran

    def _human(self, user_id: str) -> str:
        found = self._directory.get(user_id)
        return found.human if found else user_id
