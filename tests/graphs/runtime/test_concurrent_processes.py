"""Several processes on one set of records, each with many threads: one answer counts, one effect happens."""

import json
from collections import Counter
from pathlib import Path

import pytest
from countersign.graphs.assistant.session import Turn
from countersign.graphs.runtime.run import RunState
from countersign.policies.review.review import Answer, AnswerType, ReviewState
from data_folder import MARA, TOM, copy_of, open_door, orders, refunded
from process_group import run_together

RACING = Path(__file__).parents[2] / "support" / "race_process.py"


@pytest.fixture
def home(untouched_on_each: Path, tmp_path: Path) -> Path:
    return copy_of(untouched_on_each, tmp_path / "home")


def race(home: Path, *command: str) -> list[str]:
    """What came of each try of two processes that begin at once."""
    words = [str(RACING), str(home), *command]
    return [one for said in run_together([words, words]) for one in json.loads(said)]


def asked(home: Path, order: str) -> Turn:
    with open_door(home) as assistant:
        turn = assistant.send(f"refund order {order}", as_user=MARA)
    assert turn.state is RunState.WAITING
    return turn


def test_fifty_answers_from_two_processes_leave_one(home: Path) -> None:
    """A yes and a no that both counted would pay for what was refused."""
    order = orders(home, 15000, 60000)[0]
    review_id = asked(home, order).pending[0].review_id
    said = Counter(race(home, "answer", review_id))
    with open_door(home) as assistant:
        settled = assistant.core.services.reviews.get(review_id)
        assert said == {"late": 49, str(settled.state): 1}
        assert len(settled.signatures) == 1
        assistant.catch_up(as_user=MARA)
        assert len(list(assistant.core.services.audit.records(kind="review.answered"))) == 1
        assistant.core.services.audit.verify()
    assert len(refunded(home, order)) == (settled.state is ReviewState.APPROVED)


def test_fifty_clicks_in_two_processes_pay_once(home: Path) -> None:
    """By the public door, which answers and goes on with the work in one: the others are late and begin nothing."""
    order = orders(home, 15000, 60000)[0]
    review_id = asked(home, order).pending[0].review_id
    assert Counter(race(home, "press", review_id)) == {"done": 1, "late": 49}
    with open_door(home) as assistant:
        log = assistant.core.services.audit
        counted = [len(list(log.records(kind=kind))) for kind in ("review.answered", "effect.started", "reply")]
        assert counted == [1, 1, 1]
        log.verify()
    assert len(refunded(home, order)) == 1


def test_two_processes_that_resume_one_run_pay_once(home: Path) -> None:
    """Both find the same signed review; one goes on, the other finds nothing to do."""
    order = orders(home, 15000, 60000)[0]
    turn = asked(home, order)
    with open_door(home) as assistant:
        desk = assistant.core.services
        approve = Answer(AnswerType.APPROVE)
        desk.reviews.answer(turn.pending[0].review_id, assistant.principal(TOM), approve, desk.now())
    assert Counter(race(home, "resume")) == {"done": 1, "nothing": 19}
    with open_door(home) as assistant:
        assert [message.role for message in assistant.history(as_user=MARA)] == ["user", "assistant"]
        assert len(list(assistant.core.services.audit.records(kind="effect.succeeded"))) == 1
        assistant.core.services.audit.verify()
    assert len(refunded(home, order)) == 1


def test_fifty_executions_of_one_grant_are_one_effect(home: Path) -> None:
    """Whatever asks again, in whichever process, gets what was recorded."""
    order = orders(home, 15000, 60000)[0]
    review = asked(home, order).pending[0]
    with open_door(home) as assistant:
        desk = assistant.core.services
        desk.reviews.answer(review.review_id, assistant.principal(TOM), Answer(AnswerType.APPROVE), desk.now())
    said = race(home, "execute", json.dumps(review.proposal.record()), review.review_id)
    assert len(said) == 50
    assert len(set(said)) == 1
    assert said[0].startswith("succeeded:")
    assert len(refunded(home, order)) == 1
    with open_door(home) as assistant:
        assert len(list(assistant.core.services.audit.records(kind="effect.started"))) == 1
        assistant.core.services.audit.verify()
