"""Every tool that changes something: does it once, tells the same when asked again, and refuses what makes no sense."""

import pytest
from countersign.tools.ledger.ledger import make_idempotency_key
from countersign.tools.outcome import Status
from countersign.tools.sample_company.schema.record_kinds import RECORD_KINDS
from countersign.tools.spec import ToolContext, issue_permit
from countersign.tools.toolsets import ALL
from services import TODAY, Office
from write_cases import Args, Case
from write_cases_contracts import OFFICE
from write_cases_customers import CUSTOMERS
from write_cases_money import MONEY

BY_NAME = {spec.name: spec for spec in ALL}
CASES = (*CUSTOMERS, *MONEY, *OFFICE)


def rows(office: Office) -> dict[str, int]:
    """How many records of each kind there are."""
    return {kind: office.records.count(kind) for kind in RECORD_KINDS}


def context(office: Office, user: str, key: str) -> ToolContext:
    """What reconcile is given."""
    return ToolContext(office.who(user), office.services, TODAY, "thread-1", key, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
def test_a_write_happens_once_and_can_be_asked_about(case: Case, office: Office) -> None:
    """A retry, a double click or a resume would pay, post or send a second time."""
    args = case.given(office)
    proposal = office.propose(case.user, case.tool, args)
    office.registry.decide(proposal)
    outcome = office.run(proposal)
    assert outcome.ok, outcome.message
    assert case.seen(office, outcome.value) == case.expected
    after = rows(office)

    again = office.run(proposal)
    assert (again.replayed, again.value) == (True, outcome.value)
    assert rows(office) == after

    spec, model = BY_NAME[case.tool], BY_NAME[case.tool].arguments.model_validate(proposal.args)
    assert spec.reconcile is not None
    found = spec.reconcile(model, context(office, case.user, make_idempotency_key(proposal.digest)))
    assert found is not None
    assert found.model_dump(mode="json") == outcome.value
    assert spec.reconcile(model, context(office, case.user, "cs-never")) is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
def test_a_body_that_runs_again_under_its_key_does_nothing_more(case: Case, office: Office) -> None:
    """The ledger repeats an effect in doubt under the same key; the system must recognise it."""
    args = case.given(office)
    spec = BY_NAME[case.tool]
    model = spec.arguments.model_validate(args)
    results = []
    for _ in range(2):
        given = ToolContext(office.who(case.user), office.services, TODAY, "t", "cs-1", issue_permit())
        results.append(spec.run(model, given))
        counted = rows(office)
        if len(results) == 1:
            before = counted
    assert results[0] == results[1]
    assert before == counted


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [(case, change, words) for case in CASES for change, words in case.wrong],
    ids=lambda value: value.tool if isinstance(value, Case) else None,
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    case: Case, change: Args, words: str, office: Office
) -> None:
    """Unknown ids, foreign currency, wrong states and amounts below zero: said in words, nothing written."""
    args = {**case.given(office), **change}
    before = rows(office)
    proposal = office.propose(case.user, case.tool, args)
    office.registry.decide(proposal)
    outcome = office.run(proposal)
    assert outcome.status in (Status.DENIED, Status.FAILED)
    assert words in outcome.message
    assert rows(office) == before


@pytest.mark.parametrize("case", [case for case in CASES if BY_NAME[case.tool].undo_tool], ids=lambda case: case.tool)
def test_what_can_be_undone_is_undone_by_its_own_result(case: Case, office: Office) -> None:
    """A playbook that fails half-way could not take its steps back."""
    args = case.given(office)
    outcome = office.call(case.user, case.tool, **args)
    spec = BY_NAME[case.tool]
    assert spec.undo is not None
    assert spec.undo_tool is not None
    undone = office.call(case.user, spec.undo_tool, "undo", **spec.undo(args, outcome.value))
    assert undone.ok, undone.message
    assert case.seen(office, outcome.value) != case.expected


def test_every_write_has_a_case() -> None:
    """A new write would go untested."""
    assert {case.tool for case in CASES} == {spec.name for spec in ALL if spec.writes}
