"""A rate limit says how often something may be done, by whom, and who answers for that number.

A limit without ``tools`` and ``workflows`` counts messages; with them it counts calls of these tools, or starts of
these workflows; ``playbooks`` means the same. ``per`` says whose count it is. Answers to reviews and withdrawals are
never counted: people who must decide are not kept waiting by a number. Nor are calls that take back what an unfinished
work has done.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field, model_validator
from rapidfuzz import process

from ..domain.principal import Principal
from ..errors import PolicyError
from .fields import NamePattern, PolicyId, SectionReference, Sentence, StrictModel, Word
from .vocabulary import KEPT, WRITTEN

Rate = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}/(second|minute|hour|day)$")]
_UNITS = ((3600, "hours"), (60, "minutes"), (1, "seconds"))


class LimitSubject(StrEnum):
    """What is counted."""

    MESSAGE = "message"
    PLAYBOOK = KEPT
    TOOL = "tool"


class RateLimit(StrictModel):
    """One limit.

    Attributes:
        id: unique over all packs, e.g. ``"support.refunds.hourly"``.
        owner: the role that answers for the number.
        source: the handbook section it encodes.
        per: whose count it is: one user's, one team's, the whole tenant's, or that of one tool or workflow in a tenant.
            ``playbook`` means the same as ``workflow``.
        rate: at most so many in any such span that ends now, e.g. ``"60/minute"``.
        tools: exact names or globs; then calls of these tools are counted.
        workflows: likewise; then starts of these workflows are counted.
        playbooks: the older word for ``workflows``; a limit has one of the two.
        reason: what a person is told who runs into it.
    """

    id: PolicyId
    owner: Word
    source: SectionReference
    per: Literal["user", "team", "tenant", "workflow", "playbook", "tool"]
    rate: Rate
    tools: tuple[NamePattern, ...] = ()
    workflows: tuple[NamePattern, ...] = ()
    playbooks: tuple[NamePattern, ...] = ()
    reason: Sentence

    @model_validator(mode="after")
    def _consistent(self) -> "RateLimit":
        if {"workflows", "playbooks"} <= self.model_fields_set:
            raise ValueError(f"the limit {self.id} has workflows and playbooks, which mean the same; keep workflows")
        if self.tools and self.started:
            raise ValueError(f"the limit {self.id} counts tools and {self.work}s; write one limit for each")
        if self.per == "tool" and not self.tools:
            raise ValueError(f"the limit {self.id} is per tool and names none; add tools, such as [refunds.issue]")
        if self.per in (WRITTEN, KEPT) and not self.started:
            raise ValueError(f"the limit {self.id} is per {self.per} and names none; add {self.per}s, such as [refund]")
        return self

    @property
    def started(self) -> tuple[str, ...]:
        """The workflows whose starts it counts, by either word."""
        return self.workflows or self.playbooks

    @property
    def work(self) -> str:
        """The word that its author used for a workflow."""
        return KEPT if self.playbooks else WRITTEN

    @property
    def counts(self) -> LimitSubject:
        """What it counts."""
        return LimitSubject.TOOL if self.tools else LimitSubject.PLAYBOOK if self.started else LimitSubject.MESSAGE

    def speaks_of(self, counted: LimitSubject, name: str) -> bool:
        """Whether it counts this thing, by the name of the tool or workflow."""
        patterns = self.tools or self.started
        return counted is self.counts and (not patterns or any(fnmatchcase(name, item) for item in patterns))


@dataclass(frozen=True, slots=True)
class ReachedLimit:
    """A limit that was reached.

    Attributes:
        until: when there is room again, unless others take it first.
    """

    limit: RateLimit
    until: datetime

    def words(self, now: datetime) -> str:
        """What the person is told: why, how much is allowed, and when to try again."""
        amount, _, span = self.limit.rate.partition("/")
        seconds = max(1, -int((now - self.until).total_seconds() // 1))
        size, unit = next((size, unit) for size, unit in _UNITS if seconds >= 2 * size or size == 1)
        wait = -(-seconds // size)
        day = "" if self.until.date() == now.astimezone(UTC).date() else f"{self.until:%d %B}, "
        return (
            f"{self.limit.reason} At most {amount} per {span} for each {self.limit.per} ({self.limit.source}). "
            f"Please try again in {wait} {unit if wait > 1 else unit[:-1]}, at {day}{self.until:%H:%M:%S} UTC. "
            "Nothing was done."
        )


def list_rate_keys(limit: RateLimit, principal: Principal, name: str) -> Iterator[str]:
    """Under which keys a thing is counted; a person of several teams counts for each of them."""
    match limit.per:
        case "user":
            whose: Iterable[str] = (principal.user_id,)
        case "team":
            whose = sorted(principal.teams)
        case "tenant":
            whose = ("",)
        case _:
            whose = (name,)
    for one in whose:
        yield "\x1f".join((principal.tenant, limit.id, one))


def check_playbooks(limits: Iterable[RateLimit], known: Collection[str]) -> None:
    """Refuses limits on workflows that do not exist; such a limit would never hold anybody back.

    Raises:
        PolicyError: naming the limit, with a suggestion.
    """
    for limit in limits:
        for pattern in limit.started:
            if any(fnmatchcase(name, pattern) for name in known):
                continue
            close = process.extractOne(pattern, list(known), score_cutoff=60) if known else None
            wanted = f"; did you mean {close[0]!r}?" if close else "."
            raise PolicyError(
                f"The limit {limit.id} counts starts of {pattern!r}, and no {limit.work} is called so{wanted}"
            )
