"""The shop behind the real registry: policy, ledger, audit and reviews, with one conversation for each thread."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from countersign.policies.domain.decision import Decision
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.governance.governance import open_governance
from countersign.policies.rules.loader import load_packs
from countersign.policies.storage.database import open_database
from countersign.tools.ledger.ledger import Ledger
from countersign.tools.outcome import Grant, Outcome
from countersign.tools.registry.registry import Origin, Registry
from countersign.tools.spec import ToolServices

from .records import Conversation, Shop
from .tools import TOOLS

PACK = Path(__file__).with_name("retail.yaml")
VISITOR = "visitor"
TENANT = "shop"
SEARCHES = ("find_user_id_by_email", "find_user_id_by_name_zip")


class Customers:
    """The directory: each customer of the shop, and whoever has not been authenticated yet."""

    def __init__(self, users: Iterable[str]) -> None:
        self._known = {user: Principal(user, TENANT, frozenset({"customer"})) for user in users}
        self._known[VISITOR] = Principal(VISITOR, TENANT, frozenset({"visitor"}))

    def get(self, user_id: str) -> Principal | None:
        """The principal with this id, or ``None``."""
        return self._known.get(user_id)

    def everyone(self) -> Iterable[Principal]:
        """Every principal."""
        return self._known.values()


@dataclass
class Threads:
    """The conversations, as the tools reach them."""

    talks: dict[str, Conversation] = field(default_factory=dict)

    def conversation(self, thread: str) -> Conversation:
        """The conversation of a thread."""
        return self.talks[thread]

    def company(self) -> SimpleNamespace:
        """The shop's day."""
        return SimpleNamespace(today=date(2026, 1, 15))


class Desk:
    """The registry over a shop, and conversations in which calls are made.

    Args:
        base: the shop's records.
        folder: for the audit, the ledger and the reviews.
    """

    def __init__(self, base: Mapping[str, Any], folder: Path) -> None:
        self.base = base
        self.threads = Threads()
        self.customers = Customers(base["users"])
        self.policy = load_packs([PACK], tools=[spec.name for spec in TOOLS])
        self.engine = open_database(f"sqlite:///{folder / 'desk.db'}")
        books = open_governance(self.engine, folder)
        services = ToolServices(
            records=cast(Any, self.threads), memory=cast(Any, None), documents=cast(Any, None), directory=self.customers
        )
        self.registry = Registry(
            TOOLS,
            policy=lambda: self.policy,
            services=services,
            ledger=Ledger(self.engine, books.audit),
            reviews=books.reviews,
            audit=books.audit,
        )

    def begin(self, thread: str, talk: Conversation | None = None) -> Conversation:
        """A new conversation, with a shop as it was at first or one that was prepared."""
        self.threads.talks[thread] = talk or Conversation(Shop(self.base))
        return self.threads.talks[thread]

    def propose(self, thread: str, run: str, tool: str, args: Mapping[str, Any], user: str = "") -> Proposal:
        """A call for the customer of a conversation, or for another one whose session this is made to be."""
        principal = self.customers.get(user or self.threads.talks[thread].user_id or VISITOR)
        assert principal is not None
        return self.registry.propose(tool, args, Origin(principal, agent="retail", thread=thread, run=run))

    def decide(self, proposal: Proposal) -> Decision:
        """What policy says."""
        return self.registry.decide(proposal)

    def execute(self, proposal: Proposal) -> Outcome:
        """Runs a call on policy's own allowance; a search that finds somebody authenticates them in its thread."""
        outcome = asyncio.run(self.registry.execute(proposal, Grant(proposal.digest)))
        if outcome.ok and proposal.tool in SEARCHES and outcome.value["user_id"]:
            self.threads.talks[proposal.thread].user_id = outcome.value["user_id"]
        return outcome

    def close(self) -> None:
        """Ends the work."""
        self.engine.dispose()
