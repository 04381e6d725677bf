"""How many tokens a model counts where :mod:`.tokens` estimates: learned from its own count with each answer.

An endpoint says with an answer how many tokens the request had. What it counts for each thousand of the estimate is the
measure of the model, and the room for the next request is reckoned by it. A measure rises at once, because a request
that does not fit is lost, and falls by a twentieth of the way with each answer, because one odd count says little. It
stands in the log with every answer, so each request's budget can be explained, and the next process goes on with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

EVEN = 1000
LEAST, MOST = 700, 2000
"""Whatever an endpoint says, a request is reckoned at seven tenths of the estimate at least and at twice it at most:
no usual vocabulary is further away, and one odd count must not stop all work."""
SHORTEST = 200
"""Tokens of the smallest request that says something; of a smaller one the chat format makes up too much."""
SLOWLY = 20
STEP = 10
MOST_MODELS = 16


@dataclass(frozen=True, slots=True)
class Measure:
    """What a model counts for each thousand estimated tokens, and from how many answers that is known."""

    per_mille: int = EVEN
    answers: int = 0

    def after(self, estimated: int, counted: int) -> "Measure":
        """The measure when a request of so many estimated tokens had so many by the model's own count."""
        if estimated < SHORTEST or counted <= 0:
            return self
        seen = min(max(-(-counted * 1000 // estimated), LEAST), MOST)
        falls = self.per_mille - max((self.per_mille - seen) // SLOWLY, 1)
        return Measure(seen if seen >= self.per_mille else falls, self.answers + 1)

    def window(self, tokens: int) -> int:
        """How many estimated tokens a window of the model's own tokens holds."""
        return tokens * 1000 // (-(-self.per_mille // STEP) * STEP)

    def record(self) -> dict[str, int]:
        """As plain JSON data."""
        return {"per_mille": self.per_mille, "answers": self.answers}


class Measures:
    """The measures of several models. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, Measure] = {}
        self._begun = False

    def begin(self, told: Callable[[], Mapping[str, Any] | None]) -> None:
        """Goes on, once, with what :meth:`record` gave when it was written down last."""
        with self._lock:
            if self._begun:
                return
            for model, known in (told() or {}).items():
                per_mille = min(max(int(known.get("per_mille", EVEN)), LEAST), MOST)
                self._known[str(model)] = Measure(per_mille, int(known.get("answers", 0)))
            self._begun = True

    def of(self, models: Iterable[str]) -> Measure:
        """The measure for a request that any of the models may get: that of the one which counts most."""
        with self._lock:
            return max((self._known.get(model, Measure()) for model in models), key=lambda one: one.per_mille)

    def learn(self, model: str, estimated: int, counted: int) -> None:
        """Takes in what a model counted."""
        with self._lock:
            self._known[model] = self._known.pop(model, Measure()).after(estimated, counted)
            while len(self._known) > MOST_MODELS:
                del self._known[next(iter(self._known))]

    def record(self) -> dict[str, dict[str, int]]:
        """All of it as plain JSON data."""
        with self._lock:
            return {model: known.record() for model, known in self._known.items()}
