"""A rule is written policy as data that people own, version and cite."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import (
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..domain.decision import Expiry, Priority
from ..domain.retention import RetentionClass
from ..domain.stage import Stage
from .fields import (
    Condition,
    Deadline,
    FieldPath,
    NamePattern,
    PolicyId,
    Reviewer,
    SectionReference,
    Sentence,
    StrictModel,
    Tag,
    Version,
    Word,
)
from .vocabulary import normalize_condition, normalize_work_name

RESERVED = ("builtin.", "default.")


class RuleEffect(StrEnum):
    """What a rule does when it applies.

    ``mask`` hides fields and ``retain`` says how long something is remembered; neither allows anything. ``observe`` is
    only written down.
    """

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"
    MASK = "mask"
    RETAIN = "retain"
    OBSERVE = "observe"


class Rule(StrictModel):
    """One rule.

    Attributes:
        id: unique over all packs, e.g. ``"support.refund.small"``.
        description: what it says, in a sentence.
        owner: the role that answers for the rule.
        version: the owner's own count.
        tags: words for lists, such as ``type:policy``.
        source: the handbook section it encodes, e.g. ``"support-handbook#3.2"``.
        stage: where it is asked; see :mod:`..engine.stages`.
        tools: at the stages ``tool`` and ``result``, exact names or globs such as ``orders.*``.
        subjects: at the other stages, likewise, such as ``workflow:*``; empty means any. In packs ``playbook:`` means
            the same as ``workflow:`` (see :mod:`.vocabulary`).
        agents: exact names or globs; empty means any agent.
        roles: it speaks of principals that have any of these; empty means everybody.
        when: a CEL expression over the evidence (see :mod:`.evidence`) that must be true for the rule to apply.
        effect: allow, review, deny, mask (hides fields, allows nothing), retain (chooses a retention class, allows
            nothing), or observe: it is only written down what the rule would do, so that it can be tried on live work
            before it bites.
        would: what an observing rule would do.
        reason: plain words; ``{args.order_id}`` and ``{args.amount_minor:money}`` are filled in.
        reviewers: one role per countersignature, or one person whom a record names, such as
            ``"{records.expense.manager}"``; required for a review, forbidden otherwise.
        deadline: how long a review may stay open before it escalates or ends.
        remind: after how long those who may answer are reminded; half of the deadline by default.
        priority: low, normal, high or urgent.
        escalate: roles that may answer too, one more each time a deadline passes, in order.
        on_expiry: what an unanswered review becomes: deny, or allow where the owner wants that.
        mask: dotted paths of result fields that must be masked; a path runs through lists.
        retain: at the stage ``memory_write``, the retention class of what is remembered.
        overrides: id of the rule whose place this one takes, of a pack that this one's pack extends.
        lifts: ids of rules whose review this one spares where it applies, of a pack that this one's pack extends; only
            an ``allow`` of a pilot pack lifts anything (see :mod:`.pilot`).
        final: no other pack may override it, and no pilot lift it.
    """

    id: PolicyId
    description: Sentence
    owner: Word
    version: Version = "1"
    tags: tuple[Tag, ...] = ()
    source: SectionReference
    stage: Stage = Stage.TOOL
    tools: tuple[NamePattern, ...] = ()
    subjects: tuple[NamePattern, ...] = ()
    agents: tuple[NamePattern, ...] = ()
    roles: tuple[Word, ...] = ()
    when: Condition = "true"
    effect: RuleEffect
    would: RuleEffect | None = None
    reason: Sentence
    reviewers: tuple[Reviewer, ...] = ()
    deadline: Deadline = timedelta(days=2)
    remind: Deadline | None = None
    priority: Priority = Priority.NORMAL
    escalate: tuple[Word, ...] = ()
    on_expiry: Literal[Expiry.DENY, Expiry.ALLOW] = Expiry.DENY
    mask: tuple[FieldPath, ...] = ()
    retain: RetentionClass | None = None
    overrides: PolicyId | None = None
    lifts: tuple[PolicyId, ...] = ()
    final: bool = False

    @field_validator("tools", "subjects")
    @classmethod
    def _filled(cls, given: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not given:
            raise ValueError(f"{info.field_name} is empty; write at least one")
        return given

    @property
    def patterns(self) -> tuple[str, ...]:
        """What it speaks of: tools, or the subjects of its stage, as its author wrote them."""
        return self.tools if self.stage.of_tools else self.subjects or ("*",)

    @property
    def matched_patterns(self) -> tuple[str, ...]:
        """What it speaks of, in the words of what is put to the rules."""
        return tuple(map(normalize_work_name, self.patterns)) if self.stage is Stage.ROUTE else self.patterns

    @property
    def matched_agents(self) -> tuple[str, ...]:
        """The agents that it speaks of, likewise."""
        return tuple(map(normalize_work_name, self.agents))

    @property
    def condition(self) -> str:
        """Its condition, likewise."""
        return normalize_condition(self.when) if self.stage is Stage.ROUTE else self.when

    @property
    def enforced(self) -> RuleEffect:
        """What it does, or would do if it did not only observe."""
        return self.would or self.effect

    @model_validator(mode="after")
    def _consistent(self) -> "Rule":
        if self.id.startswith(RESERVED):
            raise ValueError(f"the rule id {self.id!r} starts with a word kept for the engine; use another")
        self._check_stage()
        review = self.enforced is RuleEffect.REVIEW
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

    def _check_stage(self) -> None:
        if self.stage.of_tools and not self.tools:
            raise ValueError(f"the rule {self.id} speaks of no tool; add tools, such as [orders.get]")
        if self.stage.of_tools and self.subjects:
            raise ValueError(f"the rule {self.id} is asked at the stage {self.stage}; write tools instead of subjects")
        if not self.stage.of_tools and self.tools:
            raise ValueError(f"the rule {self.id} is asked at the stage {self.stage}; write subjects instead of tools")
        if (self.effect is RuleEffect.OBSERVE) != (self.would is not None) or self.would is RuleEffect.OBSERVE:
            raise ValueError(
                f"the rule {self.id} needs both `effect: observe` and `would:` what it would do, or neither"
            )
        if self.enforced is RuleEffect.REVIEW and self.stage is not Stage.TOOL:
            raise ValueError(f"the rule {self.id} asks for a review at the stage {self.stage}; only a tool can wait")
        if self.enforced is RuleEffect.MASK and not self.mask:
            raise ValueError(f"the rule {self.id} masks nothing; add mask, such as [email, customer.phone]")
        if (self.enforced is RuleEffect.RETAIN) != (self.retain is not None):
            raise ValueError(f"the rule {self.id} needs both `effect: retain` and `retain:` a class, or neither")
        if self.retain is not None and self.stage is not Stage.MEMORY_WRITE:
            raise ValueError(f"the rule {self.id} retains at the stage {self.stage}; only memory_write keeps anything")
