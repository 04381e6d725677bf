"""Which reviews a person may see and find, by the beginning of an id."""

import pytest
from countersign.app.access.inbox import find_review, list_visible_reviews, may_see
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from countersign.policies.review.store import ReviewStore
from refund_reviews import ELSEWHERE, KARL, MARA, OLGA, TOM, opened


@pytest.mark.parametrize(
    ("reader", "sees"), [(MARA, True), (TOM, True), (KARL, False), (OLGA, True), (ELSEWHERE, False)]
)
def test_reviews_are_seen_by_whom_they_concern(reviews: ReviewStore, reader: Principal, sees: bool) -> None:
    """The arguments may hold personal data; a controller who is not asked has no business with them."""
    assert may_see(opened(reviews), reader) is sees


def test_a_review_is_found_by_the_beginning_of_its_id(reviews: ReviewStore) -> None:
    """Nobody types twelve hex digits."""
    review = opened(reviews)
    digits = review.review_id.removeprefix("REV-")
    for given in (review.review_id, digits, digits[:4].upper(), f"rev-{digits[:5]}", f" {review.review_id} "):
        assert find_review(reviews, TOM, given).review_id == review.review_id


@pytest.mark.parametrize("given", ["", "REV-", "REV-zz", "REV-ffffffffffff", "%", "nothing"])
def test_an_id_that_fits_nothing_is_refused(reviews: ReviewStore, given: str) -> None:
    """An empty prefix fits everything and would answer whatever waits."""
    opened(reviews)
    with pytest.raises(BadInput):
        find_review(reviews, TOM, given)


def test_an_id_that_fits_several_is_refused(reviews: ReviewStore) -> None:
    """An answer must reach exactly the review it names."""
    by_prefix: dict[str, list[str]] = {}
    for number in range(200):
        review = opened(reviews, run=f"run-{number}")
        by_prefix.setdefault(review.review_id[:7], []).append(review.review_id)
    shared, ids = max(by_prefix.items(), key=lambda item: len(item[1]))
    assert len(ids) > 1, "200 digests did not collide in 3 hex digits"
    with pytest.raises(BadInput, match="could be"):
        find_review(reviews, TOM, shared)


def test_what_does_not_concern_one_cannot_be_found(reviews: ReviewStore) -> None:
    """Guessing ids must not tell whether a review exists."""
    review = opened(reviews)
    with pytest.raises(BadInput, match="no review"):
        find_review(reviews, KARL, review.review_id)
    assert list_visible_reviews(reviews, ELSEWHERE, state=None) == []
