"""Prototypes read the intents that extensions bring, which a few examples each teach, beside the trained classifier.

The prototype of an intent is the mean direction of its examples (Snell, Swersky and Zemel, "Prototypical Networks for
Few-shot Learning", 2017), seen from the middle of the intents that ship (Wang and others, "SimpleShot", 2019), and the
words of these examples. A message belongs to the intent whose prototype it resembles most, if it resembles it enough.

What the classifier reads stays as it is, to the last bit, unless a prototype has a claim: it must be familiar enough,
and beat the shipped intent, where the classifier sees one, by the more the surer the classifier is. What is out of
scope is not defended, nor what is only handed to a department whose work the extension's agent does: the classifier
would hand many of its examples there. So nothing is trained when an extension comes.

The constants were chosen on messages of CLINC150 (Larson and others, 2019), whose intents were given five examples
each, on the shipped ones and on ``dev.yaml`` in ``benchmarks/extension_intents/``, whose benchmark measures on others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import BadInput
from .classifier import Classifier, Doubles, Floats, Judgement, compute_softmax, split_terms
from .intents import MIN_TAUGHT, OUT_OF_SCOPE, Catalogue
from .record_ids import replace_record_ids
from .rules import RoutingRules

FAMILIAR = 0.6
"""How much a message must resemble a prototype that the classifier takes for none of the assistant's business."""
FAMILIAR_TOPIC = 0.42
"""The same where the classifier is sure that it is business; between them by its probability of out of scope."""
WORDS = 0.45
"""How much the cosine of the words counts beside the one of the directions."""
LEAD = 0.1
"""By how much the cosine to a prototype must beat the one to the shipped intent that a wholly sure classifier reads."""
SPREAD = 0.03
"""How fast a claim grows with resemblance: the scale of the logistic function."""
SHARPNESS = 0.04
"""The temperature among prototypes."""
LEAST_SERVED = 0.25
"""The share of an agent's examples that the classifier must hand to a department, for the agent to serve it."""
LEAST_CLAIM = 0.5
"""A weaker claim is none, and the classifier's judgement is left alone."""


@dataclass(frozen=True, slots=True)
class TaughtExamples:
    """The examples of the intents that extensions brought, as the router reads them.

    Attributes:
        labels: the intents, in the order of the catalogue.
        agents: the agent that owns each, or ``None``.
        texts: all examples, ids replaced by words; what each intent is called to people is one of them.
        targets: the index of each one's intent.
    """

    labels: tuple[str, ...]
    agents: tuple[str | None, ...]
    texts: tuple[str, ...]
    targets: tuple[int, ...]


def list_taught_examples(catalogue: Catalogue, rules: RoutingRules) -> TaughtExamples | None:
    """The examples of extensions' intents, or ``None`` when there are none.

    Raises:
        BadInput: too few of an intent differ once ids are words.
    """
    intents = [intent for name, intent in catalogue.intents.items() if name in catalogue.taught]
    texts: list[str] = []
    targets: list[int] = []
    for at, intent in enumerate(intents):
        read = tuple(dict.fromkeys(replace_record_ids(text, rules) for text, _ in intent.messages()))
        if len(read) < MIN_TAUGHT:
            raise BadInput(
                f"{catalogue.files[intent.id]}: intent {intent.id}: only {len(read)} of its examples differ in more "
                f"than the ids that they name; write at least {MIN_TAUGHT}."
            )
        texts += [*read, intent.reading]
        targets += [at] * (len(read) + 1)
    if not intents:
        return None
    owners = tuple(catalogue.agent(intent.id) for intent in intents)
    return TaughtExamples(tuple(intent.id for intent in intents), owners, tuple(texts), tuple(targets))


@dataclass(frozen=True)
class ExtendedClassifier:
    """A trained classifier, and prototypes of what it was not trained on.

    Attributes:
        trained: the classifier.
        taught: the examples of the other intents.
        vectors: their unit vectors, shape ``(examples, dimensions)``, made by the classifier's embedder.
        handed: the department that each trained intent is handed to, where no agent here takes it.
    """

    trained: Classifier
    taught: TaughtExamples
    vectors: Floats
    handed: Mapping[str, str]

    def classify(self, text: str, vector: Floats) -> Judgement:
        """Judge one message; see :meth:`Classifier.classify`.

        The ranking ends with the intents of extensions, best first, each with probability 0, when none of them claims
        the message.

        Raises:
            BadInput: the vector has another length, or is not finite.
        """
        found = self.trained.classify(text, vector)
        direction = self._turn(vector)
        cosines = self._prototypes @ direction
        resemblance = cosines + WORDS * self._compare_words(text)
        evidence = self._weigh(found, direction, cosines, resemblance)
        claim = 1 / (1 + exp(-max(min(float(evidence.max()) / SPREAD, 50.0), -50.0)))
        order = np.argsort(-resemblance, kind="stable")
        if claim < LEAST_CLAIM:
            return replace(found, ranking=(*found.ranking, *((self.taught.labels[at], 0.0) for at in order)))
        return self._share(found, claim, compute_softmax(evidence / SHARPNESS))

    def _weigh(self, found: Judgement, direction: Doubles, cosines: Doubles, resemblance: Doubles) -> Doubles:
        """How far each intent's claim is above what it needs, shape ``(labels,)``; 0 is as likely as not."""
        outside = dict(found.ranking).get(OUT_OF_SCOPE, float(found.out_of_scope))
        claims = resemblance - FAMILIAR_TOPIC - (FAMILIAR - FAMILIAR_TOPIC) * outside
        if found.out_of_scope:
            return claims
        own = float(self._shipped[found.intent] @ direction)
        defended = np.minimum(claims, cosines - own - LEAD * found.confidence)
        return np.where(self._serves(self.handed.get(found.intent)), claims, defended)

    def _serves(self, department: str | None) -> NDArray[np.bool_]:
        """Whether each intent's agent does the work that was handed to a department, shape ``(labels,)``.

        It does, when enough of its own examples would be handed there.
        """
        serving = [agent for agent, departments in self._departments.items() if department in departments]
        return np.array([agent in serving for agent in self.taught.agents])

    @cached_property
    def _departments(self) -> dict[str | None, set[str]]:
        """The departments that each agent serves."""
        handed: dict[str | None, list[str | None]] = {}
        for text, vector, target in zip(self.taught.texts, self.vectors, self.taught.targets, strict=True):
            read = self.trained.classify(text, vector).intent
            handed.setdefault(self.taught.agents[target], []).append(self.handed.get(read))
        return {
            agent: {name for name in found if name and found.count(name) >= LEAST_SERVED * len(found)}
            for agent, found in handed.items()
        }

    def _share(self, found: Judgement, claim: float, shares: Doubles) -> Judgement:
        """The judgement in which the intents of extensions have a claim on the message, 0 to 1, by these shares."""
        strange = found.out_of_scope and found.ranking[0][0] != OUT_OF_SCOPE
        shipped = ((OUT_OF_SCOPE, 1.0), *((name, 0.0) for name, _ in found.ranking if name != OUT_OF_SCOPE))
        kept = {name: p * (1 - claim) for name, p in (shipped if strange else found.ranking)}
        given = self._take_over(kept)
        ranked = [*kept.items()]
        ranked += [
            (name, float(p)) for name, p in zip(self.taught.labels, shares * claim + given * shares, strict=True)
        ]
        ranked.sort(key=lambda item: -item[1])
        (first, confidence), (second, next_best) = ranked[0], ranked[1]
        outside = first == OUT_OF_SCOPE
        owners = dict(zip(self.trained.labels, self.trained.agents, strict=True))
        owners |= dict(zip(self.taught.labels, self.taught.agents, strict=True))
        return Judgement(
            intent=first,
            agent=None if outside else owners[first],
            confidence=confidence,
            runner_up=second,
            margin=confidence - next_best,
            out_of_scope=outside,
            ranking=tuple(ranked),
        )

    def _take_over(self, kept: dict[str, float]) -> float:
        """Take what was only to be handed to a department that an agent serves out of these probabilities."""
        taken = 0.0
        for name in kept:
            if name in self.handed and self._serves(self.handed[name]).any():
                taken, kept[name] = taken + kept[name], 0.0
        return taken

    def _turn(self, vectors: Floats) -> Doubles:
        """Directions from the middle of the shipped intents."""
        away = np.asarray(vectors - self._middle, dtype=np.float64)
        return np.asarray(away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-9))

    @cached_property
    def _middle(self) -> Floats:
        return np.asarray(self.trained.centroids.mean(axis=0), dtype=np.float32)

    @cached_property
    def _shipped(self) -> dict[str, Doubles]:
        """The direction of each shipped intent in scope."""
        inside = [label for label in self.trained.labels if label != OUT_OF_SCOPE]
        return dict(zip(inside, self._turn(self.trained.centroids), strict=True))

    @cached_property
    def _prototypes(self) -> Doubles:
        """The mean direction of each intent, shape ``(labels, dimensions)``."""
        turned, targets = self._turn(self.vectors), np.array(self.taught.targets)
        means = np.stack([turned[targets == at].mean(axis=0) for at in range(len(self.taught.labels))])
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9))

    @cached_property
    def _words(self) -> dict[str, Doubles]:
        """What each word of an example counts for, for each intent, shape ``(labels,)``."""
        sums: dict[str, Doubles] = {}
        for text, target in zip(self.taught.texts, self.taught.targets, strict=True):
            for term, weight in self._weigh_words(text).items():
                sums.setdefault(term, np.zeros(len(self.taught.labels)))[target] += weight
        lengths = np.sqrt(sum((row * row for row in sums.values()), np.zeros(len(self.taught.labels))))
        return {term: row / np.maximum(lengths, 1e-9) for term, row in sums.items()}

    def _compare_words(self, text: str) -> Doubles:
        """The cosine of a text's words to those of each intent; words and their parts count alike."""
        known = self._words
        rows = [known[term] * weight for term, weight in self._weigh_words(text).items() if term in known]
        return np.asarray(sum(rows, np.zeros(len(self.taught.labels))))

    def _weigh_words(self, text: str) -> dict[str, float]:
        """What each term of a text weighs: its rarity among the shipped examples, the most where it is in none."""
        words, weights = self.trained.words, dict[str, float]()
        rarest = float(words.rarity.max()) if len(words.rarity) else 1.0
        for family in split_terms(text):
            own: dict[str, float] = {}
            for term in family:
                place = words.places.get(term)
                own[term] = own.get(term, 0.0) + (rarest if place is None else float(words.rarity[place]))
            length = sqrt(sum(weight * weight for weight in own.values())) or 1.0
            weights |= {term: weight / length for term, weight in own.items()}
        return weights
