"""The reader reads a whole contract: title, parties, dates, law and clauses, each with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from dateutil.relativedelta import relativedelta

from ..extraction.dates import DateMention, find_dates
from ..extraction.folding import FoldedText, fold_text
from ..extraction.quantities import Duration, find_durations
from .clause_model import find_likely_clauses
from .clauses import ClauseFinding, ContractSentence, find_clauses, list_sentences
from .jurisdictions import find_jurisdiction
from .parties import Party, find_parties
from .sections import ContractSection, format_section_title, get_section_at, split_sections

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
class ContractText:
    """Words of the contract: `value` is their normal form, and `text[start:end]` what is written."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ContractDate:
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

    title: ContractText | None
    parties: tuple[Party, ...]
    agreement_date: ContractDate | None
    effective_date: ContractDate | None
    expiration: ContractDate | None
    governing_law: ContractText | None
    findings: tuple[ClauseFinding, ...]
    sections: tuple[ContractSection, ...]
    likely: tuple[ClauseFinding, ...] = ()

    def find_likely(self, kind: str) -> ClauseFinding | None:
        """What the trained finder takes for a clause of a kind that no wording found."""
        return next((finding for finding in self.likely if finding.kind == kind), None)

    def of_kind(self, kind: str) -> tuple[ClauseFinding, ...]:
        """The findings of one kind, most certain first."""
        return tuple(sorted((f for f in self.findings if f.kind == kind), key=lambda f: (-f.confidence, f.start)))


def read_contract(text: str) -> ContractReading:
    """Reads the contract `text` without a model. Deterministic, and linear in the length of the text.

    Never raises on odd text: what is not found is None or absent. American month/day order is assumed for
    dates in figures.
    """
    folded = fold_text(text)
    sections = split_sections(text)
    sentences = list_sentences(folded, sections)
    clauses = find_clauses(folded, sections, sentences)
    parties = find_parties(folded)
    title = _title(folded)
    agreed = _agreement_date(folded, parties)
    effective = _effective_date(folded, agreed)
    expires = _expiration(folded, clauses, effective or agreed)
    law = _governing_law(folded, clauses)
    extra = (*_party_findings(text, parties, sections), *_value_findings(text, sections, title, agreed))
    findings = tuple(sorted((*clauses, *extra), key=lambda f: (f.start, f.end, f.kind)))
    likely = find_likely_clauses(folded, sections, sentences, {finding.kind for finding in clauses})
    return ContractReading(title, parties, agreed, effective, expires, law, findings, sections, likely)


def _title(folded: FoldedText) -> ContractText | None:
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
        return ContractText(words, start, end)
    return None


def _dates_near(folded: FoldedText, start: int, end: int) -> Iterator[tuple[DateMention, int, int]]:
    start = max(0, start)
    for mention in find_dates(folded.flat[start:end], day_first=False):
        if mention.year is not None and not mention.relative:
            yield mention, start + mention.start, start + mention.end


def _make_date(folded: FoldedText, mention: DateMention, start: int, end: int) -> ContractDate:
    first, last = folded.origin(start, end)
    return ContractDate(mention.value, mention.year, mention.month, first, last)


def _agreement_date(folded: FoldedText, parties: tuple[Party, ...]) -> ContractDate | None:
    place = folded.position(parties[0].start) if parties else 0
    ranked: list[tuple[float, int, ContractDate]] = []
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
                ranked.append((-score, start, _make_date(folded, mention, start, end)))
    if ranked and min(ranked)[0] <= -1.0:
        return min(ranked, key=lambda item: item[:2])[2]
    # Unnamed at the top: the date by the signatures.
    offset = max(0, len(folded.flat) - 5_000)
    for mention, start, end in _dates_near(folded, offset, len(folded.flat)):
        if re.search(r"\bdated?\b.{0,12}$", folded.lower[max(0, start - 30) : start]) and mention.value:
            return _make_date(folded, mention, start, end)
    return None


def _effective_date(folded: FoldedText, agreed: ContractDate | None) -> ContractDate | None:
    areas = [(0, _HEAD)]
    areas += [
        (m.start() - 200, m.end() + 300)
        for m in re.finditer(r"\"?(?:effective date|shall commence|commences|agreement begins)\b", folded.lower)
    ][:12]
    for area in areas:
        for mention, start, end in _dates_near(folded, *area):
            before, after = folded.lower[max(0, start - 90) : start], folded.lower[end : end + 70]
            if _EFFECTIVE_BEFORE.search(before) or _EFFECTIVE_AFTER.match(after):
                return _make_date(folded, mention, start, end)
    return agreed


def _expiration(
    folded: FoldedText, clauses: tuple[ClauseFinding, ...], begins: ContractDate | None
) -> ContractDate | None:
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
                return _make_date(folded, mention, first, last)
        length = _term_length(folded, start, end)
        if length is not None and begins is not None and begins.value is not None:
            value = _add_duration(begins.value, length)
            if value is not None:
                first, last = folded.origin(start + length.start, start + length.end)
                return ContractDate(value, value.year, value.month, first, last, "computed")
        match = _PERPETUAL.search(folded.lower, start, end)
        if match:
            first, last = folded.origin(match.start(), match.end())
            return ContractDate(None, None, None, first, last, "perpetual")
    return None


def _term_length(folded: FoldedText, start: int, end: int) -> Duration | None:
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


def _add_duration(begins: date, length: Duration) -> date | None:
    count = int(length.count)
    step = {
        "week": relativedelta(weeks=count), "month": relativedelta(months=count),
        "quarter": relativedelta(months=3 * count), "year": relativedelta(years=count),
    }.get(length.unit)  # fmt: skip
    try:
        return None if step is None or count > 200 else begins + step
    except (ValueError, OverflowError):
        return None


def _governing_law(folded: FoldedText, clauses: tuple[ClauseFinding, ...]) -> ContractText | None:
    laws = sorted((f for f in clauses if f.kind == "governing_law"), key=lambda f: (-f.confidence, f.start))
    for clause in laws:
        start, end = folded.position(clause.start), folded.position(clause.end)
        named = find_jurisdiction(folded.lower[start:end])
        if named:
            first, last = folded.origin(start + named.start, start + named.end)
            return ContractText(named.name, first, last)
    return None


def _party_findings(
    text: str, parties: tuple[Party, ...], sections: tuple[ContractSection, ...]
) -> Iterator[ClauseFinding]:
    for party in parties:
        section = format_section_title(sections, get_section_at(sections, party.start))
        yield ClauseFinding(
            "parties",
            "Parties",
            party.start,
            party.end,
            text[party.start : party.end],
            section,
            0.9 if party.roles else 0.6,
        )


def _value_findings(
    text: str, sections: tuple[ContractSection, ...], title: ContractText | None, agreed: ContractDate | None
) -> Iterator[ClauseFinding]:
    for kind, label, found in (("document_name", "Document name", title), ("agreement_date", "Agreement date", agreed)):
        if found is not None:
            section = format_section_title(sections, get_section_at(sections, found.start))
            yield ClauseFinding(kind, label, found.start, found.end, text[found.start : found.end], section, 0.8)


__all__ = [
    "ClauseFinding",
    "ContractDate",
    "ContractReading",
    "ContractSentence",
    "ContractText",
    "Party",
    "read_contract",
]
