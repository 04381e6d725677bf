"""What one rule that determines a verdict says, its words filled from what was decided on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.proposal import Proposal
from ..domain.templates import render
from ..errors import CountersignError
from ..review.review import PERSON
from ..rules.evidence import REASON_FIELDS, Facts, gather
from ..rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that determines a verdict, and its reason."""

    rule: str
    reason: str
    section: str = ""


class Words:
    """Fills the reasons; gathers the fields only when a reason has some."""

    def __init__(self, proposal: Proposal, facts: Facts, evidence: dict[str, Any]) -> None:
        self._proposal, self._facts, self._evidence = proposal, facts, evidence
        self._fields: dict[str, Any] | None = None

    def finding(self, rule: Rule) -> Finding:
        """What a rule that applies says here."""
        if "{" not in rule.reason:
            return Finding(rule.id, rule.reason, rule.source)
        return Finding(rule.id, render(rule.reason, self.fields), rule.source)

    def seat(self, reviewer: str) -> str:
        """The seat of a rule's reviewer: the role itself, or the person whom the record names; empty for nobody.

        Who asks is nobody here: they cannot countersign.
        """
        if not reviewer.startswith("{"):
            return reviewer
        value: Any = self.fields
        for part in reviewer.strip("{}").split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        asking = self._facts.principal
        own = (asking.user_id, asking.human) if asking else ()
        return PERSON + value if isinstance(value, str) and value and value not in own else ""

    @property
    def fields(self) -> dict[str, Any]:
        """What reasons and seats are filled from."""
        if self._fields is None:
            self._fields = self._gather()
        return self._fields

    def _gather(self) -> dict[str, Any]:
        try:
            return self._evidence | gather(self._proposal, self._facts, REASON_FIELDS - self._evidence.keys())
        except CountersignError:
            # A record that no condition reads may be unfit; the reason then goes without its fields.
            return self._evidence
