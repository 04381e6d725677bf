"""Questions about the company's rules are answered with a quoted sentence and its section, or not at all."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ....policies.domain.proposal import Provenance
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest
from .memory_notes import KEY, NEAR, asks_memory, format_items, list_sources, make_recall_call, tell_remembered

ENOUGH = 55
"""How well a section must fit.

On ``tests/graphs/handlers/shared/policy_questions.yaml`` the answerable questions score 63 and more, the others 47 at
most; of the 240 policy questions among the intents' examples 227 reach it, of 187 messages out of scope 3.
"""
OWN_HANDBOOK = 9
OVERLAP = 26
BY_NAME = 15
"""What the department's name in the query adds to the similarity of its sections; taken off again."""
CLOSE = 12
"""How close behind the best the next section must be to be quoted as well."""
LONGEST = 1300
WHOLE = 450
"""Up to how many characters a section is quoted as a whole."""
_BESIDE = ("correction", "precedent")
"""What may stand beside a rule."""
_HOME = {"support_policy_question": "support", "finance_policy_question": "finance", "legal_policy_question": "legal"}
_SHORT = {
    r"\bDPAs?\b": "data processing agreement",
    r"\bNDAs?\b": "confidentiality agreement",
    r"\bIBANs?\b": "bank details account",
    r"\bPOs?\b": "purchase order",
    r"\bCFO\b": "chief financial officer",
    r"\bVAT\b": "VAT tax rate",
    r"\bauto(?:matic)?[- ]?renewal\b": "renew automatically",
    r"\bphones?\b": "telephone",
    r"\bautomatically\b": "automatically straight through",
    r"\bmore than\b": "higher than",
    r"\b(?:dollars?|USD|GBP|foreign currency|pounds|francs)\b": "another currency",
}
_EMPTY = frozenset(
    """
    a about above all allowed also am an and any anything are as ask at be been before between both but by can
    could do does don every for from get give given goes has have hello how i if in into is it its just know
    long many may me must my need needs no not of off on one only or our out over per please euro euros eur policy rule
    rules say says shall should so someone than that the their them there they this to under up us use want was
    we what when where which who whose why will with without would you your handbook company much tell explain
    people person happens happen accept accepted limit
    """.split()
)
_WORD = re.compile(r"[a-zäöüß]+|\d[\d.,]*")
_SENTENCE = re.compile(r"(?<=[a-zA-Z%)\d`”\"*]{2}[.;?!])\s+(?=[-A-Z“\"*])|\n\s*-\s+|\s+-\s+(?=\*\*)")
_SECTION = re.compile(r"\b(?:section\s+)?(\d{1,2}\.\d{1,2})\b(?!\s*(?:%|EUR|percent))")


def ask_handbook(case: StepContext[HandlerRequest]) -> StepResult:
    """Look in the handbooks and in what people noted since."""
    if not case.input.text.strip():
        return Ask("What would you like to know?", "question")
    if asks_memory(case.input.text):
        return Calls.of(make_recall_call(case.input.text))
    query = _spell_out(case.input.text)[:600]
    home = _HOME.get(case.input.intent, "")
    calls = [
        Call(
            "handbook",
            "handbook.search",
            {"query": query, "limit": 10},
            {"query": Provenance.USER, "limit": Provenance.TRUSTED},
        )
    ]
    if home and home not in query.lower():
        # Asked once more with the department's name, so that its own handbook is among the first.
        calls.append(
            Call(
                "own",
                "handbook.search",
                {"query": f"{home}: {query}", "limit": 5},
                {"query": Provenance.USER, "limit": Provenance.TRUSTED},
            )
        )
    return Calls((*calls, make_recall_call(query, _BESIDE, 3)))


def answer_from_handbook(case: StepContext[HandlerRequest]) -> Finish:
    """The sentence that answers, with the section to look it up; or that none does."""
    if asks_memory(case.input.text):
        return tell_remembered(case)
    if stop := case.stop("handbook", "look into the handbooks"):
        return stop
    own = case.value("own")["sections"] if case.has("own") else ()
    nearer = [{**item, "similarity_percent": (item["similarity_percent"] or 0) - BY_NAME} for item in own]
    best = choose_sections(
        case.input.text, join_pieces([*case.value("handbook")["sections"], *nearer]), _HOME.get(case.input.intent, "")
    )
    if not best:
        return Finish(
            "I don't know: I found no rule about this in the handbooks. Ask the department, or say it in other words.",
            status="stopped",
            data={"answered": False},
        )
    lines, quoted = [], {}
    for section, _ in best:
        quoted[section["section"]] = select_sentences(case.input.text, section["text"])
        words = " ".join(f"“{quote}”" for quote in quoted[section["section"]])
        lines.append(f"{words} ({section['section']}, {_title(section)})")
    noted = case.value(KEY)["items"] if case.has(KEY) else []
    near = [item for item in noted if (item["similarity_percent"] or 0) >= NEAR]
    lines += format_items(near)
    cited = (*quoted, *list_sources(near))
    first, score = best[0]
    data = {"answered": True, "section": first["section"], "quotes": quoted, "score": round(score)}
    return Finish("\n\n".join(lines), citations=cited, data=data)


def join_pieces(found: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """Sections put together from the pieces that were found, each as near as its nearest piece."""
    kept: dict[str, dict[str, Any]] = {}
    for piece in found:
        first = kept.setdefault(piece["section"], {**piece, "pieces": []})
        if piece["text"] not in first["pieces"]:
            first["pieces"].append(piece["text"])
        first["similarity_percent"] = max(first["similarity_percent"] or 0, piece["similarity_percent"] or 0)
    return [{**section, "text": "\n\n".join(section["pieces"])} for section in kept.values()]


def choose_sections(
    question: str, sections: Sequence[Mapping[str, Any]], home: str
) -> list[tuple[Mapping[str, Any], float]]:
    """The section that fits best with its score, and the next when it is close; none when none fits well enough.

    The score is the similarity of meaning (0–100), more for words in common and for the department's own handbook. A
    section that is asked for by its number is taken as it is.
    """
    asked = extract_terms(_spell_out(question))
    named = _SECTION.search(question)
    ranked = []
    for section in sections:
        number = section["section"].partition("#")[2]
        own = bool(home) and section["section"].startswith(f"{home}-")
        if named and number == named[1] and (own or section["section"].split("-")[0] in question.lower()):
            return [(section, 100.0)]
        if not number[:1].isdigit():
            continue  # the preface of a handbook states no rule
        held = extract_terms(f"{section['title']} {section['text']}")
        share = _weight(asked & held) / _weight(asked) if asked else 0.0
        score = (section["similarity_percent"] or 0) + OWN_HANDBOOK * own + OVERLAP * share
        ranked.append((score, section["section"], section))
    ranked.sort(key=lambda item: (-item[0], item[1]))
    return [(section, score) for score, _, section in ranked[:2] if score >= max(ENOUGH, ranked[0][0] - CLOSE)]


def select_sentences(question: str, text: str, most: int = 3) -> tuple[str, ...]:
    """The sentences of a section that have most in common with the question, in their order; a short one as a whole."""
    if len(text) <= WHOLE:
        return (" ".join(text.split()),)
    parts = [" ".join(part.split()).lstrip("- ") for part in _SENTENCE.split(text)]
    parts = [part for part in parts if part and not part.startswith("#")]
    asked = extract_terms(_spell_out(question))
    scored = [(len(asked & extract_terms(part)), -place) for place, part in enumerate(parts)]
    if len(text) <= LONGEST and max(scored, default=(0, 0))[0] <= 1:
        return (" ".join(text.split()),)  # no sentence stands out, so the reader has to see them all
    best = sorted(scored, reverse=True)[:most]
    chosen = sorted(-place for score, place in best if score or place == best[0][1])
    return tuple(parts[place] for place in chosen) or (" ".join(text.split())[:300],)


def _weight(found: set[str]) -> int:
    """Figures count double: a question that names one is about it."""
    return sum(2 if term[0].isdigit() else 1 for term in found)


def extract_terms(text: str) -> set[str]:
    """The words that carry meaning, cut to their beginnings, and numbers without separators."""
    found = set()
    for word in _WORD.findall(text.lower()):
        if word[0].isdigit():
            found.add(word.replace(",", "").removesuffix(".00").strip("."))
        elif len(word) > 1 and word not in _EMPTY:
            found.add(_stem(word))
    return found


def _stem(word: str) -> str:
    for ending in (
        "ations",
        "ation",
        "ments",
        "ment",
        "ances",
        "ance",
        "ings",
        "ing",
        "ies",
        "als",
        "al",
        "ers",
        "er",
        "ed",
        "es",
        "s",
        "y",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _spell_out(text: str) -> str:
    for short, full in _SHORT.items():
        text = re.sub(short, full, text, flags=re.IGNORECASE)
    return text


def _title(section: Mapping[str, Any]) -> str:
    heading = str(section["title"]).rpartition(" > ")[2]
    number = str(section["section"]).partition("#")[2]  # stands in the citation already
    return heading.removeprefix(number).strip() or heading


POLICY_QUESTION = Handler(ask_handbook, answer_from_handbook)
