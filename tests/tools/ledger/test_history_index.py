"""What rules ask of the past: answered from an index, never stale at the moment an effect starts, kept whole."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.errors import BadInput, PolicyError, Tampered, Unavailable
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.storage.database import begin_write
from countersign.tools.ledger.history_index import table
from countersign.tools.outcome import Grant, Outcome, Status
from countersign.tools.registry.registry import Registry
from countersign.tools.spec import ToolSpec
from databases import Databases
from scripted_system import Small, acts_then_fails, does, fails
from services import NOW, Office
from sqlalchemy import delete, update

MARA, KARL = "mara.voss", "karl.weiss"
PACK = """
pack: small
version: "1"
owner: policy_owner
description: The rules of one day.
{history}
rules:
  - id: small.allow
    description: Everything is allowed.
    owner: policy_owner
    source: it-handbook#2.1
    tools: [small.act]
    effect: allow
    reason: It is allowed.
  - id: small.cap
    description: But not too often.
    owner: policy_owner
    source: it-handbook#2.1
    tools: [small.act]
    when: {when}
    effect: deny
    reason: It was done {{history.past}} times.
"""
THREE = "history: {{past: {{tools: ['small.*'], same: {same}, within: {within}{more}}}}}"


class Day:
    """An office whose clock and rules can be changed."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.now = NOW
        self._folder = folder
        self.policy = self.rules()

    def rules(
        self, same: str = "user", within: str = "30d", when: str = "history.past >= 3", more: str = ""
    ) -> PolicySet:
        """Rules with one cap."""
        path = self._folder / "small.yaml"
        path.write_text(PACK.format(history=THREE.format(same=same, within=within, more=more), when=when))
        return load_packs([path])

    def registry(self) -> Registry:
        """As another process opens it."""
        office = self.office
        return Registry(
            office.specs,
            policy=lambda: self.policy,
            services=office.services,
            ledger=office.ledger,
            reviews=office.reviews,
            audit=office.audit,
            now=lambda: self.now,
        )

    def act(self, run: str, user: str = MARA, registry: Registry | None = None, **args: Any) -> Outcome:
        """Decides and does one call."""
        registry = registry or self.registry()
        proposal = self.office.propose(user, "small.act", args, run)
        registry.decide(proposal)
        return asyncio.run(registry.execute(proposal, Grant(proposal.digest)))


@pytest.fixture
def system() -> Small:
    return Small(does)


@pytest.fixture
def spec(system: Small) -> ToolSpec:
    return system.spec(idempotent=False, retries=0)


@pytest.fixture
def day(tmp_path: Path, company_file: Path, databases: Databases, spec: ToolSpec) -> Iterator[Day]:
    databases.url(tmp_path / "countersign.db")
    office = Office.open(tmp_path, company_file, [spec])
    yield Day(office, tmp_path)
    office.close()


def statuses(day: Day, *runs: str, **more: Any) -> list[str]:
    """How calls end, one after the other."""
    return [str(day.act(run, **more).status) for run in runs]


def test_the_fourth_is_one_too_many(day: Day) -> None:
    """Counted by user, in a window that moves, and told in the reason and the log."""
    assert statuses(day, "a", "b", "c", "d") == ["succeeded", "succeeded", "succeeded", "denied"]
    assert day.act("e").message == "It was done 3 times."
    assert statuses(day, "f", user=KARL) == ["succeeded"]
    judged = [record.data["facts"]["history"] for record in day.office.audit.records(kind="decision")]
    assert [item["past"] for item in judged] == [0, 1, 2, 3, 3, 0]
    day.now = NOW + timedelta(days=400)
    assert statuses(day, "g") == ["succeeded"]
    day.office.audit.verify()


def test_a_call_does_not_count_itself(day: Day) -> None:
    """A replay of the third is no fourth."""
    day.policy = day.rules(when="history.past >= 1")
    first = day.act("a")
    again = day.act("a")
    assert (first.ok, again.ok, again.replayed) == (True, True, True)


@pytest.mark.parametrize(("same", "seen"), [("thread", 3), ("user", 3), ("tenant", 3)])
def test_what_is_the_same_counts(day: Day, same: str, seen: int) -> None:
    """Each thing that calls can have in common."""
    day.policy = day.rules(same=same)
    assert statuses(day, "a", "b", "c", "d").count("succeeded") == seen


def test_a_call_without_the_field_is_denied_by_a_rule_that_asks(day: Day) -> None:
    """What cannot be compared is not taken for new."""
    day.policy = day.rules(same="args.nothing")
    outcome = day.act("a")
    assert outcome.status is Status.DENIED
    assert "history.past is missing" in outcome.message


def test_what_failed_does_not_count_and_what_is_in_doubt_does(day: Day, system: Small) -> None:
    """A refund that the till refused is none; one of which nobody knows may be one."""
    day.policy = day.rules(when="history.past >= 1")
    system.script[:] = [fails(BadInput("no")), acts_then_fails(Unavailable("gone")), does]
    system.silent = True
    assert statuses(day, "a", "b", "c") == ["failed", "in_doubt", "denied"]
    day.office.audit.verify()


def test_a_new_rule_sees_what_happened_before_it(day: Day) -> None:
    """Whoever writes a cap today does not start at nothing; and it is indexed once."""
    day.policy = day.rules(when="args == null")
    assert statuses(day, "a", "b", "c") == ["succeeded"] * 3
    day.policy = day.rules(same="tenant", within="ever")
    assert statuses(day, "d") == ["denied"]
    assert statuses(day, "e") == ["denied"]
    assert len(list(day.office.audit.records(kind="history.indexed"))) == 1
    day.office.audit.verify()


def test_two_that_are_judged_at_once_do_not_both_slip_through(day: Day, system: Small) -> None:
    """Thirty calls were allowed while nothing had happened; three run."""
    registry = day.registry()
    proposals = [day.office.propose(MARA, "small.act", {}, f"run-{n}") for n in range(30)]
    for proposal in proposals:
        assert str(registry.decide(proposal).verdict) == "allow"

    def run(proposal: Any) -> str:
        return str(asyncio.run(registry.execute(proposal, Grant(proposal.digest))).status)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(run, proposals))
    assert (found.count("succeeded"), found.count("denied"), system.tries) == (3, 27, 3)
    day.office.audit.verify()


@pytest.mark.parametrize(
    "trick", [delete(table), update(table).values(counts=0), update(table).values(at="2000-01-01T00:00:00+00:00")]
)
def test_marks_that_were_changed_are_found(day: Day, trick: Any) -> None:
    """Whoever can write the database can make the past look shorter, and is found out."""
    statuses(day, "a", "b")
    day.office.audit.verify()
    with begin_write(day.office.engine) as connection:
        connection.execute(trick)
    with pytest.raises(Tampered, match="ledger_marks"):
        day.office.audit.verify()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"when": "history.pats > 1"}, "did you mean 'past'?"),
        ({"same": "records"}, "same"),
        ({"within": "30x"}, "or one of day, month, ever"),
        ({"more": ", sum: args..x"}, "sum"),
        ({"more": ", some: args.x"}, "did you mean 'same'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(day: Day, change: dict[str, str], said: str) -> None:
    """A history that is misspelt would deny everything, or count nothing."""
    with pytest.raises(PolicyError) as refusal:
        day.rules(**change)
    assert "small.yaml:" in str(refusal.value)
    assert said in str(refusal.value)


def test_a_sum_of_nothing_is_denied(day: Day) -> None:
    """A misspelt field must not switch the limit off."""
    day.policy = day.rules(same="tenant", within="day", when="history.past + 1 > 2", more=", sum: args.count")
    assert statuses(day, "a") == ["denied"], "what cannot be added up would slip under every limit"
