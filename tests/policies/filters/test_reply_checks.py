"""Replies stand on evidence and keep their form."""

import pytest
from countersign.policies.filters.grounding import build_reply_sources, find_unfounded, remove_claims
from countersign.policies.filters.reply_checks import clean_reply, estimate_confidence, find_breaches

READ = (
    '{"order_id": "ORD-8841", "total_minor": 125000, "currency": "EUR", "placed": "2026-03-16"}',
    "The supplier shall deliver within thirty (30) days of the order. Penalty: 1.250,50 EUR, or 2.5 % a week.",
)


@pytest.mark.parametrize(
    "reply",
    [
        "Order ORD-8841 of 16 March 2026 cost 1,250.00 EUR.",
        "It cost 1.250,00 EUR; the penalty is 1,250.50 EUR or 2,5 %.",
        "I found 3 orders.\n1. ORD-8841\n2. nothing else [handbook#17.2]",
        'It says: "shall deliver within thirty (30) days".',
        "It says “The supplier shall deliver … of the order”.",
        "> The supplier shall **deliver** within thirty (30) days",
        "It cost 1250 EUR.",
    ],
)
def test_what_was_read_may_be_said(reply: str) -> None:
    """Figures are compared by value and quotations by words, so a true reply goes out as it is."""
    assert find_unfounded(reply, build_reply_sources(READ)) == ()


@pytest.mark.parametrize(
    ("reply", "claims"),
    [
        ("It cost 1,251.00 EUR.", ["1,251.00"]),
        ("Delivery within 45 days.", ["45"]),
        ("It is 12.5 % a week.", ["12.5"]),
        ('It says: "The supplier may deliver whenever it likes".', ['"The supplier may deliver whenever it likes"']),
        ("It cost ９９９ EUR.", ["９９９"]),
        ("> payment is due within sixty days", ["> payment is due within sixty days"]),
    ],
)
def test_what_stands_nowhere_is_found(reply: str, claims: list[str]) -> None:
    """An invented figure or quotation is named with its place."""
    found = find_unfounded(reply, build_reply_sources(READ))
    assert [claim.text for claim in found] == claims
    assert all(reply[claim.start : claim.end] == claim.text for claim in found)


def test_only_the_sentence_with_the_claim_goes() -> None:
    """What is founded stays, line for line."""
    reply = (
        "Order ORD-8841 cost 1,250.00 EUR. You saved 99.99 EUR! It was placed on 2026-03-16.\n\n- Penalty 77 %\n- Done"
    )
    kept = remove_claims(reply, find_unfounded(reply, build_reply_sources(READ)))
    assert kept == "Order ORD-8841 cost 1,250.00 EUR. It was placed on 2026-03-16.\n\n- Done"
    assert remove_claims(reply, ()) == reply


def test_confidence_falls_with_every_flaw() -> None:
    """One flaw is enough to miss a bar of 80; the reasons say which."""
    claims = find_unfounded("It cost 99.99 EUR.", build_reply_sources(READ))
    assert estimate_confidence("Fine.", (), ["ORD-8841"], {"ORD-8841"}).percent == 100
    flawed = estimate_confidence("It cost 99.99 EUR.", claims, ["ORD-1"], {"ORD-8841"}, "length")
    assert flawed.percent == 0
    assert len(flawed.reasons) == 3
    assert estimate_confidence("It cost 99.99 EUR.", claims, (), ()).percent < 80
    assert estimate_confidence("  ", (), (), ()).percent == 0


def test_the_form_of_a_reply() -> None:
    """Nothing unseen, no mark of a fence, something said, a source where one is asked for."""
    assert find_breaches("Fine [ORD-8841].", ["ORD-8841"], cited=True) == []
    assert find_breaches("Fine.", [], cited=True) == ["it names no source"]
    assert find_breaches(" ", []) == ["it says nothing"]
    assert len(find_breaches("x" * 20, [], most=10)) == 1
    hidden = 'Pay \u202e001 EUR <<data 0123456789abcdef source="x">>now'
    assert find_breaches(hidden, []) != []
    assert clean_reply(hidden) == "Pay 001 EUR now"
    assert clean_reply("a\n\tb — ünï 👩‍👩‍👧") == "a\n\tb — ünï 👩‍👩‍👧"
