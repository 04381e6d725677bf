"""The router's loop over a test's office, and people who correct routes as a test wants it."""

import os
import signal
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from countersign.agents.intents import INTENTS
from countersign.agents.router_training.loop import RoutingLoop, open_routing
from countersign.agents.router_training.versions import RouterVersions
from countersign.agents.routing.intents import IntentFolder
from countersign.agents.routing.route import Route
from countersign.agents.routing.router import Router
from countersign.memory.embeddings.minilm import MiniLM
from countersign.policies.rules.loader import load_packs
from countersign.tools.learning.examples import LearningExample
from services import NOW, Office

TENANT = "halden-birch"
PEOPLE = ("tom.adler", "karl.weiss", "ines.roth", "lena.brandt")
THINGS = "pump drill lathe saw grinder press hoist winch ladder motor trolley jack".split()
FORMS = ("the {} came back", "{} came back again", "another {} that came back", "the {} came back today")
UNSURE = tuple(form.format(thing) for thing in THINGS for form in FORMS)
"""Requests that the shipped router is unsure of."""


class Remembering:
    """The embedder of the product, which embeds each text once."""

    name, dimensions = MiniLM.name, MiniLM.dimensions

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self._inner = MiniLM()

    def embed(self, texts: Sequence[str]) -> Any:
        if new := [text for text in dict.fromkeys(texts) if text not in self.known]:
            self.known |= dict(zip(new, self._inner.embed(new), strict=True))
        return np.stack([self.known[text] for text in texts]) if texts else self._inner.embed([])

    def write(self, path: Path) -> None:
        np.savez(path, texts=np.array(list(self.known)), vectors=np.stack(list(self.known.values())))

    def read(self, path: Path) -> None:
        with np.load(path) as kept:
            self.known |= dict(zip(map(str, kept["texts"]), kept["vectors"], strict=True))


def correction(text: str, person: str, intent: str = "refund", run: str = "") -> LearningExample:
    """What a person chose when the assistant had asked what a request means."""
    run = run or f"run-{abs(hash((text, person, intent)))}"
    return LearningExample(
        tenant=TENANT,
        task="routing",
        case_id=run,
        label=intent,
        kind="rerouted",
        source=run,
        person=person,
        human=person.removesuffix(".admin"),
        at=NOW.isoformat(),
        values={"text": text},
        subjects=(person,),
    )


def shared(
    texts: Sequence[str] = UNSURE, people: Sequence[str] = PEOPLE, intent: str = "refund"
) -> list[LearningExample]:
    """The requests dealt out to people."""
    return [correction(text, people[place % len(people)], intent) for place, text in enumerate(texts)]


class RoutingDesk:
    """The loop over an office."""

    def __init__(self, office: Office, embedder: Remembering) -> None:
        self.office = office
        self.embedder = embedder
        self.policy = load_packs()

    @cached_property
    def loop(self) -> RoutingLoop:
        office = self.office
        return open_routing(
            office.engine,
            office.audit,
            office.reviews,
            office.directory,
            lambda: self.policy,
            INTENTS,
            self.embedder,
            lambda: NOW,
        )

    @cached_property
    def router(self) -> Router:
        return self.load_router()

    def load_router(self, *extensions: IntentFolder) -> Router:
        """A router in which the classifier in force judges, with these extensions."""
        return Router.load(self.embedder, INTENTS, *extensions, in_force=lambda: self.versions.in_force(TENANT))

    @property
    def versions(self) -> RouterVersions:
        return self.loop._versions

    async def route(self, text: str) -> Route:
        return await self.router.route(text)

    def learn(self, examples: Sequence[LearningExample]) -> Any:
        """Keeps the corrections and trains; what came of it."""
        self.loop._examples.add(examples)
        return self.loop.train(self.office.who("pia.lorenz"))


def main(folder: str, vectors: str) -> None:
    """In a process of its own: trains, and dies at a point of the adoption."""
    embedder = Remembering()
    embedder.read(Path(vectors))
    desk = RoutingDesk(Office.at(Path(folder), ruled=True), embedder)
    whole = RouterVersions._keep

    def dying(self: Any, *args: Any, **more: Any) -> None:
        whole(self, *args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    RouterVersions._keep = dying  # type: ignore[method-assign]
    desk.loop.train(desk.office.who("pia.lorenz"))


if __name__ == "__main__":
    main(*sys.argv[1:])
