"""What a reviewer sees is what they sign: nothing hidden, nothing that looks like something else."""

from datetime import timedelta

from countersign.app.access.inbox import find_sent_back, may_judge, may_see, sort_by_urgency
from countersign.app.views.review_view import format_review, serialize_review
from countersign.policies.domain.decision import Priority
from countersign.policies.domain.principal import Principal
from countersign.policies.review.answers import list_allowed_answers
from countersign.policies.review.in_doubt import build_effect_decision, build_effect_question
from countersign.policies.review.review import MAX_REWORK, Answer, AnswerType, Review
from countersign.policies.review.store import ReviewStore
from refund_reviews import ARGS, ELSEWHERE, KARL, MARA, NOW, OLGA, RECORDS, TOM, opened


def test_everything_that_is_signed_is_shown(reviews: ReviewStore) -> None:
    """A reviewer decides on what the screen says; whatever is missing there is signed blindly."""
    review = opened(reviews)
    text = format_review(review, TOM, NOW).plain
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
        "You may: approve, edit, reject, respond, request changes, delegate",
        review.proposal.digest,
    ):
        assert wanted in text


def test_the_requester_is_told_why_not(reviews: ReviewStore) -> None:
    """The screen says before anybody tries that one cannot sign one's own request."""
    assert "separation of duties" in format_review(opened(reviews), MARA, NOW).plain


def test_doubtful_sources_and_characters_stand_out(reviews: ReviewStore) -> None:
    """An IBAN from a supplier's mail with a Cyrillic letter in it is how such frauds look."""
    args = ARGS | {"reason": "p\u0430y\u202enow\x1b[2J", "note": "x"}
    review = opened(reviews, args, provenance={"reason": "untrusted"})
    text = format_review(review, TOM, NOW).plain
    assert "FROM OUTSIDE TEXT" in text
    assert "of unknown source" in text
    assert "mixes CYRILLIC and LATIN" in text
    assert "<U+202E>" in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert serialize_review(review, TOM, NOW)["warnings"]


def test_values_cannot_draw_lines_of_their_own(reviews: ReviewStore) -> None:
    """A line break in a value could forge a line such as `Signed: ...`."""
    review = opened(reviews, ARGS | {"reason": "x\n  Signed: tom.adler as support_manager"})
    lines = format_review(review, TOM, NOW).plain.splitlines()
    assert not [line for line in lines if line.strip().startswith("Signed:")]


def test_a_program_sees_the_same(reviews: ReviewStore) -> None:
    """Amounts in words come with the exact minor units."""
    record = serialize_review(opened(reviews), TOM, NOW)
    assert record["args"] == ARGS
    assert record["money"] == {"amount_minor": "4,500.00 EUR"}
    assert record["you_may_answer"] is True
    assert serialize_review(opened(reviews), MARA, NOW)["you_may_answer"] is False


SVEN = Principal("sven.pohlmann", "t", frozenset({"support_manager"}))
DIRECTOR = Principal("dora.klein", "t", frozenset())


def answered(
    reviews: ReviewStore, review: Review, who: Principal, kind: str, message: str = "", to: str = ""
) -> Review:
    person = {SVEN.user_id: SVEN}.get(to)
    return reviews.answer(review.review_id, who, Answer(AnswerType(kind), message, to=to), NOW, to=person)


def test_what_policy_judged_is_for_those_who_judge(reviews: ReviewStore) -> None:
    """The requester may have no right to the records; the reviewer decides by them."""
    review = opened(reviews)
    for reader, sees in ((TOM, True), (OLGA, True), (MARA, False)):
        text = format_review(review, reader, NOW).plain
        record = serialize_review(review, reader, NOW)
        assert ("customer.note = VIP<U+200B>" in text) is sees
        assert ("order.refundable_minor = 4,500.00 EUR (450000)" in text) is sees
        assert (record.get("shown") == RECORDS) is sees
        assert ("shown_warnings" in record) is sees
    assert may_judge(review, KARL) is False
    assert may_judge(review, ELSEWHERE) is False
    own = Principal("mara.voss.admin", "t", frozenset({"support_manager"}), person="mara.voss")
    assert may_judge(review, own) is False


def test_records_cannot_draw_lines_nor_fill_the_screen(reviews: ReviewStore) -> None:
    """What an outsider wrote in a ticket stands between the lines that people trust."""
    shown = {"note": {"text": "x\n  You may: approve " * 100}, "order": {"lines": list(range(500))}}
    text = format_review(opened(reviews, shown=shown), TOM, NOW).plain
    assert len(text.splitlines()) < 100
    assert "characters)" in text
    assert "more; --json shows all" in text
    assert len([line for line in text.splitlines() if line.strip().startswith("You may:")]) == 1


def test_owner_priority_reminder_and_what_happens_unanswered(reviews: ReviewStore) -> None:
    """Somebody answers for each review's end, and everybody sees what comes when nobody does."""
    review = opened(reviews)
    text = format_review(review, TOM, NOW).plain
    assert "Priority: high; support_manager sees that it is answered" in text
    assert "Reminder: 2026-03-02 12:00 UTC" in text
    assert "Unanswered: it is denied at the end" in text
    record = serialize_review(review, TOM, NOW)
    assert (record["owner"], record["priority"], record["overdue"]) == ("support_manager", "high", False)


def test_the_chain_says_how_far_it_was_climbed(reviews: ReviewStore) -> None:
    """A controller who is asked all at once must see why."""
    review = opened(reviews)
    late = NOW + timedelta(days=2, minutes=1)
    reviews.sweep(late - timedelta(days=1))
    reviews.sweep(late)
    escalated = reviews.get(review.review_id)
    text = format_review(escalated, KARL, late).plain
    assert "Escalates to: controller (reached), then cfo; last on 2026-03-03 12:01 UTC" in text
    assert "overdue" in text
    assert "(reminded once before)" in text
    assert serialize_review(escalated, KARL, late)["escalated_to"] == ["controller"]
    assert may_judge(escalated, KARL) is True


def test_persons_seats_and_delegations_are_named(reviews: ReviewStore) -> None:
    """Who is asked by name must not have to guess it from roles."""
    review = opened(reviews, seats=("support_manager", "user:dora.klein"))
    delegated = answered(reviews, review, TOM, "delegate", "I am away", to="sven.pohlmann")
    text = format_review(delegated, DIRECTOR, NOW).plain
    assert "support_manager (free), dora.klein in person (free)" in text
    assert "Asked: sven.pohlmann, dora.klein" in text
    assert (
        "Signed: tom.adler as support_manager, asked sven.pohlmann instead at 2026-03-01 12:00 UTC: I am away" in text
    )
    assert "You may: approve, edit, reject, respond, request changes, delegate" in text
    signed = answered(reviews, delegated, DIRECTOR, "approve")
    assert "dora.klein in person (signed)" in format_review(signed, TOM, NOW).plain
    assert may_see(answered(reviews, signed, SVEN, "reject", "no"), DIRECTOR) is True


def test_a_revision_tells_what_was_asked(reviews: ReviewStore) -> None:
    """The second look begins where the first ended."""
    first = answered(reviews, opened(reviews), TOM, "request_changes", "half of it,\nplease")
    assert "sent back for changes" in format_review(first, MARA, NOW).plain
    second = opened(reviews, ARGS | {"amount_minor": 225_000}, run="run-2")
    before = find_sent_back(reviews, second)
    asked = f"  Revision 2 of {first.review_id}; {{}} asked: half of it, please"
    assert asked.format("you") in format_review(second, TOM, NOW, before).plain
    assert asked.format("tom.adler") in format_review(second, SVEN, NOW, before).plain
    assert (serialize_review(second, TOM, NOW)["revises"], second.rework) == (first.review_id, 1)
    for number in (3, 4):
        answered(reviews, second, TOM, "request_changes", "again")
        second = opened(reviews, ARGS | {"amount_minor": 225_000 - number}, run=f"run-{number}")
    assert second.rework == MAX_REWORK
    assert AnswerType.CHANGES not in list_allowed_answers(second, TOM)
    assert "request changes" not in format_review(second, TOM, NOW).plain


def test_the_requester_may_take_back_and_nothing_else(reviews: ReviewStore) -> None:
    """A button that is refused every time is worse than none."""
    review = opened(reviews)
    assert list_allowed_answers(review, MARA) == (AnswerType.WITHDRAW,)
    assert list_allowed_answers(review, KARL) == ()
    assert list_allowed_answers(review, ELSEWHERE) == ()
    assert "You may: withdraw" in format_review(review, MARA, NOW).plain
    closed = answered(reviews, review, MARA, "withdraw", "a mistake")
    assert list_allowed_answers(closed, MARA) == list_allowed_answers(closed, TOM) == ()
    assert "mara.voss as requester, took it back" in format_review(closed, TOM, NOW).plain


def test_whether_it_happened_is_asked_in_these_words(reviews: ReviewStore) -> None:
    """Approving something in doubt does not run it; whoever signs must know that, and nobody can take it back."""
    effect = {"digest": "d" * 64, "user_id": "mara.voss", "tenant": "t", "thread": "t/mara.voss/x", "run": "run-1"}
    question = build_effect_question(effect, "refunds.issue", ARGS)
    decision = build_effect_decision(question, "It was begun.", "support_manager")
    review = reviews.open(question, decision, MARA, "Did this happen? Refund", NOW)
    text = format_review(review, TOM, NOW).plain
    assert "Approve if it happened, reject if it did not." in text
    assert "You may: approve, reject, delegate\n" in text
    assert "args.amount_minor = 4,500.00 EUR (450000)  (as it was called)" in text
    assert "it stays open until somebody answers" in text
    assert list_allowed_answers(review, MARA) == ()


def test_the_most_pressing_comes_first(reviews: ReviewStore) -> None:
    """Of forty reviews people read the first five."""
    later = NOW + timedelta(days=1)
    calm = opened(reviews, run="calm", priority=Priority.LOW, days=5)
    soon = opened(reviews, run="soon", priority=Priority.NORMAL, days=4)
    high = opened(reviews, run="high", priority=Priority.URGENT, days=6)
    late = opened(reviews, run="late", priority=Priority.LOW, days=1)
    ended = answered(reviews, opened(reviews, run="ended", priority=Priority.URGENT), TOM, "reject", "no")
    found = sort_by_urgency([ended, calm, soon, high, late], later)
    assert [review.proposal.run for review in found] == ["late", "high", "soon", "calm", "ended"]
