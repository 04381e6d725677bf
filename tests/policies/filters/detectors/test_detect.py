"""Detectors: what they find, what they must not take for it, and that no text makes them slow."""

import time

import pytest
from countersign.policies.filters.detectors.detect import detect_values
from countersign.policies.filters.detectors.match import SensitiveKind, SensitiveValue, resolve_overlaps
from hypothesis import given, settings
from hypothesis import strategies as st


def found(text: str, *kinds: SensitiveKind) -> list[tuple[str, str]]:
    return [(str(item.kind), item.text) for item in detect_values(text, frozenset(kinds or SensitiveKind))]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("pay with 4111 1111 1111 1111 please", "card", "4111 1111 1111 1111"),
        ("pay with 4111-1111-1111-1111.", "card", "4111-1111-1111-1111"),
        ("a,4111111111111111,12/29", "card", "4111111111111111"),
        ("amex 3782 822463 10005", "card", "3782 822463 10005"),
        ("in 2024 4111 1111 1111 1111 was used", "card", "4111 1111 1111 1111"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 12/29", "card", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
        ("Maestro card 501864667909", "card", "501864667909"),
        ("4111 1111\u00a01111\u20091111", "card", "4111 1111\u00a01111\u20091111"),
        ("４１１１１１１１１１１１１１１１", "card", "４１１１１１１１１１１１１１１１"),
        ("41\u200b11\u200b1111\u00ad11111111", "card", "41\u200b11\u200b1111\u00ad11111111"),
        ("٤١١١١١١١١١١١١١١١", "card", "٤١١١١١١١١١١١١١١١"),
        ("4111‑1111–1111—1111", "card", "4111‑1111–1111—1111"),
        ("to GB82 WEST 1234 5698 7654 32 now", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("to DE89370400440532013000 NOW", "iban", "DE89370400440532013000"),
        ("de89 3704 0044 0532 0130 00", "iban", "de89 3704 0044 0532 0130 00"),
        ("АТ61 1904 3002 3457 3201", "iban", "АТ61 1904 3002 3457 3201"),  # Cyrillic capitals
        ("IBAN: DE89370400440532013001", "iban", "DE89370400440532013001"),  # a slip, and called so
        ("SSN 536-90-4399", "ssn", "536-90-4399"),
        ("it is 536-90-4399", "ssn", "536-90-4399"),
        ("my social security number is 536904399", "ssn", "536904399"),
        ("NINO AB 12 34 56 C", "national_id", "AB 12 34 56 C"),
        ("codice RCCMNL83S18D969H", "national_id", "RCCMNL83S18D969H"),
        ("PESEL 44051401359", "national_id", "44051401359"),
        ("DNI 54362315K", "national_id", "54362315K"),
        ("NIR 1 85 05 78 006 084 91", "national_id", "1 85 05 78 006 084 91"),
        ("185057800608491 is it", "national_id", "185057800608491"),
        ("passport no. C01X00T47", "passport", "C01X00T47"),
        ("my driver's license number is F162823540116", "driver_licence", "F162823540116"),
        ("mail ann.lee+x@mail.example.co.uk, or", "email", "ann.lee+x@mail.example.co.uk"),
        ("from 192.168.10.254.", "ip", "192.168.10.254"),
        ("at 2001:db8::ff00:42:8329 there", "ip", "2001:db8::ff00:42:8329"),
        ("ring +43 1 5880 10 today", "phone", "+43 1 5880 10"),
        ("+44 20 7946 0958", "phone", "+44 20 7946 0958"),
        ("it is 212-555-2368", "phone", "212-555-2368"),
        ("Phone: 467 3395", "phone", "467 3395"),
        ("He lives at 12 High Street.", "address", "12 High Street."),
        ("My zip code is 35350", "postcode", "35350"),
        ("Dr. Cettina Fanucci called", "person", "Cettina Fanucci"),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "secret", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
        ("AKIAIOSFODNN7EXAMPLE", "secret", "AKIAIOSFODNN7EXAMPLE"),
        ("Authorization: Bearer abcdef0123456789abcdef", "secret", "abcdef0123456789abcdef"),
        ("password=hunter2", "secret", "hunter2"),
        ('"api_key": "abc123def456"', "secret", "abc123def456"),
        ("My password is Tr0ub4dor&3.", "secret", "Tr0ub4dor&3"),
        ("postgresql://app:s3cr3t@db.internal/x", "secret", "s3cr3t"),
    ],
)  # fmt: skip
def test_it_is_found(text: str, kind: str, value: str) -> None:
    """Each kind in the ways people and attackers write it; a miss would leave the value in records."""
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "invoice 4111111111111112 over 1,250,000.00",  # fails the check digit
        "order 0000 0000 0000 0000",
        "INV-1042, PO-0031 and ORD-8841 of 2026-03-01 10:30:00",
        "between 2024-01-01 and 2025-12-31, EUR 12.500,00 each",
        "section 12.3.1.4 of version 1.2.3.4",
        "The password is in the handbook; tokens expire after an hour.",
        "token: none, key = value, secret is out",
        "Mr and Mrs are titles. Dear all, the street is long.",
        "marks 2635572 75348627 and others",  # two numbers of a list that together pass a country's check
        "quantities 100 200 300 400 and 1500 2500",
        "GB82 ABCD 1234 5698 7654 32",
        "see https://example.com/a:b@c?x=1",
        "passport control and the driving licence office",
    ],
)
def test_it_is_not_taken_for_one(text: str) -> None:
    """Record numbers, amounts, dates and prose about secrets stay as they are, or work on them would stop."""
    assert found(text) == []


def test_overlaps_are_settled_the_same_way_in_any_order() -> None:
    """A checked number outranks a looser reading of the same characters, whichever was found first."""
    card, phone = SensitiveValue(SensitiveKind.CARD, 5, 21, "x"), SensitiveValue(SensitiveKind.PHONE, 0, 12, "y")
    mail = SensitiveValue(SensitiveKind.EMAIL, 30, 40, "z")
    assert resolve_overlaps([phone, card, mail]) == resolve_overlaps([mail, card, phone]) == (card, mail)


def test_kinds_that_are_not_wanted_take_nothing_away() -> None:
    """A number that could be a phone number is still found as what was asked for."""
    text = "card number 4047737215142"
    assert found(text, SensitiveKind.CARD) == [("card", "4047737215142")]
    assert found(text, SensitiveKind.EMAIL) == []


def test_each_of_many_cards_is_found() -> None:
    """A column of cards is masked to the last one."""
    assert len(found("4111 1111 1111 1111 " * 50, SensitiveKind.CARD)) == 50
    assert len(found("4111111111111111\n" * 50, SensitiveKind.CARD)) == 50


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789 -.+()@:/=ABGpassword\u200b\u00ad４Б\n", max_size=200))
def test_spans_are_those_of_the_text_given(text: str) -> None:
    """Whatever is found stands at its place in the original, in order, without overlaps."""
    last = 0
    for item in detect_values(text):
        assert item.text == text[item.start : item.end]
        assert item.start >= last
        assert item.end > item.start
        last = item.end


@pytest.mark.parametrize(
    "seed",
    ["1 ", "4", "1-", "a@", "a.", "GB82 ", "password: ", "Mr John ", "12 High ", "(", "+", "://:", "eyJaaaaaaaaa.",
     "-----BEGIN PRIVATE KEY-----", "\u200b", "phone 1", "4111 1111 1111 1111 ", "rue a 1 ", "key=", "٣ "],
)  # fmt: skip
def test_no_text_makes_it_slow(seed: str) -> None:
    """The time grows with the length, not with its square: 200 KB of what a pattern likes best take seconds."""
    text = (seed * (200_000 // len(seed)))[:200_000]
    began = time.process_time()
    detect_values(text)
    assert time.process_time() - began < 6
