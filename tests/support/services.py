"""A whole office in a folder: the sample company, the real registry with ledger, audit and reviews, and who asks."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from countersign.memory.governance.attachments import AttachmentStore
from countersign.memory.memory import Memory
from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.governance.governance import Governance, open_governance
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.review.store import ReviewStore
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.storage.database import open_database
from countersign.policies.storage.schema import upgrade_schema
from countersign.tools.connectors.business import Business
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.ledger.ledger import Ledger
from countersign.tools.outcome import Grant, Outcome
from countersign.tools.registry.registry import Origin, Registry
from countersign.tools.sample_company.business import HISTORY_NOTE, read_labelled_history
from countersign.tools.sample_company.schema.record_kinds import COMPANY_SCHEMA
from countersign.tools.sample_company.store.directory import CompanyDirectory
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.scoring.score_versions import ScoreVersions
from countersign.tools.scoring.scorer import Scorer
from countersign.tools.spec import DocumentReader, MemoryReader, ToolServices, ToolSpec
from countersign.tools.toolsets import ALL
from databases import url_of
from word_embedder import WordEmbedder

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)

OPEN_PACK = """
pack: open
version: "1.0"
owner: policy_owner
description: Everybody may do everything, so that tools can be tested without the rules.
rules:
  - id: open.everything
    description: Everything goes through.
    owner: policy_owner
    source: it-handbook#2.1
    tools: ["*"]
    effect: allow
    reason: Tests of tools need no rules.
"""


@dataclass
class Office:
    """The services over one folder; every process that opens the same folder sees the same records and ledger."""

    folder: Path
    policy: PolicySet
    specs: tuple[ToolSpec, ...] = ALL

    @classmethod
    def open(cls, folder: Path, company: Path, specs: Iterable[ToolSpec] = ALL, *, ruled: bool = False) -> "Office":
        """A new office with a copy of a company; with the company's written rules, or none."""
        (folder / "company.db").write_bytes(company.read_bytes())
        (folder / "open.yaml").write_text(OPEN_PACK)
        return cls.at(folder, specs, ruled=ruled)

    @classmethod
    def at(cls, folder: Path, specs: Iterable[ToolSpec] = ALL, *, ruled: bool = False) -> "Office":
        """An office that stands already."""
        specs = tuple(specs)
        policy = load_packs(tools=[spec.name for spec in specs]) if ruled else load_packs([folder / "open.yaml"])
        return cls(folder, policy, specs)

    @cached_property
    def records(self) -> SqlRecords:
        return SqlRecords(f"sqlite:///{self.folder / 'company.db'}", COMPANY_SCHEMA)

    @cached_property
    def directory(self) -> CompanyDirectory:
        return CompanyDirectory(self.records)

    @cached_property
    def business(self) -> Business:
        return Business(self.records, self.directory, labelled_history=read_labelled_history, history_note=HISTORY_NOTE)

    @cached_property
    def engine(self) -> Any:
        engine = open_database(url_of(self.folder / "countersign.db"))
        upgrade_schema(engine)
        return engine

    @cached_property
    def books(self) -> Governance:
        return open_governance(self.engine, self.folder)

    @cached_property
    def audit(self) -> AuditLog:
        return self.books.audit

    @cached_property
    def reviews(self) -> ReviewStore:
        return self.books.reviews

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.engine, self.audit)

    @cached_property
    def documents(self) -> AttachmentStore:
        return AttachmentStore(self.engine)

    @cached_property
    def memory(self) -> Memory:
        return Memory.open(self.folder / "memory", self.engine, WordEmbedder())

    @cached_property
    def services(self) -> ToolServices:
        return ToolServices(
            records=self.records,
            memory=MemoryReader(self.memory),
            documents=DocumentReader(self.documents),
            directory=self.directory,
        )

    @cached_property
    def registry(self) -> Registry:
        return Registry(
            self.specs,
            policy=lambda: self.policy,
            services=self.services,
            ledger=self.ledger,
            reviews=self.reviews,
            audit=self.audit,
            now=lambda: NOW,
            scoring=Scorer(ScoreVersions(self.engine, self.audit, LEARNING_TASKS), LEARNING_TASKS),
        )

    def who(self, user_id: str) -> Principal:
        found = self.directory.get(user_id)
        assert found is not None, user_id
        return found

    def propose(self, user_id: str, tool: str, args: Mapping[str, Any], run: str = "run-1") -> Proposal:
        origin = Origin(self.who(user_id), agent="test", thread="thread-1", run=run)
        return self.registry.propose(tool, args, origin)

    def decide(self, user_id: str, tool: str, run: str = "run-1", /, **args: Any) -> Decision:
        return self.registry.decide(self.propose(user_id, tool, args, run))

    def run(self, proposal: Proposal, grant: Grant | None = None) -> Outcome:
        return asyncio.run(self.registry.execute(proposal, grant or Grant(proposal.digest)))

    def call(self, user_id: str, tool: str, run: str = "run-1", /, **args: Any) -> Outcome:
        """Proposes and runs what policy allows; a denial or a review comes back as a denied outcome."""
        proposal = self.propose(user_id, tool, args, run)
        self.registry.decide(proposal)
        return self.run(proposal)

    def signed(self, user_id: str, tool: str, by: Iterable[str], /, **args: Any) -> Outcome:
        """Proposes, has the named people countersign, and runs."""
        proposal = self.propose(user_id, tool, args)
        decision = self.registry.decide(proposal)
        assert decision.verdict is Verdict.REVIEW, decision
        review = self.reviews.open(proposal, decision, self.who(user_id), self.registry.summary(proposal), NOW)
        for signer in by:
            self.reviews.answer(review.review_id, self.who(signer), Answer(AnswerType.APPROVE), NOW)
        return self.run(proposal, Grant(proposal.digest, review.review_id))

    def close(self) -> None:
        if "memory" in self.__dict__:
            self.memory.close()
        self.engine.dispose()
        self.records.close()


def execute_in_process(folder: str, record: dict[str, Any], gate: Any, answers: Any) -> None:
    """For a process of its own: runs a proposal under its grant when all are ready, and puts the outcome in a queue."""
    office = Office.at(Path(folder))
    registry, proposal = office.registry, Proposal.from_record(record)
    gate.wait(60)
    outcome = asyncio.run(registry.execute(proposal, Grant(proposal.digest)))
    answers.put((str(outcome.status), dict(outcome.value)))
    office.close()
