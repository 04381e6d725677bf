"""Read who the parties of a contract are, and by which names it calls them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..extraction.folding import Folded
from .party_names import CONNECTOR, LEGAL_FORM, NEXT_NAME, NOT_NAMES, name_at, name_in

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


def find_parties(folded: Folded) -> tuple[Party, ...]:
    """The parties in the order in which the opening of the contract names them; empty when it names none.

    Reads the sentence "between A, a corporation ("Supplier"), and B ..." first; then labels ("Licensor: A"),
    then the blocks of signatures at the end.
    """
    found: list[Party] = []
    options: list[tuple[float, list[Party]]] = []
    for number, (start, end) in enumerate(_preambles(folded)):
        read = _merge([*_by_definition(folded, start, end)])
        if len(read) < 2:
            read = _merge([*read, *_by_conjunction(folded, start, end)])
        options.append((_quality(read) - 0.4 * number - start / _HEAD, read))
    options.append((_quality(labelled := _merge([*_by_label(folded)])) - 1.5, labelled))
    start = _after_title(folded)
    opening = _merge([*_by_definition(folded, start, start + 2_500)])
    options.append((_quality(opening) - 1.5, opening))
    found = max(options, key=lambda option: option[0])[1]
    if len(found) < 2:
        found = _merge([*found, *_by_signature(folded)])
    return tuple(found)


def _quality(parties: list[Party]) -> float:
    """How much the first three look like parties: a legal form, a role, and that there are two at all."""
    looks = sum(1.0 * bool(LEGAL_FORM.search(party.name)) + 0.7 * bool(party.roles) for party in parties[:3])
    return looks + 1.5 * (len(parties) >= 2) - 0.4 * max(0, len(parties) - 4)


def _after_title(folded: Folded) -> int:
    titles = list(re.finditer(r"\b(?:AGREEMENT|CONTRACT|ADDENDUM|AMENDMENT|LEASE)\b:?", folded.flat[:1_500]))
    return titles[-1].end() if titles and not folded.lower[: titles[-1].start()].rstrip().endswith("this") else 0


def _preambles(folded: Folded) -> Iterator[tuple[int, int]]:
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


def _by_definition(folded: Folded, start: int, end: int) -> Iterator[Party]:
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
            name = name_in(flat, start + previous, start + match.start())
            if name is None:
                if last is not None and re.match(r"\s?(?:,|having|with|a |an )", between):
                    last = replace(last, roles=(*last.roles, role))
                    yield last
            else:
                last = _party(folded, *name, (role,))
                names.add(last.name)
                yield last
        previous = match.end()
    tail = area[previous:]
    joined = NEXT_NAME.search(tail[:700])
    if last is not None and joined:
        name = name_at(flat, start + previous + joined.end(), end)
        if name and (LEGAL_FORM.search(flat[name[0] : name[1]])):
            yield _party(folded, *name, ())


def _by_conjunction(folded: Folded, start: int, end: int) -> Iterator[Party]:
    """Without definitions: the name after "between", and those after each "and"."""
    flat = folded.flat
    end = min(end, start + 1200)
    connector = CONNECTOR.match(flat[start:end])
    first = name_at(flat, start + (connector.end() if connector else 0), end)
    if first is None:
        return
    joint = re.search(r",? (?:and|AND) ", flat[first[0] : first[1]])
    if joint and LEGAL_FORM.search(flat[first[0] + joint.end() : first[1]]) and NEXT_NAME.search(flat, first[1], end):
        joint = None  # "FILM AND MUSIC CORPORATION, located at ..., and B": one name
    names = [first] if joint is None else [(first[0], first[0] + joint.start())]
    for match in NEXT_NAME.finditer(flat, names[0][1], end):
        name = name_at(flat, match.end(), end)
        if name and (len(names) == 1 or LEGAL_FORM.search(flat[name[0] : name[1]])):
            names.append(name)
        if len(names) == 4:
            break
    for name in names:
        yield _party(folded, *name, ())


def _by_label(folded: Folded) -> Iterator[Party]:
    for match in list(_LABELLED.finditer(folded.flat[:_HEAD]))[:12]:
        name = name_at(folded.flat, match.end(), min(len(folded.flat), match.end() + 120))
        if name:
            yield _party(folded, *name, (match["role"].title(),))


def _by_signature(folded: Folded) -> Iterator[Party]:
    offset = max(0, len(folded.flat) - 6_000)
    for match in list(_SIGNED.finditer(folded.flat, offset))[:8]:
        name = match["name"].rstrip(" ,")
        if LEGAL_FORM.search(name) and not NOT_NAMES.match(name):
            yield _party(folded, match.start("name"), match.start("name") + len(name), ())


def _party(folded: Folded, start: int, end: int, roles: tuple[str, ...]) -> Party:
    first, last = folded.origin(start, end)
    return Party(folded.text[first:last], roles, first, last)


def _merge(parties: list[Party]) -> list[Party]:
    """One entry a name; roles are put together."""
    merged: dict[str, Party] = {}
    for party in parties:
        key = re.sub(r"\W+", " ", party.name).strip().lower()
        if not key:
            continue
        known = merged.get(key)
        roles = tuple(dict.fromkeys((*(known.roles if known else ()), *party.roles)))
        merged[key] = replace(known or party, roles=roles)
    return list(merged.values())
