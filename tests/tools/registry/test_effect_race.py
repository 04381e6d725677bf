"""Whoever loses the race for an effect gets what the winner's run recorded, however the race is timed."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput
from countersign.tools.outcome import Grant, Outcome
from countersign.tools.spec import Arguments, Result, ToolContext, ToolSpec, tool
from services import Office


class Amount(Arguments):
    """How much of what is left."""

    minor: int


class Left(Result):
    """What is left afterwards."""

    minor: int


class Till:
    """Money that is gone once it was paid; between a look at the ledger and the look at it, others may come."""

    def __init__(self) -> None:
        self.minor = 100
        self.paid = 0
        self.meanwhile: list[threading.Thread] = []

    def spec(self) -> ToolSpec:
        def facts(args: Amount, _context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
            while self.meanwhile:
                other = self.meanwhile.pop()
                other.start()
                other.join()
            if args.minor > self.minor:
                raise BadInput("There is not so much left in the till.")
            return {}

        @tool("till.pay", effect=Effect.WRITE, owner="the owner", system="the till", summary="Pay", facts=facts)
        def pay(args: Amount, context: ToolContext) -> Left:  # noqa: ARG001 - the till needs no key
            """Pays from the till."""
            self.minor -= args.minor
            self.paid += 1
            return Left(minor=self.minor)

        return pay


def test_the_loser_is_not_told_that_it_was_denied(tmp_path: Path, company_file: Path) -> None:
    """The winner ran between the loser's look at the ledger and policy's look at the facts: the loser would say no."""
    till = Till()
    office = Office.open(tmp_path, company_file, [till.spec()])
    proposal = office.propose("mara.voss", "till.pay", {"minor": 80})
    office.registry.decide(proposal)
    outcomes: list[Outcome] = []

    def execute() -> None:
        outcomes.append(asyncio.run(office.registry.execute(proposal, Grant(proposal.digest))))

    till.meanwhile = [threading.Thread(target=execute)]
    execute()
    won, lost = outcomes
    assert (won.ok, won.replayed, won.value) == (True, False, {"minor": 20})
    assert (lost.ok, lost.replayed, lost.value) == (True, True, {"minor": 20})
    assert till.paid == 1
    assert len(list(office.audit.records(kind="tool.refused"))) == 0
    office.audit.verify()
    office.close()
