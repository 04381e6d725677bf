"""What recall is worth, on a sample of the benchmarks: the whole figures are made by `make eval`."""

import hashlib
from pathlib import Path

import conversations as recall
import documents
import numpy as np
import pytest
from countersign.memory.embeddings.minilm import MiniLM
from dialogues.generate import conversations
from vector_cache import CachedEmbedder
from word_embedder import WordEmbedder

FROZEN = "11f534d73d74b9815620ca8536ea35e29394fd0e313feb843067187919f17850"


def test_the_conversations_are_the_same_for_ever() -> None:
    """Conversations that change with recall would prove nothing; halves that share words would not be held out."""
    talks = conversations()
    whole = "\n".join(
        [turn.dated for talk in talks for turn in talk.turns]
        + [f"{one.type} {one.text} {sorted(one.evidence)}" for talk in talks for one in talk.questions]
    )
    assert hashlib.sha256(whole.encode()).hexdigest() == FROZEN
    assert len(talks) >= 20
    assert sum(len(talk.questions) for talk in talks) >= 500
    assert all(0 <= turn < len(talk.turns) for talk in talks for one in talk.questions for turn in one.evidence)
    asked = {
        half: {one.text for talk in talks if talk.half == half for one in talk.questions}
        for half in ("tuning", "held out")
    }
    assert not asked["tuning"] & asked["held out"]


def test_hybrid_finds_more_evidence_than_meaning_or_words_alone(
    tmp_path: Path, minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fusion that is no better than its parts would only cost time."""
    talks = [talk for talk in conversations() if talk.half == "held out"][:2]
    monkeypatch.setattr(recall, "MiniLM", lambda: minilm)
    found = recall.summary(recall.run(talks, recall.embedded(talks, tmp_path / "vectors.npz"), tmp_path))
    for name, least in (("all", 1.1), ("multi-hop", 1.15)):
        for cut in recall.CUTS:
            row = found[name]
            assert row[f"hybrid@{cut}"] >= least * max(row[f"dense@{cut}"], row[f"bm25@{cut}"]), (name, cut, row)


def test_sections_are_found_by_peoples_words(minilm: MiniLM) -> None:
    """A customer does not ask in the handbook's words."""
    books, questions = documents.company()
    records = documents.measure(books, questions, minilm)
    at = {name: sum(one[f"{name}@10"] for one in records) / len(records) for name in ("hybrid", "dense", "bm25")}
    assert at["hybrid"] >= 0.85
    assert at["hybrid"] >= max(at["dense"], at["bm25"]) - 0.02


def test_vectors_made_ahead_spare_the_model(tmp_path: Path, words: WordEmbedder) -> None:
    """Each run of a benchmark would embed thousands of turns again."""
    texts = ["goods come back", "agents refund"]
    file = tmp_path / "vectors.npz"
    CachedEmbedder(words).save(texts, file)
    expected = words.embed(texts)
    words.embedded.clear()
    cached = CachedEmbedder(words, tmp_path / "missing.npz", file)
    np.testing.assert_array_equal(cached.embed(texts), expected)
    assert words.embedded == []
    assert cached.embed(["something new", *texts]).shape == (3, 32)
    assert words.embedded == ["something new"]


def test_vectors_of_another_model_or_a_broken_file_are_not_used(tmp_path: Path, words: WordEmbedder) -> None:
    """They would be compared with vectors that mean something else."""
    file = tmp_path / "vectors.npz"
    CachedEmbedder(WordEmbedder("other")).save(["text"], file)
    np.testing.assert_array_equal(CachedEmbedder(words, file).embed(["text"]), words.embed(["text"]))
    file.write_bytes(b"broken")
    assert CachedEmbedder(words, file).embed(["text"]).shape == (1, 32)
