"""This module suggests the word that was meant for one that was misspelt."""

from collections.abc import Iterable

from rapidfuzz import process


def suggest_word(word: str, known: Iterable[str], *, least: int = 60) -> str:
    """``" Did you mean 'orders.get'?"`` after a sentence, when a known word is close, else nothing.

    Args:
        least: how close it must be, in per cent.
    """
    close = process.extractOne(word, list(known), score_cutoff=least)
    return f" Did you mean {close[0]!r}?" if close else ""
