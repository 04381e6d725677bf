"""The written rules that read trained scores: stricter for a high one, and people where a model is paused."""

import pytest
from countersign.policies.domain.decision import Decision, Verdict
from countersign.policies.rules.model_scores import find_scores_read
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.score_tasks.ticket_text import load_ticket_features
from countersign.tools.scoring.model import load_shipped_model
from countersign.tools.scoring.score_versions import PAUSED, ScoreVersions
from services import NOW, Office

TENANT = "halden-birch"
CLERK, AGENT = "lena.brandt", "mara.voss"


def pause(office: Office, task: str) -> None:
    standings = ScoreVersions(office.engine, office.audit, LEARNING_TASKS)
    standings.change(TENANT, task, PAUSED, "system", 0, {"reason": "AUC is 0.600"}, now=NOW)


def seats(decision: Decision) -> set[str]:
    return set(decision.record()["seats"])


def matched(office: Office) -> str:
    """A small invoice that matches and waits to be posted."""
    for row in office.records.find("invoice", where={"status": "received"}, limit=500):
        decision = office.decide(CLERK, "invoices.post", f"look-{row['id']}", invoice_id=row["id"], note="matched")
        if decision.verdict is Verdict.ALLOW:
            return str(row["id"])
    raise AssertionError("no invoice of the sample company is posted straight through")


def ticket(office: Office, task: str, least: int, most: int) -> str:
    """An open ticket whose score lies within the bounds, in per cent."""
    model = load_shipped_model(task, LEARNING_TASKS[task].model)
    for row in office.records.find("ticket", where={"status": "open"}, limit=500):
        if least <= model.score(load_ticket_features(office.records, row["id"]) or {}).percent <= most:
            return str(row["id"])
    raise AssertionError(f"no ticket scores between {least} and {most} in {task}")


@pytest.mark.parametrize(
    ("task", "status", "mark"), [("sentiment", "solved", 90), ("urgency", "pending", 80)], ids=["mood", "urgency"]
)
def test_a_ticket_is_put_away_by_an_agent_alone_only_below_the_mark(
    office: Office, task: str, status: str, mark: int
) -> None:
    """An angry customer's ticket closed, or an urgent one set aside, without a lead would be a complaint tomorrow."""
    calm, pressing = ticket(office, task, 0, mark - 1), ticket(office, task, mark, 100)
    allowed = office.decide(AGENT, "tickets.set_status", "r1", ticket_id=calm, status=status)
    assert allowed.verdict is Verdict.ALLOW, allowed.reasons
    looked_at = office.decide(AGENT, "tickets.set_status", "r2", ticket_id=pressing, status=status)
    assert looked_at.verdict is Verdict.REVIEW
    assert seats(looked_at) == {"support_lead"}
    assert f"{mark} %" in looked_at.reasons[0]
    assert office.decide(AGENT, "tickets.set_status", "r3", ticket_id=pressing, status="open").verdict is Verdict.ALLOW


@pytest.mark.parametrize(("task", "status"), [("sentiment", "closed"), ("urgency", "pending")])
def test_while_its_model_is_paused_every_such_ticket_goes_to_a_lead(office: Office, task: str, status: str) -> None:
    """A model that is not good enough must not be read as "no danger"; other steps on the ticket go on."""
    calm = ticket(office, task, 0, 79)
    pause(office, task)
    decision = office.decide(AGENT, "tickets.set_status", "r1", ticket_id=calm, status=status)
    assert decision.verdict is Verdict.REVIEW
    assert seats(decision) == {"support_lead"}
    assert f"scores.{task} gives no score" in decision.reasons[0]
    assert office.decide(AGENT, "tickets.set_status", "r2", ticket_id=calm, status="open").verdict is Verdict.ALLOW


def test_while_the_model_of_risk_is_paused_people_sign_every_invoice_and_payment(office: Office) -> None:
    """The branch that the score would have opened goes to people, not straight through (M4)."""
    invoice = matched(office)
    posted = office.records.find("invoice", where={"status": "posted"}, limit=1)[0]["id"]
    before = office.decide(CLERK, "payments.release", "r1", invoice_id=posted)
    pause(office, "invoice_risk")
    post = office.decide(CLERK, "invoices.post", "r2", invoice_id=invoice, note="matched")
    assert (post.verdict, seats(post)) == (Verdict.REVIEW, {"controller"})
    assert "scores.invoice_risk gives no score" in post.reasons[0]
    release = office.decide(CLERK, "payments.release", "r3", invoice_id=posted)
    if before.verdict is Verdict.REVIEW:
        assert (seats(before), seats(release)) == ({"controller"}, {"controller", "cfo"})


def test_every_model_is_read_by_a_rule(office: Office) -> None:
    """A score that no rule reads protects nobody."""
    assert office.policy.learned_rules
    read = {name for ready in office.policy._rules.values() for name in find_scores_read(ready.condition)}
    assert read == set(LEARNING_TASKS)
