"""A story through the public door that leaves every kind of row behind: for tests that tamper with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from clocks import Clock
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.graphs.runtime.services import Services
from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.proposal import Proposal
from countersign.policies.review.review import Answer, AnswerType, Review
from countersign.policies.storage.database import open_database
from countersign.policies.storage.urls import make_sqlite_url
from countersign.tools.ledger.audit_events import make_call_event
from countersign.tools.ledger.ledger import EffectState
from countersign.tools.registry.registry import Origin
from data_folder import MARA, TOM, open_door, orders
from sqlalchemy import Engine, text

APPROVE = Answer(AnswerType.APPROVE)
CONTROLLER = "karl.weiss"
GRANTED = "run-granted"


@dataclass
class Story:
    """An assistant after the story.

    Attributes:
        engine: of the records of work.
        places: of the checkpoints; the same on PostgreSQL.
    """

    assistant: Assistant
    home: Path
    engine: Engine
    places: Engine

    @classmethod
    @contextmanager
    def at(cls, home: Path) -> Iterator["Story"]:
        """The story in a data folder where it was told."""
        with open_door(home) as assistant:
            engine = assistant.core.services.audit._engine
            local = engine.dialect.name == "sqlite"
            places = open_database(make_sqlite_url(home / "checkpoints.db")) if local else engine
            yield cls(assistant, home, engine, places)
            places.dispose()

    @property
    def desk(self) -> Services:
        return self.assistant.core.services

    @property
    def audit(self) -> AuditLog:
        found: AuditLog = self.desk.audit
        return found

    @property
    def saver(self) -> Any:
        return self.assistant.core.saver

    def reviews(self) -> list[Review]:
        found: list[Review] = self.desk.reviews.find(tenant=self.assistant.core.principal(MARA).tenant, state=None)
        return found

    def ask(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)))


def tell(home: Path) -> None:
    """A refund with two signatures, one that waits, one that nobody answered, one that policy allows, one in doubt."""
    clock = Clock()
    small, middle, large = orders(home, 2000, 9500), orders(home, 15000, 60000), orders(home, 100_100, 900_000)
    with open_door(home, now=clock) as assistant:
        desk = assistant.core.services
        clock.ahead = -timedelta(days=90)
        late = assistant.send(f"refund order {middle[0]}", as_user=MARA, thread="late")
        while clock.ahead < timedelta():
            clock.ahead += timedelta(days=10)
            desk.reviews.sweep(clock())
        assistant.catch_up(as_user=MARA)
        assert str(desk.reviews.get(late.pending[0].review_id).state) == "expired"
        both = assistant.send(f"refund order {large[0]}", as_user=MARA, thread="both")
        assistant.answer(both.pending[0].review_id, "approve", as_user=TOM)
        done = assistant.answer(both.pending[0].review_id, "approve", as_user=CONTROLLER)
        assert done is not None
        assert done.state is RunState.DONE
        assert assistant.send(f"refund order {small[0]}", as_user=MARA, thread="small").state is RunState.DONE
        doubtful(desk, small[1])
        granted(desk, middle[2])
        assert assistant.send(f"refund order {middle[1]}", as_user=MARA, thread="waits").pending


def wanted(desk: Any, order: str, run: str) -> Proposal:
    """The proposal of a refund, outside any graph."""
    principal = desk.directory.get(MARA)
    origin = Origin(principal, "support", f"{principal.tenant}/{MARA}/{run}", run, plan=frozenset({"refunds.issue"}))
    paid = desk.registry.services.records.get("order", order)["total_minor"]
    args = {"order_id": order, "amount_minor": paid, "currency": "EUR", "reason": "damaged"}
    found: Proposal = desk.registry.propose("refunds.issue", args, origin, dict.fromkeys(args, "user"))
    return found


def doubtful(desk: Any, order: str) -> None:
    """An effect whose end nobody knows."""
    proposal = wanted(desk, order, "run-doubt")
    assert str(desk.registry.decide(proposal).verdict) == "allow"
    ledger = desk.registry._ledger
    assert ledger.start(
        proposal.digest, "policy", timedelta(seconds=-1), make_call_event("effect.started", proposal, {})
    )
    assert ledger.finish(
        proposal.digest, EffectState.IN_DOUBT, make_call_event("effect.in_doubt", proposal, {}), message="?"
    )


def granted(desk: Any, order: str) -> None:
    """A refund that people agreed to and that was not paid yet."""
    proposal = wanted(desk, order, GRANTED)
    decision = desk.registry.decide(proposal)
    review = desk.reviews.open(proposal, decision, desk.directory.get(MARA), "Refund", desk.now())
    desk.reviews.answer(review.review_id, desk.directory.get(TOM), APPROVE, desk.now())
