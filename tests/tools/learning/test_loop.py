"""The learning loop: what is better comes into force within policy, and wrong labels, however many, move nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from countersign.policies.errors import BadInput, NotAllowed
from countersign.policies.review.review import Answer, AnswerType
from countersign.policies.storage.database import begin_write
from countersign.tools.connectors.business import PastCase
from countersign.tools.learning.examples import table
from countersign.tools.learning.port import TrainingOutcome
from countersign.tools.learning.votes import is_held_back
from countersign.tools.scoring.score_versions import ADOPTED
from learning_loop import PEOPLE, TENANT, LearningDesk, example, fresh, shared
from services import NOW, Office
from sqlalchemy import update

pytest.importorskip("sklearn")


@pytest.fixture
def desk(office: Office) -> LearningDesk:
    """A loop whose fraud model is weak, so that there is something to learn."""
    made = LearningDesk(office)
    made.weaken()
    return made


def run(desk: LearningDesk, who: str = "pia.lorenz") -> TrainingOutcome:
    (ran,) = desk.loop.run(desk.office.who(who), ["fraud"])
    return ran


def wrong(case: PastCase) -> int:
    return 1 - case.truth


def test_a_better_model_waits_for_its_owner_and_can_be_taken_back(desk: LearningDesk) -> None:
    """The whole loop: learned from several people, better on held-back cases, signed, in force, rolled back."""
    weak = desk.in_force()
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    ran = run(desk)
    assert (ran.state, ran.version) == ("waits", 3), ran.reasons
    assert ran.figures["better"] >= 20
    assert ran.figures["anchor_auc"] >= ran.figures["anchor_auc_before"] - 5
    assert desk.in_force() == weak
    assert run(desk).state == "waits", "one candidate at a time, and nothing is asked twice"

    desk.office.reviews.answer(ran.review_id, desk.office.who("tom.adler"), Answer(AnswerType.APPROVE), NOW)
    assert desk.adoption.settle(TENANT) == ["fraud"]
    assert desk.in_force().version == 3
    assert desk.adoption.settle(TENANT) == []
    told = desk.standings.changes(TENANT, "fraud")[-1]
    assert (told.data["review_id"], told.data["from"], told.actor) == (ran.review_id, weak.digest, "pia.lorenz")

    assert desk.adoption.roll_back(desk.office.who("pia.lorenz"), "fraud") == weak
    assert desk.in_force() == weak
    assert desk.adoption.settle(TENANT) == [], "what was taken back must not come back by itself"
    desk.adoption.roll_back(desk.office.who("pia.lorenz"), "fraud")
    assert desk.in_force().version == 1
    with pytest.raises(BadInput, match="nothing to go back to"):
        desk.adoption.roll_back(desk.office.who("pia.lorenz"), "fraud")
    desk.office.audit.verify()


def test_a_rejected_candidate_stays_out(desk: LearningDesk) -> None:
    """A no of the model's owner holds, however good the figures."""
    weak = desk.in_force()
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    ran = run(desk)
    answer = Answer(AnswerType.REJECT, "Not before the audit.")
    desk.office.reviews.answer(ran.review_id, desk.office.who("tom.adler"), answer, NOW)
    assert desk.adoption.settle(TENANT) == []
    assert desk.in_force() == weak


def test_a_signature_on_a_candidate_that_was_overtaken_adopts_nothing(desk: LearningDesk) -> None:
    """What was compared with another model than the one in force was never shown to be better than it."""
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    ran = run(desk)
    desk.adoption.roll_back(desk.office.who("pia.lorenz"), "fraud")
    desk.office.reviews.answer(ran.review_id, desk.office.who("tom.adler"), Answer(AnswerType.APPROVE), NOW)
    assert desk.adoption.settle(TENANT) == []
    assert desk.in_force().version == 1


def test_who_runs_it_and_what_no_rule_allows(desk: LearningDesk) -> None:
    """Training is for few, and without a rule nothing comes into force."""
    with pytest.raises(NotAllowed):
        run(desk, "mara.voss")
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    desk.policy = replace(desk.policy, _rules={}, _exact={}, _globs=(), _memo={})
    ran = run(desk)
    assert ran.state == "denied"
    assert [record.data["digest"] for record in desk.office.audit.records(kind="model.refused")]


@pytest.mark.parametrize("label", [wrong, lambda _case: 0, lambda _case: 1], ids=["flipped", "never", "always"])
def test_thousands_of_wrong_labels_of_one_person_move_nothing(desk: LearningDesk, label: Any) -> None:
    """An account that was taken over must not teach the model to look away, alone or among honest colleagues."""
    before = desk.in_force()
    flood = [example(case, "mara.voss", label(case)) for case in fresh(3_000, "BAD")]
    desk.examples.add(flood)
    assert run(desk).state == "kept"
    assert desk.in_force() == before

    honest = shared(fresh(400), PEOPLE[:4])
    desk.examples.add(honest)
    ran = run(desk)
    weighed = desk.loop._weigh_examples(TENANT, _fraud(), before)
    assert weighed.distrusted == ("mara.voss",)
    assert ran.state == "waits", "an attacker must not keep honest people from teaching it either"
    candidate = desk.standings.load("fraud", desk.office.reviews.get(ran.review_id).proposal.args["digest"])
    alone = [vote for vote in weighed.votes if vote.human == "mara.voss"]
    assert not alone
    assert candidate.metrics["auc"] >= before.metrics["auc"] - 10


def test_a_second_account_is_no_second_person(desk: LearningDesk) -> None:
    """Two accounts of one human must not count as two sources, nor their votes twice."""
    cases = fresh(300)
    desk.examples.add([example(case, who) for case in cases for who in ("mara.voss", "mara.voss.admin")])
    desk.examples.add([example(case, "tom.adler") for case in fresh(20, "TOM")])
    ran = run(desk)
    assert (ran.state, ran.reasons[0][:21]) == ("kept", "examples of 2 people;")


@pytest.mark.parametrize(("attackers", "honest"), [(1, 3), (3, 2), (5, 0)])
def test_subtle_poison_does_not_pass_the_anchor(desk: LearningDesk, attackers: int, honest: int) -> None:
    """Conspirators who label well except where it pays (goods that "never came") must not teach it to look away."""
    before = desk.in_force()

    def mostly(case: PastCase) -> int:
        return 0 if case.values["against_delivery"] else case.truth

    conspirators = ["mara.voss", "ines.roth", "eva.stern", "noah.lind", "uwe.kern"][:attackers]
    desk.examples.add(shared(fresh(2_400, "SUB"), conspirators, mostly))
    desk.examples.add(shared(fresh(60), PEOPLE[:honest]) if honest else [])
    ran = run(desk)
    assert ran.state == "kept"
    assert any("positive cases of the anchor" in reason for reason in ran.reasons), ran.reasons
    assert desk.in_force() == before


def test_broken_off_nothing_is_lost_and_nothing_is_half_in_force(desk: LearningDesk) -> None:
    """Ctrl-C at any step: what was collected stays, the model in force stays, and a second run ends what was begun."""
    before = desk.in_force()
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    for word in ("collecting", "training", "checking"):

        def stop(step: str, word: str = word) -> None:
            if step.startswith(word):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            desk.loop.run(desk.office.who("pia.lorenz"), ["fraud"], stop)
        assert desk.in_force() == before
        assert len(desk.examples.find(TENANT).examples) == 400
    assert run(desk).state == "waits"
    assert len(desk.adoption.list_waiting(TENANT, "fraud")) == 1
    desk.office.audit.verify()


def test_from_a_model_that_no_longer_fits_there_is_a_way_back(desk: LearningDesk) -> None:
    """After a change of features old models give no score and people decide; the one of this version does."""
    old = replace(
        desk.in_force(),
        **{
            name: getattr(desk.in_force(), name)[:-1]
            for name in ("features", "transforms", "means", "scales", "weights")
        },
    )
    for model, before in ((old, desk.in_force()), (replace(old, version=4), old)):
        seq = desk.standings.get_standing(TENANT, "fraud").seq
        body = {"digest": model.digest, "version": 3, "from": before.digest}
        desk.standings.change(TENANT, "fraud", ADOPTED, "test", seq, body, model=model, now=NOW)
    standing = desk.standings.get_standing(TENANT, "fraud")
    assert standing.model is None
    assert "other features" in standing.paused
    assert next(iter(desk.loop.status(TENANT))).health.below
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    assert run(desk).state in ("kept", "waits")
    assert desk.adoption.roll_back(desk.office.who("pia.lorenz"), "fraud").version == 1
    assert desk.in_force() == desk.standings.load("fraud", "shipped")


def test_contradictions_and_repeats_do_not_count(desk: LearningDesk) -> None:
    """A label that a colleague contradicts proves nothing, and said a hundred times it is said once."""
    cases = fresh(40)
    desk.examples.add([example(case, "tom.adler") for case in cases])
    desk.examples.add([replace(example(case, "karl.weiss", 1 - case.label), source="again") for case in cases[:10]])
    desk.examples.add([replace(example(cases[20], "tom.adler"), source=f"r{n}") for n in range(100)])
    weighed = desk.loop._weigh_examples(TENANT, _fraud(), desk.in_force())
    assert len(weighed.votes) == 30
    assert weighed.set_aside == {"contradicted by somebody else": 20, "said again of the same case": 100}


def test_no_person_outweighs_the_others_and_all_together_not_the_history(desk: LearningDesk) -> None:
    """The weight of feedback is bounded by people and by the history, whatever its number."""
    desk.examples.add([example(case, "mara.voss") for case in fresh(2_500, "MANY")])
    desk.examples.add(shared(fresh(60), PEOPLE[:3]))
    weighed = desk.loop._weigh_examples(TENANT, _fraud(), desk.in_force())
    by_person: dict[str, float] = {}
    for vote in weighed.votes:
        by_person[vote.human] = by_person.get(vote.human, 0) + vote.sample.weight
    assert by_person["mara.voss"] <= 1.5 * max(value for who, value in by_person.items() if who != "mara.voss") + 1e-6
    assert sum(by_person.values()) <= 0.3 * 1800


def test_held_back_cases_are_never_trained_on(desk: LearningDesk) -> None:
    """A case that was trained on proves nothing when compared; it is the case that is held back, not one label."""
    desk.examples.add(shared(fresh(300), PEOPLE[:3]))
    weighed = desk.loop._weigh_examples(TENANT, _fraud(), desk.in_force())
    kept = {item.example_id: item.case_id for item in desk.examples.find(TENANT).examples}
    for vote in weighed.votes:
        assert vote.held_back is is_held_back(kept[vote.sample.example_id])
    assert 0.2 < len(weighed.part(held_back=True)) / len(weighed.votes) < 0.4


def test_examples_that_were_changed_in_the_database_do_not_count(desk: LearningDesk) -> None:
    """Labels flipped behind the log's back, or rows slipped in, must train nothing."""
    desk.examples.add(shared(fresh(60), PEOPLE[:3]))
    first = desk.examples.find(TENANT).examples[0]
    forged = replace(first, label=str(1 - int(first.label)))
    with begin_write(desk.office.engine) as connection:
        connection.execute(update(table).where(table.c.example_id == first.example_id).values(content=forged.content))
        slipped = replace(first, case_id="X-1")
        row = {"example_id": slipped.example_id, "tenant": TENANT, "task": "fraud", "at": first.at}
        connection.execute(table.insert(), row | {"content": slipped.content})
    kept = desk.examples.find(TENANT)
    assert (len(kept.examples), kept.doubtful) == (59, 2)


def test_a_forgotten_customer_and_a_forgotten_colleague_are_gone_and_stay_gone(desk: LearningDesk) -> None:
    """Erasing must reach what was learned from, and collecting again must not bring it back."""
    found = shared(fresh(30), PEOPLE[:3])
    desk.examples.add(found)
    assert desk.examples.forget(TENANT, found[0].subjects[0], "pia.lorenz") == 1
    assert desk.examples.forget(TENANT, "karl.weiss", "pia.lorenz") == 10
    assert desk.examples.add(found) == 0
    left = desk.examples.find(TENANT)
    assert (len(left.examples), left.doubtful) == (19, 0)
    assert not [item for item in left.examples if item.person == "karl.weiss"]
    assert desk.examples.forget("halden-birch2", "tom.adler", "pia.lorenz") == 0
    desk.office.audit.verify()


def test_below_target_on_recent_cases_a_model_is_paused_until_it_meets_it_again(desk: LearningDesk) -> None:
    """When several people find that a model is wrong lately, it stops scoring, and says why."""
    desk.examples.add(shared(fresh(200, "NOW"), PEOPLE[:4], wrong))
    health = desk.loop.check(TENANT, ["fraud"])["fraud"]
    assert "AUC" in health.below
    assert "below" in desk.standings.get_standing(TENANT, "fraud").paused
    desk.at += timedelta(days=120)
    desk.loop.check(TENANT, ["fraud"])
    assert desk.standings.get_standing(TENANT, "fraud").paused == ""


def test_one_person_cannot_switch_a_model_off(desk: LearningDesk) -> None:
    """A single account must not send every refund to people."""
    desk.examples.add([example(case, "mara.voss", wrong(case)) for case in fresh(2_000, "OFF")])
    assert desk.loop.check(TENANT, ["fraud"])["fraud"].below == ""


def test_without_a_labelled_history_nothing_is_trained(desk: LearningDesk) -> None:
    """A business of its own that has no history would have its models made of a few people's answers alone."""
    desk.history = lambda _task: ()
    desk.examples.add(shared(fresh(400), PEOPLE[:4]))
    before = desk.in_force()
    ran = run(desk)
    assert (ran.state, ran.reasons) == ("kept", ("there is no labelled history",))
    assert desk.in_force() == before
    assert desk.loop.drift(TENANT, _fraud(), before) is None
    assert any(status.examples for status in desk.loop.status(TENANT))


def _fraud() -> Any:
    from countersign.tools.score_tasks.registry import LEARNING_TASKS

    return LEARNING_TASKS["fraud"]
