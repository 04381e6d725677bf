"""A reading says what a message orders of one tool, and which of its words that tool cannot follow.

Nothing that a tool returned is read here, and nothing quoted or pasted orders: so no text that somebody else wrote can
order an act.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...tools.asked_as import AskedAs
from . import words
from .moods import Clause, Mood, find_moods

_QUOTED = re.compile(
    r"(?<!\w)'([^'\n]{1,400})'(?!\w)|\"([^\"\n]{1,2000})\"|“([^”]{1,2000})”|„([^“”]{1,2000})[“”]|`([^`]{1,400})`"
)
_PASTED = re.compile(r"^\s*>[^\n]*$|^```.*?(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_FORWARDED = re.compile(
    r"^\s*-{2,}.*(?:forwarded|original) message.*\Z|^\s*(?:from|von|sent):\s.*\Z",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_TOLD_ON = re.compile(
    r"\b(?:said|says|say|writes|wrote|write|writing|reads|tells? (?:me|us)|told (?:me|us)|asks|asked|claims|mail|"
    r"e-mail|message|letter|note|customer|supplier|subject|text|quote|below|got this|received this)\s*:(?P<gap>\s*)",
    re.IGNORECASE,
)
"""What tells on what somebody else said: the rest of the line, or of the message where the line ends with it."""
_SPEAKER = re.compile(
    r"^[ \t]*(?![A-Za-z]{2,4}-?\d|(?i:order|ticket|invoice|contract|expense|voucher|discount|payment|urgent|"
    r"important|request|"
    r"task|todo|action|refund|close|post|hi|hello|hey|please|pls|and|then|also|so|ok|okay|now|fyi|re|question|thanks|"
    r"team|"
    r"all)\b)[A-Za-z][\w.'-]*(?: [A-Z][\w.'-]*){0,2}[ \t]*:(?P<gap>[ \t]+)",
    re.MULTILINE,
)
"""A line of a conversation that was pasted: a name, a colon, and what they said."""
_SENTENCE = re.compile(r"(?<!e\.g\.)(?<!i\.e\.)(?<=[.!?;])\s+(?=\S)|\n+")
_CLAUSE = re.compile(r",\s+(?:but|so|because|although)\s+|\s+(?:but|because|although|whereas|–|—)\s+|\s-\s|;")
_CONTENT = re.compile(r":\s.*\Z|\b(?:that|saying|to say)\b.*\Z", re.DOTALL)
"""What is passed on by a tool that takes text."""
_NAMES_DAY = re.compile(r"(?:on|by|from|until) (?:the )?\d")
MOST_READ = 2_000
"""So many characters of a person's own words are read; in more, nobody can be sure of an order."""
_BLANK = "\x00"


@dataclass(frozen=True, slots=True)
class OrderReading:
    """How a message speaks of one tool's act.

    Attributes:
        mood: how it is meant as a whole; None when the message does not speak of it.
        conditions: words that make it depend on something ("only if the customer agrees").
        times: words that put it off ("next week"); empty where the tool can be given a day.
        alternatives: words that offer a choice or put one thing in place of another.
        asks_instead: whether it asks for an answer in the place of the act ("don't refund it, just tell me").
        corrected: whether the person took back what they had just said.
    """

    mood: Mood | None
    conditions: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    corrected: bool = False
    asks_instead: bool = False

    @property
    def unapplied(self) -> tuple[str, ...]:
        """The words that no tool can follow."""
        return (*self.conditions, *self.times, *self.alternatives)

    @property
    def asks(self) -> bool:
        """Whether an answer is wanted, and no act."""
        return self.mood is Mood.QUESTION or (self.mood is not Mood.ORDER and self.asks_instead)

    @property
    def orders(self) -> bool:
        """Whether the act is ordered, here and now, without anything that would be passed over."""
        return self.mood is Mood.ORDER and not self.unapplied and not self.corrected


def interpret_order(text: str, asked: Iterable[AskedAs]) -> OrderReading:
    """How a message speaks of the act of some tools that belong together.

    Args:
        text: the person's own words; each line below the first is an answer to a question about it.
        asked: how the tools are asked for.
    """
    tools = tuple(asked)
    own = blank_foreign(text)
    takes_text = any(tool.takes_text for tool in tools)
    corrected = bool(words.CORRECTION.search(own))
    if takes_text:
        own = _CONTENT.sub(lambda found: " " * len(found[0]), own, count=1)
    own = re.sub(r"[ \t]{2,}", " ", own).strip()
    if len(own) > MOST_READ:
        return OrderReading(Mood.UNCLEAR)
    verbs = tuple(dict.fromkeys(verb for tool in tools for verb in tool.verbs))
    light = tuple(dict.fromkeys(verb for tool in tools for verb in tool.light_verbs))
    objects = tuple(dict.fromkeys(word for tool in tools for word in tool.objects))
    moods: list[Mood] = []
    conditions: list[str] = []
    times: list[str] = []
    choices: list[str] = []
    dated = any(tool.takes_dates for tool in tools)
    for clause in split_clauses(own):
        found = find_moods(clause, verbs, light, objects)
        moods += found
    for sentence in _split_sentences(own):
        plain = words.KEPT_DESPITE_NO.sub(lambda found: " " * len(found[0]), sentence.text)
        reason = words.REASON.search(plain)
        said = plain[: reason.start()] if reason else plain
        conditions += [found[0].strip(" ,") for found in words.CONDITION.finditer(said)]
        put_off = [found[0] for found in words.TIME.finditer(said)]
        times += [words_said for words_said in put_off if not (dated and _NAMES_DAY.match(words_said))]
        choices += [found[0] for found in words.ALTERNATIVE.finditer(said)]
        choices += [found[0] for found in words.INSTEAD.finditer(said)]
    return OrderReading(
        mood=_settle(moods),
        conditions=tuple(dict.fromkeys(_without(conditions, times))),
        times=tuple(dict.fromkeys(times)),
        alternatives=tuple(dict.fromkeys(choices)),
        corrected=corrected,
        asks_instead=bool(words.REMAINDER.search(own)),
    )


def _without(conditions: list[str], times: list[str]) -> Iterator[str]:
    """The conditions that are more than a time ("after two weeks")."""
    yield from (item for item in conditions if not any(item == time or item.startswith(time) for time in times))


def _settle(moods: list[Mood]) -> Mood | None:
    """One mood of several: an order counts only where nothing speaks against it."""
    if not moods:
        return None
    if Mood.ORDER in moods:
        return Mood.REFUSED if Mood.REFUSED in moods else Mood.UNCLEAR if Mood.QUESTION in moods else Mood.ORDER
    for mood in (Mood.REFUSED, Mood.SUPPOSED, Mood.QUESTION, Mood.DRAFT, Mood.REPORT):
        if mood in moods:
            return mood
    return Mood.UNCLEAR


def blank_foreign(text: str) -> str:
    """The message in lower case with blanks in the place of what somebody else said; as long as it was."""
    told = text.replace("’", "'").replace("‘", "'")
    for pattern in (_PASTED, _FORWARDED, _QUOTED):
        told = pattern.sub(lambda found: _BLANK * len(found[0]), told)
    told = _blank_told_on(told)
    lowered = told.lower()
    return (lowered if len(lowered) == len(told) else told).replace(_BLANK, " ")


def _blank_told_on(text: str) -> str:
    at = 0
    while found := min(
        filter(None, (_TOLD_ON.search(text, at), _SPEAKER.search(text, at))), key=re.Match.start, default=None
    ):
        line_end = text.find("\n", found.end())
        end = len(text) if "\n" in found["gap"] or line_end < 0 else line_end
        text = text[: found.end()] + re.sub(r"[^\n]", _BLANK, text[found.end() : end]) + text[end:]
        at = max(end, found.end())
    return text


def _split_sentences(text: str) -> Iterator[Clause]:
    start = 0
    for piece in _SENTENCE.split(text):
        at = text.find(piece, start)
        start = at + len(piece)
        if piece.strip():
            yield Clause(piece, at, piece.rstrip().endswith("?"), piece.strip())


def split_clauses(text: str) -> Iterator[Clause]:
    """The clauses of a message, in order."""
    for sentence in _split_sentences(text):
        start = 0
        for piece in _CLAUSE.split(sentence.text):
            at = sentence.text.find(piece, start)
            start = at + len(piece)
            if piece.strip():
                yield Clause(piece.strip(), sentence.start + at, sentence.asked, sentence.sentence)
