"""Random use by many tenants and people, held against a plain model of who may see what."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_opener import OpenMemory

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PEOPLE = [
    Principal("ann", "{}", teams=frozenset({"legal"})),
    Principal("ann", "{}-corp", teams=frozenset({"legal"})),
    Principal("Ann", "{}", teams=frozenset({"legal-ops"})),
    Principal("bob", "{}", roles=frozenset({"legal"})),
    Principal("bob", "{} ", roles=frozenset({"Legal"})),
    Principal("ann", "{}%", teams=frozenset({"le_al"})),
]
STEP = st.tuples(
    st.sampled_from(["remember", "remember", "remember", "recall", "forget", "purge"]),
    st.integers(0, len(PEOPLE) - 1),
    st.sampled_from(["org", "", "team", "role"]),
    st.sampled_from(["k1", "k2", ""]),
)


@dataclass
class Model:
    """What should be there: ``(tenant, author, key) -> (visibility, text, source)``."""

    rows: dict[tuple[str, str, str], tuple[str, str, str]] = field(default_factory=dict)

    def seen_by(self, who: Principal) -> list[str]:
        mine = {"org", f"user:{who.user_id}", *(f"team:{t}" for t in who.teams), *(f"role:{r}" for r in who.roles)}
        return sorted(row[1] for place, row in self.rows.items() if place[0] == who.tenant and row[0] in mine)


@pytest.fixture
def pair(open_memory: OpenMemory) -> dict[bool, Memory]:
    """The owner of the folder and a guest beside it."""
    owner, guest = open_memory(), open_memory()
    owner.recall(PEOPLE[0], "take the lock")
    return {False: owner, True: guest}


@pytest.mark.parametrize("exact", [False, True])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_everybody_sees_what_is_theirs(
    pair: dict[bool, Memory], exact: bool, steps: list[tuple[str, int, str, str]]
) -> None:
    """One row too many is a leak, one too few is a loss; both kinds of index must agree with the model."""
    memory = pair[exact]
    start, model = uuid4().hex, Model()
    people = [Principal(p.user_id, p.tenant.format(start), p.roles, p.teams) for p in PEOPLE]
    for number, (action, at, form, key) in enumerate(steps):
        who = people[at]
        if action == "remember":
            names = {"team": who.teams, "role": who.roles}.get(form, frozenset())
            visibility = f"{form}:{next(iter(names))}" if names else ("org" if form == "org" else "")
            text = f"fact {number}"
            memory.remember(who, NewMemory(text, visibility=visibility, key=key, source=f"s-{key}"), now=NOW)
            place = (who.tenant, who.user_id, key or f"#{number}")
            model.rows[place] = (visibility or f"user:{who.user_id}", text, f"s-{key}")
        elif action == "forget":
            memory.forget(who, who.user_id)
            model.rows = {place: row for place, row in model.rows.items() if place[:2] != (who.tenant, who.user_id)}
        elif action == "purge" and key:
            memory.forget_source(who, f"s-{key}")
            model.rows = {p: row for p, row in model.rows.items() if (p[0], row[2]) != (who.tenant, f"s-{key}")}
        for reader in people if action != "remember" else [who]:
            found = sorted(item.text for item in memory.recall(reader, "fact", limit=50, now=NOW))
            assert found == model.seen_by(reader)
    for reader in people:
        near = memory.index.nearest(memory.scope(reader, now=NOW), memory.queries.vector("fact"), 50)
        assert len({hit.row_id for hit in near}) == len(model.seen_by(reader))


SOURCES = ("talk", "book#1")
SAID = ("Now to Ruiz.", "They owe us 7.", "Ruiz signed in Vienna.", "The camshafts came from Ruiz.", "Who is Ruiz?")
ASKED = ("What does Ruiz owe us, and where did Ruiz sign?", "Where did the maker of the camshafts sign?", "they owe us")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(
        st.tuples(
            st.sampled_from(PEOPLE),
            st.sampled_from(("org", "team", "user")),
            st.sampled_from(("user", "untrusted", "model")),
            st.sampled_from(SOURCES),
            st.integers(0, 6),
            st.sampled_from(SAID),
        ),
        max_size=14,
    ),
    reader=st.sampled_from(PEOPLE),
    asked=st.sampled_from(ASKED),
    trusted_only=st.booleans(),
)
def test_nothing_that_a_search_adds_leaves_its_scope(
    open_memory: OpenMemory,
    tmp_path_factory: pytest.TempPathFactory,
    items: list[tuple[Principal, str, str, str, int, str]],
    reader: Principal,
    asked: str,
    trusted_only: bool,
) -> None:
    """Parts, neighbours and names that hits point to are further ways to a row; one of them would forget the rule."""
    memory = open_memory(home=tmp_path_factory.mktemp("memory"))
    allowed = set()
    for who, form, provenance, source, place, text in items:
        team = min(who.teams, default="")
        visibility = {"org": "org", "team": f"team:{team}" if team else "org", "user": f"user:{who.user_id}"}[form]
        item = NewMemory(
            text, source=source, span=(place * 30, place * 30 + 20), visibility=visibility, provenance=provenance
        )
        row_id = memory.remember(who, item, now=NOW)
        seen = visibility in ("org", f"user:{reader.user_id}", *(f"team:{name}" for name in reader.teams))
        if who.tenant == reader.tenant and seen and (provenance == "user" or not trusted_only):
            allowed.add(row_id)
    found = {item.id for item in memory.recall(reader, asked, limit=50, now=NOW, trusted_only=trusted_only)}
    assert found <= allowed
