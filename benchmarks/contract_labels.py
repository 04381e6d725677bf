"""The labels of CUAD, and when what was read is what a label says.

What counts as found:
- parties: a labelled name is found when a party that was read has the same words, or all words of the shorter
  are in the longer and make up at least half of it, or the two differ by spelling only (ratio of at least 85).
  A contract counts when all its labelled parties are found.
- governing law: the labelled jurisdiction, in our spelling, is the one that was read.
- dates: the same day; where the label leaves parts open, the parts that it names.
- every other kind: a labelled span and a finding of that kind share enough words (F1 of at least 0.5), or one
  contains the other. Recall is over the contracts that have the kind; precision is over all findings.
"""

import ast
import re
from collections import Counter
from datetime import datetime

from countersign.tools.contracts.jurisdictions import find_jurisdiction
from countersign.tools.contracts.reader import ContractDate, ContractReading
from countersign.tools.extraction.name_matching import normalize_name
from rapidfuzz import fuzz

_NOISE = re.compile(r"\([^)]*\)|“[^”]*”|\"[^\"]*\"")


def words(text: str) -> list[str]:
    """The words of `text`, for comparing quotes."""
    return re.findall(r"[a-z0-9]+", text.lower())


def overlaps(label: str, quote: str) -> bool:
    """Whether a labelled span and a quote are about the same words: containment, or a token F1 of at least 0.5."""
    one, two = words(label), words(quote)
    if not one or not two:
        return False
    flat_one, flat_two = " ".join(one), " ".join(two)
    if (len(one) >= 3 and flat_one in flat_two) or (len(two) >= 3 and flat_two in flat_one):
        return True
    shared = sum((Counter(one) & Counter(two)).values())
    return 2 * shared / (len(one) + len(two)) >= 0.5


def labelled_parties(answer: str) -> list[str]:
    """The names in a label such as `A, Inc. ("Supplier"); B GmbH ("Buyer")(each a "Party")`.

    Left out: pieces that only put together parties named before. A name ends before "and its affiliates",
    "including its successors" and former names.
    """
    names: list[str] = []
    for piece in answer.replace("\xa0", " ").split(";"):
        name = _NOISE.sub(" ", piece)
        name = re.split(r"\b(?:and its|including|f/k/a|d/b/a|dba|together with|collectively)\b", name)[0].strip(
            " ,.;()"
        )
        again = sum(
            normalize_name(known).split()[0] in normalize_name(name).split() for known in names if normalize_name(known)
        )
        if (
            not name
            or re.match(r"each\b", name, re.IGNORECASE)
            or (again >= 2 and re.search(r"part(?:y|ies)|member", piece, re.IGNORECASE))
        ):
            continue
        if re.fullmatch(r"[\w&' -]+ and [\w&' -]+", name) and re.search(r"part(?:y|ies)", piece, re.IGNORECASE):
            continue
        names.append(name)
    return list(dict.fromkeys(names))


def same_party(label: str, name: str) -> bool:
    """Whether a labelled name and one that was read are the same party."""
    one, two = normalize_name(label), normalize_name(name)
    if one == two or fuzz.ratio(one.replace(" ", ""), two.replace(" ", "")) >= 85:
        return True
    short, long = sorted((set(one.split()), set(two.split())), key=len)
    return bool(short) and short <= long and len(short) * 2 >= len(long)


def same_date(label: str, found: ContractDate | None) -> bool:
    """Whether a labelled date ("11/15/12", "02/[]/2017", "perpetual") is the one that was read."""
    if found is None:
        return False
    if "perpetual" in label.lower():
        return found.how == "perpetual"
    for part in re.split(r"[;,]\s*", label.strip()):
        pieces = part.split("/")
        if len(pieces) != 3:
            continue
        if "[" not in part:
            form = "%m/%d/%Y" if len(pieces[2]) == 4 else "%m/%d/%y"
            try:
                if found.value == datetime.strptime(part, form).date():  # noqa: DTZ007
                    return True
            except ValueError:
                continue
        else:
            year, month = re.sub(r"\D", "", pieces[2]), re.sub(r"\D", "", pieces[0])
            if (year or month) and (not year or int(year) == found.year) and (not month or int(month) == found.month):
                return True
    return False


def same_law(label: str, reading: ContractReading) -> bool:
    """Whether the labelled jurisdiction is the one that was read."""
    wanted = find_jurisdiction(f"laws of {label.lower()}")
    found = reading.governing_law
    return found is not None and wanted is not None and same_jurisdiction(wanted.name, found.value)


def same_jurisdiction(wanted: str, found: str | None) -> bool:
    """Whether two names mean one law; that of England is that of Wales."""
    england = {"England", "Wales", "England and Wales"}
    return found == wanted or {found, wanted} <= england


def spans(cell: str) -> list[str]:
    """The labelled spans of a cell, which is a Python list of strings."""
    return [str(span) for span in ast.literal_eval(cell)] if cell.strip() else []
