"""This module tells whether a person asks why or asks to act; nobody's question becomes an act. Pure."""

import re
from enum import StrEnum

_EXPLAIN = re.compile(
    r"\b(?:why|how come|what(?:'s| is| are| was|s)?|which|when|who|is|are|was|has|have|did|"
    r"does|explain|tell me|find out|"
    r"show|check|look (?:into|at)|investigate|examine|match|run|start|how)\b",
    re.IGNORECASE,
)
_POST = re.compile(r"\b(?:post|book|record)\b(?!\s+(?:date|code))", re.IGNORECASE)
_HANDLE = re.compile(
    r"\b(?:handle|resolve|fix|clear|sort (?:it |this |that )?out|deal with|process|"
    r"work (?:on|through)|take care|unblock|"
    r"get (?:it|this|them) (?:moving|posted|going)|take .{1,60} off|take on|settle|finish|sort out)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:do not|don't|dont|never|no need to|without|not yet|can't|cannot|can not|couldn't|unable to)\b"
    r"(?P<rest>[^.;,]{0,60})",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|pls|kindly|ok|so|now|then|and|also|just|i (?:need|want|would like)(?: you)? to|"
    r"i'd like (?:you )?to|can (?:you|we|i)|could (?:you|we|i)|would you|will you|let's|"
    r"go ahead and|we (?:need|have) to)\b"
    r"[ ,!]*)*",
    re.IGNORECASE,
)


class InvoiceRequest(StrEnum):
    """What is wanted of a stuck invoice: only the reason, the posting, or everything that clears it."""

    EXPLAIN = "explain"
    POST = "post"
    HANDLE = "handle"


def parse_invoice_request(text: str) -> InvoiceRequest:
    """What the words ask for.

    A sentence that begins as a question, or that forbids the act, asks only for the reason; so does one without a verb
    of doing. "why is it stuck? please fix it" holds an act in its second sentence.
    """
    wishes = [
        _parse_sentence(sentence)
        for sentence in re.split(r"(?<=[.?!;])\s+|,\s*(?:and\s+)?(?=(?:please|pls|can|could)\b)|\n", text)
    ]
    for wish in (InvoiceRequest.HANDLE, InvoiceRequest.POST):
        if wish in wishes:
            return wish
    return InvoiceRequest.EXPLAIN


def _parse_sentence(sentence: str) -> InvoiceRequest:
    forbidden = _NOT.search(sentence)
    if forbidden and (_POST.search(forbidden["rest"]) or _HANDLE.search(forbidden["rest"])):
        return InvoiceRequest.EXPLAIN
    plain = _COURTESY.sub("", sentence)
    asks = _EXPLAIN.match(plain) is not None
    if asks and not re.search(
        r"\band (?:then )?(?:please )?(?:post|book|fix|clear|resolve|handle)\b", plain, re.IGNORECASE
    ):
        return InvoiceRequest.EXPLAIN
    if _HANDLE.search(plain):
        return InvoiceRequest.HANDLE
    return InvoiceRequest.POST if _POST.search(plain) else InvoiceRequest.EXPLAIN
