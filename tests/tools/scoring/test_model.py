"""The small models at run time: they are data with a digest, they explain themselves, and they never guess."""

import json
from pathlib import Path

import pytest
from countersign.policies.errors import BadInput
from countersign.tools.learning.model_card import format_score_card
from countersign.tools.learning.training import load_past_samples, measure_score_model, split_history
from countersign.tools.sample_company.business import read_labelled_history
from countersign.tools.sample_company.store.database import open_company
from countersign.tools.score_tasks.invoice_risk import load_invoice_features
from countersign.tools.score_tasks.refund_fraud import load_refund_features
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.scoring.features import extract_word_features
from countersign.tools.scoring.model import load_shipped_model, parse_score_model

HONEST = {
    "amount_minor": 4_000.0,
    "share_percent": 50.0,
    "days_since_delivery": 4.0,
    "refunds_90d": 0.0,
    "refund_rate_percent": 0.0,
    "customer_days": 2_000.0,
    "never_came": 0.0,
    "against_delivery": 0.0,
    "complained": 1.0,
    "by_card": 0.0,
}


@pytest.mark.parametrize("name", LEARNING_TASKS)
def test_shipped_models_meet_their_targets_and_their_cards_say_what_they_are(name: str) -> None:
    """A model that was shipped below target, or with a card of another one, would be trusted for what it is not."""
    task, model = LEARNING_TASKS[name], load_shipped_model(name, LEARNING_TASKS[name].model)
    _, held = load_past_samples(task, read_labelled_history(name))
    again = measure_score_model(model, held)
    assert not task.target.explain_missed(again)
    assert again == dict(model.metrics)
    assert task.model.with_suffix(".md").read_text(encoding="utf-8") == format_score_card(task, model, task.model_note)


def test_a_score_says_what_moved_it() -> None:
    """A number without reasons cannot be contested by whoever it is about."""
    model = load_shipped_model("fraud", LEARNING_TASKS["fraud"].model)
    plain = model.score(HONEST)
    shady = model.score(HONEST | {"never_came": 1.0, "against_delivery": 1.0, "refunds_90d": 4.0, "customer_days": 3.0})
    assert plain.percent < 10 < 50 < shady.percent
    assert {part.name for part in shady.why} & {"against_delivery", "never_came", "refunds_90d"}
    assert all(part.points for part in shady.why)
    assert shady.why[0].points > 0


def test_words_that_moved_a_text_are_named() -> None:
    """An urgent ticket must show the words that made it so, and ids are no words."""
    scored = load_shipped_model("urgency", LEARNING_TASKS["urgency"].model).score(
        extract_word_features("Production is down, we need an answer today! Order ORD-8841.")
    )
    calm = load_shipped_model("urgency", LEARNING_TASKS["urgency"].model).score(
        extract_word_features("There is no hurry, just for our files. Order ORD-8841.")
    )
    assert scored.percent > 60 > 30 > calm.percent
    assert scored.why
    assert all(part.name in extract_word_features("production is down. we need an answer today") for part in scored.why)


@pytest.mark.parametrize(
    "broken", [{}, HONEST | {"amount_minor": float("nan")}, HONEST | {"refunds_90d": float("inf")}]
)
def test_a_missing_number_is_refused(broken: dict[str, float]) -> None:
    """A gap that counted as zero would make a case look innocent."""
    with pytest.raises(BadInput, match="finite number"):
        load_shipped_model("fraud", LEARNING_TASKS["fraud"].model).score(broken)


@pytest.mark.parametrize(
    "change",
    [
        {"weights": ["0.000000"] * 10},
        {"version": 9},
        {"bias": "nan"},
        {"slope": "-1.000000"},
        {"metrics": {"auc": 999}},
        {"features": []},
        {"digest": "0" * 64},
    ],
)
def test_a_model_that_was_changed_is_refused(change: dict[str, object]) -> None:
    """Weights that somebody edited would let every fraud through with a good name."""
    record = json.loads(load_shipped_model("fraud", LEARNING_TASKS["fraud"].model).to_json())
    assert parse_score_model(json.dumps(record), "fraud") == load_shipped_model("fraud", LEARNING_TASKS["fraud"].model)
    with pytest.raises(BadInput, match="cannot be used"):
        parse_score_model(json.dumps(record | change), "fraud")


@pytest.mark.parametrize("kept", [b"\x80\x04\x95cos\nsystem\n.", bytes(range(256)), b"[" * 100_000, b"", b"null"])
def test_a_damaged_model_is_told_in_words(tmp_path: Path, kept: bytes) -> None:
    """After a full disk the assistant would not open at all, instead of letting people decide."""
    (tmp_path / "fraud.json").write_bytes(kept)
    with pytest.raises(BadInput, match="cannot be used"):
        load_shipped_model("fraud", tmp_path / "fraud.json")


def test_a_model_of_something_else_is_refused() -> None:
    """A mood must not stand in for fraud."""
    with pytest.raises(BadInput, match="another model"):
        parse_score_model(load_shipped_model("sentiment", LEARNING_TASKS["sentiment"].model).to_json(), "fraud")


def test_features_come_from_the_systems_of_record(tmp_path: Path) -> None:
    """Live features that differ in name or scale from the history would make scores of noise."""
    records = open_company(f"sqlite:///{tmp_path / 'company.db'}")
    today = records.company().today
    order = records.get("order", "ORD-8841")
    assert order
    values = load_refund_features(records, today, order, 4_000, "the parcel never arrived")
    assert set(values) == set(LEARNING_TASKS["fraud"].features)
    assert (values["never_came"], values["against_delivery"]) == (1.0, 1.0)
    assert load_refund_features(records, today, order, 4_000, "damaged")["never_came"] == 0.0
    invoice = records.get("invoice", "INV-1042")
    assert invoice
    assert set(load_invoice_features(records, invoice)) == set(LEARNING_TASKS["invoice_risk"].features)
    model = load_shipped_model("invoice_risk", LEARNING_TASKS["invoice_risk"].model)
    assert 0 <= model.score(load_invoice_features(records, invoice)).percent <= 100


def test_the_history_is_the_same_each_time_and_the_newer_part_is_kept_apart() -> None:
    """A history that changed between two runs, or leaked into training, would make every figure worthless."""
    for name in LEARNING_TASKS:
        past = read_labelled_history(name)
        seen, held = split_history(past)
        assert max(case.at for case in seen) <= min(case.at for case in held)
        assert not {case.case_id for case in seen} & {case.case_id for case in held}
        assert 0.005 < sum(case.label != case.truth for case in past) / len(past) < 0.08
