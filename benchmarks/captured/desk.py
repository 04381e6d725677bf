"""A suite behind the real registry: policy, ledger, audit and reviews, one world for each thread."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import yaml
from agentdojo.task_suite.task_suite import TaskSuite
from countersign.agents.provenance.provenance import ProvenanceTracer, ToolReading
from countersign.agents.provenance.turn_plan import find_ordered_tools, is_repeat
from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.governance.governance import open_governance
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.rules.loader import load_packs
from countersign.policies.storage.database import open_database
from countersign.tools.ledger.ledger import Ledger
from countersign.tools.outcome import Grant
from countersign.tools.registry.registry import Origin, Registry
from countersign.tools.spec import ToolServices

from .declared import Declaration, pack_of
from .tools import plain, spec_of

TENANT = "house"
USER = Principal("user", TENANT, frozenset({"user"}))
PERSON = Principal("person", TENANT, frozenset({"account_holder"}))


class _People:
    def get(self, user_id: str) -> Principal | None:
        return {"user": USER, "person": PERSON}.get(user_id)

    def everyone(self) -> Iterable[Principal]:
        return (USER, PERSON)


class Desk:
    """The registry over a suite's functions.

    Args:
        folder: for the audit, the ledger and the reviews.
        declared: whether the suite's declaration is used; without it, what is assumed of tools nobody has declared.
    """

    def __init__(self, suite: TaskSuite[Any], folder: Path, declared: bool = True) -> None:
        self.worlds: dict[str, Any] = {}
        self.declaration = Declaration.of(suite.name, declared)
        specs = [spec_of(function, self.declaration, self.worlds.__getitem__) for function in suite.tools]
        self.writes = tuple(spec.name for spec in specs if spec.writes)
        pack = folder / f"{suite.name}.yaml"
        reads = [spec.name for spec in specs if not spec.writes]
        pack.write_text(yaml.safe_dump(pack_of(suite.name, reads, self.writes), sort_keys=False))
        policy = load_packs([pack], tools=[spec.name for spec in specs])
        self.engine = open_database(f"sqlite:///{folder / 'desk.db'}")
        books = open_governance(self.engine, folder)
        self.reviews = books.reviews
        records = SimpleNamespace(company=lambda: SimpleNamespace(today=date(2026, 1, 15)))
        self.registry = Registry(
            specs,
            policy=lambda: policy,
            services=ToolServices(
                records=cast(Any, records), memory=cast(Any, None), documents=cast(Any, None), directory=_People()
            ),
            ledger=Ledger(self.engine, books.audit),
            reviews=books.reviews,
            audit=books.audit,
        )

    def close(self) -> None:
        """Ends the work."""
        self.engine.dispose()


class Turn:
    """One turn of one user: the plan is fixed from their words before the first call.

    Args:
        world: the suite's environment; what is done is done to it.
        today: the day the house's clock shows.
        approves: whether the person, asked about a call, says yes.

    Attributes:
        reviews: how many calls a person was asked about.
        pauses: how many times the work stopped for that.
        reasons: why policy did not let calls run by themselves.
    """

    def __init__(
        self,
        desk: Desk,
        thread: str,
        prompt: str,
        world: Any,
        today: date | None,
        approves: Callable[[str, Mapping[str, Any]], bool],
    ) -> None:
        self._desk = desk
        self._approves = approves
        desk.worlds[thread] = world
        # The model is not believed at any time, so the turn counts as tainted before it has read anything.
        plan = find_ordered_tools(prompt, desk.writes)
        self._origin = Origin(USER, agent="assistant", thread=thread, run=thread, plan=plan, tainted=True)
        self._evidence = ProvenanceTracer([prompt], today=today)
        self._done: dict[str, list[Mapping[str, Any]]] = {}
        self.reviews = 0
        self.pauses = 0
        self.reasons: list[str] = []

    def run(self, answers: Iterable[Sequence[tuple[str, Any]]]) -> list[bool]:
        """Puts the model's answers to the registry, one after the other; returns which calls were done.

        Args:
            answers: each holds one call or several; arguments may be worked out from the world as it is then.
        """

        async def all_of() -> list[bool]:
            world, done = self._desk.worlds[self._origin.thread], []
            for calls in answers:
                done += await self._answer([(tool, args(world) if callable(args) else args) for tool, args in calls])
            return done

        return asyncio.run(all_of())

    async def _answer(self, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[bool]:
        """Policy decides about all calls of one answer; then people are asked, once, about those that wait for them."""
        wanted: dict[str, list[Mapping[str, Any]]] = {}
        decided = []
        for tool, args in calls:
            decided.append((args, *self._decide(tool, plain(args), wanted.get(tool, ()))))
            wanted.setdefault(tool, []).append(plain(args))
        for _, proposal, decision in decided:
            if decision.verdict is not Verdict.ALLOW:
                self.reasons.append(f"{proposal.tool}: {' '.join(decision.reasons)}")
        waiting = sum(decision.verdict is Verdict.REVIEW for _, _, decision in decided)
        self.reviews += waiting
        self.pauses += waiting > 0
        done = []
        for args, proposal, decision in decided:
            asked = decision.verdict is Verdict.REVIEW and self._approves(proposal.tool, args)
            granted = asked or decision.verdict is Verdict.ALLOW
            done.append(granted and await self._act(proposal, decision))
        return done

    def _decide(
        self, tool: str, args: Mapping[str, Any], same_answer: Sequence[Mapping[str, Any]]
    ) -> tuple[Proposal, Decision]:
        registry = self._desk.registry
        spec = registry.specs[tool]
        sources = self._evidence.trace(args, self._desk.declaration.words.get(tool))
        repeats = spec.writes and is_repeat(spec.critical, args, [*self._done.get(tool, ()), *same_answer])
        origin = replace(self._origin, plan=self._origin.plan - {tool}) if repeats else self._origin
        proposal = registry.propose(tool, args, origin, sources)
        return proposal, registry.decide(proposal)

    async def _act(self, proposal: Proposal, decision: Decision) -> bool:
        desk, spec = self._desk, self._desk.registry.specs[proposal.tool]
        review_id = ""
        if decision.verdict is Verdict.REVIEW:
            now = datetime.now(UTC)
            review = desk.reviews.open(proposal, decision, USER, desk.registry.summary(proposal), now)
            desk.reviews.answer(review.review_id, PERSON, Answer(AnswerType.APPROVE, "as the user asked"), now)
            review_id = review.review_id
        outcome = await desk.registry.execute(proposal, Grant(proposal.digest, review_id))
        if not outcome.ok:
            self.reasons.append(f"{proposal.tool}: {outcome.message}")
            return False
        args = proposal.args
        self._done.setdefault(proposal.tool, []).append(args)
        picked = {name: args[name] for name in spec.critical if name in args}
        chosen = {} if review_id else picked if spec.writes else args
        self._evidence.add(ToolReading(outcome.value, spec.untrusted, chosen, spec.writes))
        return True
