"""A message is split into its requests at sentences, and at conjunctions after which a new request begins."""

import re

from .rules import RoutingRules, compile_pattern

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s*\n+\s*")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»")
_CONTENT = re.compile(r":\s+\S")
_HIDDEN = re.compile("\x00(\\d+)\x00")


def strip_courtesy(text: str, rules: RoutingRules) -> tuple[str, bool]:
    """The request without "hi, could you please …", and whether there was any such courtesy."""
    rest, pattern = text.strip(), compile_pattern(rules.courtesy)
    while (match := pattern.match(rest)) and match.end():
        rest = rest[match.end() :].lstrip(" ,.!")
    return rest, rest != text.strip()


def split_requests(message: str, rules: RoutingRules) -> tuple[str, ...]:
    """The requests of a message, in order; at least one, unless it is empty.

    What stands in quotes, and what follows a colon up to the end of its sentence, is content ("add a note: …") and
    never becomes a request. Sentences that ask for nothing stay with the request that follows them.
    """
    quotes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        quotes.append(match[0])
        return f"\x00{len(quotes) - 1}\x00"

    hidden = _QUOTED.sub(hide, message.replace("\x00", " ").strip())
    pieces = [piece for sentence in _SENTENCE.split(hidden) for piece in _clauses(sentence, rules)]
    joined = _join([piece for piece in pieces if piece.strip()], rules)
    return tuple(_HIDDEN.sub(lambda match: quotes[int(match[1])], piece) for piece in joined)


def _clauses(sentence: str, rules: RoutingRules) -> list[str]:
    """The sentence, cut before each request that a conjunction introduces."""
    content = _CONTENT.search(sentence)
    head, tail = (sentence[: content.start()], sentence[content.start() :]) if content else (sentence, "")
    splitting = rules.splitting
    cut = compile_pattern(
        rf"\s*,?\s+(?:{splitting.conjunctions})\s+(?={rules.courtesy}|(?:{splitting.request_starts})\b|{rules.negation}|[/@])|"
        rf",\s+(?=(?:please\s+)?(?:(?:{splitting.request_starts})\b|{rules.negation}))"
    )
    clauses: list[str] = []
    start = 0
    for match in cut.finditer(head):
        before, after = head[start : match.start()], head[match.end() :]
        if is_request(before, rules) and is_request(after, rules):
            clauses.append(before)
            start = match.end()
    return [*clauses, head[start:] + tail]


def is_request(text: str, rules: RoutingRules) -> bool:
    """Whether a piece asks for something by itself."""
    rest, courteous = strip_courtesy(text, rules)
    if not rest or any(compile_pattern(follower).match(rest) for follower in rules.splitting.followers):
        return False
    return (
        courteous
        or rest[0] in "/@"
        or "?" in rest
        or compile_pattern(rf"(?:{rules.splitting.request_starts})\b").match(rest) is not None
        or compile_pattern(rules.negation).match(rest) is not None
    )


def _join(pieces: list[str], rules: RoutingRules) -> list[str]:
    """Pieces that ask for nothing join the request after them, or the last one."""
    parts: list[str] = []
    waiting = ""
    for piece in pieces:
        text = f"{waiting} {piece}".strip()
        if is_request(piece, rules):
            parts.append(text)
            waiting = ""
        elif parts and _follows(piece, rules):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            waiting = text
    if waiting:
        parts = [*parts[:-1], f"{parts[-1]} {waiting}"] if parts else [waiting]
    return parts


def _follows(piece: str, rules: RoutingRules) -> bool:
    rest, _ = strip_courtesy(piece, rules)
    return not rest or any(compile_pattern(follower).match(rest) for follower in rules.splitting.followers)
