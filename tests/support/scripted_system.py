"""A small system that does what a script says, and one tool that calls it: slow, broken or gone as a test wants it."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import Unavailable
from countersign.tools.spec import Arguments, Result, ToolContext, ToolSpec, tool


class Ask(Arguments):
    """What is asked of the small system."""

    word: str = "x"


class Told(Result):
    """What it answers."""

    count: int


class Small:
    """A small system that does what a script says, try by try, and remembers by key what it did."""

    def __init__(self, *script: Callable[["Small", str], int]) -> None:
        self.script = list(script)
        self.tries = 0
        self.did: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.asked = 0
        self.silent = False

    def act(self, key: str) -> int:
        with self.lock:
            step = self.script[min(self.tries, len(self.script) - 1)]
            self.tries += 1
        return step(self, key)

    def look(self, key: str) -> Told | None:
        self.asked += 1
        if self.silent:
            raise Unavailable("nobody answers")
        return Told(count=self.did[key]) if self.did[key] else None

    def spec(self, effect: Effect = Effect.WRITE, *, reconcile: bool = True, **settings: Any) -> ToolSpec:
        @tool(
            "small.act",
            effect=effect,
            owner="the owner",
            system="the small system",
            summary="Act on {word}",
            **{"timeout": 5.0, "retries": 2, "idempotent": True} | settings,
            reconcile=(lambda _args, context: self.look(context.key)) if reconcile else None,
        )
        def act(args: Ask, context: ToolContext) -> Told:  # noqa: ARG001 - the small system needs only the key
            """Does something in the small system."""
            return Told.model_construct(count=self.act(context.key))

        return act


def does(system: Small, key: str) -> int:
    """Acts, once for each key."""
    with system.lock:
        system.did[key] = 1
        return 1


def fails(error: Exception) -> Callable[[Small, str], int]:
    """Refuses before it acts."""

    def step(_system: Small, _key: str) -> int:
        raise error

    return step


def acts_then_fails(error: Exception) -> Callable[[Small, str], int]:
    """Acts, and the answer is lost."""

    def step(system: Small, key: str) -> int:
        does(system, key)
        raise error

    return step


def waits(seconds: float) -> Callable[[Small, str], int]:
    """Takes its time, then acts."""

    def step(system: Small, key: str) -> int:
        time.sleep(seconds)
        return does(system, key)

    return step
