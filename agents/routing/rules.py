"""Routing rules are what people decide about routing, as data in ``intents/rules.yaml``, apart from any model."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...policies.errors import BadInput
from .intents import ASSISTANT, Catalogue


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return " ".join(text.split()).replace("| ", "|")


RoutingPattern = Annotated[str, AfterValidator(_pattern)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoutingThresholds(_Strict):
    """When nobody is asked.

    Attributes:
        accept: least probability of the best reading, 0 to 1.
        margin: least lead over the second reading, 0 to 1.
        followup: factor for readings of the agent who spoke last, when the message names no id; 1 switches it off.
        attached: the same for readings of the agent that an attached file belongs to.
        mass: least probability that all readings of an agent have together before an attachment or a mention of it
            narrows the choice to them.
        max_chars: characters of a message that are read for routing.
        max_parts: most requests in one message.
    """

    accept: float = Field(default=0.45, gt=0, lt=1)
    margin: float = Field(default=0.15, ge=0, lt=1)
    followup: float = Field(default=2.0, ge=1, le=10)
    attached: float = Field(default=4.0, ge=1, le=10)
    mass: float = Field(default=0.3, ge=0, le=1)
    max_chars: int = Field(default=4000, ge=100)
    max_parts: int = Field(default=5, ge=1, le=20)


class IdFormat(_Strict):
    """How the ids of one system of record look, and the words that stand for them before the classifier."""

    kind: str
    prefixes: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")], ...] = Field(min_length=1)
    reads_as: str


class AttachmentRule(_Strict):
    """The agent that an attached file belongs to, and its intent when the words decide nothing."""

    agent: str
    intent: str


class RoutingRule(_Strict):
    """One deterministic rule: it fits when every condition that it states holds.

    Attributes:
        begins: pattern at the start of the request, after courtesy.
        contains: pattern anywhere in it.
        unless: pattern that must not occur.
        about: kinds of id, or of attached file, of which at least one must be there.
        named: when false, no id may be in the request.
        courtesy: whether the request must begin with courtesy ("could you …").
        intent: what it is then.
        among: instead of ``intent``, the readings that remain; the classifier chooses among them.
        ask: whether to ask which of ``among``, however sure the classifier is; not in a talk with another agent.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    begins: RoutingPattern | None = None
    contains: RoutingPattern | None = None
    unless: RoutingPattern | None = None
    about: tuple[str, ...] = ()
    named: bool | None = None
    courtesy: bool = False
    intent: str | None = None
    among: tuple[str, ...] = ()
    ask: bool = False

    @model_validator(mode="after")
    def _decides(self) -> "RoutingRule":
        if (self.intent is None) == (len(self.among) < 2):
            raise ValueError(f"rule {self.id!r} needs either `intent`, or `among` with two or more intents")
        if self.ask and self.intent is not None:
            raise ValueError(f"rule {self.id!r} has `ask` with `intent`; it goes with `among`")
        if self.begins is None and self.contains is None:
            raise ValueError(f"rule {self.id!r} needs `begins` or `contains`")
        return self

    @property
    def intents(self) -> tuple[str, ...]:
        """The readings that it leaves."""
        return self.among if self.intent is None else (self.intent,)


class SplittingRules(_Strict):
    """How one message is split into requests."""

    request_starts: RoutingPattern
    conjunctions: RoutingPattern
    followers: tuple[RoutingPattern, ...] = ()


class RoutingRules(_Strict):
    """The whole file."""

    version: int = Field(ge=1)
    thresholds: RoutingThresholds = RoutingThresholds()
    identifiers: tuple[IdFormat, ...]
    commands: dict[str, str] = {}
    mentions: dict[str, str] = {}
    attachments: dict[str, AttachmentRule] = {}
    courtesy: RoutingPattern
    negation: RoutingPattern
    rules: tuple[RoutingRule, ...] = ()
    splitting: SplittingRules


def load_rules(path: Path, catalogue: Catalogue | None = None) -> RoutingRules:
    """Read and check the routing rules.

    Args:
        path: the YAML file.
        catalogue: when given, every intent that a rule names must be in it.

    Raises:
        BadInput: the file is missing or malformed, a rule id stands twice, or an intent or agent does not exist.
    """
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = RoutingRules.model_validate(raw)
    except OSError as error:
        raise BadInput(f"{path}: the routing rules cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: this is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: {'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}.") from error
    _check(path, rules, catalogue)
    return rules


def _check(path: Path, rules: RoutingRules, catalogue: Catalogue | None) -> None:
    ids = [rule.id for rule in rules.rules]
    for name in ids:
        if ids.count(name) > 1:
            raise BadInput(f"{path}: the rule id {name!r} stands twice; rename one of them.")
    if catalogue is None:
        return
    named = [(f"rule {rule.id}", intent) for rule in rules.rules for intent in rule.intents]
    named += [(f"command /{word}", intent) for word, intent in rules.commands.items()]
    named += [(f"attachment {kind}", item.intent) for kind, item in rules.attachments.items()]
    for where, intent in named:
        if intent not in catalogue.intents:
            raise BadInput(f"{path}: {where}: there is no intent {intent!r}; the intent files define them.")
    agents = set(catalogue.owners.values()) - {ASSISTANT}
    for agent in (*rules.mentions.values(), *(item.agent for item in rules.attachments.values())):
        if agent not in agents:
            raise BadInput(f"{path}: there is no agent {agent!r}; choose one of {', '.join(sorted(agents))}.")


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled once, without regard to case."""
    return re.compile(pattern, re.IGNORECASE)
