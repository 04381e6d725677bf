"""This module finds the clauses of a contract by kind, each with its verbatim quote."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..extraction.folding import FoldedText
from ..extraction.sentences import split_sentences
from .clause_kinds import KEY_LENGTH, ClauseKind, load_clause_kinds
from .sections import ContractSection, format_section_title

_WORD = re.compile(r"[a-z]+")
_SHORTEST = 25


@dataclass(frozen=True, slots=True)
class ClauseFinding:
    """A clause of one kind: `quote` is exactly `text[start:end]`; `section` names where it stands.

    `confidence` is between 0 and 1 and grows with the evidence of wording and heading.
    """

    kind: str
    label: str
    start: int
    end: int
    quote: str
    section: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ContractSentence:
    """One sentence in `Folded.flat[start:end]`, with the index of the section in which it stands."""

    start: int
    end: int
    section: int


def list_sentences(folded: FoldedText, sections: tuple[ContractSection, ...]) -> tuple[ContractSentence, ...]:
    """The sentences of a contract, each with its section."""
    starts = [folded.position(section.start) for section in sections]
    return tuple(
        ContractSentence(start, end, max(0, bisect_right(starts, start) - 1)) for start, end in split_sentences(folded)
    )


def find_clauses(
    folded: FoldedText, sections: tuple[ContractSection, ...], sentences: tuple[ContractSentence, ...]
) -> tuple[ClauseFinding, ...]:
    """All findings in order of position. Linear in the length of the text for a fixed set of kinds."""
    texts = [folded.lower[sentence.start : sentence.end] for sentence in sentences]
    index = _Index(texts)
    titles = [format_section_title(sections, section) for section in sections]
    found: list[ClauseFinding] = []
    for kind in load_clause_kinds():
        scored = _score_sentences(kind, texts, index, sentences, titles)
        best = sorted(scored, key=lambda pair: (-pair[1], pair[0]))[: kind.limit]
        for number, score in best:
            sentence = sentences[number]
            start, end = folded.origin(sentence.start, sentence.end)
            found.append(
                ClauseFinding(
                    kind.id, kind.label, start, end, folded.text[start:end], titles[sentence.section],
                    round(1.0 - 0.5**score, 2),
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.kind)))


class _Index:
    """Which sentences hold a word that begins with given letters."""

    def __init__(self, texts: Iterable[str]) -> None:
        holders: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            for key in {word[:KEY_LENGTH] for word in _WORD.findall(text)}:
                holders[key].append(number)
        self._holders = dict(holders)
        self._keys = sorted(holders)

    def sentences(self, beginnings: Iterable[str]) -> list[int]:
        """The sentences, in order, with a word that begins with one of `beginnings`."""
        numbers: set[int] = set()
        for letters in beginnings:
            at = bisect_left(self._keys, letters)
            while at < len(self._keys) and self._keys[at].startswith(letters):
                numbers.update(self._holders[self._keys[at]])
                at += 1
        return sorted(numbers)


def _score_sentences(
    kind: ClauseKind, texts: list[str], index: _Index, sentences: tuple[ContractSentence, ...], titles: list[str]
) -> list[tuple[int, float]]:
    scores: dict[int, float] = defaultdict(float)
    for cue in kind.cues:
        for number in index.sentences(cue.keys):
            if len(texts[number]) >= _SHORTEST and cue.pattern.search(texts[number]):
                scores[number] += cue.weight
    kept = []
    heading: dict[int, bool] = {}
    for number, base in scores.items():
        section = sentences[number].section
        if section not in heading:
            heading[section] = bool(kind.headings.search(titles[section].lower()))
        score = base + (kind.heading_weight if heading[section] else 0.0)
        if score >= 1.0 and not any(pattern.search(texts[number]) for pattern in kind.unless):
            kept.append((number, score))
    return kept
