"""The trained classifier: fresh, reproducible, small, and good on messages that it has never seen."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from countersign.agents.intents import INTENTS
from countersign.agents.router_training.train import RECIPE, list_training_examples, prepare_data
from countersign.agents.router_training.training import compute_scores, fit_model
from countersign.agents.routing.classifier import make_term_row
from countersign.agents.routing.classifier_file import encode_classifier, load_classifier
from countersign.agents.routing.intents import OUT_OF_SCOPE, compute_examples_digest, load_catalogue, load_held_out
from countersign.agents.routing.record_ids import find_record_ids, replace_record_ids
from countersign.agents.routing.rules import load_rules
from countersign.memory.embeddings.minilm import MiniLM
from countersign.policies.errors import BadInput


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return MiniLM()


def test_the_artefact_is_made_from_the_present_examples() -> None:
    """Would break if somebody changed an example or an id pattern and did not train again."""
    trained = load_classifier(INTENTS.classifier, embedder=MiniLM.name)
    assert trained.examples == compute_examples_digest(
        list_training_examples(load_catalogue(INTENTS), load_rules(INTENTS.rules))
    )
    assert trained.labels == tuple(load_catalogue(INTENTS).intents)
    assert INTENTS.classifier.stat().st_size <= 500 * 1024


def test_training_again_gives_the_same_predictions(embedder: MiniLM) -> None:
    """Would break if the artefact came from anything but these examples and this training."""
    trained = load_classifier(INTENTS.classifier)
    data = prepare_data(load_catalogue(INTENTS), load_rules(INTENTS.rules), embedder)
    model = fit_model(data, np.ones(len(data.targets), bool), float(trained.settings["strength"]), RECIPE)
    again = compute_scores(model, data.texts, data.vectors).argmax(axis=1)
    pairs = zip(data.texts, data.vectors, strict=True)
    shipped = np.array([trained.scores(make_term_row(trained.words, text), vector).argmax() for text, vector in pairs])
    assert (again == shipped).mean() >= 0.995
    assert (shipped == data.targets).mean() >= 0.93


def test_messages_never_seen_are_read_right(embedder: MiniLM) -> None:
    """Would break if the examples stopped covering how people really ask, or the thresholds let strangers in."""
    trained, rules = load_classifier(INTENTS.classifier), load_rules(INTENTS.rules)
    pairs = [(item.intent, item.text) for item in load_held_out(INTENTS.held_out)]
    assert len(pairs) >= 120
    known = {" ".join(item.text.casefold().split()) for item in load_catalogue(INTENTS).examples()}
    assert not known.intersection(" ".join(text.casefold().split()) for _, text in pairs)
    read = [replace_record_ids(text, rules) for _, text in pairs]
    found = [trained.classify(*pair).intent for pair in zip(read, embedder.embed(read), strict=True)]
    right = [intent == wanted for intent, (wanted, _) in zip(found, pairs, strict=True)]
    outside = [good for good, (intent, _) in zip(right, pairs, strict=True) if intent == OUT_OF_SCOPE]
    assert np.mean(right) >= 0.90
    assert np.mean(outside) >= 0.75


def test_a_judgement_is_a_calibrated_ranking(embedder: MiniLM) -> None:
    """Would break if probabilities did not sum to one, or margin and runner-up did not match the ranking."""
    judgement = load_classifier(INTENTS.classifier).classify(
        "please refund this order", embedder.embed(["please refund this order"])[0]
    )
    assert (judgement.intent, judgement.agent, judgement.out_of_scope) == ("refund", "support", False)
    assert sum(p for _, p in judgement.ranking) == pytest.approx(1)
    assert judgement.runner_up == judgement.ranking[1][0]
    assert judgement.margin == pytest.approx(judgement.ranking[0][1] - judgement.ranking[1][1])


def test_a_vector_that_points_nowhere_is_out_of_scope() -> None:
    """Would break if the distance check were gone: the opposite of every intent resembles none of them."""
    trained = load_classifier(INTENTS.classifier)
    away = -trained.centroids.mean(axis=0)
    assert trained.classify("", (away / np.linalg.norm(away)).astype(np.float32)).out_of_scope


@pytest.mark.parametrize("vector", [np.zeros(3, np.float32), np.full(384, np.nan, np.float32)])
def test_a_bad_vector_is_refused(vector: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> None:
    """Would break if a vector of another model, or one with NaN, were judged."""
    with pytest.raises(BadInput, match="all-MiniLM"):
        load_classifier(INTENTS.classifier).classify("refund", vector)


def test_a_damaged_artefact_and_a_foreign_embedder_are_refused(tmp_path: Path) -> None:
    """Would break if the router ran on half a file, or on vectors that its weights know nothing of."""
    whole, shipped = INTENTS.classifier.read_bytes(), load_classifier(INTENTS.classifier)
    short = encode_classifier(replace(shipped, weights=shipped.weights[:5]))
    endless = encode_classifier(replace(shipped, bias=shipped.bias + np.inf))
    for spoiled in (b"", b"{}", whole[: len(whole) // 2], short, endless):
        path = tmp_path / "model.npz"
        path.write_bytes(spoiled)
        with pytest.raises(BadInput, match=r"countersign\.agents\.intents\.train"):
            load_classifier(path)
    with pytest.raises(BadInput, match="other-model"):
        load_classifier(INTENTS.classifier, embedder="other-model")


def test_judging_needs_no_training_library() -> None:
    """Would break if scikit-learn, a development package, were imported at run time."""
    code = "import sys, countersign.agents.routing.router; from countersign.agents.intents import INTENTS; "
    code += "import countersign.agents.routing.classifier_file as c; c.load_classifier(INTENTS.classifier); "
    code += "sys.exit(any(name in sys.modules for name in ('sklearn', 'scipy', 'chromadb')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_artefact_is_the_same_bytes_each_time() -> None:
    """Would break if a model could not be compared with another by its digest."""
    assert encode_classifier(load_classifier(INTENTS.classifier)) == INTENTS.classifier.read_bytes()


def test_ids_become_words() -> None:
    """Would break if the digits of an id reached the classifier, or an id in an odd spelling were not found."""
    rules = load_rules(INTENTS.rules)
    text = "why is invoice inv 1042 stuck, and CON-0031, PO2040?"
    assert [(f.kind, f.id) for f in find_record_ids(text, rules)] == [
        ("invoice", "INV-1042"),
        ("contract", "CON-0031"),
        ("purchase_order", "PO-2040"),
    ]
    assert replace_record_ids(text, rules) == "why is invoice stuck, and contract, purchase order?"
    assert find_record_ids("second 12 falcon-44 reCON-12", rules) == ()
