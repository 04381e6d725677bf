"""The trainer serves any labelled messages: calibrated, with an answer for what is out of scope, the same each time."""

import json
from pathlib import Path

import numpy as np
import pytest
from countersign.agents.router_training.training import (
    OutOfFoldScores,
    Recipe,
    TrainingData,
    calibrate,
    compute_familiarity_threshold,
    fit_gate,
    make_even_folds,
    train_classifier,
)
from countersign.agents.routing.classifier import Classifier, compute_familiarity_signs, fit_words, make_term_row
from countersign.agents.routing.classifier_file import encode_classifier, load_classifier
from countersign.agents.routing.intents import OUT_OF_SCOPE
from countersign.memory.embeddings.minilm import MiniLM
from countersign.policies.errors import BadInput

CLINC = Path(__file__).parents[3] / "../shared/data/clinc150/train_val.json"
QUICK = Recipe(strengths=(10.0,), parts=False)


def prepared(texts: list[str], labels: list[str], folds: int = 3) -> TrainingData:
    """Data with vectors that say nothing, so that only words can tell the labels apart."""
    names = tuple(sorted(set(labels)))
    targets = np.array([names.index(label) for label in labels])
    vectors = np.full((len(texts), 8), 8**-0.5, np.float32)
    return TrainingData(names, tuple(texts), vectors, targets, make_even_folds(targets, folds))


def two_labels() -> TrainingData:
    texts = [f"please {verb} the {thing} now" for verb in ("send", "mail", "post") for thing in "abcdefghij"]
    texts += [f"please {verb} the {thing} now" for verb in ("pay", "settle", "wire") for thing in "abcdefghij"]
    return prepared(texts, ["send"] * 30 + ["pay"] * 30)


def test_two_labels_without_strangers_are_learned_and_judged() -> None:
    """Would break if a set with two labels, or one without out-of-scope messages, could not be trained."""
    data = two_labels()
    trained = train_classifier(data, QUICK, embedder="none")
    judged = trained.classify("please wire the k now", data.vectors[0])
    assert (judged.intent, judged.agent) == ("pay", None)
    assert sum(p for _, p in judged.ranking) == pytest.approx(1)
    assert trained.out_of_scope_index is None
    assert trained.settings == {"strength": 10.0, "folds": 3, "count": 60, "terms": trained.settings["terms"]}


def test_the_same_messages_give_the_same_bytes_and_survive_the_disk(tmp_path: Path) -> None:
    """Would break if two trainings could not be compared, or a model judged otherwise after it was stored."""
    data = two_labels()
    first, second = (train_classifier(data, QUICK, embedder="none", examples="d", agents=["a", None]) for _ in range(2))
    assert encode_classifier(first) == encode_classifier(second)
    path = tmp_path / "model.npz"
    path.write_bytes(encode_classifier(first))
    again = load_classifier(path, embedder="none")
    assert (again.labels, again.agents, again.examples, again.settings) == (
        first.labels,
        ("a", None),
        "d",
        first.settings,
    )
    for text in ("please mail the z now", "settle it", ""):
        a, b = (model.classify(text, data.vectors[0]) for model in (first, again))
        assert a.intent == b.intent
        assert a.confidence == pytest.approx(b.confidence, abs=0.01)


def test_a_label_that_stands_in_one_fold_only_is_refused_in_words() -> None:
    """Would break if a label with a single example ended in a stack trace of the training library."""
    data = prepared(["one of these", "one of those", "one more", "alone"], ["a", "a", "a", "b"])
    with pytest.raises(BadInput, match="no training example"):
        train_classifier(data, QUICK, embedder="none")


def test_signs_of_home_rise_with_what_is_known() -> None:
    """Would break if a text that no intent speaks up for looked as familiar as one that an intent claims."""
    scores = np.array([[4.0, 0.0, -1.0], [0.1, 0.0, 2.0]])
    near, far = compute_familiarity_signs(scores, np.array([[0.9, 0.1], [0.2, 0.1]]), strange=2)
    assert (near > far).all()
    assert compute_familiarity_signs(scores, np.array([[0.9], [0.2]]), strange=None)[0, 0] == 0


def test_the_temperature_makes_overconfidence_smaller() -> None:
    """Would break if a model that is right two times in three went on saying that it is certain."""
    targets = np.array([0, 0, 1] * 30)
    scores = np.tile([9.0, 0.0], (90, 1))
    assert calibrate(scores, targets) == pytest.approx(4.0)
    assert calibrate(np.tile([0.3, 0.0], (90, 1)), targets) < 1


@pytest.mark.parametrize(("known", "least"), [(1, 0.0), (98, 0.0), (99, 0.0), (199, 1.0), (1000, 9.0)])
def test_the_gate_refuses_one_known_text_in_a_hundred(known: int, least: float) -> None:
    """Would break if the threshold were anything but the conformal quantile, or a small set were refused at large."""
    generator = np.random.default_rng(1)
    assert compute_familiarity_threshold(generator.permutation(np.arange(float(known)))) == least


def test_new_known_texts_are_refused_no_more_often_than_the_level_says() -> None:
    """Would break if the level were a promise that holds for the texts it was chosen on alone."""
    generator = np.random.default_rng(2)
    refused = [
        float((generator.normal(size=500) < compute_familiarity_threshold(generator.normal(size=150))).mean())
        for _ in range(400)
    ]
    assert 0.004 < np.mean(refused) <= 0.01


def test_a_gate_needs_a_message_that_was_read_right() -> None:
    """Would break if messages that nothing was learned from ended in a stack trace instead of words."""
    data = two_labels()
    wrong = np.eye(2)[1 - np.asarray(data.targets)] * 5
    with pytest.raises(BadInput, match="read right"):
        fit_gate(OutOfFoldScores(wrong, np.full((60, 2), 0.5, np.float32)), data, 1.0)


def test_words_are_counted_with_bounds() -> None:
    """Would break if slips, odd letters or a huge message could not be read."""
    terms = fit_words(["refund the order", "refund my order", "refund it", "ship it"], least=2, least_parts=2)
    assert {"refund", "order", "#ref", "it"} <= set(terms.places)
    assert "refund the" not in terms.places
    columns, values = make_term_row(terms, "ＲＥＦＵＮＤ refnd order’s \x00 ١٢")
    assert terms.places["refund"] in columns
    assert np.isfinite(values).all()
    assert len(make_term_row(terms, "")[0]) == len(make_term_row(terms, "zzz qqq")[0]) == 0
    assert len(make_term_row(terms, "refund " * 200_000)[0]) < 40


@pytest.mark.skipif(not CLINC.is_file(), reason="the public messages of CLINC150 are not beside the checkout")
def test_other_peoples_messages_are_read_and_strangers_recognised() -> None:
    """Would break if the trainer served only our own examples; the whole figure is in benchmarks/intents.py."""
    record = json.loads(CLINC.read_text(encoding="utf-8"))
    chosen = sorted({label for _, label in record["train"]})[::8]
    train = [row for label in chosen for row in [r for r in record["train"] if r[1] == label][:25]]
    train += [[text, OUT_OF_SCOPE] for text, _ in record["oos_train"]]
    test = [row for row in record["val"] if row[1] in chosen][::3]
    embedder = MiniLM()
    names = tuple(sorted({label for _, label in train}))
    targets = np.array([names.index(label) for _, label in train])
    texts = tuple(text for text, _ in train)
    data = TrainingData(names, texts, embedder.embed(texts), targets, make_even_folds(targets, 3))
    trained = train_classifier(data, QUICK, embedder=embedder.name)
    assert _share(trained, embedder, [tuple(row) for row in test]) >= 0.87
    assert _share(trained, embedder, [(text, OUT_OF_SCOPE) for text, _ in record["oos_val"]]) >= 0.75


def _share(trained: Classifier, embedder: MiniLM, pairs: list[tuple[str, str]]) -> float:
    vectors = embedder.embed([text for text, _ in pairs])
    found = [trained.classify(text, vector).intent for (text, _), vector in zip(pairs, vectors, strict=True)]
    return float(np.mean([intent == label for intent, (_, label) in zip(found, pairs, strict=True)]))
