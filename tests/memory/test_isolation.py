"""Random use by many tenants and people, held against a plain model of who may see what."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from countersign.memory.items import NewMemory
from countersign.memory.recall import Memory
from countersign.policies.principal import Principal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("exact", [False, True])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_everybody_sees_what_is_theirs(open_memory, exact: bool, steps: list[tuple[str, int, str, str]]) -> None:
    """One row too many is a leak, one too few is a loss; both kinds of index must agree with the model."""
    memory = memories(open_memory)[exact]
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


def memories(open_memory) -> dict[bool, Memory]:
    """The owner of the folder and a guest beside it, opened once per test."""
    if not hasattr(open_memory, "pair"):
        owner, guest = open_memory(), open_memory()
        owner.recall(PEOPLE[0], "take the lock")
        open_memory.pair = {False: owner, True: guest}
    found: dict[bool, Memory] = open_memory.pair
    return found
