"""Supplier invoices of the past and whether they turned out to be wrong: corrected, refused or invented.

An ordinary invoice fits its supplier and its order. Wrong ones are too high, sent twice, without an order, with another
tax, for goods that never came, or from somebody who only pretends to be a supplier; a good supplier's first or very
large invoice, or one whose goods are booked in a day late, looks the same at first sight.
"""

from functools import cache
from random import Random

from .past_cases_past_cases import PastCase, Values, drawn, weighted

PAST_INVOICES = 2400
_NOISE = 0.03
_KINDS = {
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
def past_invoices() -> tuple[PastCase, ...]:
    """The labelled invoices, oldest first; the values are those of ``scoring.invoices``."""
    return drawn("PI", PAST_INVOICES, _NOISE, _draw)


def _draw(rng: Random, _number: int) -> tuple[Values, int]:
    kind = weighted(rng, _KINDS)
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
