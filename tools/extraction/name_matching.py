"""This module finds which known name a person means; of two that fit almost equally well it chooses none."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

MATCH_CUTOFF = 80.0
"""Lowest similarity (0–100) at which a name is a candidate at all."""
MATCH_MARGIN = 7.0
"""How far (0–100) the best must be ahead of the second to be taken."""
_MIN_PART = 4
_PART = 0.85
_SUFFIX = re.compile(
    r"\b(?:inc|incorporated|llc|l l c|ltd|limited|corp|corporation|co|company|gmbh|ag|kg|ohg|ug|se|plc|sa|s a|bv|nv|"
    r"srl|spa|oy|ab|as|llp|lp|pty)\b"
)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What was found: `name` when one is clearly meant, else None with the `candidates` (name, score 0–100)."""

    name: str | None
    candidates: tuple[tuple[str, float], ...]

    @property
    def ambiguous(self) -> bool:
        """Whether several names fit and a person must choose."""
        return self.name is None and len(self.candidates) > 1


def normalize_name(name: str) -> str:
    """`name` in lower case without accents, punctuation and legal form, for comparison only."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).lower().replace("&", " and ")
    words = re.sub(r"[^a-z0-9]+", " ", plain).strip()
    short = re.sub(r"\s+", " ", _SUFFIX.sub(" ", words)).strip()
    return short or words


def match_name(
    query: str, names: Iterable[str], *, cutoff: float = MATCH_CUTOFF, margin: float = MATCH_MARGIN, limit: int = 5
) -> NameMatch:
    """The one of `names` that `query` means.

    A name is taken when it is the only exact one, or scores at least `cutoff` and `margin` above the next.
    Otherwise `name` is None and `candidates` lists at most `limit` that came close, best first.
    """
    known = list(dict.fromkeys(names))
    wanted = normalize_name(query)
    if not wanted:
        return NameMatch(None, ())
    normal = {name: normalize_name(name) for name in known}
    exact = [name for name in known if normal[name] == wanted]
    if len(exact) == 1:
        return NameMatch(exact[0], ((exact[0], 100.0),))
    if exact:
        # Same name but for the legal form: the form as written may still settle it.
        same = [name for name in exact if name.casefold() == query.strip().casefold()]
        return NameMatch(same[0] if len(same) == 1 else None, tuple((name, 100.0) for name in exact[:limit]))
    scored = [(name, round(_compute_likeness(wanted, known_as), 1)) for name, known_as in normal.items()]
    close = [pair for pair in scored if pair[1] >= cutoff]
    candidates = tuple(sorted(close, key=lambda pair: (-pair[1], pair[0]))[:limit])
    if not candidates:
        return NameMatch(None, ())
    clear = len(candidates) == 1 or candidates[0][1] - candidates[1][1] >= margin
    return NameMatch(candidates[0][0] if clear else None, candidates)


def _compute_likeness(one: str, two: str) -> float:
    """Similarity of two normal names, 0 to 100; a part of a name counts less than the whole."""
    whole = max(fuzz.ratio(one, two), fuzz.token_sort_ratio(one, two))
    if min(len(one), len(two)) < _MIN_PART:
        return whole
    return max(whole, _PART * fuzz.token_set_ratio(one, two), _PART * fuzz.partial_ratio(one, two))
