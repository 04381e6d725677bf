"""A process that answers a review first thing, and says how long its event loop stood still meanwhile.

Learning is made to take two seconds of work. ``python first_answer_process.py HOME REVIEW`` prints as JSON:
``stood``, the longest stand in seconds until what is learned was up to date; ``on_the_loop``, which heavy packages
were imported in the loop's own thread.
"""

import asyncio
import json
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from countersign.policies.review.review import Answer, AnswerType
from countersign.tools.learning.loop import LearningLoop
from data_folder import TOM, open_core

HEAVY = ("numpy", "scipy", "sklearn", "onnxruntime")
PATIENCE_SECONDS, LEARNING_SECONDS = 60.0, 2.0


class Watch:
    """Remembers which heavy packages are looked for in the thread that made this."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._thread = threading.get_ident()

    def find_spec(self, name: str, _path: Any = None, _target: ModuleType | None = None) -> None:
        """Finds nothing; the others are asked next."""
        if name.split(".")[0] in HEAVY and threading.get_ident() == self._thread:
            self.found.add(name)


def slow_down() -> None:
    """Makes learning take long, by work that leaves the interpreter to others only when it must."""
    name, tend = LearningLoop.tend.__name__, LearningLoop.tend

    def slowly(self: LearningLoop) -> None:
        ends = time.perf_counter() + LEARNING_SECONDS
        tend(self)
        while time.perf_counter() < ends:
            sum(range(1000))

    setattr(LearningLoop, name, slowly)


async def answered(home: Path, review: str) -> dict[str, Any]:
    """Opens the folder, answers, and waits until what is learned is up to date."""
    slow_down()
    core = await asyncio.to_thread(open_core, home)
    stood, over, watch = 0.0, False, Watch()
    sys.meta_path.insert(0, watch)

    async def tick() -> None:
        nonlocal stood
        while not over:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            stood = max(stood, time.perf_counter() - began)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    await core.answer(review, Answer(AnswerType.APPROVE), as_user=TOM)
    assert core.learner is not None
    assert await asyncio.to_thread(core.learner.wait, PATIENCE_SECONDS)
    over = True
    await ticking
    core.close()
    return {"stood": stood, "on_the_loop": sorted(watch.found)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(answered(Path(sys.argv[1]), sys.argv[2]))))
