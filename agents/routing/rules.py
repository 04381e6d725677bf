"""Routing rules are what people decide about routing, as data in ``intents/rules.yaml``, apart from any model.

An extension may have such a file too. It adds to what ships and changes nothing of it.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...policies.errors import BadInput
from .intents import ASSISTANT, Catalogue, IntentFolder


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
    """The agent that an attached file belongs to, and its intent when the words decide nothing.

    Attributes:
        contains: pattern in the beginning of the file; without one, the kind is of files that fit no other.
        unless: pattern there that speaks against it.
    """

    agent: str
    intent: str
    contains: str | None = None
    unless: str | None = None


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

    def restrict(self, agents: Collection[str]) -> "RoutingRules":
        """The same rules where only these agents work: nobody mentions another, and no file belongs to it."""
        return self.model_copy(
            update={
                "mentions": {word: agent for word, agent in self.mentions.items() if agent in agents},
                "attachments": {kind: item for kind, item in self.attachments.items() if item.agent in agents},
            }
        )


class ExtensionRules(_Strict):
    """The file of an extension: how its records are named, and its own shortcuts, under the same names.

    Attributes:
        request_starts: more words with which a request begins (:class:`SplittingRules`).
        rules: they come after those that ship, and leave readings of intents of extensions alone.
    """

    version: int = Field(ge=1)
    identifiers: tuple[IdFormat, ...] = ()
    commands: dict[str, str] = {}
    mentions: dict[str, str] = {}
    attachments: dict[str, AttachmentRule] = {}
    rules: tuple[RoutingRule, ...] = ()
    request_starts: RoutingPattern | None = None


_File = TypeVar("_File", bound=_Strict)


def load_rules(path: Path, catalogue: Catalogue | None = None) -> RoutingRules:
    """Read and check the routing rules.

    Args:
        path: the YAML file.
        catalogue: when given, every intent that a rule names must be in it.

    Raises:
        BadInput: the file is missing or malformed, a rule id stands twice, or an intent or agent does not exist.
    """
    rules = _read(path, RoutingRules)
    _check_ids(path, rules.rules)
    if catalogue is not None:
        _check_names(path, rules, catalogue)
    return rules


def load_all_rules(catalogue: Catalogue, base: IntentFolder, *extensions: IntentFolder) -> RoutingRules:
    """The rules of the folder that ships, and those that extensions add.

    Raises:
        BadInput: as :func:`load_rules`; or an extension names again what is there, or reads an id where an example
            that ships has none.
    """
    rules = load_rules(base.rules, catalogue)
    for folder in extensions:
        if folder.rules.exists():
            added = _read(folder.rules, ExtensionRules)
            _check_names(folder.rules, added, catalogue)
            _check_added(folder.rules, added, rules, catalogue)
            rules = _merge(rules, added)
    return rules


def _read(path: Path, kind: type[_File]) -> _File:
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return kind.model_validate(raw)
    except OSError as error:
        raise BadInput(f"{path}: the routing rules cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: this is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: {'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}.") from error


def _check_ids(path: Path, rules: tuple[RoutingRule, ...]) -> None:
    ids = [rule.id for rule in rules]
    for name in ids:
        if ids.count(name) > 1:
            raise BadInput(f"{path}: the rule id {name!r} stands twice; rename one of them.")


def _check_names(path: Path, rules: RoutingRules | ExtensionRules, catalogue: Catalogue) -> None:
    for where, intent in _list_named(rules):
        if intent not in catalogue.intents:
            raise BadInput(f"{path}: {where}: there is no intent {intent!r}; the intent files define them.")
    agents = set(catalogue.owners.values()) - {ASSISTANT}
    for agent in (*rules.mentions.values(), *(item.agent for item in rules.attachments.values())):
        if agent not in agents:
            raise BadInput(f"{path}: there is no agent {agent!r}; choose one of {', '.join(sorted(agents))}.")


def _list_named(rules: RoutingRules | ExtensionRules) -> list[tuple[str, str]]:
    """Each intent that is named, with where."""
    named = [(f"rule {rule.id}", intent) for rule in rules.rules for intent in rule.intents]
    named += [(f"command /{word}", intent) for word, intent in rules.commands.items()]
    named += [(f"attachment {kind}", item.intent) for kind, item in rules.attachments.items()]
    return named


def _check_added(path: Path, added: ExtensionRules, rules: RoutingRules, catalogue: Catalogue) -> None:
    """Refuses what would change the rules that are there.

    Raises:
        BadInput: the item is named.
    """
    _check_ids(path, (*rules.rules, *added.rules))
    for where, intent in _list_named(added):
        if intent not in catalogue.taught:
            raise BadInput(
                f"{path}: {where}: {intent!r} is no intent of an extension; only the rules that ship name it."
            )
    for what, here, there in (
        ("command", added.commands, rules.commands),
        ("mention", added.mentions, rules.mentions),
        ("attachment", added.attachments, rules.attachments),
    ):
        for name in here:
            if name in there:
                raise BadInput(f"{path}: the {what} {name!r} is there already; take another word.")
    taken = {prefix for item in rules.identifiers for prefix in item.prefixes}
    for item in added.identifiers:
        for prefix in item.prefixes:
            if prefix in taken:
                raise BadInput(f"{path}: ids that begin with {prefix!r} are there already; take another prefix.")
            taken.add(prefix)
            pattern = compile_id_pattern((prefix,))
            for example in catalogue.examples():
                if example.intent not in catalogue.taught and (match := pattern.search(example.text)):
                    raise BadInput(
                        f"{path}: with the prefix {prefix!r}, {match[0]!r} in the example {example.text!r} of "
                        f"{example.intent!r} would be an id; take another prefix."
                    )


def _merge(rules: RoutingRules, added: ExtensionRules) -> RoutingRules:
    splitting = rules.splitting
    if added.request_starts is not None:
        starts = f"{splitting.request_starts}|{added.request_starts}"
        splitting = splitting.model_copy(update={"request_starts": starts})
    return rules.model_copy(
        update={
            "identifiers": (*rules.identifiers, *added.identifiers),
            "commands": rules.commands | added.commands,
            "mentions": rules.mentions | added.mentions,
            "attachments": rules.attachments | added.attachments,
            "rules": (*rules.rules, *added.rules),
            "splitting": splitting,
        }
    )


def compile_id_pattern(prefixes: tuple[str, ...]) -> re.Pattern[str]:
    """The pattern of ids such as ``INV-1042``: the prefix is its first group, the number its second."""
    return compile_pattern(rf"\b({'|'.join(prefixes)})[-\s]?(\d{{2,8}})\b")


def find_attachment_kind(begins: str, rules: RoutingRules) -> str | None:
    """The kind of an attached file, by how its text begins; None when no rule speaks of it."""
    for kind, rule in rules.attachments.items():
        against = rule.unless is not None and compile_pattern(rule.unless).search(begins)
        if rule.contains is not None and compile_pattern(rule.contains).search(begins) and not against:
            return kind
    return next((kind for kind, rule in rules.attachments.items() if rule.contains is None), None)


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled once, without regard to case."""
    return re.compile(pattern, re.IGNORECASE)
