"""A department's own task is scored, stated and learned by the same loop as those that ship."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.errors import BadInput
from countersign.tools.connectors.business import PastCase
from countersign.tools.connectors.port import BusinessRecord, SystemOfRecord
from countersign.tools.learning.collector import make_stated_example
from countersign.tools.learning.factory import open_learning
from countersign.tools.learning.training import load_past_samples, measure_score_model, train_score_model
from countersign.tools.scoring.features import FeatureValues
from countersign.tools.scoring.score_versions import ScoreVersions
from countersign.tools.scoring.scorer import Scorer
from countersign.tools.scoring.task import LearningTask, ReviewedCase, Target
from countersign.tools.spec import ToolContext
from services import NOW, TODAY, Office

FEATURES = {"weight": ("log", "how heavy it is"), "abroad": ("plain", "that it goes abroad")}


def score_call(args: Any, _context: ToolContext) -> FeatureValues | None:
    """The features of a call about a shipment."""
    return {"weight": args["weight"], "abroad": args["abroad"]} if args else None


def load_shipment(records: SystemOfRecord, shipment_id: str) -> FeatureValues | None:
    """The features of a shipment on record."""
    row = records.get("shipment", shipment_id)
    return None if row is None else describe_shipment(records, row)


def describe_shipment(_records: SystemOfRecord, row: BusinessRecord) -> FeatureValues:
    """The features of a shipment at hand."""
    return {"weight": float(len(row["id"])), "abroad": 0.0}


def read_review(tool: str, args: Mapping[str, Any], kind: str, _message: str) -> ReviewedCase | None:
    """What a review of a shipment says."""
    return ReviewedCase(str(args["shipment_id"]), "1" if kind == "rejected" else "0") if tool == "ship" else None


def history(task: str) -> list[PastCase]:
    """Heavy ones that go abroad are late."""
    dice = random.Random(7)
    found = []
    for number in range(400 if task == "late_delivery" else 0):
        values = {"weight": dice.uniform(0, 50), "abroad": float(dice.random() < 0.5)}
        late = int(dice.random() < (0.9 if values["abroad"] and values["weight"] > 20 else 0.1))
        found.append(PastCase(f"S-{number}", date(2026, 1, 1), values, late, late))
    return found


@pytest.fixture
def task(tmp_path: Path) -> LearningTask:
    """The task, with a model that its department trained."""
    bare = LearningTask(
        name="late_delivery",
        asks="that a shipment comes late",
        owner="support_manager",
        features=FEATURES,
        target=Target(auc=700, calibration=150),
        baseline=lambda case: case.values["abroad"],
        baseline_words="what goes abroad",
        limits=("Made up for a test.",),
        model=tmp_path / "late_delivery.json",
        model_note="Made up.",
        score_call=score_call,
        load_case=load_shipment,
        record="shipment",
        stated_by=frozenset({"support_agent"}),
        state_case=describe_shipment,
        read_review=read_review,
    )
    seen, held = load_past_samples(bare, history("late_delivery"))
    model = train_score_model(bare, seen, date(2026, 1, 1))
    bare.model.write_text(model.with_metrics(measure_score_model(model, held), 1).to_json(), encoding="utf-8")
    return bare


def test_it_is_scored_and_says_why(office: Office, task: LearningTask) -> None:
    """A rule that asks for the score would send everything to people for ever."""
    tasks = {task.name: task}
    scorer = Scorer(ScoreVersions(office.engine, office.audit, tasks), tasks)
    context = ToolContext(office.who("mara.voss"), office.services, TODAY, "t", "k", None)
    high = scorer(frozenset({task.name}), {"weight": 45.0, "abroad": 1.0}, context)
    low = scorer(frozenset({task.name}), {"weight": 2.0, "abroad": 0.0}, context)
    assert high.percent[task.name] > 60 > 30 > low.percent[task.name]
    assert {part["words"] for part in high.details[task.name]["why"]} <= {"how heavy it is", "that it goes abroad"}
    assert scorer(frozenset({"fraud"}), {}, context).details["fraud"]["paused"] == (
        "no department here brings a model of it"
    )


def test_it_is_stated_by_those_whose_work_it_is_and_kept(office: Office, task: LearningTask) -> None:
    """Only the four tasks that ship could be taught."""
    tasks = {task.name: task}
    learning = open_learning(
        office.engine,
        office.audit,
        office.reviews,
        replace(office.business, labelled_history=history),
        tasks,
        lambda: office.policy,
        lambda: NOW,
    )
    (shipment,) = office.records.find("shipment", limit=1)
    who, at = office.who("mara.voss"), datetime.now(UTC).isoformat()
    found = make_stated_example(office.records, tasks, task.name, shipment["id"], True, who, at)
    learning.examples.add([found])
    (kept,) = learning.examples.find(who.tenant, task.name).examples
    assert (kept.label, set(kept.values)) == ("1", set(FEATURES))
    with pytest.raises(BadInput, match="to say"):
        make_stated_example(office.records, tasks, task.name, shipment["id"], True, office.who("lena.brandt"), at)
    with pytest.raises(BadInput, match="There is no shipment SHP-99999"):
        make_stated_example(office.records, tasks, task.name, "SHP-99999", True, who, at)
    with pytest.raises(BadInput, match="There is no model 'fraud'; there are late_delivery"):
        make_stated_example(office.records, tasks, "fraud", "ORD-8841", True, who, at)
    (status,) = learning.status(who.tenant)
    assert (status.standing.task, status.examples) == ("late_delivery", 1)
    assert "Made up." in learning.card(who.tenant, task.name)[0]
