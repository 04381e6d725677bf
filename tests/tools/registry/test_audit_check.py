"""What the log knows of a write: an effect on records that it does not bear out must not begin."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.domain.proposal import Effect, Proposal
from countersign.policies.errors import Tampered
from countersign.policies.storage.database import begin_write
from countersign.tools.ledger.audit_events import make_call_event
from countersign.tools.ledger.ledger import EffectState, table
from countersign.tools.outcome import Grant, Outcome, Status
from countersign.tools.spec import Arguments, Result, ToolContext, tool
from databases import Databases
from services import Office
from sqlalchemy import text

_LEASE = timedelta(minutes=1)


class Ask(Arguments):
    """What is asked."""

    word: str = "x"


class Told(Result):
    """What is answered."""

    count: int


class Counted:
    """An office with one tool that counts how often it acted, whatever key it is given."""

    def __init__(self, folder: Path, company: Path) -> None:
        self.done = 0

        @tool("small.act", effect=Effect.WRITE, owner="finance", system="the small system", summary="Act")
        def act(args: Ask, context: ToolContext) -> Told:  # noqa: ARG001 - it counts and nothing else
            """Acts, and counts how often."""
            self.done += 1
            return Told(count=self.done)

        self.office = Office.open(folder, company, [act])
        self.proposal: Proposal = self.office.propose("mara.voss", "small.act", {})

    def decide(self) -> None:
        self.office.registry.decide(self.proposal)

    def run(self) -> Outcome:
        return asyncio.run(self.office.registry.execute(self.proposal, Grant(self.proposal.digest)))

    def change(self, statement: str) -> None:
        with begin_write(self.office.engine) as connection:
            assert connection.execute(text(statement)).rowcount, statement


@pytest.fixture
def counted(tmp_path: Path, company_file: Path, databases: Databases) -> Iterator[Counted]:
    databases.url(tmp_path / "countersign.db")
    made = Counted(tmp_path, company_file)
    yield made
    made.office.close()


def test_nothing_runs_without_a_recorded_decision(counted: Counted) -> None:
    """A call that no log knows to have been decided on has come by a side door."""
    outcome = counted.run()
    assert (outcome.status, counted.done) == (Status.DENIED, 0)
    assert "No decision" in outcome.message


@pytest.mark.parametrize("column", [column.name for column in table.c])
def test_every_changed_column_of_the_ledger_is_noticed(counted: Counted, column: str) -> None:
    """The row that says whether an effect was begun is the one worth changing."""
    counted.decide()
    number = column == "attempts"
    counted.change(f"UPDATE ledger SET {column} = {'7' if number else f'''coalesce({column}, '') || '~' '''}")  # noqa: S608
    outcome = counted.run()
    assert (outcome.status, counted.done) == (Status.DENIED, 0)
    assert outcome.message.endswith("Nothing was run.")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger",
        "UPDATE ledger SET state = 'intended'",
        "UPDATE ledger SET state = 'intended', worker = NULL, grant_ref = NULL, lease_until = NULL, started_at = NULL, "
        "attempts = 0, result = NULL, ended_at = NULL, message = NULL",
        "UPDATE ledger SET result = '{\"count\" :99}'",
        "DELETE FROM audit_log WHERE kind = 'effect.started'",
        "DELETE FROM audit_log WHERE kind = 'effect.succeeded'",
        "UPDATE audit_log SET body = '{}' WHERE kind = 'effect.succeeded'",
    ],
)
def test_an_effect_that_happened_never_starts_again(counted: Counted, statement: str) -> None:
    """Whoever sets the ledger back wants the money paid twice, or another result believed."""
    counted.decide()
    assert counted.run().ok
    counted.change(statement.replace(" :", r"\:"))
    outcome = counted.run()
    assert (outcome.ok, counted.done) == (False, 1)


def test_an_effect_that_may_have_happened_is_said_to_be_in_doubt(counted: Counted) -> None:
    """A plain denial would send people away who must check whether it happened."""
    counted.decide()
    assert counted.run().ok
    counted.change("DELETE FROM ledger")
    outcome = counted.run()
    assert outcome.status is Status.IN_DOUBT
    assert "effect.succeeded" in outcome.message
    assert [record.kind for record in counted.office.audit.records(run="run-1")][-1] == "tool.refused"


def test_a_change_between_start_and_end_is_not_vouched_for(counted: Counted) -> None:
    """The end of an effect must be recorded, but not as the word for what somebody changed meanwhile."""
    counted.decide()
    office, digest = counted.office, counted.proposal.digest

    def told(kind: str) -> Any:
        return make_call_event(kind, counted.proposal, {})

    assert office.ledger.start(digest, "policy", _LEASE, told("effect.started"))
    counted.change("UPDATE ledger SET grant_ref = 'REV-forged'")
    assert office.ledger.finish(digest, EffectState.SUCCEEDED, told("effect.succeeded"), result={"count": 1})
    assert (counted.run().status, counted.done) == (Status.IN_DOUBT, 0)


def test_a_change_just_before_the_start_stops_it(counted: Counted) -> None:
    """Between the look at the log and the start lies a moment; the start looks again."""
    counted.decide()
    counted.change("UPDATE ledger SET arguments = '[]'")
    with pytest.raises(Tampered, match="is not as the audit log last saw it"):
        counted.office.ledger.start(
            counted.proposal.digest, "policy", _LEASE, make_call_event("effect.started", counted.proposal, {})
        )
