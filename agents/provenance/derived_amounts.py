"""An amount is derived when a little arithmetic, asked for in the person's words, gives it. Pure and bounded."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

MOST_NUMBERS = 400
_CENT = Decimal("0.01")
_TOTAL = re.compile(r"\b(?:total|sum|all|altogether|together|whole)\b", re.IGNORECASE)
_DIFFERENCE = re.compile(
    r"\b(?:difference|too much|too little|rest|remainder|remaining|minus|less|back)\b", re.IGNORECASE
)
_MORE = re.compile(r"\b(?:plus|more|increase[ds]?|additional|extra|fee|raise[ds]?|add)\b|\+", re.IGNORECASE)
_SHARE = re.compile(r"\b(?:share|split|half|halves|each)\b", re.IGNORECASE)


def is_derived(
    wanted: Decimal,
    words: str,
    said: Iterable[Decimal],
    shares: Iterable[Decimal],
    recorded: Iterable[Decimal],
) -> bool:
    """Whether an amount is what the words ask to be worked out, to the cent.

    Sums and differences always have a number that the person said in them, percentages one that the person said as
    such: of records alone only a value as it stands counts, so that nobody can reach an amount by combining records.

    Args:
        words: the person's; they must ask for a sum, a difference, a share or a percentage.
        said: numbers in them.
        shares: percentages in them.
        recorded: numbers in records that may be believed; of very many, none count.
    """
    own, rates, known = frozenset(said), frozenset(shares), frozenset(recorded)
    if len(own) + len(known) > MOST_NUMBERS:
        return False
    target = wanted.quantize(_CENT)
    return any(found.quantize(_CENT) == target for found in _results(words, own - rates, rates, known))


def _results(
    words: str, own: frozenset[Decimal], rates: frozenset[Decimal], known: frozenset[Decimal]
) -> Iterator[Decimal]:
    for rate in rates:
        for base in known | own:
            part = base * rate / 100
            yield part
            if _MORE.search(words):
                yield base + part
                yield from (part + more for more in own)
            if _DIFFERENCE.search(words):
                yield base - part
    for number in own:
        for other in known | (own - {number}):
            if _DIFFERENCE.search(words):
                yield abs(number - other)
                if _SHARE.search(words):
                    yield abs(other - number / 2)
            if _MORE.search(words) or _TOTAL.search(words):
                yield number + other
        if _SHARE.search(words):
            yield number / 2
