"""An erasure that is killed at any of its durable steps, and run again."""

import signal
from typing import Any

from crash_jobs import NOTES
from crash_runner import Scene, do

LEAST = 5  # the note in the log, each row, the tombstone


def test_killed_anywhere_and_run_again(scene: Scene) -> None:
    """The second receipt named nothing that the first run erased, nor who had been given it: as if nothing was held."""
    with scene.copy() as place:
        code, runs = do("note_down", place).end()
        assert code == 0
        assert len(set(runs)) == len(NOTES)
        noted = scene.freeze(place)
    with noted.copy() as place:
        code, steps = do("forget", place).end()
        assert code == 0
        assert len(steps) >= LEAST, steps
        assert receipt(noted, 0)["erased"] == len(NOTES)
        assert do("receipt", place).end()[1]["erased"] == 0, "that erasure came to its end"
    tombstone = max(at for at, step in enumerate(steps, 1) if "insert audit_log" in step)
    for at in range(1, tombstone + 1):  # dying after a step is dying before the next
        told = receipt(noted, at)
        counts = (told["erased"], told["named"], told["left"])
        assert (*counts, told["used"]) == (len(NOTES), len(NOTES), 0, runs), (at, steps)


def receipt(noted: Scene, at: int) -> dict[str, Any]:
    """What the next run tells after one that died there, or after none."""
    with noted.copy() as place:
        if at:
            assert do("forget", place, at=at).end()[0] == -signal.SIGKILL
        code, told = do("receipt", place).end()
        assert code == 0
        return dict(told) | {"used": sorted(told["used"])}
