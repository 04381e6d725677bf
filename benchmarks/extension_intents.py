"""How well intents that extensions bring are routed, and what the shipped ones lose: five examples an intent.

Run ``python benchmarks/extension_intents.py [--json] [--data FOLDER]``.

Each folder in ``extension_intents/`` is what an extension would bring. Its ``held_out.yaml`` was written by somebody
else than its examples, and is never looked at to choose anything; ``dev.yaml``, by a third writer, is in view. Every
message goes through ``Router.route``, without a model. Counted as routed is a message that goes to its intent at once;
where the router asks back, it is not.

- ``own``: the share of the held-out messages of each intent that is routed; floor 0.85 for each.
- ``shipped``: the shipped held-out messages without and with the extension. A message that is out of scope there, or
  only handed to another department, may go to the extension; one of a shipped agent that is lost counts as lost.
- ``clinc150``: the share of the public messages without an intent that no agent is given, without and with it.
- ``clinc150_trained``: the classifier that ``intents.py`` trains on CLINC150, alone and with the extension beside it.
- ``seconds``: opening a router with the extension, and its first message that needs its examples' vectors.

Exit code 1 when a floor is missed or fewer messages of shipped agents are read right, 2 when the public messages or an
extension's ``held_out.yaml`` are not there.
"""

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from countersign.agents.intents import INTENTS
from countersign.agents.router_training.training import Recipe, TrainingData, make_even_folds, train_classifier
from countersign.agents.routing.intents import (
    OUT_OF_SCOPE,
    IntentExample,
    IntentFolder,
    load_catalogue,
    load_held_out,
)
from countersign.agents.routing.prototypes import ExtendedClassifier, list_taught_examples
from countersign.agents.routing.router import Router
from countersign.agents.routing.rules import load_all_rules
from countersign.memory.embeddings.embedder import QueryCache
from countersign.memory.embeddings.minilm import MiniLM
from intents import DATA, FOLDS, Set, figures, with_vectors

HERE = Path(__file__).parent / "extension_intents"
FLOOR = 0.85
EXTENSIONS = {name: IntentFolder(HERE / name, (f"{name}.yaml",)) for name in ("facilities", "it_desk")}


def routed(router: Router, texts: list[str]) -> list[str]:
    """The intent that each message goes to; ``"?"`` where the router asks back."""

    async def route_all() -> list[str]:
        return [(await router.route(text)).intent or "?" for text in texts]

    return asyncio.run(route_all())


def own(router: Router, folder: IntentFolder) -> dict[str, Any]:
    """The share of each intent's messages that is routed, and where the others go; nothing without such messages."""
    if not folder.held_out.exists():
        return {}
    held = load_held_out(folder.held_out)
    shares: dict[str, list[bool]] = defaultdict(list)
    wrong: dict[str, str] = {}
    for item, found in zip(held, routed(router, [item.text for item in held]), strict=True):
        shares[item.intent].append(found == item.intent)
        if found != item.intent:
            wrong[item.text] = f"{item.intent} -> {found}"
    return {"intents": {name: round(float(np.mean(right)), 3) for name, right in shares.items()}, "wrong": wrong}


def shipped(held: tuple[IntentExample, ...], before: list[str], after: list[str]) -> dict[str, Any]:
    """How many messages are read right before and after, and each that goes elsewhere."""
    catalogue = load_catalogue(INTENTS)
    undefended = {OUT_OF_SCOPE} | {name for name, intent in catalogue.intents.items() if intent.handoff}
    moved = {
        item.text: f"{item.intent}: {was} -> {now}"
        for item, was, now in zip(held, before, after, strict=True)
        if was != now
    }
    of_agents = [
        (was == item.intent, now == item.intent)
        for item, was, now in zip(held, before, after, strict=True)
        if item.intent not in undefended
    ]
    return {
        "of_agents": len(of_agents),
        "right_before": sum(was for was, _ in of_agents),
        "right_after": sum(now for _, now in of_agents),
        "moved": moved,
    }


def trained_on_clinc(data: Path) -> tuple[Any, Set]:
    """The classifier that ``intents.py`` trains, with the messages that measure it."""
    record = json.loads((data / "clinc150/train_val.json").read_text(encoding="utf-8"))

    def part(name: str) -> Set:
        rows = [(text, label) for text, label in record[name]]
        return with_vectors([*rows, *((text, OUT_OF_SCOPE) for text, _ in record[f"oos_{name}"])])

    train, test = part("train"), part("val")
    names = tuple(sorted(set(train.labels)))
    targets = np.array([names.index(label) for label in train.labels])
    whole = TrainingData(names, train.texts, train.vectors, targets, make_even_folds(targets, FOLDS))
    return train_classifier(whole, Recipe(strengths=(10.0,), parts=False), embedder=MiniLM.name), test


def beside_clinc(trained: Any, test: Set, folder: IntentFolder) -> dict[str, Any]:
    """Its figures with the extension's prototypes beside it."""
    catalogue = load_catalogue(INTENTS, folder)
    taught = list_taught_examples(catalogue, load_all_rules(catalogue, INTENTS, folder))
    assert taught is not None
    extended = ExtendedClassifier(trained, taught, MiniLM().embed(taught.texts), {})
    return figures(test.labels, [extended.classify(*pair) for pair in zip(test.texts, test.vectors, strict=True)])


def opening(folder: IntentFolder) -> dict[str, float]:
    """Seconds to open a router, and to route a first message, with an embedder that is warm."""
    embedder = MiniLM()
    embedder.embed(["warm"])
    start = perf_counter()
    router = Router.load(embedder, INTENTS, folder)
    opened = perf_counter()
    routed(router, ["the lamp above my desk has gone dark"])
    return {"open": round(opened - start, 2), "first_message": round(perf_counter() - opened, 2)}


def measure(data: Path) -> dict[str, Any]:
    """All figures, by extension."""
    record = json.loads((data / "clinc150/train_val.json").read_text(encoding="utf-8"))
    strangers = [row[0] for part in ("oos_train", "oos_val") for row in record[part]]
    held = load_held_out(INTENTS.held_out)
    embedder = QueryCache(MiniLM(), size=10_000)
    alone = Router.load(embedder, INTENTS)
    before, strange_before = routed(alone, [item.text for item in held]), routed(alone, strangers)
    trained, test = trained_on_clinc(data)
    clinc = figures(test.labels, [trained.classify(*pair) for pair in zip(test.texts, test.vectors, strict=True)])
    result: dict[str, Any] = {}
    for name, folder in EXTENSIONS.items():
        router = Router.load(embedder, INTENTS, folder)
        strange = routed(router, strangers)
        result[name] = {
            "own": own(router, folder),
            "shipped": shipped(held, before, routed(router, [item.text for item in held])),
            "clinc150": {
                "kept_out_before": round(float(np.mean([found == OUT_OF_SCOPE for found in strange_before])), 3),
                "kept_out_after": round(float(np.mean([found == OUT_OF_SCOPE for found in strange])), 3),
                "given_to_extension": [
                    f"{text} -> {found}" for text, found in zip(strangers, strange, strict=True)
                    if found in router.catalogue.taught
                ],
            },
            "clinc150_trained": {"before": clinc, "after": beside_clinc(trained, test, folder)},
            "seconds": opening(folder),
        }  # fmt: skip
    return result


def main() -> int:
    """Measure, print, and say by the exit code whether the floors hold."""
    parser = argparse.ArgumentParser(description="Intents of extensions, and what the shipped ones lose.")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with clinc150/")
    options = parser.parse_args()
    if not (options.data / "clinc150/train_val.json").is_file():
        print(f"The messages are not at {options.data / 'clinc150'}; name their folder with --data.", file=sys.stderr)
        return 2
    missing = [str(folder.held_out) for folder in EXTENSIONS.values() if not folder.held_out.exists()]
    result = measure(options.data)
    print(json.dumps(result, indent=None if options.json else 2, ensure_ascii=False))
    if missing:
        print(
            f"What the extensions' own messages reach is not measured: there is no {', '.join(missing)}.",
            file=sys.stderr,
        )
        return 2
    floors = all(share >= FLOOR for found in result.values() for share in found["own"].get("intents", {}).values())
    kept = all(found["shipped"]["right_after"] >= found["shipped"]["right_before"] for found in result.values())
    return 0 if floors and kept else 1


if __name__ == "__main__":
    sys.exit(main())
