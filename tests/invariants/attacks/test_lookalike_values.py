"""Values that look alike: what shares a digest is one and the same, and what runs is what the digest is of."""

import asyncio
import json
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize, make_plain_data
from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput
from countersign.tools.outcome import Grant
from countersign.tools.sample_company.store.database import open_company
from countersign.tools.spec import Arguments, Result, ToolContext, tool
from countersign.tools.toolsets.base.fields import Flag, Minor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services import TODAY, Office

ALIKE = [
    "a",
    "A",
    "а",
    "ａ",
    "a\u200b",
    "\u202ea",
    "a\u0301",
    "á",
    "ﬁ",
    "fi",
    "1",
    "١",
    "１",
    "0",
    "-0",
    "1e2",
    "100",
    "true",
]
numbers = st.one_of(
    st.integers(-(10**39), 10**39),
    st.decimals(allow_nan=True, allow_infinity=True, places=2),
    st.sampled_from([Decimal("1.0"), Decimal("1e2"), Decimal("-0"), Decimal("100.00"), 100, 1, 0, True, False]),
)
leaves = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8), st.sampled_from(ALIKE))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(ALIKE), inner, max_size=3)),
    max_leaves=8,
)


def meant(value: Any) -> Any:
    """A value with its types, so that ``1``, ``True`` and ``"1"`` differ; decimals are text by agreement."""
    if isinstance(value, dict):
        return ("map", tuple(sorted((key, meant(item)) for key, item in value.items())))
    if isinstance(value, list | tuple):
        return ("list", tuple(meant(item) for item in value))
    return (type(value).__name__, repr(value))


@settings(max_examples=400, deadline=None)
@given(trees, trees)
def test_one_text_for_one_meaning(first: Any, second: Any) -> None:
    """Two values with one canonical text are the same value; reading it back and writing it again changes nothing."""
    try:
        one, other = canonicalize(first), canonicalize(second)
    except BadInput:
        return
    assert (one == other) == (meant(make_plain_data(first)) == meant(make_plain_data(second)))
    assert canonicalize(json.loads(one)) == one
    assert meant(json.loads(one)) == meant(make_plain_data(first))


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=20))
def test_no_normal_form_is_taken_for_another(text: str) -> None:
    """``é`` as one character and as two look the same; to sign one must not be to sign the other."""
    try:
        signed = canonicalize(text)
    except BadInput:
        return
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        other = unicodedata.normalize(form, text)
        assert (canonicalize(other) == signed) == (other == text)


class Twins(Arguments):
    """Every type of argument that has twins."""

    amount: Minor
    rate: Decimal
    name: str
    public: Flag


class Seen(Result):
    """What the body got."""

    amount: int
    rate: str
    name: str
    public: bool


bodies: list[Twins] = []


@tool("twins.act", effect=Effect.WRITE, owner="the owner", system="twins", summary="Act for {name}", idempotent=True)
def act(args: Twins, context: ToolContext) -> Seen:  # noqa: ARG001 - only what it was given matters
    """Notes what it was called with."""
    bodies.append(args)
    return Seen(amount=args.amount, rate=str(args.rate), name=args.name, public=args.public)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A small office where everything is allowed, so that only the canonical form stands between twins."""
    folder: Path = tmp_path_factory.mktemp("twins")
    (folder / "made").mkdir()
    open_company(f"sqlite:///{folder / 'made' / 'company.db'}", seed=7, today=TODAY).close()
    opened = Office.open(folder, folder / "made" / "company.db", [act])
    yield opened
    opened.close()


TRUE = {"amount": 100, "rate": "1", "name": "ORD-1", "public": True}
VALUES: dict[str, list[Any]] = {
    "amount": [100, 100.0, "100", "1e2", Decimal(100), Decimal("100.0"), True, "0100", "１００", "٠١٠٠", -100, 100.5],
    "rate": [
        "1",
        "1.0",
        "1.00",
        "01",
        "+1",
        "1e0",
        Decimal(1),
        Decimal("1.0"),
        1,
        "1.0000000001",
        "１",
        "-0",
        "0",
        True,
    ],
    "name": ["ORD-1", "ORD-1 ", "ORD-1\u200b", "ОRD-1", "ＯRD-1", "ORD-l", "\u202e1-DRO", "ORD-1\u0301", "ord-1", 1],
    "public": [True, 1, "true", "True", "yes", 1.0, "1", False, 0],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}))
def test_what_runs_is_what_the_digest_is_of(office: Office, changes: dict[str, Any]) -> None:
    """The body gets exactly the value of the canonical text, or does not run; twins that differ have two digests."""
    true, twin = office.propose("mara.voss", "twins.act", TRUE), office.propose("mara.voss", "twins.act", changes)
    bodies.clear()
    office.registry.decide(twin)
    outcome = asyncio.run(office.registry.execute(twin, Grant(twin.digest)))
    if not outcome.ok:
        assert bodies == []
        return
    for got in bodies:
        assert canonicalize(got.model_dump(mode="json")) == twin.arguments
        assert type(got.amount) is int
        assert type(got.public) is bool
        same = (got.amount, got.rate, got.name, got.public) == (100, Decimal(1), "ORD-1", True)
        assert same or true.digest != twin.digest
    assert outcome.value["amount"] == twin.args["amount"]
