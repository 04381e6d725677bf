"""Files on their way into memory, killed at any durable step, and brought again by the same command."""

import signal
from pathlib import Path

from crash_runner import Scene, do

LEAST = 8  # each of the three files that changed: rows and digest; the one that has gone; the vectors


def write(home: Path, name: str, text: str) -> None:
    papers = home.parent / "papers"
    papers.mkdir(exist_ok=True)
    (papers / f"{name}.md").write_text(f"# Paper {name}\n\n{text}\n\n# More of {name}\n\nThe end of {text}\n")


def test_killed_anywhere_and_run_again(scene: Scene) -> None:
    """A file would be half old and half new, be there twice, or never be found by meaning."""
    with scene.copy() as place:
        for name in ("one", "two", "three"):
            write(place.home, name, f"The walrus of {name} sleeps.")
        assert do("ingest", place).end()[0] == 0
        write(place.home, "two", "The walrus of two woke up.")
        write(place.home, "four", "A new walrus.")
        (place.home.parent / "papers" / "three.md").unlink()
        changed = scene.freeze(place)
    with changed.copy() as place:
        code, steps = do("ingest", place).end()
        assert code == 0
        assert len(steps) >= LEAST, steps
        right = do("filed", place).end()[1]
    assert len(right) == 6
    assert all(by_words and vector for _, _, by_words, vector in right)
    for at in range(1, len(steps) + 1):
        with changed.copy() as place:
            assert do("ingest", place, at=at).end()[0] == -signal.SIGKILL
            assert do("filed", place).end()[1] == right, (at, steps)
