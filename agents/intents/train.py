"""Developers train the classifier that ships by ``python -m countersign.agents.intents.train``."""

from pathlib import Path

from ...memory.embeddings.minilm import MiniLM
from ..router_training.train import add_measures, train_router
from ..routing.classifier_file import encode_classifier
from ..routing.intents import load_catalogue, load_held_out
from ..routing.rules import load_rules
from . import INTENTS


def main(path: Path = INTENTS.classifier) -> None:
    """Train the classifier and write its file."""
    catalogue, embedder = load_catalogue(INTENTS), MiniLM()
    rules = load_rules(INTENTS.rules, catalogue)
    trained = add_measures(train_router(catalogue, rules, embedder), rules, load_held_out(INTENTS.held_out), embedder)
    path.write_bytes(encode_classifier(trained))
    size = path.stat().st_size // 1024
    print(f"{path}: {len(trained.labels)} intents, {trained.settings}, {size} KiB")


if __name__ == "__main__":
    main()
