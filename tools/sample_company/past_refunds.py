"""Refunds of the past and whether they turned out to be fraud.

Most customers are honest and a few of them are unlucky. Four ways to cheat are told apart only in part by what is known
at the time: goods that "never came" although the carrier had delivered them, serial returns, goods used and given back
late, and accounts opened for one large order. An honest customer may look like any of them.
"""

from functools import cache
from random import Random

from .past_cases_past_cases import PastCase, Values, drawn, weighted

REFUNDS = 2400
_NOISE = 0.03
_KINDS = {
    "honest": 0.79,
    "unlucky": 0.09,
    "never_came": 0.04,
    "serial": 0.04,
    "worn": 0.02,
    "hit_and_run": 0.02,
}


@cache
def past_refunds() -> tuple[PastCase, ...]:
    """The labelled refunds, oldest first; the values are those of ``scoring.refunds``."""
    return drawn("PR", REFUNDS, _NOISE, _draw)


def _draw(rng: Random, _number: int) -> tuple[Values, int]:
    kind = weighted(rng, _KINDS)
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
