"""The trained clause finder scores a contract's sentences for all kinds of clauses in one sparse product.

It was trained on public labelled contracts (``tools/learning/train_clauses.py``). What is kept are weights of words and
pairs of words that stand in many of those contracts, never a text. A sentence is seen as its words and pairs of words,
the words of its heading and where it stands. How well it fits the description of a kind is scored by BM25, relative to
the best sentence of the contract (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
2009). What is found serves where no written wording of a kind was found.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import BadInput
from ..extraction.folding import FoldedText
from ..scoring.npz import pack_arrays, unpack_arrays
from ..scoring.tfidf import Families, Terms
from .clause_kinds import load_clause_kinds
from .clauses import ClauseFinding, ContractSentence
from .sections import ContractSection, format_section_title

K1, B = 1.2, 0.75
_COMMON = frozenset("a an and or of to the in on for by with is be as at its which that shall may not no 0".split())


class SentenceIndex:
    """The sentences of a contract, to be searched. Building is linear in their words."""

    def __init__(self, sentences: Sequence[Sequence[str]]) -> None:
        self._count = len(sentences)
        self._holders: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(sentences):
            for word, times in Counter(words).items():
                self._holders[word].append((number, times))
        lengths = np.array([len(words) for words in sentences], np.float64)
        self._norms = K1 * (1 - B + B * lengths / max(1.0, float(lengths.mean()) if len(lengths) else 1.0))

    def bm25(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The score of each sentence for the words of a query, shape ``(sentences,)``."""
        scores = np.zeros(self._count)
        for word in dict.fromkeys(query):
            held = self._holders.get(word, []) if word not in _COMMON else []
            rarity = math.log(1 + (self._count - len(held) + 0.5) / (len(held) + 0.5))
            for number, times in held:
                scores[number] += rarity * times * (K1 + 1) / (times + self._norms[number])
        return scores

    def relative(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The score relative to that of the contract's best sentence, from 0 to 1."""
        scores = self.bm25(query)
        best = float(scores.max()) if len(scores) else 0.0
        return scores / best if best > 0 else scores


_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[a-z]+|0|[$%]")
_HEADING, _PLACE = "h:", "@"
_FROM_START = (3, 6, 12, 25, 60)
_FROM_END = (6, 15, 30)
_LENGTHS = (20, 60, 150, 400)


def extract_clause_terms(
    folded: FoldedText, sections: tuple[ContractSection, ...], sentences: tuple[ContractSentence, ...]
) -> list[Families]:
    """The families of terms of every sentence, in order. Every number counts as the same word."""
    titles = [
        [_HEADING + word for word in split_clause_words(format_section_title(sections, section).lower())]
        for section in sections
    ]
    count = len(sentences)
    found: list[Families] = []
    for number, sentence in enumerate(sentences):
        words = split_clause_words(folded.lower[sentence.start : sentence.end])
        pairs = [f"{a} {b}" for a, b in pairwise(words)]
        place = list(_describe_place(number, count, sentence.end - sentence.start))
        found.append(([*words, *pairs], titles[sentence.section], place))
    return found


def split_clause_words(text: str) -> list[str]:
    """The words of a lower-case text, each number as "0"."""
    return _WORD.findall(_DIGITS.sub("0", text))


def _describe_place(number: int, count: int, length: int) -> Iterator[str]:
    yield from (f"{_PLACE}first {n}" for n in _FROM_START if number < n)
    yield from (f"{_PLACE}last {n}" for n in _FROM_END if count - number <= n)
    yield f"{_PLACE}tenth {10 * number // max(1, count)}"
    yield from (f"{_PLACE}longer than {n}" for n in _LENGTHS if length > n)


CLAUSE_MODEL_FILE = "clause_model.npz"


@dataclass(frozen=True, slots=True)
class ClauseLabel:
    """One kind of clause that people labelled: its public name, our kind, and our words for what it says."""

    label: str
    kind: str
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClauseModel:
    """One linear scorer for each kind of clause.

    Attributes:
        kinds: our kinds, one per column.
        terms: the terms it knows.
        weights: shape ``(terms, kinds)``.
        bias: shape ``(kinds,)``.
        description: how much the fit to ``Label.about``, 0 to 1, adds to a score.
        slope, offset: make a probability of a score: 1 / (1 + exp(-(slope x score + offset))).
        least: how high the best probability in a contract must be for the clause to be there, shape ``(kinds,)``.
        settings: how it was trained, for people to read.
    """

    kinds: tuple[str, ...]
    terms: Terms
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    description: float
    slope: float
    offset: float
    least: NDArray[np.float32]
    settings: Mapping[str, Any]

    def scores(self, sentences: Sequence[Families], labels: Mapping[str, ClauseLabel]) -> NDArray[np.float64]:
        """The score of each sentence for each kind, shape ``(sentences, kinds)``."""
        found = np.zeros((len(sentences), len(self.kinds)))
        for number, families in enumerate(sentences):
            columns, values = self.terms.row(families)
            found[number] = values @ self.weights[columns] + self.bias
        return found + self.description * score_descriptions(sentences, [labels[kind] for kind in self.kinds])

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of scores."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * scores + self.offset, -30, 30))))


def score_descriptions(sentences: Sequence[Families], labels: Sequence[ClauseLabel]) -> NDArray[np.float64]:
    """How well each sentence of one contract fits each label's description, 0 to 1, shape ``(sentences, labels)``."""
    index = SentenceIndex([[word for word in families[0] if " " not in word] for families in sentences])
    return np.stack([index.relative(label.about) for label in labels], axis=1)


@lru_cache(maxsize=1)
def load_clause_labels() -> dict[str, ClauseLabel]:
    """The labels by kind, in the order of ``clause_labels.yaml``."""
    import yaml  # loaded late: only reviews of contracts need it

    pass

    raw = yaml.safe_load(files(__package__).joinpath("clause_labels.yaml").read_text(encoding="utf-8"))
    made = [
        ClauseLabel(item["label"], item["kind"], tuple(split_clause_words(f"{item['label']} {item['about']}".lower())))
        for item in raw
    ]
    return {label.kind: label for label in made}


def encode_clause_model(model: ClauseModel) -> bytes:
    """The bytes of a model's file; the same model gives the same bytes. Weights are kept in half precision."""
    record = {
        "kinds": model.kinds,
        "terms": sorted(model.terms.places, key=model.terms.places.__getitem__),
        "description": model.description,
        "slope": model.slope,
        "offset": model.offset,
        "settings": dict(model.settings),
    }
    arrays: dict[str, NDArray[Any]] = {
        "weights": model.weights.astype(np.float16),
        "rarity": model.terms.rarity.astype(np.float16),
        "bias": model.bias.astype(np.float32),
        "least": model.least.astype(np.float32),
    }
    return pack_arrays(record, arrays)


@lru_cache(maxsize=1)
def load_clause_model() -> ClauseModel:
    """The shipped model, read once.

    Raises:
        BadInput: the file is missing or damaged.
    """
    return decode_clause_model(files(__package__).joinpath(CLAUSE_MODEL_FILE).read_bytes())


def decode_clause_model(data: bytes) -> ClauseModel:
    """The model that :func:`encode_clause_model` wrote.

    Raises:
        BadInput: it is damaged.
    """
    try:
        record, arrays = unpack_arrays(data)
        numbers = {name: arrays[name].astype(np.float32) for name in ("weights", "rarity", "bias", "least")}
        kinds, terms = tuple(map(str, record["kinds"])), list(map(str, record["terms"]))
        shapes = {"weights": (len(terms), len(kinds)), "rarity": (len(terms),), "bias": (len(kinds),)}
        for name, shape in (shapes | {"least": (len(kinds),)}).items():
            if numbers[name].shape != shape or not np.isfinite(numbers[name]).all():
                raise ValueError(f"{name} is not a finite array of shape {shape}")
        return ClauseModel(
            kinds,
            Terms({term: at for at, term in enumerate(terms)}, numbers["rarity"]),
            numbers["weights"],
            numbers["bias"],
            float(record["description"]),
            float(record["slope"]),
            float(record["offset"]),
            numbers["least"],
            dict(record["settings"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"The trained clause finder cannot be read ({error}). Make it again with "
            "`python -m countersign.tools.learning.train_clauses --data FOLDER`."
        ) from error


NOT_CLAUSES = frozenset({"document_name", "parties", "agreement_date", "effective_date"})
"""What is read by rules of its own."""
MAX_SENTENCES = 6_000
MIN_SENTENCE = 40
"""A shorter sentence, in characters, is a heading or a field of a form."""
MIN_PROBABILITY = 0.7
"""What is less probable than this is not worth a person's look: from here on about every second pointer is right, on
contracts that the finder has not seen (``benchmarks/clauses.py``)."""


def find_likely_clauses(
    folded: FoldedText,
    sections: tuple[ContractSection, ...],
    sentences: tuple[ContractSentence, ...],
    known: Collection[str],
) -> tuple[ClauseFinding, ...]:
    """For each kind that is not known to be there, the best sentence, when it is likely enough; by position.

    ``confidence`` is the finder's probability that the contract has such a clause. At most the first 6,000 sentences
    are read. Linear in the length of the text.
    """
    sentences = sentences[:MAX_SENTENCES]
    if not sentences:
        return ()
    model, labels = load_clause_model(), load_clause_labels()
    scores = model.scores(extract_clause_terms(folded, sections, sentences), labels)
    kinds = {kind.id: kind for kind in load_clause_kinds()}
    texts = [folded.lower[sentence.start : sentence.end] for sentence in sentences]
    scores[[len(text) < MIN_SENTENCE for text in texts]] = -np.inf
    best = scores.argmax(axis=0)
    sure = model.probabilities(scores[best, np.arange(len(model.kinds))])
    found = []
    for column, kind in enumerate(model.kinds):
        if kind in known or kind in NOT_CLAUSES or sure[column] < max(MIN_PROBABILITY, model.least[column]):
            continue
        ours = kinds.get(kind)
        if ours is not None and any(pattern.search(texts[best[column]]) for pattern in ours.unless):
            continue
        sentence = sentences[int(best[column])]
        start, end = folded.origin(sentence.start, sentence.end)
        section = format_section_title(sections, sections[sentence.section])
        label = ours.label if ours is not None else labels[kind].label
        found.append(
            ClauseFinding(kind, label, start, end, folded.text[start:end], section, round(float(sure[column]), 2))
        )
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.kind)))
