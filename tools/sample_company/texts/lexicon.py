"""The lexicon makes up people, firms, addresses and telephone numbers from word lists."""

from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml


@cache
def _book() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("lexicon.yaml").read_text("utf-8"))
    return loaded


def list_words(name: str) -> list[str]:
    """One of the word lists, e.g. ``"first"``."""
    found: list[str] = _book()[name]
    return found


def list_goods() -> dict[str, dict[str, int]]:
    """What is sold: category to name to sales price of the basic grade, in cents."""
    found: dict[str, dict[str, int]] = _book()["goods"]
    return found


def invent_person(rng: Random) -> tuple[str, str]:
    """A first and a last name."""
    return rng.choice(list_words("first")), rng.choice(list_words("last"))


def invent_firm(rng: Random) -> str:
    """A company name such as ``Kronfeld Metallbau GmbH``; not unique."""
    return (
        f"{rng.choice(list_words('firm_head'))} {rng.choice(list_words('firm_trade'))} "
        f"{rng.choice(list_words('firm_form'))}"
    )


def invent_similar_name(name: str, rng: Random) -> str:
    """A name that is easily mistaken for the given one: another legal form, a lost letter or an added partner."""
    head, trade, form = name.split(" ", 2)
    choice = rng.randrange(4)
    if choice == 0:
        other = rng.choice([f for f in list_words("firm_form") if f != form])
        return f"{head} {trade} {other}"
    if choice == 1:
        cut = rng.randrange(2, len(head) - 1)
        return f"{head[:cut]}{head[cut + 1 :]} {trade} {form}"
    if choice == 2:
        return f"{head} & Partner {trade} {form}"
    return f"{head} {trade} Nord {form}"


def invent_address(rng: Random) -> str:
    """A postal address in a town that does not exist."""
    street, town = rng.choice(list_words("streets")), rng.choice(list_words("towns"))
    return f"{street} {rng.randrange(1, 120)}, {rng.randrange(10000, 99000)} {town}"


def invent_phone(rng: Random) -> str:
    """A number from the block that the German regulator keeps free for fiction."""
    return f"+49 30 23125 {rng.randrange(1000):03d}"


def make_mail_domain(name: str) -> str:
    """A mail domain for a name, below the reserved ``.example``."""
    plain = "".join(c if c.isalnum() and c.isascii() else "-" for c in name.lower())
    return "-".join(part for part in plain.split("-") if part) + ".example"
