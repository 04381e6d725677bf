"""Death in a race: of two processes that want the same run or answer the same review, one or both are killed."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from crash_checks import UNDONE
from crash_jobs import KARL, Place
from crash_points import When
from crash_runner import MISSING_TICKET, Running, Scene, barrier, do
from data_folder import TOM

EVERY = os.environ.get("COUNTERSIGN_EVERY_CRASH") == "1"
APART = 3 if EVERY else 15
KILLED = -signal.SIGKILL


@contextmanager
def frozen(scene: Scene, *answers: str, cut: bool = False) -> Iterator[tuple[Scene, int]]:
    """A scene where the request waits with some answers, and how many steps are left of it.

    Args:
        answers: who has answered.
        cut: the last of them was killed once the signature stood.
    """
    with scene.copy() as place:
        assert do("ask", place).end()[0] == 0
        for reviewer in answers[:-1]:
            assert do("answer", place, reviewer=reviewer).end()[0] == 0
        before = scene.freeze(place)
        steps = do("answer", place, reviewer=answers[-1]).end()[1]
    if not cut:
        yield before, len(steps)
        return
    signed = next(at for at, step in enumerate(steps, 1) if "update reviews" in step)
    with before.copy() as place:
        assert do("answer", place, reviewer=answers[-1], at=signed, when="after").end()[0] == KILLED
        yield scene.freeze(place), len(steps) - signed


def outcome(place: Place, *running: Running) -> tuple[int, list[str]]:
    """How many of the processes were killed, and what the next one finds that must not be."""
    codes = [process.end()[0] for process in running]
    assert set(codes) <= {0, KILLED}, codes
    code, facts = do("settle", place).end()
    assert code == 0
    return codes.count(KILLED), UNDONE.faults(place, facts)


def test_two_processes_want_a_run_and_die(scene: Scene) -> None:
    """A run that is ready goes to one process; when that dies, to the other, which begins where it ended."""
    with frozen(scene.for_ticket(MISSING_TICKET), TOM, KARL, cut=True) as (ready, steps):
        faults, deaths = [], 0
        for turn, at in enumerate(range(1, steps - 2, APART)):
            when: When = "before" if turn % 2 else "after"
            with ready.copy() as place:
                together = barrier(2)
                first = do("catch_up", place, at=at, when=when, start=together)
                # Every other time the second outlives the first and ends what it began.
                second = do("watch", place, at=at if turn % 2 else 0, when=when, start=together)
                died, found = outcome(place, first, second)
            deaths += died
            faults += [f"{when} {at}: {fault}" for fault in found]
        assert not faults, "\n".join(faults)
        assert deaths, "nobody died"


@pytest.mark.parametrize("other", [KARL, TOM])
def test_two_answers_are_given_and_their_processes_die(scene: Scene, other: str) -> None:
    """Each person's signature counts once, whether two people answer at one moment or one person from two windows."""
    scene = scene.for_ticket(MISSING_TICKET)
    with frozen(scene, TOM) as (waiting, one), frozen(scene, TOM, KARL) as (_, both):
        faults, deaths = [], 0
        for turn, at in enumerate([*range(1, one + 1), *range(one + 1, both if other == KARL else one, 2 * APART)]):
            when: When = "before" if turn % 2 else "after"
            with waiting.copy() as place:
                together = barrier(2)
                answers = [
                    do("answer", place, reviewer=reviewer, at=at, when=when, start=together)
                    for reviewer in (TOM, other)
                ]
                died, found = outcome(place, *answers)
            deaths += died
            faults += [f"{when} {at}: {fault}" for fault in found]
        assert not faults, "\n".join(faults)
        assert deaths, "nobody died"
