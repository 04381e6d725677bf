"""Which invoices carry a planted exception. For evaluation only: no table holds this, and no tool reads it."""

from random import Random

from ..schema.record_kinds import KINDS

INVOICES, FIRST_INVOICE = 600, 461
EXCEPTION_KINDS = ("price", "quantity", "duplicate", "missing_po", "wrong_vat", "overdue")
SHOWN_INVOICE = "INV-1042"  # the stuck invoice that documents and demos speak of: always a price exception
_PER_KIND = 15


def planted(seed: int) -> dict[str, str]:
    """The truth about the exceptions: invoice id to its one primary kind, for exactly 15 % of the invoices."""
    rng = Random(f"{seed}:exceptions")
    shown = int(SHOWN_INVOICE.removeprefix("INV-")) - FIRST_INVOICE
    # Overdue ones are old enough for every payment term; duplicates have enough history to copy from.
    overdue = rng.sample(range(270, 480), _PER_KIND)
    others = rng.sample(sorted(set(range(200, INVOICES)) - set(overdue) - {shown}), 5 * _PER_KIND - 1)
    kinds = ["price"] * (_PER_KIND - 1)
    kinds += [kind for kind in EXCEPTION_KINDS[1:5] for _ in range(_PER_KIND)]
    rng.shuffle(kinds)
    truth = dict.fromkeys(overdue, "overdue") | dict(zip(others, kinds, strict=True)) | {shown: "price"}
    return {KINDS["invoice"].id(FIRST_INVOICE + step): truth[step] for step in sorted(truth)}
