"""Rules and packs: written policy as data that people own, version and cite."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from .decision import Expiry, Priority, Verdict

_DEADLINE = re.compile(r"([1-9][0-9]{0,3})(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
RESERVED = ("builtin.", "default.")


class Stage(StrEnum):
    """Where a rule is asked."""

    TOOL = "tool"


def read_deadline(value: Any) -> Any:
    """Turns ``"2d"``, ``"4h"`` or ``"30m"`` into a time span; other types pass through for pydantic to judge.

    Raises:
        ValueError: the text is no such span.
    """
    if not isinstance(value, str):
        return value
    found = _DEADLINE.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} is no time span; write a number and m, h or d, such as 30m, 4h or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def write_deadline(span: timedelta) -> str:
    """The shortest notation that :func:`read_deadline` reads back."""
    minutes = int(span.total_seconds()) // 60
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_condition(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


Deadline = Annotated[timedelta, BeforeValidator(read_deadline), PlainSerializer(write_deadline)]
Version = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$")]
Condition = Annotated[str, BeforeValidator(_as_condition), Field(min_length=1, max_length=4000)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{1,79}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Reviewer = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]{0,63}|\{(records|principal)(\.[a-z][a-z0-9_]*)+\})$")]
Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*:[^\s:]+$")]
Section = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*#[0-9A-Za-z][0-9A-Za-z.-]*$")]
Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:*-]{1,100}$")]
Sentence = Annotated[str, Field(min_length=3, max_length=600)]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Rule(_Strict):
    """One rule.

    Attributes:
        id: unique over all packs, e.g. ``"support.refund.small"``.
        owner: the role that answers for the rule.
        source: the handbook section it encodes, e.g. ``"support-handbook#3.2"``.
        stage: where it is asked.
        tools: exact names or globs such as ``orders.*``.
        agents: exact names or globs; empty means any agent.
        roles: it speaks of principals that have any of these; empty means everybody.
        when: a CEL expression over the evidence (see :mod:`.evidence`) that must be true for the rule to apply.
        effect: allow, review or deny.
        reason: plain words; ``{args.order_id}`` and ``{args.amount_minor:money}`` are filled in.
        reviewers: one role per countersignature, or one person whom a record names, such as
            ``"{records.expense.manager}"``; required for a review, forbidden otherwise.
        deadline: how long a review may stay open before it escalates or ends.
        remind: after how long those who may answer are reminded; half of the deadline by default.
        priority: low, normal, high or urgent.
        escalate: roles that may answer too, one more each time a deadline passes, in order.
        on_expiry: what an unanswered review becomes: deny, or allow where the owner wants that.
        mask: dotted paths of result fields that must be masked; a path runs through lists.
    """

    id: Identifier
    description: Sentence
    owner: Word
    version: Version = "1"
    tags: tuple[Tag, ...] = ()
    source: Section
    stage: Stage = Stage.TOOL
    tools: tuple[Pattern, ...] = Field(min_length=1)
    agents: tuple[Pattern, ...] = ()
    roles: tuple[Word, ...] = ()
    when: Condition = "true"
    effect: Verdict
    reason: Sentence
    reviewers: tuple[Reviewer, ...] = ()
    deadline: Deadline = timedelta(days=2)
    remind: Deadline | None = None
    priority: Priority = Priority.NORMAL
    escalate: tuple[Word, ...] = ()
    on_expiry: Literal[Expiry.DENY, Expiry.ALLOW] = Expiry.DENY
    mask: tuple[Path, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Rule":
        if self.id.startswith(RESERVED):
            raise ValueError(f"the rule id {self.id!r} starts with a word kept for the engine; use another")
        review = self.effect is Verdict.REVIEW
        if review and not self.reviewers:
            raise ValueError(f"the rule {self.id} asks for a review by nobody; add reviewers, such as [controller]")
        if not review and (self.reviewers or self.escalate):
            raise ValueError(f"the rule {self.id} is no review; remove reviewers and escalate, or set effect: review")
        if not review and self.on_expiry is not Expiry.DENY:
            raise ValueError(f"the rule {self.id} is no review, so nothing expires; remove on_expiry")
        if not review and (self.remind or self.priority is not Priority.NORMAL):
            raise ValueError(f"the rule {self.id} is no review, so nobody is reminded; remove remind and priority")
        if self.remind and self.remind >= self.deadline:
            raise ValueError(f"the rule {self.id} reminds after its deadline; make remind shorter than deadline")
        return self


class CasePrincipal(_Strict):
    """Who asks in a test case."""

    user: str = "case.user"
    roles: tuple[Word, ...] = ()
    person: str = ""
    manager: str | None = None
    limit_minor: int = 0


class Case(_Strict):
    """A test case that lives in its pack: one call, and what policy must say.

    Attributes:
        like: name of an earlier case of the pack whose fields this one overlays.
        effect: of the tool when the registry is not at hand.
        critical: argument paths the tool calls critical, when the registry is not at hand.
        expect: the verdict. rules: ids that must determine it, exactly. seats: exactly these countersignatures.
    """

    name: Sentence
    like: str = ""
    tool: str = ""
    agent: str = "case"
    principal: CasePrincipal = CasePrincipal()
    args: Mapping[str, Any] = {}
    records: Mapping[str, Mapping[str, Any]] = {}
    scores: Mapping[str, int] = {}
    provenance: Mapping[str, str] = {}
    planned: bool = True
    tainted: bool = False
    effect: Literal["read", "write", "irreversible"] = "write"
    critical: tuple[str, ...] = ()
    expect: Verdict
    rules: tuple[str, ...] = ()
    seats: tuple[str, ...] | None = None


class Pack(_Strict):
    """A versioned file of rules with its own test cases.

    Attributes:
        pack: its name, also the ``owner`` of the tools it guards, e.g. ``"support"``.
        owner: the role that answers for it.
        guardian: the role that reviews a call of these tools when only the engine's own rule asks for a person.
    """

    pack: Word
    version: Version
    owner: Word
    description: Sentence
    guardian: Word | None = None
    rules: tuple[Rule, ...] = Field(min_length=1)
    cases: tuple[Case, ...] = ()
