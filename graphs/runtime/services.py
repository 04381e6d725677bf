"""All services of an assistant, made once, and the identity of one run, which no model can set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from ...memory.governance.attachments import AttachmentStore
from ...memory.memory import Memory
from ...policies.audit.log import AuditLog
from ...policies.domain.principal import Directory, Principal, require_principal
from ...policies.filters.masker import Masker
from ...policies.governance.editions import Editions
from ...policies.limits.budgets import BudgetLedger
from ...policies.review.store import ReviewStore
from ...tools.learning.loop import LearningLoop
from ...tools.registry.registry import Registry
from .conversations import Conversations

if TYPE_CHECKING:
    from ...agents.models.pool import ModelPool
    from ...agents.routing.router import Router


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that an assistant works with, as the session holds it.

    The composition in ``graphs/assistant`` gives each node the few that it uses; no node is given this.

    Attributes:
        registry: the only door to tools.
        editions: the packs in force, and how they change.
        reviews: where proposals wait for people.
        memory: what the agents share.
        documents: uploaded texts.
        directory: who is who.
        audit: the log.
        conversations: messages and runs.
        router: tells what a message is about.
        models: the language models, or ``None`` to work without.
        now: the clock.
        today: the business date of the systems of record.
        masker: masks values that must be kept from models and records.
        budget_ledger: what models cost, within budgets; ``None`` to ask them without counting.
        learning: what is learned from people's decisions; ``None`` to learn nothing.
        clauses: the business's clause library, see :class:`countersign.tools.connectors.business.Business`.
    """

    registry: Registry
    editions: Editions
    reviews: ReviewStore
    memory: Memory
    documents: AttachmentStore
    directory: Directory
    audit: AuditLog
    conversations: Conversations
    router: "Router"
    models: "ModelPool | None"
    now: Callable[[], datetime]
    today: Callable[[], date]
    masker: Masker
    budget_ledger: BudgetLedger | None = None
    learning: LearningLoop | None = None
    clauses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunContext:
    """Who a run is for. Set by the session, checked against the directory, never part of the state.

    Attributes:
        user_id: the requester, also when a reviewer's answer resumes the run.
        answering: the reviewer whose client answers the interrupt directly, or empty.
        asked: the clarifying or input question this message answers, as the conversation kept it.
        tainted: whether text that outsiders wrote was read in this conversation before.
        meanwhile: what was found before the run began to wait for people, collected as it goes.
    """

    user_id: str
    thread: str
    run: str
    answering: str = ""
    asked: str = ""
    tainted: bool = False
    meanwhile: list[str] = field(default_factory=list, repr=False, compare=False)
    _known: list[Principal] = field(default_factory=list, repr=False, compare=False)

    def principal(self, directory: Directory) -> Principal:
        """The requester as the directory knew them when this run began or went on; the registry looks again itself.

        Raises:
            NotAllowed: they are no longer in it.
        """
        if not self._known:
            self._known.append(require_principal(directory, self.user_id))
        return self._known[0]
