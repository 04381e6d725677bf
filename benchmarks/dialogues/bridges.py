"""What names a company by something else, and how the company is then described.

Each list has four wordings: the first two are for tuning, the others held out.
``{c}`` is a company, ``{n}`` what it is named by.
"""

from typing import NamedTuple


class Bridge(NamedTuple):
    """A fact that names a company by something else, and how the company is then described."""

    names: tuple[str, ...]
    said: tuple[str, ...]
    described: tuple[str, ...]


BRIDGES: dict[str, Bridge] = {
    "buyer": Bridge(
        ("Tomas Reuter", "Leila Haddad", "Pavel Novak", "Greta Salo", "Bruno Marchetti", "Aino Laine"),
        (
            "{n} has taken over purchasing at {c}.",
            "I met {n}, who does the buying for {c} these days.",
            "{c} hired {n} to look after procurement.",
            "{n} moved to {c} and heads procurement there.",
        ),
        (
            "the company where {n} runs purchasing",
            "the firm that employs {n} as a buyer",
            "the business {n} works for",
            "{n}'s new employer",
        ),
    ),
    "project": Bridge(
        ("Heron", "Basalt", "Lantern", "Juniper", "Cobalt", "Meridian"),
        (
            "For {n} we picked {c} in the end.",
            "The team wants {c} on board for {n}.",
            "{c} won the tender for {n}.",
            "{n} is going to be built by {c}.",
        ),
        (
            "our partner in project {n}",
            "the supplier of project {n}",
            "the contractor for {n}",
            "the company that does the {n} job",
        ),
    ),
    "goods": Bridge(
        ("camshafts", "filter cartridges", "control boards", "ceramic seals", "drive belts", "sensor heads"),
        (
            "The {n} that arrived cracked came from {c}.",
            "Half of the {n} we got from {c} were unusable.",
            "We had to bin the {n}, {c} really messed up there.",
            "{c} packed the {n} so badly that few survived.",
        ),
        (
            "whoever sent us the damaged {n}",
            "the maker of the defective {n}",
            "the supplier of the faulty {n}",
            "those who delivered spoiled {n}",
        ),
    ),
    "neighbour": Bridge(
        ("Kassel", "Groningen", "Brescia", "Odense", "Poznan", "Graz"),
        (
            "{c} rents the building beside our branch in {n}.",
            "In {n} we share the yard with {c}.",
            "{c} has its office across the street from us in {n}.",
            "The hall next to ours in {n} belongs to {c}.",
        ),
        (
            "the neighbour of our {n} branch",
            "the company we share a yard with in {n}",
            "the firm opposite our {n} office",
            "the owner of the hall beside our {n} site",
        ),
    ),
}
