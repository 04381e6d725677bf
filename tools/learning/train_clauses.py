"""This module trains the clause finder on public labelled contracts, for developers; it needs scikit-learn.

``python -m countersign.tools.learning.train_clauses --data FOLDER`` with CUAD's ``clauses.csv`` and ``contracts/``. A
linear support vector machine for each kind over the terms of a sentence; a term must stand in at least eight
contracts, so that no name and no passage of one of them is kept. A sentence is positive when it and a labelled span
share at least half of the shorter.
"""

import argparse
import ast
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contracts.clause_model import (
    CLAUSE_MODEL_FILE,
    ClauseLabel,
    ClauseModel,
    encode_clause_model,
    extract_clause_terms,
    load_clause_labels,
    score_descriptions,
)
from ..contracts.clauses import list_sentences
from ..contracts.sections import split_sections
from ..extraction.folding import fold_text
from ..scoring.tfidf import Families, count_term_texts, fit_terms, make_sparse_matrix

Bools: TypeAlias = NDArray[np.bool_]
Doubles: TypeAlias = NDArray[np.float64]

PENALTY, POSITIVE = 0.3, 5.0
LEAST_CONTRACTS = 8
INNER_FOLDS = 3
OWN_THRESHOLD = 8
"""With fewer contracts that have a kind, its threshold is the one that all kinds share."""
DESCRIPTION_WEIGHTS = (0.0, 0.1, 0.2, 0.4)
FOLD_SEED = 7


@dataclass(frozen=True, slots=True)
class LabelledContract:
    """One labelled contract.

    Attributes:
        name: its file.
        spans: where each sentence stands in the text.
        terms: the families of terms of each.
        fit: how well each fits each label's description, shape ``(sentences, labels)``.
        positive: which sentences each label marks, shape ``(sentences, labels)``.
    """

    name: str
    text: str
    spans: tuple[tuple[int, int], ...]
    terms: tuple[Families, ...]
    fit: Doubles
    positive: Bools

    @property
    def present(self) -> Bools:
        """Which labels the contract has, shape ``(labels,)``."""
        return np.asarray(self.positive.any(axis=0))


@dataclass(frozen=True, slots=True)
class ClauseModelSettings:
    """What cross-validation chose: the weight of descriptions, the probabilities, the thresholds ``(labels,)``."""

    description: float
    slope: float
    offset: float
    least: NDArray[np.float32]


def load_contracts(folder: Path, labels: Sequence[ClauseLabel], limit: int | None = None) -> list[LabelledContract]:
    """The labelled contracts of a folder.

    Raises:
        OSError: a file is missing.
    """
    with (folder / "clauses.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))[:limit]
    return [_contract(row, (folder / "contracts" / row["File"]).read_text(encoding="utf-8"), labels) for row in rows]


def _contract(row: dict[str, str], text: str, labels: Sequence[ClauseLabel]) -> LabelledContract:
    folded, sections = fold_text(text), split_sections(text)
    sentences = list_sentences(folded, sections)
    terms = tuple(extract_clause_terms(folded, sections, sentences))
    spans = tuple(folded.origin(sentence.start, sentence.end) for sentence in sentences)
    letters = [(place, char.lower()) for place, char in enumerate(text) if char.isalnum()]
    flat = "".join(char for _, char in letters)
    positive = np.zeros((len(spans), len(labels)), bool)
    for column, label in enumerate(labels):
        cell = row[label.label]
        for labelled in ast.literal_eval(cell) if cell.strip() else ():
            for piece in re.split(r"<omitted>", str(labelled)):
                wanted = "".join(char.lower() for char in piece if char.isalnum())
                at = flat.find(wanted) if len(wanted) > 1 else -1
                if at >= 0:
                    start, end = letters[at][0], letters[at + len(wanted) - 1][0] + 1
                    positive[:, column] |= [_is_marked(a, b, start, end) for a, b in spans]
    return LabelledContract(row["File"], text, spans, terms, score_descriptions(terms, labels), positive)


def _is_marked(a: int, b: int, start: int, end: int) -> bool:
    shared = min(b, end) - max(a, start)
    return shared > 0 and 2 * shared >= min(b - a, end - start)


def fit_linear(contracts: Sequence[LabelledContract], labels: Sequence[ClauseLabel]) -> ClauseModel:
    """One scorer for each label, before calibration; a label without two examples scores nothing."""
    from sklearn.svm import LinearSVC

    held = Counter(term for one in contracts for term in count_term_texts(one.terms))
    least = min(LEAST_CONTRACTS, max(1, len(contracts) // 4))
    kept = [term for term, count in held.items() if count >= least]
    documents = [families for one in contracts for families in one.terms]
    terms = fit_terms(count_term_texts(documents), len(documents), kept)
    matrix = make_sparse_matrix([terms.row(families) for families in documents], len(kept)).astype(np.float64)
    wanted = np.concatenate([one.positive for one in contracts])
    weights, bias = np.zeros((len(kept), len(labels)), np.float32), np.zeros(len(labels), np.float32)
    for column in range(len(labels)):
        if wanted[:, column].sum() >= 2:
            machine = LinearSVC(C=PENALTY, class_weight={False: 1.0, True: POSITIVE}, random_state=FOLD_SEED)
            machine.fit(matrix, wanted[:, column])
            weights[:, column], bias[column] = machine.coef_[0], machine.intercept_[0]
        else:
            bias[column] = -1.0
    kinds = tuple(label.kind for label in labels)
    settings = {"contracts": len(contracts), "penalty": PENALTY, "positive": POSITIVE, "terms": len(kept)}
    return ClauseModel(kinds, terms, weights, bias, 0.0, 1.0, 0.0, np.zeros(len(labels), np.float32), settings)


def compute_linear_scores(model: ClauseModel, one: LabelledContract) -> Doubles:
    """The scores of a contract's sentences before descriptions count, shape ``(sentences, labels)``."""
    rows = make_sparse_matrix([model.terms.row(families) for families in one.terms], len(model.terms.places))
    return np.asarray(rows @ model.weights + model.bias, np.float64)


def assign_folds(count: int, folds: int) -> NDArray[np.int64]:
    """The fold of each contract, in shuffled order; the same each time."""
    order = np.random.default_rng(FOLD_SEED).permutation(count)
    found = np.empty(count, np.int64)
    found[order] = np.arange(count) % folds
    return found


def compute_unseen_scores(
    contracts: Sequence[LabelledContract], labels: Sequence[ClauseLabel], folds: int
) -> list[Doubles]:
    """The linear scores of each contract from a model that has not seen it."""
    groups = assign_folds(len(contracts), folds)
    found: list[Doubles] = [np.zeros(0)] * len(contracts)
    for group in range(folds):
        model = fit_linear([one for one, fold in zip(contracts, groups, strict=True) if fold != group], labels)
        for place in np.flatnonzero(groups == group).tolist():
            found[place] = compute_linear_scores(model, contracts[place])
    return found


def compute_hits(
    contracts: Sequence[LabelledContract], scores: Sequence[Doubles], most: int = 5
) -> list[tuple[int, bool]]:
    """For each contract and label that it has: the label's column, and whether a marked sentence is among the best."""
    found = []
    for one, values in zip(contracts, scores, strict=True):
        for column in np.flatnonzero(one.present):
            best = np.argsort(-values[:, column], kind="stable")[:most]
            found.append((int(column), bool(one.positive[best, column].any())))
    return found


def choose_settings(contracts: Sequence[LabelledContract], scores: Sequence[Doubles]) -> ClauseModelSettings:
    """The weight of descriptions by hit@5, probabilities and presence thresholds, from scores of unseen contracts."""
    from sklearn.linear_model import LogisticRegression

    def joined(weight: float) -> list[Doubles]:
        return [values + weight * one.fit for one, values in zip(contracts, scores, strict=True)]

    def hits(weight: float) -> float:
        return float(np.mean([hit for _, hit in compute_hits(contracts, joined(weight))]))

    description = max(DESCRIPTION_WEIGHTS, key=hits)
    best = np.stack([values.max(axis=0) for values in joined(description)])
    present = np.stack([one.present for one in contracts])
    model = LogisticRegression(C=1e3).fit(best.reshape(-1, 1), present.reshape(-1))
    slope, offset = float(model.coef_[0][0]), float(model.intercept_[0])
    sure = 1 / (1 + np.exp(-(slope * best + offset)))
    shared = find_threshold(sure.reshape(-1), present.reshape(-1))
    least = [
        find_threshold(sure[:, column], present[:, column]) if present[:, column].sum() >= OWN_THRESHOLD else shared
        for column in range(present.shape[1])
    ]
    # Few examples give a jumpy threshold: half of it is everybody's.
    return ClauseModelSettings(description, slope, offset, np.array([(own + shared) / 2 for own in least], np.float32))


def find_threshold(sure: Doubles, wanted: Bools) -> float:
    """The probability from which calling it there has the best F1; the middle of two neighbours."""
    values = np.unique(sure)
    bars = np.concatenate([values[:1], (values[1:] + values[:-1]) / 2])
    scores = [compute_label_f1(sure >= bar, wanted) for bar in bars]
    return float(bars[int(np.argmax(scores))])


def compute_label_f1(said: Bools, wanted: Bools) -> float:
    """The harmonic mean of precision and recall; 0 when nothing is right."""
    right = float((said & wanted).sum())
    return 2 * right / float(said.sum() + wanted.sum()) if right else 0.0


def train_clause_model(contracts: Sequence[LabelledContract], labels: Sequence[ClauseLabel]) -> ClauseModel:
    """A calibrated model over all the contracts; everything chosen comes from cross-validation by contract."""
    chosen = choose_settings(contracts, compute_unseen_scores(contracts, labels, INNER_FOLDS))
    model = fit_linear(contracts, labels)
    return ClauseModel(
        model.kinds, model.terms, model.weights, model.bias, chosen.description, round(chosen.slope, 4),
        round(chosen.offset, 4), np.round(chosen.least, 4), model.settings,
    )  # fmt: skip


def main() -> None:
    """Trains the clause finder and writes its file."""
    parser = argparse.ArgumentParser(description="Train the clause finder.")
    parser.add_argument("--data", type=Path, required=True, help="folder with CUAD's clauses.csv and contracts/")
    labels = tuple(load_clause_labels().values())
    model = train_clause_model(load_contracts(parser.parse_args().data, labels), labels)
    path = Path(__file__).parents[1] / "contracts" / CLAUSE_MODEL_FILE
    path.write_bytes(encode_clause_model(model))
    print(f"{path}: {len(model.kinds)} kinds, {dict(model.settings)}, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
