"""Clauses that the trained finder takes to be there though no written wording of their kind was found."""

from collections.abc import Collection

import numpy as np

from ..extraction.folding import Folded
from .clause_kinds import clause_kinds
from .clause_model import clause_labels, clause_model
from .clause_terms import terms_of
from .clauses import Finding, Sentence
from .sections import Section, full_title

NOT_CLAUSES = frozenset({"document_name", "parties", "agreement_date", "effective_date"})
"""What is read by rules of its own."""
MOST_SENTENCES = 6_000
SHORTEST = 40
"""A shorter sentence, in characters, is a heading or a field of a form."""
LEAST = 0.7
"""What is less probable than this is not worth a person's look: from here on about every second pointer is right, on
contracts that the finder has not seen (``benchmarks/clauses.py``)."""


def likely_clauses(
    folded: Folded, sections: tuple[Section, ...], sentences: tuple[Sentence, ...], known: Collection[str]
) -> tuple[Finding, ...]:
    """For each kind that is not known to be there, the best sentence, when it is likely enough; by position.

    ``confidence`` is the finder's probability that the contract has such a clause. At most the first 6,000 sentences
    are read. Linear in the length of the text.
    """
    sentences = sentences[:MOST_SENTENCES]
    if not sentences:
        return ()
    model, labels = clause_model(), clause_labels()
    scores = model.scores(terms_of(folded, sections, sentences), labels)
    kinds = {kind.id: kind for kind in clause_kinds()}
    texts = [folded.lower[sentence.start : sentence.end] for sentence in sentences]
    scores[[len(text) < SHORTEST for text in texts]] = -np.inf
    best = scores.argmax(axis=0)
    sure = model.probabilities(scores[best, np.arange(len(model.kinds))])
    found = []
    for column, kind in enumerate(model.kinds):
        if kind in known or kind in NOT_CLAUSES or sure[column] < max(LEAST, model.least[column]):
            continue
        ours = kinds.get(kind)
        if ours is not None and any(pattern.search(texts[best[column]]) for pattern in ours.unless):
            continue
        sentence = sentences[int(best[column])]
        start, end = folded.origin(sentence.start, sentence.end)
        section = full_title(sections, sections[sentence.section])
        label = ours.label if ours is not None else labels[kind].label
        found.append(Finding(kind, label, start, end, folded.text[start:end], section, round(float(sure[column]), 2)))
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.kind)))
