"""The crash matrix: one turn, killed before and after each of its durable steps, and put in order by the next process.

The turn has a review that two people sign, two writes, and a last step that fails, so that both are taken back. The
kill points are counted in a process that nobody kills. ``make crash`` tries them all, ``make test`` every fourth and
those beside a change of the ledger.
"""

import os
import signal

import pytest
from crash_checks import KEPT, UNDONE, Ending
from crash_points import When
from crash_runner import MISSING_TICKET, Scene, do

EVERY = os.environ.get("COUNTERSIGN_EVERY_CRASH") == "1"
SHARDS = 8  # so that workers share the matrix
LEAST = 25

Kill = tuple[int, When, str]


def steps_of(scene: Scene) -> list[str]:
    """The durable steps of the turn when nobody is killed."""
    with scene.copy() as place:
        code, steps = do("whole", place).end()
        assert code == 0
        return list(steps)


def kills(steps: list[str], shard: int, sparse: int) -> list[Kill]:
    """The kill points of one shard: every so many, and those beside a change of the ledger."""
    points: list[Kill] = [(at, when, step) for at, step in enumerate(steps, 1) for when in ("before", "after")]
    assert len(points) >= LEAST, steps
    assert sum(map(near, points)) >= LEAST // 3, steps
    chosen = [point for place, point in enumerate(points) if place % sparse == 0 or near(point)]
    return chosen[shard::SHARDS]


def near(point: Kill) -> bool:
    """Whether the ledger has just started or ended an effect, or a business system has just had it."""
    return point[1] == "after" and ("update ledger" in point[2] or "counters" in point[2])


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_anywhere_and_undone_once(scene: Scene, shard: int) -> None:
    """Whatever the process had done: no effect is lost or doubled, no review lost, no run left, the log is whole."""
    attempt(scene.for_ticket(MISSING_TICKET), UNDONE, shard, 1 if EVERY else 4)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_anywhere_and_done_once(scene: Scene, shard: int) -> None:
    """The same turn where nothing fails: what was done stands, once. Most steps are the same, so some are enough."""
    attempt(scene, KEPT, shard, 8 if EVERY else 16)


def attempt(scene: Scene, ending: Ending, shard: int, sparse: int) -> None:
    """Kills a process at each point of a shard and looks at what the next one makes of it."""
    faults = []
    for at, when, step in kills(steps_of(scene), shard, sparse):
        with scene.copy() as place:
            assert do("whole", place, at=at, when=when).end()[0] == -signal.SIGKILL, f"nobody died at {at}, {step}"
            code, facts = do("settle", place).end()
            assert code == 0, f"the process after the one killed {when} {at}, {step}, ended with {code}"
            faults += [f"{when} {at}, {step}: {fault}" for fault in ending.faults(place, facts)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("shard", range(2))
def test_killed_again_while_putting_things_in_order(scene: Scene, shard: int) -> None:
    """A machine that crashes often is no exception: the second crash comes while the first is being put in order."""
    scene, faults, twice = scene.for_ticket(MISSING_TICKET), [], 0
    steps = steps_of(scene)
    for turn, at in enumerate(range(2 + shard, len(steps), 5 if EVERY else 20)):
        when: When = "before" if turn % 2 else "after"
        with scene.copy() as place:
            do("whole", place, at=at, when=when).end()
            again = 1 + turn * 7 % 29
            twice += do("settle", place, at=again, when=when).end()[0] == -signal.SIGKILL
            facts = do("settle", place).end()[1]
            faults += [f"{when} {at} and {again}: {fault}" for fault in UNDONE.faults(place, facts)]
    assert not faults, "\n".join(faults)
    assert twice, "nobody died twice"
