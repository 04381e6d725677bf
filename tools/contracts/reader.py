"""Read a whole contract: title, parties, dates, governing law and clauses, every one with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from dateutil.relativedelta import relativedelta

from ..extraction.dates import DateMention, find_dates
from ..extraction.folding import Folded, fold
from ..extraction.quantities import Duration, find_durations
from .clause_model import likely_clauses
from .clauses import Finding, Sentence, find_clauses, sentences_of
from .jurisdictions import find_jurisdiction
from .parties import Party, find_parties
from .sections import Section, full_title, section_at, split_sections

_TITLE = re.compile(
    r"\b(?:[A-Z][\w&'/,#().-]{0,30} ){0,9}(?:AGREEMENT|Agreement|CONTRACT|Contract|ADDENDUM|Addendum|"
    r"AMENDMENT|Amendment|LEASE|"
    r"Lease|DEED|Deed|TERMS|STATEMENT OF WORK)\b(?: (?:NO\. ?\d+|No\. ?\d+))?"
)
_MADE = re.compile(
    r"\b(?:made|dated?|entered into|executed|effective)\b[^.;]{0,60}$|\bas of(?: the| this)? ?$|\bthis (?:the )?$"
)
_EFFECTIVE_BEFORE = re.compile(
    r"(?:\beffective\b(?: date\"?)?(?: of this agreement)?(?: (?:shall|"
    r"will))?(?: \(herein.{0,40}\))?(?: be| is| mean| means| shall mean)?[^.;a-z]{0,6}"
    r"(?:as (?:of|from)|from|on|date|is|be|mean)?[^.;]{0,30}|\b(?:commenc\w+|begins?|starts?) (?:on|as of|"
    r"from)[^.;]{0,24}|\bstart ?: ?)$"
)
_EFFECTIVE_AFTER = re.compile(r"^[^.;]{0,30}\"(?:\w+ )?effective date\"|^.{0,4}\(.{0,30}effective date")
_END_BEFORE = re.compile(
    r"\b(?:until|through|through and including|\"expiration date\"(?: shall)? (?:means?|is|be)|ending|"
    r"ends?|expir\w+|terminat\w+|conclud\w+|to|up to)\b(?: on| at| upon| and| including| as of|,| midnight|"
    r" the close of business| the)*[^.;\d]{0,24}$"
)
_PERPETUAL = re.compile(
    r"\b(?:perpetual(?:ly)?|in perpetuity|indefinite(?:ly)?|until (?:it is )?(?:terminated|"
    r"cancel\w+) (?:by|in accordance|pursuant)|"
    r"(?:in (?:full )?(?:force and )?effect) until terminated)\b"
)
_TERM_LENGTH = re.compile(r"\b(?:term|period|continue|remain|effect|duration|anniversary|for|valid)\b[^.;]{0,140}$")
_TERM_DEFINED = re.compile(
    r"\"(?:initial |license |licence |contract |agreement |primary |original )?"
    r"(?:term(?: of (?:this |the )?agreement)?|expiration date|expiry date|termination date|"
    r"contract period|exclusivity period)\""
)
_HEAD = 12_000


@dataclass(frozen=True, slots=True)
class FoundText:
    """Words of the contract: `value` is their normal form, and `text[start:end]` what is written."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date of the contract. `value` is None when the text leaves the day open ("____ day of March, 2018").

    `how` says whether it is "written" there, "computed" from a start and a length, or "perpetual".
    """

    value: date | None
    year: int | None
    month: int | None
    start: int
    end: int
    how: str = "written"


@dataclass(frozen=True, slots=True)
class ContractReading:
    """All that was read in one contract; every span is a position in the text that was given.

    ``findings`` rest on written wordings. ``likely`` are the trained finder's, for kinds that no wording found.
    """

    title: FoundText | None
    parties: tuple[Party, ...]
    agreement_date: FoundDate | None
    effective_date: FoundDate | None
    expiration: FoundDate | None
    governing_law: FoundText | None
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    likely: tuple[Finding, ...] = ()

    def find_likely(self, kind: str) -> Finding | None:
        """What the trained finder takes for a clause of a kind that no wording found."""
        return next((finding for finding in self.likely if finding.kind == kind), None)

    def of_kind(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind, most certain first."""
        return tuple(sorted((f for f in self.findings if f.kind == kind), key=lambda f: (-f.confidence, f.start)))


def read_contract(text: str) -> ContractReading:
    """Read the contract `text` without a model. Deterministic, and linear in the length of the text.

    Never raises on odd text: what is not found is None or absent. American month/day order is assumed for
    dates in figures.
    """
    folded = fold(text)
    sections = split_sections(text)
    sentences = sentences_of(folded, sections)
    clauses = find_clauses(folded, sections, sentences)
    parties = find_parties(folded)
    title = _title(folded)
    agreed = _agreement_date(folded, parties)
    effective = _effective_date(folded, agreed)
    expires = _expiration(folded, clauses, effective or agreed)
    law = _governing_law(folded, clauses)
    extra = (*_party_findings(text, parties, sections), *_value_findings(text, sections, title, agreed))
    findings = tuple(sorted((*clauses, *extra), key=lambda f: (f.start, f.end, f.kind)))
    likely = likely_clauses(folded, sections, sentences, {finding.kind for finding in clauses})
    return ContractReading(title, parties, agreed, effective, expires, law, findings, sections, likely)


def _title(folded: Folded) -> FoundText | None:
    head = folded.flat[:4_000]
    for match in _TITLE.finditer(head):
        words = match.group()
        begin = match.start()
        lead = re.match(
            r"(?:(?:Exhibit|EXHIBIT) [\w.\-()]+ |(?:THIS|This|The|THE|Execution Version|EXECUTION (?:COPY|VERSION)) )+",
            words,
        )
        if lead:
            begin += lead.end()
            words = words[lead.end() :]
        words = re.split(r" (?=(?:THIS|This) )", words)[0]
        if len(words.split()) < 2:
            continue
        start, end = folded.origin(begin, begin + len(words))
        return FoundText(words, start, end)
    return None


def _dates_near(folded: Folded, start: int, end: int) -> Iterator[tuple[DateMention, int, int]]:
    start = max(0, start)
    for mention in find_dates(folded.flat[start:end], day_first=False):
        if mention.year is not None and not mention.relative:
            yield mention, start + mention.start, start + mention.end


def _found(folded: Folded, mention: DateMention, start: int, end: int) -> FoundDate:
    first, last = folded.origin(start, end)
    return FoundDate(mention.value, mention.year, mention.month, first, last)


def _agreement_date(folded: Folded, parties: tuple[Party, ...]) -> FoundDate | None:
    place = folded.position(parties[0].start) if parties else 0
    ranked: list[tuple[float, int, FoundDate]] = []
    areas = {(max(0, place - 600), place + 2_500), (0, 2_500)} if place < _HEAD else {(0, 3_000)}
    for area in sorted(areas):
        for mention, start, end in _dates_near(folded, *area):
            before = folded.lower[max(0, start - 100) : start]
            score = 2.0 * bool(_MADE.search(before)) + 0.5 * (mention.value is not None)
            score -= 0.5 * bool(re.search(r"\beffective\b[^.;]{0,20}$", before))
            score += 1.0 * ("agreement" in before) - abs(start - place) / 2_500
            score -= 3.0 * bool(
                re.search(
                    r"that certain[^.;]*|amended|filed|pursuant to|order|act of|certificate|board on|expir|until",
                    before[-90:],
                )
            )
            if mention.exists:
                ranked.append((-score, start, _found(folded, mention, start, end)))
    if ranked and min(ranked)[0] <= -1.0:
        return min(ranked, key=lambda item: item[:2])[2]
    # Unnamed at the top: the date by the signatures.
    offset = max(0, len(folded.flat) - 5_000)
    for mention, start, end in _dates_near(folded, offset, len(folded.flat)):
        if re.search(r"\bdated?\b.{0,12}$", folded.lower[max(0, start - 30) : start]) and mention.value:
            return _found(folded, mention, start, end)
    return None


def _effective_date(folded: Folded, agreed: FoundDate | None) -> FoundDate | None:
    areas = [(0, _HEAD)]
    areas += [
        (m.start() - 200, m.end() + 300)
        for m in re.finditer(r"\"?(?:effective date|shall commence|commences|agreement begins)\b", folded.lower)
    ][:12]
    for area in areas:
        for mention, start, end in _dates_near(folded, *area):
            before, after = folded.lower[max(0, start - 90) : start], folded.lower[end : end + 70]
            if _EFFECTIVE_BEFORE.search(before) or _EFFECTIVE_AFTER.match(after):
                return _found(folded, mention, start, end)
    return agreed


def _expiration(folded: Folded, clauses: tuple[Finding, ...], begins: FoundDate | None) -> FoundDate | None:
    terms = sorted(
        (f for f in clauses if f.kind in {"term", "renewal_term"}), key=lambda f: (f.kind != "term", -f.confidence)
    )
    spans = [(folded.position(clause.start), folded.position(clause.end)) for clause in terms]
    # "continues for the Term": the length stands where the word is defined.
    defined = islice(_TERM_DEFINED.finditer(folded.lower), 8)
    spans += [(max(0, match.start() - 250), match.end() + 250) for match in defined]
    for start, end in spans:
        for mention, first, last in _dates_near(folded, start, end):
            if _END_BEFORE.search(folded.lower[max(start, first - 60) : first]) and mention.value:
                return _found(folded, mention, first, last)
        length = _term_length(folded, start, end)
        if length is not None and begins is not None and begins.value is not None:
            value = _later(begins.value, length)
            if value is not None:
                first, last = folded.origin(start + length.start, start + length.end)
                return FoundDate(value, value.year, value.month, first, last, "computed")
        match = _PERPETUAL.search(folded.lower, start, end)
        if match:
            first, last = folded.origin(match.start(), match.end())
            return FoundDate(None, None, None, first, last, "perpetual")
    return None


def _term_length(folded: Folded, start: int, end: int) -> Duration | None:
    sentence = folded.flat[start:end]
    for length in find_durations(sentence):
        before, after = sentence[: length.start].lower(), sentence[length.end :].lower()
        if length.unit in {"hour", "day"} or re.search(
            r"\b(?:additional|successive|renew\w*|extend\w*|prior|notice)\b[^.;]{0,60}$", before
        ):
            continue
        if _TERM_LENGTH.search(before) and not re.match(r"[^.;]{0,30}\bnotice", after):
            return length
    return None


def _later(begins: date, length: Duration) -> date | None:
    count = int(length.count)
    step = {
        "week": relativedelta(weeks=count), "month": relativedelta(months=count),
        "quarter": relativedelta(months=3 * count), "year": relativedelta(years=count),
    }.get(length.unit)  # fmt: skip
    try:
        return None if step is None or count > 200 else begins + step
    except (ValueError, OverflowError):
        return None


def _governing_law(folded: Folded, clauses: tuple[Finding, ...]) -> FoundText | None:
    laws = sorted((f for f in clauses if f.kind == "governing_law"), key=lambda f: (-f.confidence, f.start))
    for clause in laws:
        start, end = folded.position(clause.start), folded.position(clause.end)
        named = find_jurisdiction(folded.lower[start:end])
        if named:
            first, last = folded.origin(start + named.start, start + named.end)
            return FoundText(named.name, first, last)
    return None


def _party_findings(text: str, parties: tuple[Party, ...], sections: tuple[Section, ...]) -> Iterator[Finding]:
    for party in parties:
        section = full_title(sections, section_at(sections, party.start))
        yield Finding(
            "parties",
            "Parties",
            party.start,
            party.end,
            text[party.start : party.end],
            section,
            0.9 if party.roles else 0.6,
        )


def _value_findings(
    text: str, sections: tuple[Section, ...], title: FoundText | None, agreed: FoundDate | None
) -> Iterator[Finding]:
    for kind, label, found in (("document_name", "Document name", title), ("agreement_date", "Agreement date", agreed)):
        if found is not None:
            section = full_title(sections, section_at(sections, found.start))
            yield Finding(kind, label, found.start, found.end, text[found.start : found.end], section, 0.8)


__all__ = ["ContractReading", "Finding", "FoundDate", "FoundText", "Party", "Sentence", "read_contract"]
