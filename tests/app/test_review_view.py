"""What a reviewer sees is what they sign: nothing hidden, nothing that looks like something else."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from countersign.app.inbox import edited, may_see, one, visible
from countersign.app.review_view import changes, review_record, review_text
from countersign.policies.books import open_books
from countersign.policies.canonical import canonical
from countersign.policies.database import open_database, sqlite_url
from countersign.policies.decision import Decision, Obligations, Verdict
from countersign.policies.errors import BadInput
from countersign.policies.principal import Principal
from countersign.policies.proposal import Proposal
from countersign.policies.review import Review
from countersign.policies.reviews import Reviews

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARA = Principal("mara.voss", "t", frozenset({"support_agent"}))
TOM = Principal("tom.adler", "t", frozenset({"support_manager"}))
KARL = Principal("karl.weiss", "t", frozenset({"controller"}))
OLGA = Principal("olga.reis", "t", frozenset({"auditor"}))
ELSEWHERE = Principal("tom.adler", "other", frozenset({"support_manager", "auditor"}))
ARGS = {"order_id": "ORD-8841", "amount_minor": 450_000, "currency": "EUR", "reason": "damaged"}


@pytest.fixture
def reviews(tmp_path: Path) -> Reviews:
    """An empty store."""
    engine = open_database(sqlite_url(tmp_path / "reviews.db"))
    return open_books(engine, tmp_path).reviews


def opened(reviews: Reviews, args: Mapping[str, Any] = ARGS, run: str = "run-1", **fields: Any) -> Review:
    """A review of a refund that Mara asked for and a support manager must sign."""
    provenance = fields.pop("provenance", dict.fromkeys(args, "user"))
    proposal = Proposal(
        "refunds.issue", "1", canonical(args), "support", "mara.voss", "t", "t/mara.voss/x", run, "rev", provenance
    )
    decision = Decision(
        Verdict.REVIEW,
        ("support.refund.medium",),
        ("Refunds above 100.00 EUR need a manager.",),
        proposal.digest,
        "rev",
        ("support-handbook#3.2",),
        Obligations(seats=("support_manager",), deadline=timedelta(days=2), escalate=("controller",)),
    )
    return reviews.open(proposal, decision, MARA, "Refund 4,500.00 EUR on ORD-8841", NOW)


def test_everything_that_is_signed_is_shown(reviews: Reviews) -> None:
    """A reviewer decides on what the screen says; whatever is missing there is signed blindly."""
    review = opened(reviews)
    text = review_text(review, TOM, NOW).plain
    for wanted in (
        review.review_id,
        "refunds.issue (version 1)",
        "4,500.00 EUR (450000)",
        "order_id = ORD-8841",
        "said by the requester",
        "Refunds above 100.00 EUR need a manager.",
        "support.refund.medium",
        "support-handbook#3.2",
        "2026-03-03 12:00 UTC (in 2 d 0 h)",
        "support_manager (free)",
        "Escalates to: controller",
        "may answer",
        review.proposal.digest,
    ):
        assert wanted in text


def test_the_requester_is_told_why_not(reviews: Reviews) -> None:
    """The screen says before anybody tries that one cannot sign one's own request."""
    assert "separation of duties" in review_text(opened(reviews), MARA, NOW).plain


def test_doubtful_sources_and_characters_stand_out(reviews: Reviews) -> None:
    """An IBAN from a supplier's mail with a Cyrillic letter in it is how such frauds look."""
    args = ARGS | {"reason": "p\u0430y\u202enow\x1b[2J", "note": "x"}
    review = opened(reviews, args, provenance={"reason": "untrusted"})
    text = review_text(review, TOM, NOW).plain
    assert "FROM OUTSIDE TEXT" in text
    assert "of unknown source" in text
    assert "mixes CYRILLIC and LATIN" in text
    assert "<U+202E>" in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert review_record(review, TOM)["warnings"]


def test_values_cannot_draw_lines_of_their_own(reviews: Reviews) -> None:
    """A line break in a value could forge a line such as `Signed: ...`."""
    review = opened(reviews, ARGS | {"reason": "x\n  Signed: tom.adler as support_manager"})
    lines = review_text(review, TOM, NOW).plain.splitlines()
    assert not [line for line in lines if line.strip().startswith("Signed:")]


def test_a_program_sees_the_same(reviews: Reviews) -> None:
    """Amounts in words come with the exact minor units."""
    record = review_record(opened(reviews), TOM)
    assert record["args"] == ARGS
    assert record["money"] == {"amount_minor": "4,500.00 EUR"}
    assert record["you_may_answer"] is True
    assert review_record(opened(reviews), MARA)["you_may_answer"] is False


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


def test_edits_keep_types() -> None:
    """`--set amount_minor=4500` must not become text, and text must not become a number."""
    args = {"amount_minor": 1, "reason": "a", "urgent": False, "lines": [1], "ticket": None}
    changed = edited(args, ["amount_minor=4500", "reason=12", "urgent=yes", "lines=[2, 3]", "ticket=TCK-1"])
    assert changed == {"amount_minor": 4500, "reason": "12", "urgent": True, "lines": [2, 3], "ticket": "TCK-1"}
    assert args["amount_minor"] == 1


@pytest.mark.parametrize("change", ["amount_minor=45.00", "amount=1", "amount_minor", "=1", "urgent=perhaps"])
def test_a_bad_edit_is_refused(change: str) -> None:
    """A mistyped amount must never be rounded or guessed."""
    with pytest.raises(BadInput):
        edited({"amount_minor": 1, "urgent": False}, [change])


def test_changes_are_shown_side_by_side() -> None:
    """Who edits must see what they changed, hidden characters included."""
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": "3\u200b"}) == ["b: 2 → 3<U+200B>"]
