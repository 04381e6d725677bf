"""A mood says how a verb is meant: as an order, or as a question, a report, a draft, a supposition or a refusal.

Only an order orders. The verb of an imperative begins its clause, after courtesy; of a polite order it follows "could
you", "I would like to" and their kind (Quirk and others, "A Comprehensive Grammar of the English Language", 1985,
sections 11.24 to 11.30, on directives). What fits nothing is ``UNCLEAR``: nobody acts on it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from . import words


class Mood(StrEnum):
    """How an act is meant."""

    ORDER = "order"
    QUESTION = "question"
    REPORT = "report"
    DRAFT = "draft"
    SUPPOSED = "supposed"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a message, in lower case.

    Attributes:
        start: where it begins in the message.
        asked: whether its sentence ends with a question mark.
        sentence: the whole sentence.
    """

    text: str
    start: int
    asked: bool
    sentence: str


_IRREGULAR = {
    "pay": ("paid",),
    "give": ("gave", "given"),
    "send": ("sent",),
    "set": (),
    "put": (),
    "write": ("wrote", "written"),
    "make": ("made",),
    "undo": ("undid", "undone"),
    "take": ("took", "taken"),
}


_RECORD = r"[a-z]{3}-\d+"
"""The number of a record stands for the thing."""


@lru_cache(maxsize=512)
def _inflect(verb: str) -> tuple[str, str, str]:
    """Patterns of a verb's base form, its -ing form and its past forms; particles follow ("pay back")."""
    head, _, tail = verb.partition(" ")
    rest = rf"(?: back| out| off)?{re.escape(' ' + tail) if tail else ''}"
    stem = head[:-1] if head.endswith("e") else head
    double = head + head[-1] if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", head) else stem
    past = _IRREGULAR.get(head, (f"{stem}ed" if not head.endswith("y") else f"{head[:-1]}ied", f"{double}ed"))
    base = rf"{re.escape(head)}{rest}"
    ing = rf"(?:{re.escape(stem)}ing|{re.escape(double)}ing){rest}"
    told = "|".join(re.escape(word) for word in (*past, f"{head}s", f"{head}es")) or "(?!)"
    return base, ing, rf"(?:{told}){rest}"


def find_moods(
    clause: Clause, verbs: tuple[str, ...], light_verbs: tuple[str, ...], objects: tuple[str, ...]
) -> set[Mood]:
    """The moods in which a clause speaks of an act; empty when it does not."""
    found: set[Mood] = set()
    longest_first = sorted(objects, key=len, reverse=True)
    nouns = "|".join(rf"{re.escape(word)}s?" for word in longest_first) or "(?!)"
    for verb in verbs:
        base, ing, told = _inflect(verb)
        said = _occurrences(base, clause.text)
        if verb in objects:  # "a refund": the noun is looked at below
            said = [item for item in said if not words.DETERMINED.search(_before(clause, item.start()))]
        found |= {_judge_base(clause, item.start(), item.end()) for item in said}
        found |= {_judge_gerund(clause, item.start()) for item in _occurrences(ing, clause.text)}
        found |= {_judge_told(clause, item.start()) for item in _occurrences(told, clause.text)}
    if re.search(rf"(?<!\w)(?:{nouns}|{_RECORD})(?!\w)", clause.text) is None:
        return found
    light: set[Mood] = set()
    for verb in light_verbs:
        base, ing, told = _inflect(verb)
        light |= {_judge_base(clause, item.start(), item.end()) for item in _occurrences(base, clause.text)}
        light |= {_judge_gerund(clause, item.start()) for item in _occurrences(ing, clause.text)}
        light |= {_judge_told(clause, item.start()) for item in _occurrences(told, clause.text)}
    light = {mood for mood in light if mood is not Mood.UNCLEAR} or light
    if Mood.ORDER in light and not _governs(clause.text, light_verbs, nouns):
        light = (light - {Mood.ORDER}) | {Mood.DRAFT}
    if light:
        no = re.search(rf"\b(?:no|without(?: a| any)?|not a|not any)\b[^,;:]{{0,20}}\b(?:{nouns})\b", clause.text)
        return found | ({Mood.REFUSED} if no else light)
    if not found:
        found = {_judge_noun(clause, item.start(), item.end()) for item in _occurrences(f"(?:{nouns})", clause.text)}
    return found


_ONLY_RECORD = re.compile(r"(?:re )?(?:order|ticket|invoice|contract)?\s*#?(?:[a-z]{2,4}-)?\d{3,7}[:,]?")
_SPEAKS = re.compile(
    r"\b(?:said|says|say|wrote|writes|asked|asks|told|tells|claims?|demands?|insists?|thinks?|suggests?|recommends?|wants?)"
    r"(?: (?:me|us|him|her|them|you))?\s*,?\s*$"
)
_ASKS_BACK = re.compile(r"\b(?:ok|okay|right|fine|allowed|possible|correct)\b[\s?]*$")


_RECORD_PHRASE = re.compile(
    r"\b(?:of|on|for|to|from|with)?\s*(?:the\s+)?(?:order|ticket|invoice|contract|customer|supplier|purchase|him|her|them)?\s*"
    r"(?:#?(?:[a-z]{2,4}-)?\d[\d.,]*)\b"
)
"""A record or an amount on the way from a verb to its object: "of order 8841"."""


def _governs(text: str, light_verbs: tuple[str, ...], nouns: str) -> bool:
    """Whether the act's noun is what a light verb is about, and no part of something else ("a list of refunds")."""
    for verb in light_verbs:
        for said in _occurrences(_inflect(verb)[0], text):
            rest = text[said.end() :]
            found = re.search(rf"(?<!\w)(?:{nouns})(?!\w)", rest)
            if found is None:
                if re.search(_RECORD, rest) or re.search(_RECORD, text):
                    return True  # the record stands for the thing
                continue
            between = _RECORD_PHRASE.sub(" ", rest[: found.start()])
            if not words.INSIDE.search(between) and not words.COMPOUND.match(rest[found.end() :]):
                return True
    return False


def _occurrences(pattern: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(rf"(?<![\w-]){pattern}(?![\w-])", text))


def _before(clause: Clause, start: int) -> str:
    return words.KEPT_DESPITE_NO.sub(" ", clause.text[:start]).strip()


def _judge_frame(clause: Clause, before: str) -> Mood | None:
    """What the whole sentence or what stands before makes of an act, whatever its form."""
    if words.NEGATION.search(before):
        return Mood.REFUSED
    if words.SPEECH_TAG.search(clause.sentence[clause.sentence.find(before) + len(before) :]):
        return Mood.REPORT
    if words.EXAMPLE.search(before):
        return Mood.DRAFT
    lead = words.ADDRESSED_ORDER.sub("", before)
    told = lead if _SPEAKS.search(lead) else lead.rpartition(",")[2]  # "the parcel is lost, please"
    if lead != before and words.QUESTION_START.search(words.COURTESY.sub("", lead + " ").strip()):
        return Mood.QUESTION  # "do we have to"
    if lead != before and not words.REPORTING.search(told):
        tagged = not before.startswith("please") and _ASKS_BACK.search(clause.sentence)
        return Mood.QUESTION if tagged else Mood.ORDER
    opened = words.COURTESY.sub("", clause.text).strip()
    sentence = words.COURTESY.sub("", clause.sentence).strip()
    if words.QUESTION_START.search(opened) or words.QUESTION_START.search(sentence):
        return Mood.QUESTION
    if words.ASKED_HOW.search(before):
        return Mood.QUESTION
    if words.SUPPOSED.search(before):
        return Mood.SUPPOSED
    if clause.asked or words.QUESTION_TAG.search(clause.sentence):
        return Mood.QUESTION
    return None


def _judge_base(clause: Clause, start: int, end: int) -> Mood:
    before = _before(clause, start)
    framed = _judge_frame(clause, before)
    if framed is not None:
        return framed
    began = re.split(r",\s*(?:and |then |so |now |just |please )*$", before + " " if before.endswith(",") else before)
    if len(began) > 1 and not words.SUPPOSED.search(began[0]):
        before = ""
    rest = words.COURTESY.sub("", before + " ").strip(" ,:;–-")
    rest = re.sub(r"(?:^|\s)(?:and|then|and then|also|or|now|just)$", "", rest).strip(" ,")
    if not rest:
        after = clause.text[end:]
        told = re.match(
            r"(?:\s+(?:for|of|on|the|a|an|order|ticket|invoice|customer|number|no\.?|nr\.?|#?\d[\d.,]*|"
            r"[a-z]{2,4}-\d+|eur|€))*\s+"
            rf"{words.FINITE.pattern}",
            after,
        )
        return Mood.REPORT if told else Mood.ORDER
    if _ONLY_RECORD.fullmatch(rest):
        return Mood.ORDER
    if words.DETERMINED.search(rest):
        return _judge_noun(clause, start, end)
    if words.DRAFTING.search(rest):
        return Mood.DRAFT
    if words.REPORTING.search(rest) or words.PRONOUN.search(rest) or rest.endswith(" to"):
        return Mood.REPORT
    if rest.endswith(",") or before.endswith((",", ":", "-", "–")):
        return Mood.ORDER
    imperative = re.match(r"[a-z]+ (?:.*\b(?:and|then)\b)?", rest)
    if imperative and before.rstrip().endswith((" and", " then", " and then", ", and")):
        return Mood.ORDER
    return Mood.UNCLEAR


def _judge_gerund(clause: Clause, start: int) -> Mood:
    before = _before(clause, start)
    framed = _judge_frame(clause, before)
    if framed is Mood.ORDER and before.endswith(" mind"):
        return Mood.ORDER
    if framed in (None, Mood.ORDER):
        return Mood.DRAFT if words.DRAFTING.search(before) else Mood.REPORT
    return framed


def _judge_told(clause: Clause, start: int) -> Mood:
    framed = _judge_frame(clause, _before(clause, start))
    return Mood.REPORT if framed in (None, Mood.ORDER) else framed


_WANTED = re.compile(
    r"(?:^|\b)(?:(?:i|we)(?:'d| would)? like|(?:i|we) (?:want|need)|(?:can|could|may) (?:i|we) (?:have|get)|"
    r"(?:issue|make|process|do|start|initiate|trigger|arrange|execute|give|grant|create|put through|run)"
    r"(?: (?:him|her|them|us|me|the customer))?)\b(?P<between>[^,;:]{0,30})$"
)


def _judge_noun(clause: Clause, start: int, end: int) -> Mood:
    """An act that is named by a noun: "a refund for order 8841, please"."""
    before = _before(clause, start)
    if words.NEGATION.search(before):
        return Mood.REFUSED
    if words.DRAFTING.search(before):
        return Mood.DRAFT
    if words.COMPOUND.match(clause.text[end:]):
        return Mood.DRAFT
    wanted = _WANTED.search(before)
    if wanted and words.INSIDE.search(_RECORD_PHRASE.sub(" ", wanted["between"])):
        return Mood.DRAFT
    if wanted:
        lead = words.COURTESY.sub("", before[: wanted.start()] + " ").strip(" ,")
        if words.QUESTION_TAG.search(clause.sentence):
            return Mood.QUESTION
        if not lead or words.ADDRESSED_ORDER.search(lead):
            return Mood.ORDER
        return Mood.REPORT if words.REPORTING.search(lead) or words.PRONOUN.search(lead) else Mood.UNCLEAR
    framed = _judge_frame(clause, before)
    if framed is not None and framed is not Mood.ORDER:
        return framed
    rest = words.COURTESY.sub("", before + " ").strip(" ,")
    if words.FINITE.search(clause.text[:start] + " ; " + clause.text[end:]) or words.REPORTING.search(rest):
        return Mood.REPORT
    if re.fullmatch(
        r"(?:(?:a|an|the|one|full|partial|complete|whole|new|goodwill|[\d.,]+|€|eur|euros?|%|percent)\s*)*", rest
    ):
        return Mood.ORDER
    return Mood.UNCLEAR
