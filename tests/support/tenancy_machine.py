"""Fifty tenants at work in one memory: hypothesis chooses who does what, and in which order."""

import shutil
from collections import Counter
from itertools import count
from pathlib import Path

from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.index.vector_index import INDEX_LIMITS, IndexLimits
from countersign.policies.domain.principal import Principal
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from tenancy_names import LOOK_ALIKES
from tenancy_steps import ALL, Step, World, expected, no_others, shown

# Everything in Chroma at once; moving to and fro between exact search, Chroma and what it was not told; as it ships.
LIVES = (IndexLimits(exact_below=0, tail=0), IndexLimits(exact_below=3, tail=2, at_once=4), INDEX_LIMITS)
SPACES = (("a",), ("a", "b"), ("a", "bc"), ("ab",), ("A",), ("a", "b", "c"), ("%",))
ACTIONS = (
    *("put",) * 8,
    *("expiring", "delete", "delete", "get", "get", "search", "search", "ranked", "ranked", "filter", "filter"),
    *("namespaces", "remember", "remember", "recall", "recall", "pages", "export"),
    *(
        "others_key",
        "others_key",
        "others_id",
        "others_words",
        "refused",
        "refused",
        "forget",
        "purge",
        "sweep",
        "reopen",
    ),
)


def machine_for(folder: Path, tally: Counter[str], server: ChromaServer | None) -> type[RuleBasedStateMachine]:
    """The machine; each life has a folder of its own, and counts what happened."""
    numbers = count()

    class Tenancy(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            life = next(numbers)
            self.world = World(folder / f"life-{life}", server, tally, limits=LIVES[life % len(LIVES)])
            self.world.open()

        @rule(
            action=st.sampled_from(ACTIONS),
            tenant=st.sampled_from(LOOK_ALIKES),
            other=st.sampled_from(LOOK_ALIKES),
            user=st.sampled_from(["ann", "bob"]),
            space=st.sampled_from(SPACES),
            number=st.integers(0, 5),
            door=st.integers(0, 1),
        )
        def step(
            self, action: str, tenant: str, other: str, user: str, space: tuple[str, ...], number: int, door: int
        ) -> None:
            world, who = self.world, Principal(user, tenant)
            Step(world, world.doors[door], who, Principal("ann", other), space, number).do(action)
            tally[action] += 1
            for anybody in (who, Principal("bob", other)):
                everything = ChromaStore(world.doors[1 - door], anybody).search((), limit=ALL)
                assert shown(everything) == expected(world.visible(anybody))

        def teardown(self) -> None:
            try:
                for tenant in world_tenants(self.world):
                    check_whole(self.world, tenant)
            finally:
                self.world.close()
                shutil.rmtree(self.world.home)

    return Tenancy


def world_tenants(world: World) -> list[str]:
    return sorted({"acme", *world.model})


def check_whole(world: World, tenant: str) -> None:
    """At the end every index of every tenant holds its own vectors and no other."""
    for memory in world.doors:
        for user in ("ann", "bob"):
            who = Principal(user, tenant)
            store = ChromaStore(memory, who)
            assert shown(store.search((), query="word", limit=ALL)) == expected(world.visible(who))
            no_others(who, [store.list_namespaces(limit=ALL), memory.recall(who, "word fact", limit=50)])
        index = memory.index
        if index.owned:
            assert index.settle(tenant)
            assert index._door.chroma is not None
            assert index._door.chroma.count(tenant) == index._feed.vector_count(tenant)
