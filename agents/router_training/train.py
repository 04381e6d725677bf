"""This module trains a router's classifier on the intents that people write.

It applies the general trainer (:mod:`.training`) to their examples; the one that ships is made by ``python -m
countersign.agents.intents.train``. Out-of-scope topics are held out whole in cross-validation, so that recall is about
new topics.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...memory.embeddings.embedder import Embedder
from ..routing.classifier import Classifier
from ..routing.intents import Catalogue, IntentExample, compute_examples_digest
from ..routing.record_ids import replace_record_ids
from ..routing.rules import RoutingRules
from .promotion import HeldOutSet, measure_router
from .training import FOLDS, SEED, Ints, Recipe, TrainingData, train_classifier

RECIPE = Recipe()


def prepare_data(catalogue: Catalogue, rules: RoutingRules, embedder: Embedder) -> TrainingData:
    """Vectors, labels and folds of all examples; the same each time for the same examples."""
    examples = list_training_examples(catalogue, rules)
    labels = tuple(catalogue.intents)
    texts = tuple(item.text for item in examples)
    targets = np.array([labels.index(item.intent) for item in examples], dtype=np.int64)
    return TrainingData(labels, texts, embedder.embed(texts), targets, _folds(examples))


def list_training_examples(catalogue: Catalogue, rules: RoutingRules) -> tuple[IntentExample, ...]:
    """The examples as the classifier reads them: ids replaced by words."""
    return tuple(
        IntentExample(replace_record_ids(item.text, rules), item.intent, item.topic) for item in catalogue.examples()
    )


def _folds(examples: Sequence[IntentExample]) -> Ints:
    """Examples of an intent go round the folds in shuffled order; a topic stays together in one fold."""
    generator = np.random.default_rng(SEED)
    topics = sorted({item.topic for item in examples if item.topic})
    generator.shuffle(topics)
    folds = np.array([topics.index(item.topic) % FOLDS if item.topic else -1 for item in examples], dtype=np.int64)
    for intent in dict.fromkeys(item.intent for item in examples):
        members = np.array([i for i, item in enumerate(examples) if item.intent == intent and not item.topic])
        generator.shuffle(members)
        for position, index in enumerate(members):
            folds[int(index)] = position % FOLDS
    return folds


def train_router(catalogue: Catalogue, rules: RoutingRules, embedder: Embedder) -> Classifier:
    """Choose the strength by cross-validated accuracy, then train on everything."""
    data = prepare_data(catalogue, rules, embedder)
    agents = [catalogue.agent(label) for label in data.labels]
    seen = compute_examples_digest(list_training_examples(catalogue, rules))
    return train_classifier(data, RECIPE, embedder=embedder.name, examples=seen, agents=agents)


def add_measures(
    trained: Classifier, rules: RoutingRules, held: Sequence[IntentExample], embedder: Embedder
) -> Classifier:
    """The classifier with its figures on held-out messages, in thousandths, among its settings."""
    read = tuple(IntentExample(replace_record_ids(item.text, rules), item.intent, "") for item in held)
    held_out = HeldOutSet(read, embedder.embed([item.text for item in read]))
    figures = measure_router(trained, held_out, rules.thresholds)
    return replace(trained, settings={**trained.settings, "held_out": figures})
