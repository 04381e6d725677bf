"""The routing loop trains the router anew on people's corrections, and what is better comes into force.

Collected are the readings that users chose when the assistant had asked (``tools/learning/collector.py``). The shipped
examples and these are trained on together; strength, temperature, the words it knows and the gate for what is out of
scope stay those of the shipped classifier, so that no feedback lets strangers in. An intent gains nothing by it: a
route names an agent, and policy decides on every call as before.

Only intents that ship are trained: what extensions bring stands beside whichever classifier is in force
(``routing/prototypes.py``), and comes and goes with them. A correction that names such an intent is set aside.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from sqlalchemy import Engine

from ...memory.embeddings.embedder import Embedder
from ...policies.audit.log import AuditLog
from ...policies.domain.canonical import compute_digest
from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput
from ...policies.review.store import ReviewStore
from ...policies.rules.policy_set import PolicySet
from ...tools.learning.adoption import Adoption
from ...tools.learning.examples import ExampleStore
from ...tools.learning.health import MIN_SCORES, RECENT_DAYS, Health
from ...tools.learning.metrics import compute_stability_index, round_to_thousandths
from ...tools.learning.port import ExampleCounts, ModelStatus, TrainingOutcome
from ...tools.learning.training import TrainingError
from ...tools.learning.votes import WeightedVotes
from ..routing.classifier import Classifier
from ..routing.intents import OUT_OF_SCOPE, IntentExample, IntentFolder, load_catalogue, load_held_out
from ..routing.record_ids import replace_record_ids
from ..routing.rules import load_rules
from . import promotion, votes
from .model_card import format_router_card
from .train import RECIPE, prepare_data
from .training import TrainingData, fit_model
from .versions import ROUTING, LearnedRouter, RouterVersions, make_learned_router

UNLEARNED = frozenset({"agree", "disagree", "cancel", OUT_OF_SCOPE})
"""What answers the assistant itself, or is none of its business, is learned from the shipped examples alone."""

SHARES = (1.0, 0.5, 0.25)
"""How much corrections count beside the shipped examples: the most with which the held-out messages lose nothing."""


class RoutingLoop:
    """The loop of one installation's router.

    Args:
        intents: what ships; nothing else is trained.
        embedder: the one whose vectors the router reads.
        now: the clock.
    """

    name = ROUTING

    def __init__(
        self,
        examples: ExampleStore,
        versions: RouterVersions,
        adoption: Adoption[LearnedRouter],
        audit: AuditLog,
        intents: IntentFolder,
        embedder: Embedder,
        now: Callable[[], datetime],
    ) -> None:
        self._examples = examples
        self._versions = versions
        self._adoption = adoption
        self._audit = audit
        self._embedder = embedder
        self._now = now
        self._intents = intents
        self._catalogue = load_catalogue(intents)
        self._rules = load_rules(intents.rules, self._catalogue)

    def settle(self, tenant: str) -> list[str]:
        """Adopts what people signed meanwhile, where policy wants signatures."""
        return self._adoption.settle(tenant)

    def train(self, who: Principal) -> tuple[TrainingOutcome, ExampleCounts]:
        """Trains on the shipped examples and people's corrections, compares, and asks policy.

        Raises:
            CannotTrain: scikit-learn is not installed.
        """
        standing = self._versions.get_standing(who.tenant, ROUTING)
        before = standing.model or self._versions.load_shipped(ROUTING)
        found = self._corrections(who.tenant, before.classifier)
        counted = ExampleCounts(found.set_aside, found.distrusted)
        if few := promotion.explain_shortage(found):
            return TrainingOutcome(ROUTING, "kept", (few,), {}), counted
        if waits := self._adoption.list_waiting(who.tenant, ROUTING):
            return TrainingOutcome(ROUTING, "waits", ("a candidate waits for people",), {}, waits[0].review_id), counted
        version = self._versions.next_version(who.tenant, ROUTING, before.version)
        for share in SHARES:
            candidate = self._candidate(found, version, share)
            compared = promotion.compare_routers(
                before.classifier, candidate.classifier, found, self._held_out, self._rules.thresholds
            )
            if compared.adopt:
                break
        figures = compared.figures | {"examples": len(found.votes), "people": found.people}
        if not compared.adopt:
            return TrainingOutcome(ROUTING, "kept", compared.reasons, figures), counted
        candidate = replace(
            candidate, metrics=promotion.measure_router(candidate.classifier, self._held_out, self._rules.thresholds)
        )
        asked = self._adoption.ask(who, standing, candidate, figures)
        reasons = (*compared.reasons, *asked.reasons)
        return TrainingOutcome(ROUTING, asked.state, reasons, figures, asked.review_id, version), counted

    def status(self, tenant: str) -> ModelStatus:
        """How it stands now; changes nothing."""
        standing = self._versions.get_standing(tenant, ROUTING)
        waiting = tuple(item.review_id for item in self._adoption.list_waiting(tenant, ROUTING))
        if standing.model is None:
            return ModelStatus(standing, Health(0, {}, standing.paused), 0, 0, {}, (), None, waiting)
        found = self._corrections(tenant, standing.model.classifier)
        confidence = list(self._recent_confidences(tenant))
        recent = self._examples.find(tenant, ROUTING, self._now() - timedelta(days=RECENT_DAYS)).examples
        return ModelStatus(
            standing,
            Health(len(recent), dict(standing.model.metrics), ""),
            len(found.votes),
            found.people,
            found.set_aside,
            found.distrusted,
            self._drift(standing.model.classifier, confidence),
            waiting,
            (len(recent), len(confidence)),
        )

    def roll_back(self, who: Principal) -> LearnedRouter:
        """Puts the router back in force that was so before."""
        return self._adoption.roll_back(who, ROUTING)

    def card(self, tenant: str) -> tuple[str, Mapping[str, object]]:
        """The card of the router in force, and what it is without its weights."""
        standing = self._versions.get_standing(tenant, ROUTING)
        if standing.model is None:
            raise BadInput(standing.paused)
        record = {name: value for name, value in standing.model.record().items() if name != "artefact"}
        return format_router_card(standing.model), record | {"digest": standing.model.digest}

    def _candidate(self, found: WeightedVotes[votes.Correction], version: int, share: float) -> LearnedRouter:
        """A router of the shipped examples and the corrections that are not held back, which count for a share."""
        shipped = self._versions.load_shipped(ROUTING).classifier
        data = self._shipped_data
        extra = sorted(found.part(held_back=False), key=lambda item: (item.text, item.human))
        whole = TrainingData(
            data.labels,
            (*data.texts, *(item.text for item in extra)),
            np.concatenate([data.vectors, np.stack([item.vector for item in extra])]),
            np.concatenate([data.targets, [data.labels.index(item.intent) for item in extra]]),
            np.zeros(len(data.texts) + len(extra), np.int64),
            np.concatenate([np.ones(len(data.texts)), [share * item.weight for item in extra]]),
        )
        chosen, strength = np.ones(len(whole.targets), bool), float(shipped.settings["strength"])
        try:
            model = fit_model(whole, chosen, strength, RECIPE, shipped.words)
        except ModuleNotFoundError as error:
            raise TrainingError(
                "Training needs scikit-learn: pip install 'countersign[learning]'. Routing goes on without it."
            ) from error
        seen = compute_digest(
            [shipped.examples, [[item.text, item.intent, f"{share * item.weight:.6f}"] for item in extra]]
        )
        classifier = replace(
            shipped, weights=model.weights, term_weights=model.term_weights, bias=model.bias, examples=seen
        )
        settings = {"corrections": len(extra), "people": found.people, "examples": len(data.texts)}
        return make_learned_router(version, classifier, self._now().date().isoformat(), settings)

    def _corrections(self, tenant: str, model: Classifier) -> WeightedVotes[votes.Correction]:
        learnable = frozenset(self._catalogue.intents) - UNLEARNED
        return votes.weigh_corrections(
            self._examples.find(tenant, ROUTING).examples,
            model,
            len(self._catalogue.examples()),
            learnable,
            lambda text: replace_record_ids(text[: self._rules.thresholds.max_chars], self._rules),
            self._embedder.embed,
        )

    @cached_property
    def _shipped_data(self) -> TrainingData:
        return prepare_data(self._catalogue, self._rules, self._embedder)

    @cached_property
    def _held_out(self) -> promotion.HeldOutSet:
        read = tuple(
            replace(item, text=replace_record_ids(item.text, self._rules))
            for item in load_held_out(self._intents.held_out)
        )
        return promotion.HeldOutSet(read, self._embedder.embed([item.text for item in read]))

    def _recent_confidences(self, tenant: str) -> Iterator[float]:
        """How sure the router was of each message of the last 90 days that it had to judge."""
        since = self._now() - timedelta(days=RECENT_DAYS)
        for record in self._audit.records(tenant=tenant, kind="reply", since=since):
            route = (record.data.get("data") or {}).get("route") or {}
            if route.get("how") in ("classifier", "clarify", "out_of_scope"):
                yield float(route["confidence"])

    def _drift(self, model: Classifier, lately: list[float]) -> int | None:
        """How far the confidence in recent messages has moved from that in the held-out ones, in thousandths."""
        if len(lately) < MIN_SCORES:
            return None
        anchor = self._held_out
        sure = [model.classify(*pair).confidence for pair in zip(_texts(anchor.examples), anchor.vectors, strict=True)]
        return round_to_thousandths(compute_stability_index(np.array(sure), np.array(lately)))


def _texts(examples: tuple[IntentExample, ...]) -> list[str]:
    return [item.text for item in examples]


def open_routing(
    engine: Engine,
    audit: AuditLog,
    reviews: ReviewStore,
    directory: Directory,
    policy: Callable[[], PolicySet],
    intents: IntentFolder,
    embedder: Embedder,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RoutingLoop:
    """The router's loop of one installation.

    Args:
        policy: returns the rules in force now.
        intents: what it routes to.
        embedder: the one whose vectors the router reads.
    """
    versions = RouterVersions(engine, audit, intents, embedder.name)
    adoption = Adoption(versions, audit, reviews, directory, policy, now)
    return RoutingLoop(ExampleStore(engine, audit), versions, adoption, audit, intents, embedder, now)
