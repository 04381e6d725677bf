"""A pack is a versioned file of rules, tables and the cases that test them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from ..domain.decision import Verdict
from ..domain.retention import RetentionClass
from ..domain.stage import Stage
from ..filters.masking_rules import FilterRules
from .budget import Budget
from .decision_table import DecisionTable
from .fields import Deadline, SectionReference, Sentence, StrictModel, Version, Word
from .history import History, HistoryName
from .rate_limit import RateLimit
from .rule import Rule, RuleEffect

PILOT_PREFIX = "pilot."
"""How the rules of pilot packs, and no others, are called; a receipt shows by it that nobody countersigned."""


class PackCasePrincipal(StrictModel):
    """Who asks in a test case.

    Attributes:
        user: the user id.
        roles: the roles; empty means none.
        person: the human being behind the user id, where one has several.
        manager: the user id of the line manager.
        limit_minor: the limit of this person, in minor units.
    """

    user: str = "case.user"
    roles: tuple[Word, ...] = ()
    person: str = ""
    manager: str | None = None
    limit_minor: int = 0


class PackCase(StrictModel):
    """A test case that lives in its pack: one call, and what policy must say.

    Attributes:
        name: unique in its pack.
        like: name of an earlier case of the pack whose fields this one overlays.
        overrides: name of the case of an extended pack that no longer holds and that this one replaces.
        stage, subject: for a case at another stage than ``tool``.
        tool: what is called, at the stages ``tool`` and ``result``.
        agent: who proposes it.
        principal: on whose behalf.
        args: the arguments.
        records: the records that the call touches, by name.
        scores: whole numbers about the work, by name; a score that is left out is missing.
        history: what the past holds, by name; nothing where it is left out.
        provenance: where arguments came from, by path.
        planned: whether the plan of the turn holds the tool.
        tainted: whether untrusted text is in the thread.
        effect: of the tool when the registry is not at hand.
        critical: argument paths the tool calls critical, when the registry is not at hand.
        expect: the verdict.
        rules: ids that must determine it, exactly; not looked at when empty.
        seats: exactly these countersignatures; not looked at when left out.
        retain: the retention class that rules choose.
    """

    name: Sentence
    like: str = ""
    overrides: str = ""
    stage: Stage = Stage.TOOL
    subject: str = ""
    tool: str = ""
    agent: str = "case"
    principal: PackCasePrincipal = PackCasePrincipal()
    args: Mapping[str, Any] = {}
    records: Mapping[str, Mapping[str, Any]] = {}
    scores: Mapping[str, int] = {}
    history: Mapping[str, int] = {}
    provenance: Mapping[str, str] = {}
    planned: bool = True
    tainted: bool = False
    effect: Literal["read", "write", "irreversible"] = "write"
    critical: tuple[str, ...] = ()
    expect: Verdict
    rules: tuple[str, ...] = ()
    seats: tuple[str, ...] | None = None
    retain: RetentionClass | None = None


class ChangeApproval(StrictModel):
    """Who must sign a change of the packs: one role for each of so many people, none of them the one who proposes it.

    Attributes:
        reviewers: one role per signature.
        deadline: how long a change may wait for its signatures.
    """

    reviewers: tuple[Word, ...] = Field(min_length=1)
    deadline: Deadline = timedelta(days=7)


class PilotTerms(StrictModel):
    """What makes a pack a pilot's: small acts go without a countersignature for a while; see :mod:`.pilot`.

    Attributes:
        until: the last day, in UTC; after it the pack allows nothing.
    """

    until: date


class Pack(StrictModel):
    """A versioned file of rules with its own test cases.

    Attributes:
        pack: its name, also the ``owner`` of the tools it guards, e.g. ``"support"``.
        version: the owner's own count; what was decided under is named by a digest of all packs, the revision.
        owner: the role that answers for it.
        description: one sentence for whoever lists the packs.
        guardian: the role that reviews a call of these tools when only the engine's own rule asks for a person.
        extends: names of the packs that this one builds on; its rules may override theirs.
        history: what its rules ask of the past, by name (see :mod:`.history`).
        pilot: set in a pack that spares one person's small acts a review for a while (see :mod:`.pilot`).
        changes: who must sign before other packs take the place of those in force; nobody when it is left out.
        rules: what is allowed, waits, is denied, masked, kept or observed.
        tables: decision tables (see :mod:`.decision_table`), whose rows are rules too.
        filters: which kinds of values are masked, and for whom not (see :mod:`..filters.masking_rules`).
        limits: how often something may be done (see :mod:`.rate_limit`).
        guidance: handbook sections that are for people alone, so that no rule is missing where none cites them.
        budgets: how much may be spent (see :mod:`.budget`).
        cases: calls, and what the rules must say of them; packs whose cases fail are not adopted.
    """

    pack: Word
    version: Version
    owner: Word
    description: Sentence
    guardian: Word | None = None
    extends: tuple[Word, ...] = ()
    changes: ChangeApproval | None = None
    pilot: PilotTerms | None = None
    history: Mapping[HistoryName, History] = {}
    rules: tuple[Rule, ...] = ()
    tables: tuple[DecisionTable, ...] = ()
    filters: FilterRules = FilterRules()
    limits: tuple[RateLimit, ...] = ()
    guidance: tuple[SectionReference, ...] = ()
    budgets: tuple[Budget, ...] = ()
    cases: tuple[PackCase, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Pack":
        if not self.rules and not self.tables:
            raise ValueError("rules is empty; write at least one")
        return self

    @model_validator(mode="after")
    def _marks_a_pilot(self) -> "Pack":
        for rule in self.every_rule:
            if self.pilot and not rule.id.startswith(PILOT_PREFIX):
                raise ValueError(f"this is a pilot pack, so the rule {rule.id} must be called {PILOT_PREFIX}…")
            if not self.pilot and (rule.id.startswith(PILOT_PREFIX) or rule.lifts):
                raise ValueError(
                    f"the rule {rule.id} is one of a pilot; add `pilot: {{until: DATE}}` to the pack, or give the rule "
                    f"another id than {PILOT_PREFIX}… and no `lifts`"
                )
            if rule.lifts and rule.effect is not RuleEffect.ALLOW:
                raise ValueError(f"the rule {rule.id} lifts reviews, so its effect must be allow")
        return self

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        """The rules, and the rows of the tables as rules."""
        return (*self.rules, *(rule for table in self.tables for rule in table.as_rules()))
