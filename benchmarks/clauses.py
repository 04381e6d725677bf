"""How well clauses are found in contracts that the finder has not seen: the 77 labelled contracts of CUAD, 41 kinds.

Run ``python benchmarks/clauses.py [--json] [--data FOLDER] [--limit N]``. Five folds by contract: each contract is read
by a model that was trained on other contracts, and whose weight of descriptions, probabilities and thresholds were
chosen by cross-validation among those other contracts.

- ``hit_at_5``: of the kinds that a contract has, for how many one of the five best sentences is marked (it and a
  labelled span share at least half of the shorter). BM25 ranks the same sentences by the same words for each kind.
- ``presence``: whether a contract has the kind at all; F1 by kind, and over all decisions (micro). ``always`` says yes
  to every kind that most contracts have. The written wordings of ``clause_kinds.yaml`` are beside it, alone and with
  the finder, but they were written with these contracts in view, so theirs are figures of seen data.
- ``pointed_to``: what the product does with the finder: for kinds that no wording found, a pointer to one sentence.
- ``verbatim``: of the best sentences of kinds said to be there, how many have in the text, between the characters that
  are named, exactly the words that the finder read.

Exit code 1 when a floor is missed, 2 when the data is not there.
"""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from countersign.tools.contracts.clause_model import (
    MIN_PROBABILITY,
    MIN_SENTENCE,
    NOT_CLAUSES,
    ClauseLabel,
    load_clause_labels,
    split_clause_words,
)
from countersign.tools.contracts.reader import read_contract
from countersign.tools.extraction.folding import fold_text
from countersign.tools.learning.train_clauses import (
    LabelledContract,
    assign_folds,
    choose_settings,
    compute_hits,
    compute_label_f1,
    compute_linear_scores,
    compute_unseen_scores,
    fit_linear,
    load_contracts,
)

DATA = Path(__file__).resolve().parents[1] / "../shared/data/cuad"
FOLDS, INNER_FOLDS = 5, 3
FLOOR = 0.85
NAMES_AND_DATES = ("document_name", "parties", "agreement_date", "effective_date", "term")


def read_unseen(
    contracts: list[LabelledContract], labels: tuple[ClauseLabel, ...]
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Scores of every contract's sentences, which kinds it is said to have, and which are worth pointing to."""
    groups = assign_folds(len(contracts), FOLDS)
    scores: list[np.ndarray] = [np.zeros(0)] * len(contracts)
    said = np.zeros((len(contracts), len(labels)), bool)
    pointed = np.zeros_like(said)
    for group in range(FOLDS):
        others = [one for one, fold in zip(contracts, groups, strict=True) if fold != group]
        chosen = choose_settings(others, compute_unseen_scores(others, labels, INNER_FOLDS))
        model = fit_linear(others, labels)
        for place in np.flatnonzero(groups == group):
            one = contracts[place]
            scores[place] = compute_linear_scores(model, one) + chosen.description * one.fit
            best = scores[place].max(axis=0)
            said[place] = 1 / (1 + np.exp(-(chosen.slope * best + chosen.offset))) >= chosen.least
            long = scores[place][[end - begin >= MIN_SENTENCE for begin, end in one.spans]].max(axis=0)
            sure = 1 / (1 + np.exp(-(chosen.slope * long + chosen.offset)))
            pointed[place] = sure >= np.maximum(MIN_PROBABILITY, chosen.least)
    return scores, said, pointed


def presence(said: np.ndarray, wanted: np.ndarray, columns: list[int]) -> dict[str, float]:
    """Micro and macro F1, precision and recall over some kinds."""
    told, there = said[:, columns], wanted[:, columns]
    right = float((told & there).sum())
    each = [compute_label_f1(told[:, place], there[:, place]) for place in range(len(columns))]
    return {
        "micro_f1": round(compute_label_f1(told, there), 3),
        "macro_f1": round(float(np.mean(each)), 3),
        "precision": round(right / max(1.0, float(told.sum())), 3),
        "recall": round(right / max(1.0, float(there.sum())), 3),
    }


def measure(folder: Path, limit: int | None) -> dict[str, Any]:
    """All figures."""
    start = perf_counter()
    labels = tuple(load_clause_labels().values())
    contracts = load_contracts(folder, labels, limit)
    scores, said, pointed = read_unseen(contracts, labels)
    wanted = np.stack([one.present for one in contracts])
    columns = [place for place in range(len(labels)) if wanted[:, place].any()]
    clauses = [place for place in columns if labels[place].kind not in NAMES_AND_DATES]
    ours, words = compute_hits(contracts, scores), compute_hits(contracts, [one.fit for one in contracts])

    def share(hits: list[tuple[int, bool]], among: list[int]) -> float:
        return round(float(np.mean([hit for column, hit in hits if column in among])), 3)

    rules = np.zeros_like(said)
    for place, one in enumerate(contracts):
        kinds = {finding.kind for finding in read_contract(one.text).findings}
        rules[place] = [label.kind in kinds for label in labels]
    pointed &= ~rules
    pointed[:, [label.kind in NOT_CLAUSES for label in labels]] = False
    missed = wanted & ~rules
    always = np.broadcast_to(wanted.mean(axis=0) >= 0.5, said.shape)
    written = [place for place in clauses if rules[:, place].any()]
    quotes = verbatim = 0
    for place, one in enumerate(contracts):
        for column in np.flatnonzero(said[place]):
            begin, end = one.spans[int(scores[place][:, column].argmax())]
            quotes += 1
            read = [term for term in one.terms[int(scores[place][:, column].argmax())][0] if " " not in term]
            verbatim += bool(read) and split_clause_words(fold_text(one.text[begin:end]).lower) == read
    return {
        "contracts": len(contracts),
        "kinds": len(columns),
        "hit_at_5": share(ours, columns),
        "hit_at_5_bm25": share(words, columns),
        "hit_at_5_clauses": share(ours, clauses),
        "hit_at_5_clauses_bm25": share(words, clauses),
        "presence": presence(said, wanted, columns),
        "presence_clauses": presence(said, wanted, clauses),
        "presence_clauses_always": presence(always, wanted, clauses),
        "presence_written_kinds": presence(said, wanted, written),
        "presence_written_kinds_by_wordings_seen": presence(rules, wanted, written),
        "presence_written_kinds_by_both_seen": presence(rules | said, wanted, written),
        "pointed_to": {
            "pointers": int(pointed.sum()),
            "precision": round(float((pointed & wanted).sum()) / max(1, int(pointed.sum())), 3),
            "of_what_wordings_missed": round(float((pointed & wanted)[:, clauses].sum() / missed[:, clauses].sum()), 3),
        },
        "quotes": quotes,
        "verbatim": verbatim / max(1, quotes),
        "seconds": round(perf_counter() - start, 1),
        "by_kind": {
            labels[place].kind: {
                "contracts": int(wanted[:, place].sum()),
                "hit_at_5": share(ours, [place]),
                "bm25": share(words, [place]),
                "f1": round(compute_label_f1(said[:, place], wanted[:, place]), 2),
            }
            for place in columns
        },
    }


def main() -> int:
    """Measure, print, and say by the exit code whether the floors hold."""
    parser = argparse.ArgumentParser(description="Find clauses in contracts that the finder has not seen.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with clauses.csv and contracts/")
    parser.add_argument("--limit", type=int, help="only so many contracts")
    options = parser.parse_args()
    if not (options.data / "clauses.csv").is_file():
        print(f"The labelled contracts are not in {options.data}; give the CUAD folder with --data.", file=sys.stderr)
        return 2
    found = measure(options.data, options.limit)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        kinds = found.pop("by_kind")
        print("\n".join(f"{name:42} {value}" for name, value in found.items()))
        for kind, row in kinds.items():
            print(f"  {kind:34}", "  ".join(f"{name} {value}" for name, value in row.items()))
    return 0 if min(found["hit_at_5"], found["hit_at_5_clauses"]) >= FLOOR and found["verbatim"] == 1.0 else 1


if __name__ == "__main__":
    sys.exit(main())
