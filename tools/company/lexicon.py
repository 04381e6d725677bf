"""Word lists from which people, firms, streets and goods are made up; every combination is fictional."""

from random import Random

FIRST = [
    "Anna",
    "Bela",
    "Carl",
    "Dora",
    "Emil",
    "Frida",
    "Georg",
    "Hanna",
    "Ivo",
    "Jana",
    "Klaas",
    "Lina",
    "Mats",
    "Nora",
    "Otto",
    "Paula",
    "Quirin",
    "Rosa",
    "Sven",
    "Thea",
    "Ulla",
    "Viktor",
    "Wanda",
    "Xaver",
    "Yara",
    "Zeno",
    "Alma",
    "Bruno",
    "Celia",
    "Dario",
    "Edda",
    "Falk",
    "Gesa",
    "Henrik",
    "Ilka",
    "Jonas",
    "Kira",
    "Lars",
    "Mila",
    "Nils",
    "Oda",
    "Piet",
    "Ruth",
    "Silas",
    "Tilda",
    "Urs",
    "Vera",
    "Willem",
    "Agnes",
    "Bodo",
]
LAST = [
    "Ahlers",
    "Baumbach",
    "Castell",
    "Dorn",
    "Ebeling",
    "Fahrholz",
    "Grothe",
    "Hellweg",
    "Immers",
    "Jessen",
    "Kranich",
    "Lohmar",
    "Maibach",
    "Nordhoff",
    "Osterkamp",
    "Pohlmann",
    "Quandel",
    "Rettberg",
    "Sandhof",
    "Tannert",
    "Uhlbach",
    "Vieweg",
    "Wessling",
    "Zumdick",
    "Arenz",
    "Brodersen",
    "Coldewey",
    "Dreyling",
    "Elsner",
    "Frohne",
    "Gehrling",
    "Hagedorn",
    "Irmler",
    "Jansink",
    "Kestrel",
    "Lindqvist",
    "Morgner",
    "Niehoff",
    "Oelmann",
    "Prestin",
    "Rademer",
    "Steenbock",
    "Thalheim",
    "Ullmann",
    "Vosskamp",
    "Wieland",
    "Zarnow",
    "Birkner",
    "Denholm",
    "Farrow",
]
FIRM_HEAD = [
    "Nordwind",
    "Silberbach",
    "Kronfeld",
    "Eichgrund",
    "Falkenau",
    "Rotstein",
    "Blaukamp",
    "Westerholt",
    "Hafenrand",
    "Lindental",
    "Granitz",
    "Morgenau",
    "Steinacker",
    "Waldhusen",
    "Birkenried",
    "Ostmark",
    "Talbrueck",
    "Hochfeld",
    "Seelund",
    "Marschdeich",
    "Ferrona",
    "Aldgate",
    "Brackwell",
    "Corvina",
    "Deltamere",
    "Elmhurst",
    "Fernleigh",
    "Glenmoor",
    "Harwick",
    "Inverlay",
    "Juniper",
    "Kestral",
    "Larkfield",
    "Mistral",
    "Norvale",
    "Oakmere",
    "Pinecrest",
    "Quarryton",
    "Redfern",
    "Stonegate",
]
FIRM_TRADE = [
    "Werkzeugbau",
    "Maschinen",
    "Metallbau",
    "Tischlerei",
    "Fahrzeugtechnik",
    "Anlagenbau",
    "Bootsbau",
    "Holzwerk",
    "Feinmechanik",
    "Landtechnik",
    "Modellbau",
    "Stahlhandel",
    "Hydraulik",
    "Schlosserei",
    "Gartentechnik",
    "Elektrotechnik",
]
FIRM_FORM = ("GmbH", "AG", "KG", "GmbH & Co. KG", "e.K.", "Ltd", "OHG", "SE")
STREETS = (
    "Werkstrasse",
    "Hafenweg",
    "Am Anger",
    "Lindenallee",
    "Muehlgasse",
    "Bahnhofstrasse",
    "Am Kanal",
    "Industriering",
    "Birkenweg",
    "Schmiedegasse",
    "Zum Speicher",
    "Gewerbepark",
)
TOWNS = (
    "Altenhafen",
    "Brunnstadt",
    "Dornhausen",
    "Eschfurt",
    "Grubenau",
    "Hohenwerd",
    "Kleinmarsch",
    "Lauterfeld",
    "Moorkirchen",
    "Neuhammer",
    "Ruhlingen",
    "Weidenbruck",
)
GOODS = {
    "power tools": (
        ("Drill press", 38900),
        ("Angle grinder", 11900),
        ("Band saw", 64900),
        ("Belt sander", 18900),
        ("Router table", 27900),
        ("Impact wrench", 21900),
        ("Bench grinder", 14900),
        ("Plunge saw", 42900),
    ),
    "hand tools": (
        ("Torque wrench", 8900),
        ("Chisel set", 4900),
        ("Socket set", 6900),
        ("Bench vice", 12900),
        ("Clamp set", 3900),
        ("Hammer set", 2900),
        ("Feeler gauge", 1500),
        ("Screwdriver set", 2500),
    ),
    "workshop furniture": (
        ("Workbench", 54900),
        ("Tool cabinet", 72900),
        ("Shelf unit", 19900),
        ("Lifting table", 148900),
        ("Tool trolley", 33900),
    ),
    "machines": (
        ("Lathe", 489000),
        ("Milling machine", 729000),
        ("Air compressor", 98900),
        ("Welding set", 134900),
        ("Hydraulic press", 215000),
    ),
    "consumables": (
        ("Abrasive discs, box", 2400),
        ("Cutting oil, 5 l", 3500),
        ("Safety gloves, dozen", 1900),
        ("Welding wire, spool", 4200),
        ("Drill bits, box", 3100),
    ),
    "manuals": (("Workshop handbook", 3900), ("Safety manual", 2700), ("Welding textbook", 5400)),
}
GRADES = ("Basic", "Plus", "Pro", "Classic")


def person(rng: Random) -> tuple[str, str]:
    """A first and a last name."""
    return rng.choice(FIRST), rng.choice(LAST)


def firm(rng: Random) -> str:
    """A company name such as ``Kronfeld Metallbau GmbH``; not unique."""
    return f"{rng.choice(FIRM_HEAD)} {rng.choice(FIRM_TRADE)} {rng.choice(FIRM_FORM)}"


def near(name: str, rng: Random) -> str:
    """A name that is easily mistaken for the given one: another legal form, a lost letter or an added partner."""
    head, trade, form = name.split(" ", 2)
    choice = rng.randrange(4)
    if choice == 0:
        other = rng.choice([f for f in FIRM_FORM if f != form])
        return f"{head} {trade} {other}"
    if choice == 1:
        cut = rng.randrange(2, len(head) - 1)
        return f"{head[:cut]}{head[cut + 1 :]} {trade} {form}"
    if choice == 2:
        return f"{head} & Partner {trade} {form}"
    return f"{head} {trade} Nord {form}"


def address(rng: Random) -> str:
    """A postal address in a town that does not exist."""
    return f"{rng.choice(STREETS)} {rng.randrange(1, 120)}, {rng.randrange(10000, 99000)} {rng.choice(TOWNS)}"


def phone(rng: Random) -> str:
    """A number from the block that the German regulator keeps free for fiction."""
    return f"+49 30 23125 {rng.randrange(1000):03d}"


def mailbox(name: str) -> str:
    """A mail domain for a name, below the reserved ``.example``."""
    plain = "".join(c if c.isalnum() and c.isascii() else "-" for c in name.lower())
    return "-".join(part for part in plain.split("-") if part) + ".example"
