"""The reply checks say what a reply must be before it goes out: its form, and how sure one may be of it."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from .grounding import UnfoundedClaim
from .tokens import TOKEN

MAX_REPLY_CHARACTERS = 100_000
_UNSEEN = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f\x00-\x08\x0b-\x1f\x7f]"
)
_MARKS = re.compile(r"<</?data [0-9a-f]{16}[^<>\n]{0,300}>>|<\|[a-z_]{1,40}\|>")
_CUT_OFF = frozenset({"length", "max_tokens", "content_filter"})


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure one may be of a reply, and why not surer.

    Attributes:
        percent: 0 to 100.
    """

    percent: int
    reasons: tuple[str, ...] = ()


def clean_reply(text: str) -> str:
    """The text as people may see it: no character that shows them other words than stand there, no mark of ours."""
    return _MARKS.sub("", _UNSEEN.sub("", text)).strip()


def find_breaches(
    text: str, citations: Collection[str], *, cited: bool = False, most: int = MAX_REPLY_CHARACTERS
) -> list[str]:
    """How a reply breaks its contract, in words; nothing when it keeps it.

    Args:
        cited: the reply must name at least one source.
        most: characters it may have.
    """
    found = []
    if not text.strip():
        found.append("it says nothing")
    if len(text) > most:
        found.append(f"it has {len(text):,} characters, at most {most:,} are allowed")
    if text.strip() != clean_reply(text):
        found.append("it holds characters that cannot be seen, or marks that are not for people")
    if cited and not citations:
        found.append("it names no source")
    return found


def estimate_confidence(
    text: str,
    claims: Collection[UnfoundedClaim],
    citations: Collection[str],
    known: Collection[str],
    finish_reason: str = "",
) -> Confidence:
    """How sure one may be of what a model said, from what can be checked; the model's own word counts for nothing.

    Starts at 100: half is lost when it was cut off, a quarter for each figure or quotation without evidence, a quarter
    for each source that was not read. The weights are a convention: any one flaw leaves less than the usual bar of 80.

    Args:
        claims: of :func:`.grounding.find_unfounded`.
        known: the sources that were read.
        finish_reason: the endpoint's.
    """
    percent, reasons = 100, []
    if finish_reason in _CUT_OFF:
        percent -= 50
        reasons.append("it was cut off")
    for claim in claims:
        percent -= 25
        reasons.append(f"{claim.text.strip()!r} stands in nothing that was read")
    for source in citations:
        if source not in known and not TOKEN.fullmatch(source):
            percent -= 25
            reasons.append(f"{source} was not read")
    return Confidence(max(0, percent if text.strip() else 0), tuple(dict.fromkeys(reasons)))
