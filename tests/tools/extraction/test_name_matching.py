"""Names are matched only when one is clearly meant."""

from countersign.tools.extraction.name_matching import match_name

NAMES = (
    "Nordlicht Werkzeuge GmbH",
    "Nordlicht Werkstoffe GmbH",
    "Sutter & Söhne KG",
    "Brandt Logistik AG",
    "Brandt AG",
)


def test_spelling_and_legal_form_do_not_matter() -> None:
    """A customer who leaves out "GmbH" or an umlaut would not be found."""
    assert match_name("Sutter & Sohne", NAMES).name == "Sutter & Söhne KG"
    assert match_name("SUTTER and söhne", NAMES).name == "Sutter & Söhne KG"
    assert match_name("Brandt Logistk", NAMES).name == "Brandt Logistik AG"
    assert match_name("brandt logistik", NAMES).name == "Brandt Logistik AG"


def test_two_that_fit_are_offered_not_guessed() -> None:
    """The letter would go to the wrong one of two similar companies."""
    found = match_name("Nordlicht Werk", NAMES)
    assert found.name is None
    assert found.ambiguous
    assert {name for name, _ in found.candidates} >= {NAMES[0], NAMES[1]}


def test_same_name_with_other_legal_forms_is_ambiguous_unless_written_out() -> None:
    """ "Acme" would silently mean the GmbH."""
    assert match_name("Acme", ["Acme GmbH", "Acme Ltd"]).ambiguous
    assert match_name("acme ltd", ["Acme GmbH", "Acme Ltd"]).name == "Acme Ltd"


def test_nothing_close_gives_nothing() -> None:
    """A name that nobody has would be replaced by some other."""
    for query in ("Quantum Pizza", "", "!!!"):
        found = match_name(query, NAMES)
        assert found.name is None
        assert not found.candidates
