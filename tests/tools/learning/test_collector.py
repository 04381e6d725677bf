"""What people answered, as examples: the right label, the right person, and nothing that was not said."""

import pytest
from countersign.policies.audit.log import AuditEvent
from countersign.policies.errors import BadInput
from countersign.policies.review.review import Answer, AnswerType
from countersign.tools.learning.collector import make_stated_example
from countersign.tools.learning.examples import ExampleStore, LearningExample
from countersign.tools.sample_company.demo_orders import find_refundable_order
from countersign.tools.score_tasks.refund_fraud import label_refund
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.scoring.score_versions import PAUSED, ScoreVersions
from databases import Databases
from learning_loop import TENANT, LearningDesk
from services import NOW, Office


@pytest.fixture
def desk(office: Office) -> LearningDesk:
    return LearningDesk(office)


def reviewed(desk: LearningDesk, answer: Answer, by: str = "tom.adler") -> LearningExample:
    """The example that an answer to a refund's review becomes."""
    office = desk.office
    order = find_refundable_order(office.records, 10_000, 100_000)
    args = {"order_id": order["id"], "amount_minor": order["total_minor"], "currency": "EUR", "reason": "damaged"}
    proposal = office.propose("mara.voss", "refunds.issue", args)
    decision = office.registry.decide(proposal)
    review = office.reviews.open(proposal, decision, office.who("mara.voss"), "Refund", NOW)
    office.reviews.answer(review.review_id, office.who(by), answer, NOW)
    assert desk.loop.collect(TENANT) == 1
    assert desk.loop.collect(TENANT) == 0
    (example,) = desk.examples.find(TENANT).examples
    assert example.source == review.review_id
    assert (example.person, example.at[:10]) == (by, "2026-03-16")
    assert set(example.values) == set(LEARNING_TASKS["fraud"].features)
    return example


@pytest.mark.parametrize(
    ("answer", "kind", "label"),
    [
        (Answer(AnswerType.APPROVE), "approved", "0"),
        (Answer(AnswerType.REJECT, "Clearly fraud."), "rejected", "1"),
        (Answer(AnswerType.REJECT, "Not fraud, but too much."), "rejected", ""),
        (Answer(AnswerType.RESPOND, "Paid by hand."), "answered", ""),
        (Answer(AnswerType.CHANGES, "Name the ticket."), "sent_back", ""),
    ],
)
def test_an_answer_is_labelled_by_what_it_says(desk: LearningDesk, answer: Answer, kind: str, label: str) -> None:
    """A rejection for another reason must not teach that the customer cheats."""
    example = reviewed(desk, answer)
    assert (example.kind, example.label) == (kind, label)


def test_an_edit_says_that_it_is_no_fraud_and_counts_as_a_change(desk: LearningDesk) -> None:
    """Whoever gives back a part of it believes the customer."""
    order = find_refundable_order(desk.office.records, 10_000, 100_000)
    args = {"order_id": order["id"], "amount_minor": 5_000, "currency": "EUR", "reason": "damaged"}
    example = reviewed(desk, Answer(AnswerType.EDIT, args=args))
    assert (example.kind, example.label) == ("edited", "0")
    assert desk.loop.edit_rate(TENANT) == (1, 1)


def test_while_a_model_is_paused_people_still_teach_it(desk: LearningDesk) -> None:
    """A paused model that learned nothing any more would stay paused for ever."""
    desk.standings.change(TENANT, "fraud", PAUSED, "system", 0, {"reason": "AUC is 0.600"}, now=NOW)
    assert reviewed(desk, Answer(AnswerType.APPROVE)).label == "0"


@pytest.mark.parametrize(
    ("message", "label"),
    [
        ("Fraud, the signature is forged", "1"),
        ("this is a scam", "1"),
        ("no fraud but out of time", ""),
        ("I do not think it is fraud", ""),
        ("too late", ""),
        ("", ""),
    ],
)
def test_only_a_plain_word_of_fraud_is_one(message: str, label: str) -> None:
    """Suspicion is not read into a refusal."""
    assert label_refund("rejected", message) == label


def test_a_reading_that_a_user_chose_is_an_example_for_routing(desk: LearningDesk) -> None:
    """What the router could not tell, and what was meant, is the best thing it can learn from."""
    asks = {"findings": [{"asked": {"clarify": {"text": "the thing with the bill", "candidates": ["a", "b"]}}}]}
    chose = {"route": {"intent": "invoice_status", "reasons": ["the user chose this reading"]}, "findings": []}
    other = {"route": {"intent": "refund_order", "reasons": ["a rule"]}, "findings": []}
    for run, data in (("run-1", asks), ("run-2", chose), ("run-3", other)):
        body = {"state": "done", "text": "…", "data": data, "to": "mara.voss.admin"}
        desk.office.audit.append(AuditEvent("reply", "agent:x", TENANT, "thread-1", run, body))
    assert desk.loop.collect(TENANT) == 1
    (example,) = desk.examples.find(TENANT, "routing").examples
    assert (example.label, example.values["text"]) == ("invoice_status", "the thing with the bill")
    assert (example.person, example.human, example.source) == ("mara.voss.admin", "mara.voss", "run-2")
    assert desk.examples.forget(TENANT, "mara.voss", "pia.lorenz") == 1


def test_who_may_say_what_a_case_was(desk: LearningDesk) -> None:
    """Anybody who could label could teach."""
    office = desk.office
    found = make_stated_example(
        office.records, LEARNING_TASKS, "urgency", "TCK-0456", True, office.who("mara.voss"), NOW.isoformat()
    )
    assert (found.label, found.values) == ("1", {})
    assert all(task.stated_by for task in LEARNING_TASKS.values())
    for task, case, who in (("fraud", "ORD-8841", "mara.voss"), ("invoice_risk", "INV-1042", "tom.adler")):
        with pytest.raises(BadInput, match="to say"):
            make_stated_example(office.records, LEARNING_TASKS, task, case, True, office.who(who), NOW.isoformat())
    with pytest.raises(BadInput, match="Nothing was refunded"):
        make_stated_example(
            office.records, LEARNING_TASKS, "fraud", "ORD-8841", True, office.who("tom.adler"), NOW.isoformat()
        )
    assert make_stated_example(
        office.records, LEARNING_TASKS, "invoice_risk", "INV-1042", True, office.who("lena.brandt"), NOW.isoformat()
    ).values


def test_examples_and_models_are_kept_on_every_database(databases: Databases, office: Office) -> None:
    """What holds on a file must hold on a server."""
    from countersign.policies.audit.log import AuditLog

    engine = databases.open(office.folder / "learned.db")
    audit = AuditLog(engine)
    examples, standings = ExampleStore(engine, audit), ScoreVersions(engine, audit, LEARNING_TASKS)
    said_of = LearningExample(
        TENANT, "routing", "r", "x", "rerouted", "s", "a", "a", NOW.isoformat(), {"text": "It is (cus-0042)!"}
    )
    assert examples.add([said_of]) == 1
    assert examples.forget(TENANT, "CUS-004", "pia.lorenz") == 0
    assert examples.forget(TENANT, " CUS-0042", "pia.lorenz") == 1
    files = b"".join(path.read_bytes() for path in office.folder.glob("learned.db*"))
    assert b"It is (cus-0042)!" not in files, "what is deleted stays in free pages and in the log unless overwritten"
    one = LearningExample(
        TENANT, "fraud", "ORD-1", "1", "said", "s", "tom.adler", "tom.adler", NOW.isoformat(), {"a": "1"}
    )
    assert examples.add([one, one]) == 1
    assert examples.find(TENANT, "fraud").examples == (one,)
    assert not examples.find("halden-birch2").examples
    standings.change(TENANT, "fraud", PAUSED, "system", 0, {"reason": "x"}, now=NOW)
    assert standings.get_standing(TENANT, "fraud").paused == "x"
    about = LearningExample(TENANT, "fraud", "ORD-2", "1", "said", "t", "b", "b", NOW.isoformat(), {}, ("tom.adler",))
    assert examples.add([about]) == 1
    assert examples.forget(TENANT, "tom.adler", "tom.adler", own=True) == 1
    assert examples.find(TENANT).examples == (about,)
    assert examples.forget(TENANT, "tom.adler", "pia.lorenz") == 1
    audit.verify()
