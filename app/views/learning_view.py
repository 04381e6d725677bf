"""This module shows the learning loop on the command line, and opens it for its commands."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..access.caller import Caller
from ..access.data_folder import DataFolder

if TYPE_CHECKING:
    from ...policies.rules.policy_set import PolicySet
    from ...tools.learning.examples import LearningExample
    from ...tools.learning.loop import LearningLoop
    from ...tools.learning.port import ModelStatus, TrainingOutcome

LEARNING_LOG = "learning.log"


def open_learning_for(data_folder: DataFolder) -> "LearningLoop":
    """The loop over the records of a data folder, under the rules in force there."""
    from ...agents.router_training.loop import open_routing
    from ...memory.embeddings.embedder import MODEL_VARIABLE, open_embedder
    from ...tools.learning.factory import open_learning
    from ..access.rulebook import load_stored_rules

    def rules() -> "PolicySet":
        return load_stored_rules(data_folder)

    offline = open_embedder({key: value for key, value in os.environ.items() if key != MODEL_VARIABLE})
    routing = open_routing(
        data_folder.engine,
        data_folder.audit,
        data_folder.reviews,
        data_folder.directory,
        rules,
        data_folder.content.intents[0],
        offline,
    )

    return open_learning(
        data_folder.engine,
        data_folder.audit,
        data_folder.reviews,
        data_folder.business,
        data_folder.content.learning_tasks,
        rules,
        beside=[routing],
    )


def check_model_name(name: str, tasks: Iterable[str]) -> str:
    """The name of something that is trained.

    Args:
        tasks: the names of what is scored.

    Raises:
        BadInput: there is no such model.
    """
    from ...agents.router_training.versions import ROUTING
    from ...policies.errors import BadInput

    names = (*tasks, ROUTING)
    if name not in names:
        raise BadInput(f"There is no model {name!r}; there are {', '.join(names)}.")
    return name


def describe_recorded_scores(data_folder: DataFolder, digest: str) -> tuple[str, ...]:
    """What trained models said of a proposal when it was last decided, in words; nothing when none was asked."""
    from .explanations import describe_model_scores

    judged = [record.data for record in data_folder.audit.records_about(digest) if record.kind == "decision"]
    return describe_model_scores(judged[-1].get("models") or {}) if judged else ()


def serialize_status(item: "ModelStatus") -> dict[str, Any]:
    """One model as plain JSON data; figures in thousandths."""
    standing = item.standing
    return {
        "model": standing.task,
        "version": standing.model.version if standing.model else 0,
        "digest": standing.model.digest if standing.model else "",
        "paused": standing.paused or item.health.below,
        "recent_cases": item.health.cases,
        "metrics": dict(item.health.metrics),
        "examples": item.examples,
        "people": item.people,
        "set_aside": dict(item.set_aside),
        "distrusted": list(item.distrusted),
        "drift": item.drift,
        "waiting": list(item.waiting),
    } | ({"corrected": item.corrected[0], "judged": item.corrected[1]} if item.corrected else {})


def has_shifted(item: "ModelStatus") -> bool:
    """Whether the scores of today's cases are far from those that the model was trained on."""
    from ...tools.learning.health import SHIFT_LIMIT

    return (item.drift or 0) >= SHIFT_LIMIT


def format_status_row(item: "ModelStatus") -> tuple[str, ...]:
    """One model as a row of a table."""
    standing, metrics = item.standing, item.health.metrics
    state = "paused" if standing.paused or item.health.below else "at work"
    shift = " (shifted)" if has_shifted(item) else ""
    return (
        standing.task,
        str(standing.model.version) if standing.model else "-",
        state,
        f"{metrics['accuracy'] / 1000:.3f} right" if "accuracy" in metrics else f"{metrics.get('auc', 0) / 1000:.3f}",
        f"{metrics.get('ece', 0) / 1000:.3f}",
        str(item.examples),
        str(item.people),
        "-" if item.drift is None else f"{item.drift / 1000:.3f}{shift}",
    )


def serialize_example(item: "LearningExample") -> dict[str, Any]:
    """One example as plain JSON data."""
    return asdict(item) | {"example_id": item.example_id, "subjects": list(item.subjects), "values": dict(item.values)}


def serialize_training_outcome(item: "TrainingOutcome") -> dict[str, Any]:
    """What a run came to, as plain JSON data; figures in thousandths."""
    return asdict(item) | {"reasons": list(item.reasons), "figures": dict(item.figures)}


def start_in_background(caller: Caller, names: list[str]) -> Path:
    """Starts ``learn run`` as a process of its own; returns the file that it writes to.

    Raises:
        StorageError: there is no data folder yet, or it cannot be written to.
    """
    from ...policies.errors import StorageError
    from ..access.data_folder import require_database

    settings = caller.settings()
    home = settings.home.absolute()
    if not settings.database_url:
        require_database(home)
    # -P: what lies in the working directory is no program of ours.
    ours = [sys.executable, "-P", "-m", "countersign.app", "--home", str(home), "--as", caller.user_id]
    command = [*ours, "learn", "run", *names]
    log = home / LEARNING_LOG
    try:
        with log.open("a", encoding="utf-8") as file:
            os.chmod(log, 0o600)
            subprocess.Popen(  # noqa: S603 - our own command line
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
    except OSError as error:
        raise StorageError(f"Training cannot be started: {error.strerror} ({log}).") from error
    return log
