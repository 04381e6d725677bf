"""The soak's world: real assistants on one real data folder, a clock, a directory and rules that change."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from countersign.graphs.assistant import factory
from countersign.graphs.assistant.session import AsyncAssistant
from countersign.graphs.runtime.checkpoints import LocalSaver
from countersign.graphs.runtime.driver import make_config
from countersign.graphs.runtime.services import RunContext
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set
from countersign.policies.rules.rule import Rule, RuleEffect
from countersign.tools.registry.registry import Origin
from countersign.tools.toolsets import ALL
from data_folder import copy_of, open_core, records
from data_folder import orders as orders_between
from patches import replaced_function
from soak_facts import Books
from soak_rules import BOOKS, Book
from soak_staff import BASE

T = TypeVar("T")
ORDERS = 6
LEARNED_SECONDS = 60.0


@dataclass(frozen=True)
class Stage:
    """What the soak plays with, found once in the untouched company.

    Attributes:
        home: the data folder that each example copies.
        orders: of other customers each, paid more than 2,000.00 EUR.
        exceptions: what is wrong with each of the invoices, by id.
    """

    home: Path
    tenant: str
    orders: tuple[str, ...]
    exceptions: dict[str, tuple[str, ...]]


def stage_of(untouched: Path, home: Path) -> Stage:
    """Prepares the folder that all examples copy: the staff have their roles, orders and invoices are chosen."""
    copy_of(untouched, home)
    for user, (_, roles) in BASE.items():
        books_roles = str(list(roles)).replace("'", '"')
        records(home, "UPDATE employees SET roles = ?, active = 1 WHERE user_id = ?", books_roles, user)
    assistant = open_core(home)
    try:
        spec = assistant.services.registry.specs["invoices.post"]
        context = assistant.services.registry._judge.context(_any(assistant), assistant.principal("lena.brandt"))
        chosen: dict[str, tuple[str, ...]] = {}
        kinds: dict[object, int] = {}
        query = """
            SELECT id, total_minor FROM invoices
            WHERE currency = 'EUR' AND status IN ('received', 'stuck') ORDER BY id DESC
        """
        for invoice, total in records(home, query):
            args = spec.arguments.model_validate({"invoice_id": invoice})
            assert spec.facts is not None
            found = tuple(spec.facts(args, context)["invoice"]["exceptions"])
            kind = (bool(found), "duplicate" in found, total > 500_000, total > 5_000_000)
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= 1:
                chosen[invoice] = found
        tenant = assistant.principal("lena.brandt").tenant
    finally:
        assistant.close()
    return Stage(home, tenant, tuple(orders_between(home, 200_000, 900_000)[:ORDERS]), chosen)


def _any(assistant: AsyncAssistant) -> Any:
    origin = Origin(assistant.principal("lena.brandt"), "finance", "stage", "stage")
    return assistant.services.registry.propose("invoices.post", {"invoice_id": "INV-0001"}, origin)


@lru_cache(maxsize=1)
def editions() -> dict[str, PolicySet]:
    """The company's own packs, once for each edition of the rules."""
    written = load_packs(None, tools=[spec.name for spec in ALL])
    return {name: assemble_policy_set([_edit(pack, book) for pack in written.packs]) for name, book in BOOKS.items()}


def _edit(pack: Pack, book: Book) -> Pack:
    when = {
        "support.refund.small": f"args.amount_minor <= {book.small}",
        "support.refund.medium": f"args.amount_minor > {book.small} && args.amount_minor <= {book.large}",
        "support.refund.large": f"args.amount_minor > {book.large}",
    }
    # The model judges each refund by itself; tests/tools/ledger/test_history_index.py tries the earlier ones.
    alone = [rule for rule in pack.rules if not rule.id.startswith("support.refund.split")]
    rules = [rule.model_copy(update={"when": when.get(rule.id, rule.when)}) for rule in alone]
    if pack.pack == "company":
        rules.append(_freeze("refunds.issue", f"args.amount_minor > {book.frozen}"))
        rules.append(_freeze("invoices.post", "false" if book.postings else "true"))
    return pack.model_copy(update={"rules": tuple(rules)})


def _freeze(tool: str, when: str) -> Rule:
    return Rule.model_validate(
        {
            "id": f"soak.freeze.{tool}",
            "description": "Nothing goes out while this holds.",
            "owner": "controller",
            "source": "finance-handbook#1.1",
            "tools": (tool,),
            "when": when,
            "effect": RuleEffect.DENY,
            "reason": "Nothing goes out for now.",
        }
    )


@dataclass
class World:
    """Two doors to one folder; the second is opened when somebody goes through it.

    Attributes:
        now: the clock.
        edition: which rules are in force.
    """

    stage: Stage
    home: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    edition: str = "written"
    doors: list[AsyncAssistant | None] = field(default_factory=lambda: [None, None])

    @classmethod
    def make(cls, stage: Stage, home: Path) -> "World":
        """A world in a folder of its own."""
        copy_of(stage.home, home)
        return cls(stage, home)

    def __post_init__(self) -> None:
        self.books = Books(self.home)
        self._runner = asyncio.Runner()

    @property
    def policy(self) -> PolicySet:
        """The rules in force."""
        return editions()[self.edition]

    def door(self, at: int) -> AsyncAssistant:
        """One of the two assistants."""
        found = self.doors[at]
        if found is None:
            with replaced_function(factory, load_packs, lambda *_, **__: self.policy):
                found = self.doors[at] = open_core(self.home, now=lambda: self.now)
            found.services.registry._policy = lambda: self.policy
        return found

    def shut(self, at: int) -> None:
        """Closes one of them; the next who goes through opens it anew."""
        found, self.doors[at] = self.doors[at], None
        if found is not None:
            found.close()

    def do(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs something on the world's event loop, and waits for what is learned from it, so that steps do not mix."""

        async def go() -> T:
            return await work()

        try:
            return self._runner.run(go())
        finally:
            for door in self.doors:
                assert door is None or door.learner is None or door.learner.wait(LEARNED_SECONDS)

    async def invoke(self, at: int, run: Any, feed: Any, config: Any = None, answering: str = "") -> Any:
        """Runs the graph as a client with full control of it does."""
        context = RunContext(run.user, run.thread, run.run, answering=answering)
        return await self.door(at).graph.ainvoke(feed, config or make_config(run.run), context=context)

    def pass_time(self, by: timedelta) -> None:
        """Moves the clock."""
        self.now += by

    def close(self) -> int:
        """Verifies the whole log, closes everything and returns how many records stand in it."""
        try:
            return self.door(0).services.audit.verify()
        finally:
            for at in range(len(self.doors)):
                self.shut(at)
            self.books.close()
            self._runner.close()


@contextmanager
def keep_checkpoints() -> Iterator[None]:
    """Meanwhile no checkpoint is ever deleted: whoever replays has kept them all."""
    before = LocalSaver.delete_thread
    LocalSaver.delete_thread = lambda self, thread_id: None  # type: ignore[method-assign]  # noqa: ARG005
    try:
        yield
    finally:
        LocalSaver.delete_thread = before  # type: ignore[method-assign]
