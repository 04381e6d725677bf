"""What people said and nothing was trained on decides about a candidate, and never one person alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from countersign.tools.learning.promotion import MARGIN, on_held_back
from countersign.tools.learning.votes import Weighed


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
        ([Word("ann", MARGIN), Word("ben", MARGIN), Word("cara", MARGIN)], True),
        ([Word("ann", MARGIN), Word("ben", MARGIN - 1), Word("cara", MARGIN)], False),
        ([Word("ann", MARGIN), Word("ann", MARGIN), Word("ben", MARGIN, held_back=False)], False),
        ([Word("ann", MARGIN)], False),
    ],
)
def test_a_candidate_needs_the_margin_and_more_than_one_person(votes: list[Word], adopt: bool) -> None:
    """Where all held-back cases are one person's, that person alone would put a model in force."""
    found = on_held_back(Weighed(tuple(votes), 3), least, "cases", {}, [])
    assert found.adopt is adopt
    assert on_held_back(Weighed(tuple(votes), 3), least, "cases", {}, ["something else"]).adopt is False
