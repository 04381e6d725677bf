"""The canonical form: with two spellings for one value, or one for two, signatures would mean nothing."""

import enum
import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize, compute_digest, make_plain_data, make_printable
from countersign.policies.errors import BadInput
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | TEXT
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


@given(DATA)
def test_the_form_reads_back_as_the_same_value_and_is_its_own_form(value: Any) -> None:
    """A form that lost or added anything would let a call change between deciding and running."""
    read = json.loads(canonicalize(value))
    assert read == make_plain_data(value)
    assert canonicalize(read) == canonicalize(value)


@given(DATA, DATA)
def test_different_values_have_different_digests(one: Any, other: Any) -> None:
    """A shared digest would let one signature cover two calls; JSON tells ``true`` from ``1``, Python does not."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (compute_digest(one) == compute_digest(other)) is same


@given(st.dictionaries(TEXT, SCALARS, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_keys_makes_no_difference(value: dict[str, Any], random: Any) -> None:
    """Databases and clients reorder objects; that must not break a signature."""
    items = list(value.items())
    random.shuffle(items)
    assert compute_digest(dict(items)) == compute_digest(value) == compute_digest(MappingProxyType(value))


def test_sets_have_one_order_whatever_they_hold() -> None:
    """Sets come in an order of their own in every process, also where text and number look alike."""
    assert canonicalize({"1", 1, "a"}) == canonicalize({"a", 1, "1"}) == '["1","a",1]'
    assert canonicalize(frozenset({(2, 1), (1, 2)})) == "[[1,2],[2,1]]"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_equal_decimals_have_one_spelling(value: Decimal) -> None:
    """``1.10``, ``1.1`` and ``110E-2`` are one amount."""
    widened = value.quantize(Decimal("0.00000001"))
    assert canonicalize(value) == canonicalize(widened) == canonicalize(value.normalize())
    assert Decimal(json.loads(canonicalize(value))) == value


def test_zero_has_no_sign_and_large_numbers_are_written_out() -> None:
    """A minus zero or an exponent would be a second spelling."""
    assert canonicalize([Decimal("-0.00"), Decimal("0E+3"), Decimal("1E+3")]) == '["0","0","1000"]'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": [0.1]},
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+50"),
        10**40,
        [-(10**5000)],
        b"bytes",
        object(),
        {1: "a"},
        {None: "a"},
        "\ud800",
        {"\udfff": 1},
        {"nested": {"deep": [object]}},
    ],
)
def test_what_has_no_exact_form_is_refused_with_its_place(value: Any) -> None:
    """A value that two readers could take differently must never be signed."""
    with pytest.raises(BadInput, match=r"at \$"):
        canonicalize(value)


def test_data_nested_without_end_is_refused_and_not_a_crash() -> None:
    """A hostile argument must end in a denial, not in a stack overflow."""
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(BadInput, match="nested too deeply"):
        canonicalize(value)
    assert json.dumps(make_printable([1]))


def test_look_alikes_stay_different() -> None:
    """A Cyrillic letter, a composed accent or a full-width digit is another value; folding would let it pass as one."""
    twins = ["payee", "pаyee", "é", unicodedata.normalize("NFD", "é"), "1", "１", "a", "a\u200b", 1, True, None, "null"]
    assert len({compute_digest(twin) for twin in twins}) == len(twins)


def test_numbers_of_other_types_are_written_as_numbers() -> None:
    """An enumeration or a truth value must not slip through under another name."""

    class Level(enum.IntEnum):
        HIGH = 3

    assert canonicalize([Level.HIGH, True, 1]) == "[3,true,1]"


def test_one_moment_has_one_spelling() -> None:
    """Two servers in two time zones must write the same record."""
    noon = datetime(2026, 3, 16, 12, tzinfo=UTC)
    assert canonicalize(noon) == canonicalize(noon.astimezone(timezone(timedelta(hours=2))))
    assert canonicalize(date(2026, 3, 16)) == '"2026-03-16"'


@given(
    st.recursive(SCALARS | st.floats() | st.binary(max_size=4) | st.text(max_size=4), lambda x: st.lists(x, max_size=3))
)
def test_anything_can_be_shown(value: Any) -> None:
    """What a model sent must reach the audit log in some form, however broken it is."""
    canonicalize(make_printable({"value": value}))


def test_shown_keys_never_hide_each_other() -> None:
    """If two keys fell together, the log would lose half of what was sent."""
    shown = make_printable({1: "a", "1": "b", "\ud800": "c"})
    assert sorted(shown.values()) == ["a", "b", "c"]
    canonicalize(shown)
