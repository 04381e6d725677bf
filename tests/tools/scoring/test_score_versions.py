"""Which model is in force: said by the log, kept under its digest, written into the decision, absent when in doubt."""

from dataclasses import replace

import pytest
from countersign.policies.domain.decision import Verdict
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.evidence_record import parse_decision_record
from countersign.policies.errors import BadInput
from countersign.policies.storage.database import begin_write
from countersign.tools.sample_company.demo_orders import find_refundable_order
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.scoring.model import load_shipped_model
from countersign.tools.scoring.score_versions import (
    ADOPTED,
    PAUSED,
    RESUMED,
    ROLLED_BACK,
    ScoreVersions,
    VersionConflict,
    table,
)
from services import NOW, Office
from sqlalchemy import update

TENANT = "halden-birch"


@pytest.fixture
def standings(office: Office) -> ScoreVersions:
    return ScoreVersions(office.engine, office.audit, LEARNING_TASKS)


def small_refund(office: Office, run: str = "run-1") -> Proposal:
    order = find_refundable_order(office.records, 0, 10_000)
    args = {"order_id": order["id"], "amount_minor": order["total_minor"], "currency": "EUR", "reason": "damaged"}
    return office.propose("mara.voss", "refunds.issue", args, run)


def test_the_score_and_its_reasons_stand_in_the_decision(office: Office) -> None:
    """Who has to explain or test again what was decided needs the score as it was then, and which model gave it."""
    decision = office.registry.decide(small_refund(office))
    assert decision.verdict is Verdict.ALLOW
    (record,) = office.audit.records(kind="decision")
    told = record.data["models"]["fraud"]
    assert told["digest"] == load_shipped_model("fraud", LEARNING_TASKS["fraud"].model).digest
    assert told["why"]
    assert set(told["values"]) == set(load_shipped_model("fraud", LEARNING_TASKS["fraud"].model).features)
    evidence = parse_decision_record(record.data)
    assert evidence
    assert dict(evidence.facts.scores) == {"fraud": told["percent"]}
    assert evidence.decide(office.policy).verdict is Verdict.ALLOW


def test_a_paused_model_gives_no_score_and_its_refunds_go_to_the_manager(
    office: Office, standings: ScoreVersions
) -> None:
    """Below target a model must not decide by silence."""
    standings.change(TENANT, "fraud", PAUSED, "system", 0, {"reason": "AUC is 0.600"}, now=NOW)
    decision = office.registry.decide(small_refund(office))
    assert (decision.verdict, decision.rules) == (Verdict.REVIEW, ("support.refund.fraud",))
    assert decision.obligations.seats == ("support_manager",)
    (record,) = office.audit.records(kind="decision")
    assert record.data["models"]["fraud"]["paused"] == "AUC is 0.600"
    assert "scores" not in record.data["facts"]
    standings.change(TENANT, "fraud", RESUMED, "system", standings.get_standing(TENANT, "fraud").seq, {}, now=NOW)
    assert office.registry.decide(small_refund(office, "run-2")).verdict is Verdict.ALLOW


def test_another_tenant_s_pause_is_not_ours(standings: ScoreVersions) -> None:
    """A neighbour must not be able to switch our model off, nor on."""
    standings.change("halden-birch2", "fraud", PAUSED, "system", 0, {"reason": "theirs"}, now=NOW)
    assert standings.get_standing(TENANT, "fraud").paused == ""
    assert standings.get_standing("halden-birch2", "fraud").paused == "theirs"


def test_a_model_is_adopted_and_rolled_back_to_the_very_one_before(standings: ScoreVersions) -> None:
    """A rollback that trained anew would be another model."""
    other = replace(load_shipped_model("fraud", LEARNING_TASKS["fraud"].model), version=2, bias=0.5)
    body = {"digest": other.digest, "version": 2, "from": "shipped"}
    standings.change(TENANT, "fraud", ADOPTED, "pia.lorenz", 0, body, model=other, now=NOW)
    standing = standings.get_standing(TENANT, "fraud")
    assert standing.model == other
    assert standing.before == "shipped"
    with pytest.raises(VersionConflict):
        standings.change(TENANT, "fraud", ADOPTED, "uwe.kern", 0, body, model=other, now=NOW)
    back = {"digest": "shipped", "version": 1, "from": other.digest}
    standings.change(TENANT, "fraud", ROLLED_BACK, "pia.lorenz", standing.seq, back, now=NOW)
    assert standings.get_standing(TENANT, "fraud").model == load_shipped_model("fraud", LEARNING_TASKS["fraud"].model)
    assert len(standings.changes(TENANT, "fraud")) == 2


def test_a_model_that_was_changed_in_the_database_scores_nothing(office: Office, standings: ScoreVersions) -> None:
    """Weights that were edited behind the log's back must not let a single refund through."""
    other = replace(load_shipped_model("fraud", LEARNING_TASKS["fraud"].model), version=2, bias=0.5)
    body = {"digest": other.digest, "version": 2, "from": "shipped"}
    standings.change(TENANT, "fraud", ADOPTED, "pia.lorenz", 0, body, model=other, now=NOW)
    forged = replace(other, bias=-30.0)
    with begin_write(office.engine) as connection:
        connection.execute(update(table).values(content=forged.to_json()))
    fresh = ScoreVersions(office.engine, office.audit, LEARNING_TASKS)
    assert fresh.get_standing(TENANT, "fraud").model is None
    assert "changed" in fresh.get_standing(TENANT, "fraud").paused
    assert office.registry.decide(small_refund(office)).verdict is Verdict.REVIEW
    with pytest.raises(BadInput, match="gone"):
        fresh.load("fraud", "0" * 64)
