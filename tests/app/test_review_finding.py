"""Which reviews a person may see and find, by the beginning of an id."""

import pytest
from countersign.app.access.inbox import may_see, one, visible
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from countersign.policies.review.store import Reviews
from shown_reviews import ELSEWHERE, KARL, MARA, OLGA, TOM, opened


@pytest.mark.parametrize(
    ("reader", "sees"), [(MARA, True), (TOM, True), (KARL, False), (OLGA, True), (ELSEWHERE, False)]
)
def test_reviews_are_seen_by_whom_they_concern(reviews: Reviews, reader: Principal, sees: bool) -> None:
    """The arguments may hold personal data; a controller who is not asked has no business with them."""
    assert may_see(opened(reviews), reader) is sees


def test_a_review_is_found_by_the_beginning_of_its_id(reviews: Reviews) -> None:
    """Nobody types twelve hex digits."""
    review = opened(reviews)
    digits = review.review_id.removeprefix("REV-")
    for given in (review.review_id, digits, digits[:4].upper(), f"rev-{digits[:5]}", f" {review.review_id} "):
        assert one(reviews, TOM, given).review_id == review.review_id


@pytest.mark.parametrize("given", ["", "REV-", "REV-zz", "REV-ffffffffffff", "%", "nothing"])
def test_an_id_that_fits_nothing_is_refused(reviews: Reviews, given: str) -> None:
    """An empty prefix fits everything and would answer whatever waits."""
    opened(reviews)
    with pytest.raises(BadInput):
        one(reviews, TOM, given)


def test_an_id_that_fits_several_is_refused(reviews: Reviews) -> None:
    """An answer must reach exactly the review it names."""
    by_prefix: dict[str, list[str]] = {}
    for number in range(200):
        review = opened(reviews, run=f"run-{number}")
        by_prefix.setdefault(review.review_id[:7], []).append(review.review_id)
    shared, ids = max(by_prefix.items(), key=lambda item: len(item[1]))
    assert len(ids) > 1, "200 digests did not collide in 3 hex digits"
    with pytest.raises(BadInput, match="could be"):
        one(reviews, TOM, shared)


def test_what_does_not_concern_one_cannot_be_found(reviews: Reviews) -> None:
    """Guessing ids must not tell whether a review exists."""
    review = opened(reviews)
    with pytest.raises(BadInput, match="no review"):
        one(reviews, KARL, review.review_id)
    assert visible(reviews, ELSEWHERE, state=None) == []
