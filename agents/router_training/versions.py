"""The router's classifier has versions like other trained models, one in force, and a way back.

A retrained one is kept whole, under its digest, beside the models that score calls. It knows no word that the shipped
examples do not have, so that nothing of what a person wrote can be read out of it. Whatever is wrong with it, the
classifier of this version routes instead: routing decides who works, never what is allowed.
"""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine

from ...policies.audit.log import AuditLog
from ...policies.domain.canonical import compute_digest
from ...policies.errors import BadInput, CountersignError
from ...tools.scoring.versions import ModelVersions
from ..routing.classifier import Classifier
from ..routing.classifier_file import decode_classifier, encode_classifier
from ..routing.intents import IntentFolder, load_catalogue

ROUTING = "routing"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LearnedRouter:
    """A classifier with its version.

    Attributes:
        artefact: the bytes of its file, see :mod:`..routing.classifier_file`.
        data: digest of the examples it was trained on.
        made: day of training, ISO; empty for the one of this version.
        metrics: figures on the held-out messages, in thousandths.
        settings: how it was trained, for people to read; plain JSON.
    """

    version: int
    artefact: bytes = field(repr=False)
    data: str
    made: str = ""
    metrics: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    task: str = ROUTING

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that it is."""
        return compute_digest(self._plain() | {"artefact": sha256(self.artefact).hexdigest()})

    @cached_property
    def classifier(self) -> Classifier:
        """The classifier itself.

        Raises:
            BadInput: its file cannot be read.
        """
        return decode_classifier(self.artefact)

    def record(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return self._plain() | {"artefact": b64encode(self.artefact).decode("ascii")}

    def _plain(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "version": self.version,
            "data": self.data,
            "made": self.made,
            "metrics": dict(self.metrics),
            "settings": dict(self.settings),
        }


class RouterVersions(ModelVersions[LearnedRouter]):
    """The routers of one installation.

    Args:
        intents: of this version; a router of others is not used.
        embedder: the name of the embedder whose vectors it will be given.
    """

    tasks = frozenset({ROUTING})

    def __init__(self, engine: Engine, audit: AuditLog, intents: IntentFolder, embedder: str) -> None:
        super().__init__(engine, audit)
        self._artefact = intents.classifier
        self._labels = tuple(load_catalogue(intents).intents)
        self._embedder = embedder

    def load_shipped(self, task: str) -> LearnedRouter:
        """The router as it came with this version."""
        try:
            artefact = self._artefact.read_bytes()
        except OSError as error:
            raise BadInput(f"The router that came with this version cannot be read: {error.strerror}.") from error
        classifier = decode_classifier(artefact)
        metrics = {str(name): int(value) for name, value in classifier.settings.get("held_out", {}).items()}
        return LearnedRouter(1, artefact, classifier.examples, metrics=metrics, task=task)

    def parse_model(self, content: str, task: str) -> LearnedRouter:
        """A router from its canonical JSON."""
        try:
            kept = json.loads(content)
            said = kept.pop("digest")
            model = LearnedRouter(**kept | {"artefact": b64decode(kept["artefact"], validate=True)})
            if model.digest != said or model.task != task:
                raise ValueError("its contents do not have its digest")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"The retrained router cannot be used ({error}).") from error
        return model

    def check(self, task: str, model: LearnedRouter) -> None:
        """Refuses a router of other intents, or for other vectors, than this version has."""
        if model.classifier.labels != self._labels or model.classifier.embedder != self._embedder:
            raise BadInput(
                f"Version {model.version} of {task} was trained for other intents or vectors than this version of "
                f"Countersign has; `countersign learn rollback {task}` goes back to one that fits."
            )

    def in_force(self, tenant: str) -> Classifier:
        """The classifier that routes a tenant's messages now.

        Raises:
            BadInput: not even the one of this version can be read.
        """
        try:
            standing = self.get_standing(tenant, ROUTING)
            if standing.model is not None:
                return standing.model.classifier
            why = standing.paused
        except CountersignError as error:
            why = str(error)
        log.warning("The retrained router is not used: %s", why)
        return self.load_shipped(ROUTING).classifier


def make_learned_router(version: int, classifier: Classifier, made: str, settings: Mapping[str, Any]) -> LearnedRouter:
    """A retrained classifier as it is put to policy and kept."""
    artefact = encode_classifier(classifier)
    return LearnedRouter(version, artefact, classifier.examples, made, settings=settings)
