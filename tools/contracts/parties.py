"""This module reads who the parties of a contract are, and by which names it calls them.

It also finds where the name of a person or company begins and ends in running text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..extraction.folding import FoldedText

_SUFFIX_WORD = (
    r"(?:inc|incorporated|llc|l\. ?l\. ?c|ltd|limited|corp|corporation|co|company|gmbh(?: & co\.? kg)?|ag|"
    r"kg|se|plc|p\.l\.c|"
    r"s\. ?a|sa|s\. ?a\. ?s|b\. ?v|n\. ?v|s\. ?r\. ?l|srl|s\. ?p\. ?a|spa|oy|ab|a/s|llp|l\. ?l\. ?p|l\. ?p|lp|n\. ?a|"
    r"p\. ?c|pty|pvt|fsb|trust|bank|university|foundation)\.?"
)
_SUFFIX_NEXT = re.compile(rf",? ?{_SUFFIX_WORD}(?![\w])", re.IGNORECASE)
LEGAL_FORM = re.compile(rf"(?:^|[\s,.]){_SUFFIX_WORD}(?:$|[\s,.)])", re.IGNORECASE)
_CUT = re.compile(
    r"[;:()\[\"“]|,|\bhereinafter\b|\b(?:having|whose|located|organi[sz]ed|incorporated|represented|duly|"
    r"existing|residing|registered|"
    r"established|formerly|d/b/a|dba|doing business|f/k/a|acting|on behalf|individually|(?:with|at) (?:its|"
    r"a|an|offices|principal|place)|a (?:corporation|company|division|subsidiary|"
    r"limited|delaware|wholly|member)|an individual|of \d|of the (?:one|first|second|other)|on the (?:one|"
    r"other)|as (?:of|the|seller|buyer|agent)|"
    r"dated|effective|address(?:es)?:?|tel:|by:|and its|for itself|together with)\b| - and\b|\. (?=(?:The|"
    r"This|Under|Each|In|Any|All|It|Whereas|For)\b)| \d{3,}(?= [A-Z])",
    re.IGNORECASE,
)
CONNECTOR = re.compile(
    r"^(?:[\s,;:.)\]\-–]|\(?\d\)|\([a-z]\)|\b(?:and|between|by|the parties|party [ab12]|on the one (?:hand|"
    r"part)|on the other (?:hand|part)|of the (?:one|first|second|other) part|in such capacities|"
    r"as follows|made|parties to this agreement)\b)+",
    re.IGNORECASE,
)
NEXT_NAME = re.compile(
    r"(?:[,;)] ?|\b)(?:and|AND|-and-)[,:]?\s(?:\(?[a-z\d]\)\s|the\s|its [A-Z]?\w+,? )?(?=[A-Z0-9])|"
    r"\bagreement with (?=[A-Z0-9])"
)
NOT_NAMES = re.compile(
    r"^(?:this|the|a|an|and|each|any|all|such|it|its|is|in|we|our|you|your|agreement|date|parties|party|"
    r"between|exhibit|whereas|as|dated|"
    r"individually|collectively|hereby|made|vice|president|title|name|plan|section|day|both|either|of|one|"
    r"other|same|for|to|with)\b(?! [A-Z][a-z]+ (?:of|company|bank|corporation))",
    re.IGNORECASE,
)
_ROLE_WORD = re.compile(
    r"(?:the )?(?:licensor|licensee|supplier|customer|client|distributor|reseller|vendor|buyer|seller|"
    r"company|sponsor|contractor|"
    r"consultant|landlord|tenant|lessor|lessee|provider|publisher|developer|agent|owner|manufacturer|"
    r"borrower|lender|rights|"
    r"general provisions|products?|services?|agreement|ladies|gentlemen)(?: on the)?",
    re.IGNORECASE,
)
_SMALL_WORD = re.compile(r"\b(?!of|and|the|for|de|la|du|des|et|y|e|und|van|von|der|den|do|da|di)[a-z]{2,}\b")


def find_name_in(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The name that the stretch before a definition begins with, or that follows its last "and"."""
    piece = flat[start:end]
    if not re.match(
        r"\s?[,)]?\s?(?:an? |having|with|located|whose|organi|incorporated|duly|registered|at |company|is |being)",
        piece,
    ):
        connector = CONNECTOR.match(piece)
        name = find_name_at(flat, start + (connector.end() if connector else 0), end)
        if name is not None:
            return name
    options = []
    for match in NEXT_NAME.finditer(piece):
        name = find_name_at(flat, start + match.end(), end)
        if name is not None:
            options.append(name)
    suited = [name for name in options if LEGAL_FORM.search(flat[name[0] : name[1]])]
    return (suited or options)[-1] if options else None


def find_name_at(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The span of the name that begins at `flat[start]`, or None when what stands there is not a name."""
    while start < end and flat[start] in " ,;:.'\"":
        start += 1
    place = start
    stop = end
    while True:
        cut = _CUT.search(flat, place, end)
        if cut is None:
            break
        if cut.start() == start:
            return None
        if cut.group() == ":" and cut.end() < end:
            start = place = cut.end()
            while start < end and flat[start] in " ,;:.'\"":
                start = place = start + 1
            continue
        if cut.group() == ",":
            more = _SUFFIX_NEXT.match(flat, cut.start(), end)
            if more:
                place = more.end()
                continue
        stop = cut.start()
        break
    for joint in re.finditer(r",? (?:and|AND|&) (?=[A-Z0-9(])", flat[start:stop]):
        left = flat[start : start + joint.start()]
        if "&" not in joint.group() and (LEGAL_FORM.search(left) or len(left) > 60):
            stop = start + joint.start()
            break
    name = flat[start:stop].rstrip(" ,;:-")
    if not 2 <= len(name) <= 110 or not re.match(r"[A-Z0-9]|[a-z]+[A-Z_]", name) or not re.search(r"[A-Za-z]{2}", name):
        return None
    if _ROLE_WORD.fullmatch(name.strip(" .")) or len(_SMALL_WORD.findall(name)) > 2:
        return None
    if NOT_NAMES.match(name) and not re.match(r"(?:The|THE) [A-Z]", name):
        return None
    return start, start + len(name)


_HEAD = 15_000
_ANCHOR = re.compile(r"\b(?:by and (?:between|among)|between|among|b ?e ?t ?w ?e ?e ?n)\b:?", re.IGNORECASE)
_STOP = re.compile(
    r"\bWHEREAS\b|\bWhereas\b|\bRECITALS?\b|\bRecitals:?\b|W ?I ?T ?N ?E ?S ?S ?E ?T ?H|\bWitnesseth|\bBACKGROUND\b|"
    r"\bR E C I T A L S|\bNOW,? THEREFORE|\bNow,? therefore|\bIN CONSIDERATION\b|\bIn consideration\b|"
    r"\bIT IS AGREED|\bTABLE OF CONTENTS\b|"
    r"(?<=[.;] )(?:1\.|Section 1|ARTICLE|Article 1)|\bagree as follows"
)
_DEFINED = re.compile(
    r"\((?P<inside>[^()]{0,160}?\"(?P<role>[^\"]{1,60})\"[^()]{0,160})\)"
    r"|\b(?:hereinafter|hereafter|herein)\b[^\".;()']{0,60}[\"'](?P<role2>[^\"']{1,60})[\"']",
)
_SHORT = re.compile(r"\((?:the )?(?P<role>[A-Z][\w.&-]{1,30}(?: [A-Z][\w.&-]{1,30}){0,2})\)")
_GROUP_ROLE = re.compile(
    r"^(?:this )?(?:part(?:y|ies)|agreement|effective date|contract|execution date|commencement date|term|closing date|"
    r".*agreement|.*amendment.*|.*date|addendum|exchange act|securities act|services?|products?)$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\b(?P<role>Licensor|Licensee|Supplier|Customer|Client|Distributor|Reseller|Vendor|Buyer|Seller|"
    r"Company|Sponsor|Contractor|"
    r"Consultant|Landlord|Tenant|Lessor|Lessee|Provider|Publisher|Developer|Agent|Owner|Party A|Party B|"
    r"LICENSOR|LICENSEE|SPONSOR|CUSTOMER|VENDOR|COMPANY)"
    r"(?: Name)? ?: ?(?=[A-Z])"
)
_SIGNED = re.compile(
    r"(?P<name>[A-Z][A-Za-z0-9&.,'/-]{1,40}(?: [A-Z&][A-Za-z0-9&.,'/-]{0,40}){0,7}) (?:[A-Z]{3,20} )?(?:By|"
    r"BY|Signed|/s/)\s?[:_/]"
)


@dataclass(frozen=True, slots=True)
class Party:
    """A party: `name` is exactly `text[start:end]`; `roles` are the names by which the contract calls it."""

    name: str
    roles: tuple[str, ...]
    start: int
    end: int


def find_parties(folded: FoldedText) -> tuple[Party, ...]:
    """The parties in the order in which the opening of the contract names them; empty when it names none.

    Reads the sentence "between A, a corporation ("Supplier"), and B ..." first; then labels ("Licensor: A"),
    then the blocks of signatures at the end.
    """
    found: list[Party] = []
    options: list[tuple[float, list[Party]]] = []
    for number, (start, end) in enumerate(_find_preambles(folded)):
        read = _merge([*_find_by_definition(folded, start, end)])
        if len(read) < 2:
            read = _merge([*read, *_find_by_conjunction(folded, start, end)])
        options.append((_score_parties(read) - 0.4 * number - start / _HEAD, read))
    options.append((_score_parties(labelled := _merge([*_find_by_label(folded)])) - 1.5, labelled))
    start = _find_title_end(folded)
    opening = _merge([*_find_by_definition(folded, start, start + 2_500)])
    options.append((_score_parties(opening) - 1.5, opening))
    found = max(options, key=lambda option: option[0])[1]
    if len(found) < 2:
        found = _merge([*found, *_find_by_signature(folded)])
    return tuple(found)


def _score_parties(parties: list[Party]) -> float:
    """How much the first three look like parties: a legal form, a role, and that there are two at all."""
    looks = sum(1.0 * bool(LEGAL_FORM.search(party.name)) + 0.7 * bool(party.roles) for party in parties[:3])
    return looks + 1.5 * (len(parties) >= 2) - 0.4 * max(0, len(parties) - 4)


def _find_title_end(folded: FoldedText) -> int:
    titles = list(re.finditer(r"\b(?:AGREEMENT|CONTRACT|ADDENDUM|AMENDMENT|LEASE)\b:?", folded.flat[:1_500]))
    return titles[-1].end() if titles and not folded.lower[: titles[-1].start()].rstrip().endswith("this") else 0


def _find_preambles(folded: FoldedText) -> Iterator[tuple[int, int]]:
    """The stretches that may name the parties, most likely first."""
    head = folded.flat[:_HEAD]
    ranked: list[tuple[float, int, int]] = []
    for match in list(_ANCHOR.finditer(head))[:40]:
        stop = _STOP.search(head, match.end(), match.end() + 4000)
        end = stop.start() if stop else min(len(head), match.end() + 2500)
        before, after = head[max(0, match.start() - 300) : match.start()].lower(), head[match.end() : end]
        roles = sum(not _GROUP_ROLE.match((d["role"] or d["role2"]).strip()) for d in _DEFINED.finditer(after[:2500]))
        score = 2.0 * min(roles, 2)
        score += 1.0 * ("by and" in match.group().lower()) + 0.5 * match.group().isupper()
        score += 1.0 * bool(re.search(r"\b(?:entered into|made|dated|effective|agreement)\b", before))
        score -= 1.5 * bool(re.search(r"that certain|conflict|difference|relationship|dispute", before[-80:]))
        score -= match.start() / _HEAD
        if re.match(r"\s?[\"'(:,1-9]{0,4}\s?(?:the )?[A-Z0-9]", head[match.end() : match.end() + 8]):
            score += 1.0
        ranked.append((score, match.end(), end))
    for _, start, end in sorted(ranked, key=lambda item: (-item[0], item[1]))[:4]:
        yield start, end


def _find_by_definition(folded: FoldedText, start: int, end: int) -> Iterator[Party]:
    flat = folded.flat
    area = flat[start:end]
    definitions = list(_DEFINED.finditer(area))
    # (ACME) counts when it shortens what stands before it.
    definitions.extend(
        short
        for short in _SHORT.finditer(area)
        if short["role"].lower() in area[max(0, short.start() - 250) : short.start()].lower()
    )
    definitions.sort(key=lambda match: match.start())
    previous = 0
    last: Party | None = None
    names: set[str] = set()
    for match in definitions:
        groups = match.groupdict()
        role = (groups.get("role") or groups.get("role2") or "").strip(" ,.")
        if _GROUP_ROLE.match(role):
            if re.search(r"part(?:y|ies)", role, re.IGNORECASE) and last is not None and match.start() > previous + 60:
                previous = match.end()
            continue
        between = area[previous : match.start()]
        if len(names) > 1 and re.match(r"[)\"'.]{0,3}\. ", between):
            return
        if last is not None and len(between.strip(" ,;)(").removeprefix("or").strip()) < 3 and ";" not in between:
            last = replace(last, roles=(*last.roles, role))  # ("Ferrer") ("Supplier")
            yield last
        else:
            name = find_name_in(flat, start + previous, start + match.start())
            if name is None:
                if last is not None and re.match(r"\s?(?:,|having|with|a |an )", between):
                    last = replace(last, roles=(*last.roles, role))
                    yield last
            else:
                last = _make_party(folded, *name, (role,))
                names.add(last.name)
                yield last
        previous = match.end()
    tail = area[previous:]
    joined = NEXT_NAME.search(tail[:700])
    if last is not None and joined:
        name = find_name_at(flat, start + previous + joined.end(), end)
        if name and (LEGAL_FORM.search(flat[name[0] : name[1]])):
            yield _make_party(folded, *name, ())


def _find_by_conjunction(folded: FoldedText, start: int, end: int) -> Iterator[Party]:
    """Without definitions: the name after "between", and those after each "and"."""
    flat = folded.flat
    end = min(end, start + 1200)
    connector = CONNECTOR.match(flat[start:end])
    first = find_name_at(flat, start + (connector.end() if connector else 0), end)
    if first is None:
        return
    joint = re.search(r",? (?:and|AND) ", flat[first[0] : first[1]])
    if joint and LEGAL_FORM.search(flat[first[0] + joint.end() : first[1]]) and NEXT_NAME.search(flat, first[1], end):
        joint = None  # "FILM AND MUSIC CORPORATION, located at ..., and B": one name
    names = [first] if joint is None else [(first[0], first[0] + joint.start())]
    for match in NEXT_NAME.finditer(flat, names[0][1], end):
        name = find_name_at(flat, match.end(), end)
        if name and (len(names) == 1 or LEGAL_FORM.search(flat[name[0] : name[1]])):
            names.append(name)
        if len(names) == 4:
            break
    for name in names:
        yield _make_party(folded, *name, ())


def _find_by_label(folded: FoldedText) -> Iterator[Party]:
    for match in list(_LABELLED.finditer(folded.flat[:_HEAD]))[:12]:
        name = find_name_at(folded.flat, match.end(), min(len(folded.flat), match.end() + 120))
        if name:
            yield _make_party(folded, *name, (match["role"].title(),))


def _find_by_signature(folded: FoldedText) -> Iterator[Party]:
    offset = max(0, len(folded.flat) - 6_000)
    for match in list(_SIGNED.finditer(folded.flat, offset))[:8]:
        name = match["name"].rstrip(" ,")
        if LEGAL_FORM.search(name) and not NOT_NAMES.match(name):
            yield _make_party(folded, match.start("name"), match.start("name") + len(name), ())


def _make_party(folded: FoldedText, start: int, end: int, roles: tuple[str, ...]) -> Party:
    first, last = folded.origin(start, end)
    return Party(folded.text[first:last], roles, first, last)


def _merge(parties: list[Party]) -> list[Party]:
    """Makes one entry for each name; roles are put together."""
    merged: dict[str, Party] = {}
    for party in parties:
        key = re.sub(r"\W+", " ", party.name).strip().lower()
        if not key:
            continue
        known = merged.get(key)
        roles = tuple(dict.fromkeys((*(known.roles if known else ()), *party.roles)))
        merged[key] = replace(known or party, roles=roles)
    return list(merged.values())
