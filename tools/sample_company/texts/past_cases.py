"""Past cases are what people decided, with the outcome: the labelled history that small models are trained on.

The sample company's tables hold what is; these cases hold what was known when somebody had to decide, and what turned
out to be true. They are drawn from a fixed seed, are the same on every machine, and stand in no table, so that no tool
and no agent can read an outcome. There are three histories:

- Tickets, labelled whether the customer was displeased and whether it was urgent. Texts are put together from phrases
  (``past_tickets.yaml``). The last sentences of each list only came up in the last part of the history, as new words
  do, so that a model is also judged on words it has never seen.
- Supplier invoices, labelled whether they turned out to be wrong: corrected, refused or invented. An ordinary one fits
  its supplier and its order. Wrong ones are too high, sent twice, without an order, with another tax, for goods that
  never came, or from somebody who only pretends to be a supplier; a good supplier's first or very large invoice, or one
  whose goods are booked in a day late, looks the same at first sight.
- Refunds, labelled whether they turned out to be fraud. Most customers are honest and a few of them are unlucky. Four
  ways to cheat are told apart only in part by what is known at the time: goods that "never came" although the carrier
  had delivered them, serial returns, goods used and given back late, and accounts opened for one large order. An honest
  customer may look like any of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from ...connectors.business import PastCase
from .lexicon import list_goods

PAST_SEED = 20
HISTORY_DAYS = 720
LAST_DAY = date(2025, 12, 31)
Values = Mapping[str, float]


def draw_cases(
    prefix: str, count: int, noise: float, draw: Callable[[Random, int], tuple[Values, int]]
) -> tuple[PastCase, ...]:
    """Draws so many cases with numbers, oldest first.

    Args:
        noise: the share of cases that people labelled wrongly.
        draw: makes the values and the truth of the case with this number.
    """
    rng = Random(f"{PAST_SEED}:{prefix}")
    found = []
    for number in range(count):
        values, truth = draw(rng, number)
        label = 1 - truth if rng.random() < noise else truth
        found.append(PastCase(f"{prefix}-{number + 1:04d}", compute_case_day(number, count), values, label, truth))
    return tuple(found)


def compute_case_day(number: int, count: int) -> date:
    """The day of the case with this number of so many, spread evenly over the history."""
    return LAST_DAY - timedelta(days=HISTORY_DAYS - 1 - number * HISTORY_DAYS // count)


def choose_weighted(rng: Random, shares: Mapping[str, float]) -> str:
    """One of the names, as often as its share says."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]


PAST_TICKETS = 2000
NEW_SHARE = 0.3
"""The share of each list of sentences that nobody wrote before the last quarter of the history."""
_NEW_FROM = PAST_TICKETS * 3 // 4
_TICKET_NOISE = 0.04
_MOOD_SHARES = {"displeased": 0.36, "plain": 0.46, "pleased": 0.18}
_URGENT = {"displeased": 0.38, "plain": 0.26, "pleased": 0.12}


@cache
def generate_past_tickets(label: str) -> tuple[PastCase, ...]:
    """The tickets, oldest first.

    Args:
        label: ``"sentiment"`` (1 means displeased) or ``"urgency"`` (1 means urgent).
    """
    return tuple(pair[0 if label == "sentiment" else 1] for pair in _generate_both_labels())


@cache
def _generate_both_labels() -> tuple[tuple[PastCase, PastCase], ...]:
    rng = Random(f"{PAST_SEED}:past tickets")
    return tuple(_draw_ticket(rng, number) for number in range(PAST_TICKETS))


def _draw_ticket(rng: Random, number: int) -> tuple[PastCase, PastCase]:
    book, new = _load_book(), number >= _NEW_FROM
    mood = choose_weighted(rng, _MOOD_SHARES)
    urgent = rng.random() < _URGENT[mood]
    sentences = [_draw_phrase(rng, book["matters"], new)]
    sentences.append(_draw_phrase(rng, book["urgent" if urgent else "unhurried"], new))
    if urgent or rng.random() < 0.7:
        sentences.insert(0, _draw_phrase(rng, book[mood], new))
    elif mood == "displeased":
        sentences.append(_draw_phrase(rng, book[mood], new))
    if mood != "plain" and rng.random() < 0.35:
        sentences.append(_draw_phrase(rng, book[mood], new))
    if rng.random() < 0.5:
        sentences.append(_draw_phrase(rng, book["closings"], new))
    truth = int(mood == "displeased" and any(s in book["displeased"] for s in sentences)), int(urgent)
    text = " ".join(sentences).format(goods=rng.choice(_list_goods()), order=f"ORD-{rng.randrange(6001, 9000)}")
    text = _mistype(rng, text)
    case = PastCase(f"PT-{number + 1:04d}", compute_case_day(number, PAST_TICKETS), {}, 0, 0, text, tuple(sentences))
    labels = [1 - value if rng.random() < _TICKET_NOISE else value for value in truth]
    return replace(case, label=labels[0], truth=truth[0]), replace(case, label=labels[1], truth=truth[1])


def _draw_phrase(rng: Random, phrases: Sequence[str], new: bool) -> str:
    old = len(phrases) - max(1, round(NEW_SHARE * len(phrases)))
    return rng.choice(phrases if new else phrases[:old])


def _mistype(rng: Random, text: str) -> str:
    """As people type: a letter lost or swapped now and then, and some who do not care for capitals."""
    letters = list(text)
    for place in range(1, len(letters) - 2):
        if letters[place].isalpha() and letters[place + 1].isalpha() and rng.random() < 0.004:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    plain = "".join(letters)
    return plain.lower() if rng.random() < 0.1 else plain


@cache
def _list_goods() -> tuple[str, ...]:
    return tuple(name for names in list_goods().values() for name in names)


@cache
def _load_book() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("past_tickets.yaml").read_text("utf-8"))
    return loaded


PAST_INVOICES = 2400
_INVOICE_NOISE = 0.03
_INVOICE_SHARES = {
    "ordinary": 0.76,
    "unusual": 0.07,
    "too_high": 0.04,
    "twice": 0.03,
    "no_order": 0.03,
    "wrong_tax": 0.03,
    "not_come": 0.03,
    "invented": 0.01,
}


@cache
def generate_past_invoices() -> tuple[PastCase, ...]:
    """The labelled invoices, oldest first; the values are those of ``scoring.invoices``."""
    return draw_cases("PI", PAST_INVOICES, _INVOICE_NOISE, _draw_invoice)


def _draw_invoice(rng: Random, _number: int) -> tuple[Values, int]:
    kind = choose_weighted(rng, _INVOICE_SHARES)
    total = rng.lognormvariate(13.0, 1.0)
    ratio = rng.lognormvariate(0, 0.7)
    earlier = rng.choices((rng.randrange(1, 25), 0), weights=(93, 7))[0]
    order, same, whole = rng.random() < 0.97, rng.random() < 0.01, rng.random() < 0.06
    terms, gap, weekend = rng.choice((14, 21, 30, 30, 45)), rng.randrange(0, 4), rng.random() < 0.28
    foreign = rng.random() < 0.03
    over = rng.choice((0.0, 0.0, 0.0, rng.uniform(0, 1.5)))
    tax = 0.0 if rng.random() < 0.97 else rng.uniform(0.1, 1)
    missing = 0.0 if rng.random() < 0.95 else rng.uniform(2, 100)
    match kind:
        case "unusual":
            ratio, earlier = rng.lognormvariate(0.9, 0.6), rng.choice((0, 1, 2, 6, 12))
            order, over = rng.random() < 0.85, rng.uniform(0, 4)
        case "too_high":
            over, ratio = rng.uniform(1.5, 25), ratio * rng.uniform(1.0, 1.6)
        case "wrong_tax":
            tax = rng.choice((12.0, 12.0, rng.uniform(1, 6)))
        case "not_come":
            missing = rng.uniform(5, 70)
        case "twice":
            same, gap = rng.random() < 0.85, rng.randrange(0, 40)
        case "no_order":
            order = rng.random() < 0.08
        case "invented":
            earlier, order, terms = rng.choice((0, 0, 0, 2)), rng.random() < 0.25, rng.choice((3, 5, 7, 14))
            whole, ratio = rng.random() < 0.6, rng.lognormvariate(0.8, 0.6)
    if not order:
        over = tax = missing = 0.0
    return {
        "total_minor": float(round(total)),
        "to_usual_percent": 100.0 if earlier == 0 else float(min(round(100 * ratio), 5000)),
        "earlier_invoices": float(earlier),
        "first_invoice": float(earlier == 0),
        "order_known": float(order),
        "over_order_percent": round(over, 2),
        "vat_gap_percent": round(tax, 2),
        "not_received_percent": round(missing, 1),
        "same_amount_90d": float(same),
        "whole_hundreds": float(whole),
        "days_to_due": float(terms),
        "days_underway": float(gap),
        "weekend": float(weekend),
        "foreign": float(foreign),
    }, int(kind not in ("ordinary", "unusual"))


PAST_REFUNDS = 2400
_REFUND_NOISE = 0.03
_REFUND_SHARES = {
    "honest": 0.79,
    "unlucky": 0.09,
    "never_came": 0.04,
    "serial": 0.04,
    "worn": 0.02,
    "hit_and_run": 0.02,
}


@cache
def generate_past_refunds() -> tuple[PastCase, ...]:
    """The labelled refunds, oldest first; the values are those of ``scoring.refunds``."""
    return draw_cases("PR", PAST_REFUNDS, _REFUND_NOISE, _draw_refund)


def _draw_refund(rng: Random, _number: int) -> tuple[Values, int]:
    kind = choose_weighted(rng, _REFUND_SHARES)
    fraud = kind not in ("honest", "unlucky")
    orders = max(1, round(rng.gammavariate(2.2, 5)))
    amount = rng.lognormvariate(9.6, 1.1)
    days, share = rng.randrange(1, 28), rng.choice((100, 100, 50, 25))
    age = rng.randrange(430, 3000)
    recent = rng.choices((0, 1, 2, 3), weights=(80, 15, 4, 1))[0]
    before = recent + rng.choices((0, 1, 2), weights=(70, 22, 8))[0]
    never = rng.random() < 0.05
    lost = never and rng.random() < 0.75
    ticket = rng.random() < 0.55
    card = rng.random() < 0.33
    match kind:
        case "unlucky":
            recent = rng.choice((1, 2, 2, 3))
            before, ticket = recent + rng.choice((0, 1)), rng.random() < 0.8
        case "never_came":
            never, lost = rng.random() < 0.9, False
            share, amount = 100, amount * rng.uniform(1.1, 3)
            ticket = rng.random() < 0.3
        case "serial":
            recent = rng.choice((1, 2, 3, 3, 4))
            before = recent + rng.choice((1, 2, 3))
            orders = max(before, round(rng.gammavariate(2, 3)))
        case "worn":
            days, share = rng.randrange(22, 58), 100
            ticket, amount = rng.random() < 0.25, amount * 1.5
        case "hit_and_run":
            age, orders = rng.randrange(2, 200), rng.choice((1, 1, 2))
            amount, share, card = amount * rng.uniform(2, 5), 100, rng.random() < 0.85
    if not fraud and rng.random() < 0.08:
        age = rng.randrange(2, 430)
    orders = max(orders, before, 1)
    return {
        "amount_minor": float(min(round(amount), 2_500_000)),
        "share_percent": float(share),
        "days_since_delivery": 0.0 if lost else float(days),
        "refunds_90d": float(recent),
        "refund_rate_percent": float(round(100 * before / orders)),
        "customer_days": float(age),
        "never_came": float(never),
        "against_delivery": float(never and not lost),
        "complained": float(ticket),
        "by_card": float(card),
    }, int(fraud)
