"""A grant is used soon, and under the rules that hold when it is used."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.domain.decision import Obligations, Verdict
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.tools.outcome import GRANT_LIFETIME, Grant, Outcome, Status
from countersign.tools.registry.registry import Registry
from databases import Databases
from scripted_system import Small, does
from services import NOW, Office

MARA, KARL, INES = "mara.voss", "karl.weiss", "ines.roth"
RULES = """
pack: small
version: "{version}"
owner: policy_owner
description: The rules of one day.
rules:
  - id: small.rule
    description: One rule.
    owner: policy_owner
    source: it-handbook#2.1
    tools: [small.act]
    {rest}
    reason: The rule of the day.
"""
ALLOW, DENY = "effect: allow", "effect: deny"
REVIEW = "effect: review\n    reviewers: [controller]"
TWO = "effect: review\n    reviewers: [controller, cfo]"


class Day:
    """An office whose clock and rules can be changed."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.folder = folder
        self.now = NOW
        self.policy = self.rules(ALLOW)
        self.registry = Registry(
            office.specs,
            policy=lambda: self.policy,
            services=office.services,
            ledger=office.ledger,
            reviews=office.reviews,
            audit=office.audit,
            now=lambda: self.now,
        )

    def rules(self, rest: str) -> PolicySet:
        """The rule of the day."""
        path = self.folder / "small.yaml"
        path.write_text(RULES.format(version=abs(hash(rest)), rest=rest))
        return load_packs([path])

    def ask(self, rest: str, run: str = "run-1") -> Any:
        """A proposal, decided under these rules."""
        self.policy = self.rules(rest)
        proposal = self.office.propose(MARA, "small.act", {}, run)
        self.registry.decide(proposal)
        return proposal

    def signed(self, proposal: Any, *by: str, at: datetime | None = None) -> Grant:
        """The grant of a review with one seat for each who signs."""
        decision = self.registry.preview(proposal)
        summary = self.registry.summary(proposal)
        review = self.office.reviews.open(proposal, decision, self.office.who(MARA), summary, at or self.now)
        for user in by:
            self.office.reviews.answer(review.review_id, self.office.who(user), Answer(AnswerType.APPROVE), self.now)
        return Grant(proposal.digest, review.review_id)

    def run(self, proposal: Any, grant: Grant | None = None) -> Outcome:
        """Runs it."""
        return asyncio.run(self.registry.execute(proposal, grant or Grant(proposal.digest)))


@pytest.fixture
def system() -> Small:
    return Small(does)


@pytest.fixture
def day(tmp_path: Path, company_file: Path, databases: Databases, system: Small) -> Iterator[Day]:
    databases.url(tmp_path / "countersign.db")
    office = Office.open(tmp_path, company_file, [system.spec()])
    yield Day(office, tmp_path)
    office.close()


@pytest.mark.parametrize(
    ("before", "after", "ran"),
    [(ALLOW, DENY, False), (ALLOW, REVIEW, False), (ALLOW, ALLOW + "\n    when: agent == 'test'", True)],
)
def test_an_allowance_of_old_rules_is_decided_again(
    day: Day, system: Small, before: str, after: str, ran: bool
) -> None:
    """A rule that was tightened while a call waited must bite before the call runs."""
    proposal = day.ask(before)
    day.policy = day.rules(after)
    assert day.run(proposal).ok is ran
    assert system.tries == (1 if ran else 0)


@pytest.mark.parametrize(
    ("after", "ran"), [(DENY, False), (TWO, False), (ALLOW, True), (REVIEW + "\n    deadline: 1d", True)]
)
def test_a_signature_under_old_rules_is_decided_again(day: Day, system: Small, after: str, ran: bool) -> None:
    """One signature of yesterday does not make two of today, and none makes up for a no."""
    proposal = day.ask(REVIEW)
    grant = day.signed(proposal, KARL)
    day.policy = day.rules(after)
    assert day.run(proposal, grant).ok is ran
    assert system.tries == (1 if ran else 0)


@pytest.mark.parametrize(("late", "ran"), [(GRANT_LIFETIME, True), (GRANT_LIFETIME + timedelta(seconds=1), False)])
@pytest.mark.parametrize("rest", [ALLOW, REVIEW])
def test_a_grant_expires(day: Day, system: Small, rest: str, late: timedelta, ran: bool) -> None:
    """Yes, last month, is no reason to pay today."""
    proposal = day.ask(rest)
    grant = day.signed(proposal, KARL) if rest is REVIEW else None
    day.now = NOW + late
    outcome = day.run(proposal, grant)
    assert (outcome.ok, system.tries) == (ran, int(ran))
    if not ran:
        assert "ask again" in outcome.message


def test_an_old_grant_still_tells_what_it_did(day: Day, system: Small) -> None:
    """Expiry stops runs, not answers: a replay gets what was recorded."""
    proposal = day.ask(ALLOW)
    assert day.run(proposal).ok
    day.now = NOW + timedelta(days=400)
    again = day.run(proposal)
    assert (again.ok, again.replayed, system.tries) == (True, True, 1)


@pytest.mark.parametrize(("changes", "tries"), [({}, 1), ({"thread": "another"}, 2), ({"run": "run-2"}, 2)])
def test_an_action_is_done_once_in_its_own_run(day: Day, system: Small, changes: dict[str, str], tries: int) -> None:
    """Proposed anew under new rules it is the same action; an equal id of a run elsewhere does not make it so."""
    first = day.ask(ALLOW)
    assert day.run(first).ok
    day.policy = day.rules(ALLOW + "\n    when: agent == 'test'")
    again = replace(first, policy_revision=day.policy.revision, **changes)
    day.registry.decide(again)
    outcome = day.run(again)
    assert (outcome.ok, outcome.replayed, system.tries) == (True, tries == 1, tries)


def test_a_review_that_was_long_in_signing_is_fresh_when_signed(day: Day) -> None:
    """The time counts from the last signature, not from the question."""
    proposal = day.ask(REVIEW)
    day.now = NOW + timedelta(hours=40)
    grant = day.signed(proposal, KARL, at=NOW)
    assert day.run(proposal, grant).ok


def test_an_unread_obligation_changes_nothing(day: Day) -> None:
    """The registry looks policy up itself; a decision handed to it from outside has no say."""
    proposal = day.ask(DENY)
    forged = replace(day.registry.preview(proposal), verdict=Verdict.ALLOW, obligations=Obligations())
    assert forged.verdict is Verdict.ALLOW
    assert day.run(proposal).status is Status.DENIED
