"""An intent is what an agent is asked for, in examples that people write and own.

One YAML file per agent. The trained classifier is made from the examples of the folder that ships, and from nothing
else; what extensions bring in folders of their own is taught by few examples (:mod:`.prototypes`).
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from ...policies.errors import BadInput

OUT_OF_SCOPE = "out_of_scope"
MIN_EXAMPLES = 40
MIN_OUT_OF_SCOPE = 120
MIN_TAUGHT = 5
"""An extension's intent has at least so many examples."""

ASSISTANT = "assistant"
"""Who owns the intents that belong to no agent."""
ABSENT = "That is for {department}, which does not work here yet; ask the department. I did nothing."
"""What is said of a request for a department that is not loaded."""


@dataclass(frozen=True, slots=True)
class IntentFolder:
    """Where the intents of an assistant or of an extension stand, and what was made of them.

    An extension's folder needs its intent files alone. It may have rules of its own, and held-out messages for whoever
    measures; it has no classifier.

    Attributes:
        path: the folder.
        files: the intent files in it; their order is that of the classifier's labels.
    """

    path: Path
    files: tuple[str, ...]

    @property
    def rules(self) -> Path:
        """The written routing rules."""
        return self.path / "rules.yaml"

    @property
    def held_out(self) -> Path:
        """Messages that were written apart and are never trained on."""
        return self.path / "held_out.yaml"

    @property
    def classifier(self) -> Path:
        """What the router was trained to be."""
        return self.path / "model.npz"


class Intent(BaseModel):
    """One thing that people ask for.

    Attributes:
        id: unique over all files.
        reading: how a clarifying question names it; completes "Do you want to …?".
        playbook: the workflow that handles it, if there is one.
        handoff: the department outside the assistant that it goes to.
        acts: whether handling it can change something, so that a negated request must be asked back.
        tools: tools that usually help.
        examples: at least 40 messages, of an extension's intent at least 5; the out-of-scope intent has at least 120,
            grouped in ``topics``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    reading: str = Field(min_length=3)
    playbook: str | None = None
    handoff: str | None = None
    acts: bool = False
    tools: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    topics: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _enough(self, info: ValidationInfo) -> "Intent":
        taught = bool((info.context or {}).get("taught"))
        least = MIN_OUT_OF_SCOPE if self.id == OUT_OF_SCOPE else MIN_TAUGHT if taught else MIN_EXAMPLES
        count = sum(1 for _ in self.messages())
        if count < least:
            raise ValueError(f"intent {self.id!r} has {count} examples; write at least {least}")
        for message, _ in self.messages():
            if not message.strip():
                raise ValueError(f"intent {self.id!r} has an empty example")
            if taught and not any(letter.isalpha() for letter in message):
                raise ValueError(f"intent {self.id!r} has the example {message!r}, which has no words")
        return self

    def messages(self) -> Iterator[tuple[str, str]]:
        """Each example with its topic; the topic is empty for examples that are in no group."""
        for example in self.examples:
            yield example, ""
        for topic, examples in self.topics.items():
            for example in examples:
                yield example, topic


class IntentFile(BaseModel):
    """One file: the agent and its intents.

    Attributes:
        agent: who owns them; ``"assistant"`` when no agent does.
        departments: what to say of a request that goes to another department, by the ``handoff`` of its intent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent: str = Field(pattern=r"^[a-z][a-z_]*$")
    departments: dict[str, str] = {}
    intents: tuple[Intent, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class IntentExample:
    """One message with its label, and its topic when it belongs to one."""

    text: str
    intent: str
    topic: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All intents, in file order.

    Attributes:
        owners: the agent that owns each (``"assistant"``: no agent).
        departments: what to say of a request that goes to another department.
        taught: the intents that extensions brought; no classifier was trained on them.
        files: the file in which each intent stands.
    """

    intents: dict[str, Intent]
    owners: dict[str, str]
    departments: dict[str, str]
    taught: frozenset[str]
    files: dict[str, Path]

    def agent(self, intent: str) -> str | None:
        """The agent that owns an intent, or ``None`` when the assistant answers by itself."""
        owner = self.owners[intent]
        return None if owner == ASSISTANT else owner

    def restrict(self, agents: Collection[str]) -> "Catalogue":
        """The same intents where only these agents work: what belongs to another is handed to its department.

        The classifier was trained on all departments that ship; where one is left out, its requests are still told
        from others, so that nobody else takes them.
        """
        absent = {owner for owner in self.agents if owner not in agents}
        if not absent:
            return self
        gone = {name for name, owner in self.owners.items() if owner in absent}
        away = {name: {"handoff": self.owners[name], "playbook": None, "tools": ()} for name in gone}
        told = {owner: ABSENT.format(department=owner) for owner in absent}
        return replace(
            self,
            intents={name: item.model_copy(update=away.get(name, {})) for name, item in self.intents.items()},
            owners={name: ASSISTANT if name in gone else owner for name, owner in self.owners.items()},
            departments={**told, **self.departments},
        )

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that own intents, each once, in file order."""
        return tuple(dict.fromkeys(owner for owner in self.owners.values() if owner != ASSISTANT))

    def examples(self) -> tuple[IntentExample, ...]:
        """Every example, in file order."""
        return tuple(
            IntentExample(text, intent.id, topic)
            for intent in self.intents.values()
            for text, topic in intent.messages()
        )


def compute_examples_digest(examples: Sequence[IntentExample]) -> str:
    """SHA-256 over the labelled examples in order; equal digests mean equal training data."""
    lines = "\n".join(f"{item.intent}\t{item.topic}\t{item.text}" for item in examples)
    return hashlib.sha256(lines.encode()).hexdigest()


def load_held_out(path: Path) -> tuple[IntentExample, ...]:
    """Messages that were written apart and are never trained on: every router is measured on them.

    Raises:
        BadInput: the file is missing or is not a mapping of intents to messages.
    """
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
        return tuple(IntentExample(str(text), str(intent), "") for intent, texts in held.items() for text in texts)
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise BadInput(f"{path}: the held-out messages cannot be read ({type(error).__name__}).") from error


@cache
def load_catalogue(base: IntentFolder, *extensions: IntentFolder) -> Catalogue:
    """Read and check every intent file, once in a process.

    Args:
        base: the folder that a classifier was trained on.
        extensions: those of extensions, in the order in which they were loaded.

    Raises:
        BadInput: a file is missing, is not YAML, has an unknown key or too few examples, an intent or a message stands
            twice, or two files say something else of one department; the files and the item are named.
    """
    reader = _CatalogueReader()
    for folder in (base, *extensions):
        for name in folder.files:
            reader.add(folder.path / name, taught=folder is not base)
    if OUT_OF_SCOPE not in reader.intents:
        raise BadInput(f"{base.path}: no file defines the intent {OUT_OF_SCOPE!r}; the router needs it.")
    return Catalogue(reader.intents, reader.owners, reader.departments, frozenset(reader.taught), reader.files)


class _CatalogueReader:
    """What stands in the files so far, and in which; refuses what does not go together."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.owners: dict[str, str] = {}
        self.departments: dict[str, str] = {}
        self.files: dict[str, Path] = {}
        self.taught: set[str] = set()
        self._told: dict[str, Path] = {}
        self._seen: dict[str, str] = {}

    def add(self, path: Path, *, taught: bool) -> None:
        """One more file."""
        loaded = _read(path, taught=taught)
        for department, text in loaded.departments.items():
            if self.departments.setdefault(department, text) != text:
                raise BadInput(
                    f"{path}: {self._told[department]} says something else of the department {department!r}; "
                    "leave it to one of them."
                )
            self._told.setdefault(department, path)
        for intent in loaded.intents:
            if intent.id in self.intents:
                raise BadInput(
                    f"{path}: the intent {intent.id!r} is defined twice, here and in {self.files[intent.id]}; "
                    "rename or merge one of them."
                )
            if taught and loaded.agent == ASSISTANT and not intent.handoff:
                raise BadInput(
                    f"{path}: nobody takes the intent {intent.id!r}: the file names no agent but {ASSISTANT!r}, and "
                    "the intent no `handoff`."
                )
            self._add_messages(path, intent)
            self.files[intent.id] = path
            self.intents[intent.id] = intent
            self.owners[intent.id] = loaded.agent
            if taught:
                self.taught.add(intent.id)

    def _add_messages(self, path: Path, intent: Intent) -> None:
        for message, _ in intent.messages():
            key = " ".join(message.casefold().split())
            if key in self._seen:
                other = self._seen[key]
                place = path if other == intent.id else self.files[other]
                raise BadInput(
                    f"{path}: the example {message!r} of {intent.id!r} already stands under {other!r} in {place}; "
                    "keep it in one place."
                )
            self._seen[key] = intent.id


def _read(path: Path, *, taught: bool) -> IntentFile:
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: the intent file cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: this is not valid YAML: {error}") from error
    try:
        return IntentFile.model_validate(raw, context={"taught": taught})
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: {_describe_place(raw, first['loc'])}: {first['msg']}.") from error


def _describe_place(raw: Any, location: tuple[int | str, ...]) -> str:
    """The item that a validation error is about, by its id rather than by its position in the file."""
    if len(location) >= 2 and location[0] == "intents" and isinstance(location[1], int):
        item = raw["intents"][location[1]]
        name = item.get("id", f"number {location[1] + 1}") if isinstance(item, dict) else location[1] + 1
        return ".".join((f"intent {name}", *(str(step) for step in location[2:])))
    return ".".join(str(step) for step in location) or "file"
