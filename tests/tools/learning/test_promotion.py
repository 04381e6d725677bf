"""What people said and nothing was trained on decides about a candidate, and never one person alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from countersign.tools.learning.promotion import ERROR_MARGIN, compare_on_held_back
from countersign.tools.learning.votes import WeightedVotes


@dataclass(frozen=True)
class Word:
    """One vote; how much better it finds the candidate."""

    human: str
    better: int
    held_back: bool = True


def least(votes: Sequence[Word]) -> int:
    return min(vote.better for vote in votes)


@pytest.mark.parametrize(
    ("votes", "adopt"),
    [
        ([Word("ann", ERROR_MARGIN), Word("ben", ERROR_MARGIN), Word("cara", ERROR_MARGIN)], True),
        ([Word("ann", ERROR_MARGIN), Word("ben", ERROR_MARGIN - 1), Word("cara", ERROR_MARGIN)], False),
        ([Word("ann", ERROR_MARGIN), Word("ann", ERROR_MARGIN), Word("ben", ERROR_MARGIN, held_back=False)], False),
        ([Word("ann", ERROR_MARGIN)], False),
    ],
)
def test_a_candidate_needs_the_margin_and_more_than_one_person(votes: list[Word], adopt: bool) -> None:
    """Where all held-back cases are one person's, that person alone would put a model in force."""
    found = compare_on_held_back(WeightedVotes(tuple(votes), 3), least, "cases", {}, [])
    assert found.adopt is adopt
    assert compare_on_held_back(WeightedVotes(tuple(votes), 3), least, "cases", {}, ["something else"]).adopt is False
