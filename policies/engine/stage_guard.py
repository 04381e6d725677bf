"""The stage guard asks the rules at the stages around the tool's, and writes down what they said."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..audit.log import AuditEvent, AuditLog
from ..domain.decision import Decision, Verdict
from ..domain.principal import Principal
from ..domain.stage import Stage
from ..rules.policy_set import PolicySet
from .engine import OPEN_DECISION
from .evidence_record import dump_question
from .stages import StageQuestion, decide_stage


class StageGuard:
    """The rules of all stages but ``tool``, which the registry asks itself.

    Args:
        policy: the packs in force now.
        audit: where answers are written down.
        now: the clock.
    """

    def __init__(
        self,
        policy: Callable[[], PolicySet],
        audit: AuditLog,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._policy = policy
        self._audit = audit
        self._now = now

    def has_rules_at(self, stage: Stage) -> bool:
        """Whether any rule speaks at a stage."""
        return stage in self._policy().stages

    def ask(
        self,
        stage: Stage,
        subject: str,
        principal: Principal | None,
        values: Mapping[str, Any] | None = None,
        *,
        records: Mapping[str, Mapping[str, Any]] | None = None,
        agent: str = "",
        thread: str = "",
        run: str = "",
        tainted: bool = False,
    ) -> Decision:
        """What the rules of a stage say; see :mod:`.stages` for subjects and values.

        Where no rule speaks of the subject this costs next to nothing and leaves no trace. What memory may be read is
        asked for each item, so there only what was refused or observed is written down.

        Raises:
            StorageError: the answer could not be written down; nothing may go on with it.
        """
        moment = StageQuestion(
            stage, subject, principal, self._now(), values or {}, records or {}, agent, thread, run, tainted
        )
        decision = decide_stage(self._policy(), moment)
        quiet = stage is Stage.MEMORY_READ and decision.verdict is Verdict.ALLOW and not decision.observed
        if decision is not OPEN_DECISION and not quiet:
            body = decision.record() | dump_question(moment)
            who, tenant = (principal.user_id, principal.tenant) if principal else ("nobody", "")
            self._audit.append(AuditEvent("stage", f"user:{who}", tenant, thread, run, body))
        return decision

    def refusal(self, *args: Any, **more: Any) -> str:
        """Why :meth:`ask` says no, in plain words; empty when it does not."""
        decision = self.ask(*args, **more)
        return " ".join(decision.reasons) if decision.verdict is Verdict.DENY else ""
