"""What was to be done and never was: the list of effects says why, from the records."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from command_line import Cli
from countersign.app.access.effect_status import EffectStatus, read_effect_status
from countersign.policies.domain.proposal import Proposal
from countersign.policies.governance.governance import Governance, open_governance
from countersign.policies.review.records import table as reviews_table
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.storage.database import begin_write, make_sqlite_url, open_database
from countersign.tools.ledger.audit_events import make_call_event
from countersign.tools.ledger.ledger import Ledger
from signed_reviews import APPROVE, BEN, MARA, NOW, decision, proposal
from sqlalchemy import update

LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(days=9)


@pytest.fixture
def books(tmp_path: Path) -> Governance:
    """Empty books."""
    return open_governance(open_database(make_sqlite_url(tmp_path / "countersign.db")), tmp_path)


def read_status(books: Governance, call: Proposal, now: datetime = LATER) -> EffectStatus:
    """What became of a call that the ledger knows."""
    entry = Ledger(books.engine, books.audit).get(call.digest)
    assert entry is not None
    return read_effect_status(entry, books.reviews, books.audit, now)


def asked(books: Governance) -> tuple[Proposal, str]:
    """A call that a manager must sign, as the registry records it; the call and its review."""
    call = proposal()
    Ledger(books.engine, books.audit).intend(call, at=NOW)
    return call, books.reviews.open(call, decision(call, "support_manager"), MARA, "Refund", NOW).review_id


def answered(kind: AnswerType) -> Callable[[Governance, str], object]:
    """The manager answers."""
    return lambda books, review: books.reviews.answer(review, BEN, Answer(kind, "not damaged"), NOW)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda _books, _review: None, "waits for people"),
        (answered(AnswerType.REJECT), "not done: rejected"),
        (answered(AnswerType.RESPOND), "not done: answered in words"),
        (answered(AnswerType.CHANGES), "not done: sent back for changes"),
        (lambda books, review: books.reviews.withdraw(review, MARA, NOW), "not done: withdrawn"),
        (lambda books, _review: books.reviews.sweep(MUCH_LATER), "not done: expired"),
        (lambda books, review: books.reviews.answer(review, BEN, APPROVE, NOW), "approved, not begun"),
    ],
)
def test_what_a_review_led_to(books: Governance, happens: Callable[[Governance, str], object], words: str) -> None:
    """Otherwise everything that people ever refused looks as if it were still to come."""
    call, review = asked(books)
    happens(books, review)
    assert read_status(books, call) == EffectStatus(words, review)


def test_what_was_allowed_and_not_begun(books: Governance) -> None:
    """A crash or stricter rules come between yes and the act; the auditor must see which."""
    call, review = asked(books)
    books.reviews.answer(review, BEN, APPROVE, NOW)
    assert read_status(books, call, MUCH_LATER).words == "not done: approved too long ago"
    books.audit.append(make_call_event("tool.refused", call, {"message": "The rules have changed."}))
    assert read_status(books, call) == EffectStatus("not done: refused", review, "The rules have changed.")
    free = proposal(100)
    Ledger(books.engine, books.audit).intend(free, at=NOW)
    assert read_status(books, free) == EffectStatus("allowed, not begun")
    assert read_status(books, free, MUCH_LATER) == EffectStatus("not done: allowed too long ago")


def test_a_changed_review_is_told_and_stops_nothing(books: Governance) -> None:
    """The list is what an auditor looks at first; a forged row must not hide the others or pass as a fact."""
    call, review = asked(books)
    with begin_write(books.engine) as connection:
        connection.execute(update(reviews_table).where(reviews_table.c.review_id == review).values(proposal="{}"))
    assert "audit verify" in read_status(books, call).words


def test_the_list_says_it(cli: Cli) -> None:
    """A withdrawn request is no longer shown as intended, nor without its review."""
    cli("ask", "refund order 8841", "--thread", "fates", user="mara.voss")
    cli("ask", "withdraw it", "--thread", "fates", user="mara.voss")
    listed = cli("effects", "list", user="mara.voss").stdout
    assert "not done: withdrawn" in listed
    assert "REV-" in listed
    assert "intended" not in listed
