"""What a reviewer reads of a call, and what nobody may read of a result."""

import pytest
from countersign.tools.summary import MASKED, format_minor_units, mask_fields, summarise_call


@pytest.mark.parametrize(
    ("minor", "words"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456, "1,234.56"), (10**11, "1,000,000,000.00")]
)
def test_money_is_written_exactly(minor: int, words: str) -> None:
    """A reviewer would sign another amount than the one that runs."""
    assert format_minor_units(minor) == words


def test_a_summary_is_one_short_line_whatever_the_arguments_hold() -> None:
    """A long or broken argument could push the rest of the call out of the reviewer's sight."""
    line = summarise_call(
        "Pay {amount_minor:money} to {name}: {missing}", {"amount_minor": 100, "name": "a\nb " + "x" * 500}
    )
    assert line.startswith("Pay 1.00 to a b xxx")
    assert "\n" not in line
    assert len(line) < 230
    assert line.endswith("…: –")


@pytest.mark.parametrize("path", ["rows.email", "rows.*.email"])
def test_masks_run_through_lists_with_and_without_a_star(path: str) -> None:
    """The packs write ``rows.*.email``; read as a field called ``*`` it would mask nothing."""
    found = mask_fields({"rows": [{"email": "a@b.c", "id": 1}, {"email": None, "id": 2}]}, [path])
    assert found == {"rows": [{"email": MASKED, "id": 1}, {"email": None, "id": 2}]}


def test_masks_cover_whole_lists_and_every_field_of_a_mapping() -> None:
    """Text in a list under a masked name would come through."""
    assert mask_fields({"notes": [{"body": "x"}, "y"]}, ["notes"]) == {"notes": [MASKED, MASKED]}
    assert mask_fields({"by_id": {"a": {"iban": "x"}, "b": {"iban": "y"}}}, ["by_id.*.iban"]) == {
        "by_id": {"a": {"iban": MASKED}, "b": {"iban": MASKED}}
    }
    assert mask_fields({"rows": ["x", "y"]}, ["rows.*"]) == {"rows": [MASKED, MASKED]}


def test_masking_leaves_the_recorded_value_alone() -> None:
    """The result kept in the ledger would change behind its digest."""
    value = {"a": {"b": 1}}
    mask_fields(value, ["a.b", "none.such"])
    assert value == {"a": {"b": 1}}
