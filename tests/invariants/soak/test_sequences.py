"""Fixed lives, so that what matters surely happens in each run of the tests: the model predicts, the judge compares."""

from datetime import timedelta
from typing import Any

import pytest
import soak_attacks as attacks
from soak_actions import Soak
from soak_model import Run, Sheet
from soak_oracle import Step
from soak_requests import invoice_request, refund_request

MARA, TOM, SVEN, KARL, INES = "mara.voss", "tom.adler", "sven.pohlmann", "karl.weiss", "ines.roth"
SMALL, MEDIUM, LARGE = 4_000, 15_000, 150_000
DEADLINE = timedelta(days=2, minutes=1)


def ask(soak: Soak, amount: int, user: str = MARA, order: int = 0, thread: str = "first") -> Run:
    text, args = refund_request(soak.world.stage.orders[order], amount)
    soak.send(0, user, "refunds.issue", args, text, thread)
    return list(soak.model.runs.values())[-1]


def review(soak: Soak, amount: int = MEDIUM, **more: Any) -> Sheet:
    ask(soak, amount, **more)
    return list(soak.model.sheets.values())[-1]


def paid(soak: Soak) -> list[int]:
    return [effect.args["amount_minor"] for _, effect in soak.judge.effects.values()]


def test_everybody_does_their_part(soak: Soak) -> None:
    """Small goes through, medium needs one, large two; edits, invoices and rejections do what they say."""
    ask(soak, SMALL)
    soak.answer("answer", 0, review(soak, order=1), TOM, "approve")
    large = review(soak, LARGE, order=2)
    soak.answer("answer", 1, large, KARL, "approve")
    soak.answer("answer", 0, large, SVEN, "approve")
    assert paid(soak) == [SMALL, MEDIUM, LARGE]
    lowered = review(soak, LARGE, order=3)
    soak.answer("edit", 0, lowered, TOM, "edit", {**lowered.args, "amount_minor": 35_000})
    over = review(soak, order=4)
    soak.answer("edit", 0, over, TOM, "edit", {**over.args, "amount_minor": LARGE})
    denied = review(soak, order=5)
    soak.answer("edit", 0, denied, TOM, "edit", {**denied.args, "amount_minor": 90_000_000})
    soak.answer("answer", 0, denied, SVEN, "reject")
    assert paid(soak)[3:] == [35_000]
    for invoice in soak.world.stage.exceptions:
        text, args = invoice_request(invoice, soak.world.stage.exceptions)
        soak.send(0, "lena.brandt", "invoices.post", args, text, "invoices")
    for sheet in soak.model.open():
        for user in (KARL, INES):
            soak.answer("answer", 0, sheet, user, "approve")
    assert soak.tally["effect: invoices.post"] >= 4
    assert soak.tally["rules: deny"] >= 1


def test_nobody_signs_for_themselves_or_twice(soak: Soak) -> None:
    """The requester, their second account, and whoever signed already are refused."""
    sheet = review(soak, LARGE)
    for user in (MARA, "mara.voss.admin", "rosa.wieland", "nobody.known"):
        soak.answer("anybody answers", 0, sheet, user, "approve")
    soak.answer("answer", 0, sheet, TOM, "approve")
    soak.answer("same answer again", 1, sheet, TOM, "approve")
    both = review(soak, LARGE, order=2)
    soak.answer("answer", 0, both, "thea.denholm", "approve")
    soak.answer("answer", 1, both, "thea.denholm", "approve")
    own = review(soak, user=TOM, order=1)
    soak.answer("anybody answers", 0, own, TOM, "approve")
    soak.answer("delegate", 0, own, SVEN, "delegate", None, TOM)
    soak.answer("delegate", 0, own, SVEN, "delegate", None, "mara.voss.admin")
    assert paid(soak) == []
    assert soak.tally["refused"] == 8


def test_time_and_messages_lose_nothing(soak: Soak) -> None:
    """New messages leave what waits; deadlines escalate and then end it; a late answer is refused."""
    sheet = review(soak)
    soak.chat(0, MARA, "hello", "first")
    soak.restart(0)
    soak.pass_time(1, DEADLINE)
    assert (sheet.state, sheet.level) == ("open", 1)
    other = review(soak, order=1)
    soak.pass_time(0, DEADLINE)
    assert (sheet.state, other.state) == ("expired", "open")
    soak.answer("stale answer", 0, sheet, TOM, "approve")
    soak.answer("answer", 0, other, KARL, "approve")
    assert paid(soak) == [MEDIUM]


def test_replays_and_forks_pay_once(soak: Soak) -> None:
    """Every old checkpoint is run again and branched from, also under other rules; nothing is paid twice."""
    soak.answer("answer", 0, review(soak), TOM, "approve")
    run = next(iter(soak.model.runs.values()))
    soak.chat(0, MARA, "hello", "first")
    for edition in ("written", "loose"):
        soak.rules_change(edition)
        for place in range(6):
            attacks.replay(soak, 0, run, place, settled=place % 2 == 0)
            text, args = refund_request(soak.world.stage.orders[0], MEDIUM)
            attacks.fork(soak, 1, run, place, text, args, "intake")
    attacks.resume_none(soak, 0, run)
    assert paid(soak) == [MEDIUM]


@pytest.mark.parametrize("settle", ["reject", "withdraw", "respond", "open", "expire"])
def test_rules_that_change_do_not_speak_for_people(soak: Soak, settle: str) -> None:
    """People were asked and did not agree; rules that would now let the call run by itself do not let this one run."""
    sheet = review(soak)
    if settle == "expire":
        for _ in range(2):
            soak.pass_time(0, DEADLINE)
    elif settle != "open":
        soak.answer("answer", 0, sheet, MARA if settle == "withdraw" else TOM, settle)
    soak.rules_change("loose")
    attacks.call_directly(soak, 0, sheet, {}, "")
    attacks.call_directly(soak, 0, sheet, {}, sheet.review_id)
    for place in range(6):
        text, args = refund_request(soak.world.stage.orders[0], MEDIUM)
        attacks.fork(soak, 0, soak.model.runs[sheet.run], place, text, args, "intake")
    assert paid(soak) == []


def test_a_forged_queue_runs_nothing_that_was_rejected(soak: Soak) -> None:
    """Beside the true call a granted copy of it is put into the checkpoint; the rejection stops both."""
    sheet = review(soak)
    soak.rules_change("loose")
    attacks.forge(soak, 0, sheet, {}, "", beside=True)
    soak.answer("answer", 0, sheet, TOM, "reject")
    assert soak.tally["forged queues"] == 1
    assert paid(soak) == []


@pytest.mark.parametrize("form", ["two", "nothing", "settled", "junk"])
def test_an_answer_counts_for_nobody_else(soak: Soak, form: str) -> None:
    """An approval by somebody who may not, naming no pause, must not be taken as that of who resumes next."""
    sheet = review(soak)
    attacks.client_answers(soak, 0, sheet, "kira.grothe", "approve", "batched", keyed=False)
    attacks.client_answers(soak, 0, sheet, TOM, "approve", form, keyed=True)
    attacks.client_resumes(soak, 0, sheet, TOM)
    assert (sheet.state, paid(soak)) == ("open", [])
    attacks.client_answers(soak, 0, sheet, TOM, "approve", "batched", keyed=True)
    assert paid(soak) == [MEDIUM]


def test_an_edit_after_the_deadline_is_judged_as_any_other(soak: Soak) -> None:
    """Whoever may answer only because the deadline has passed gets no edit past the rules."""
    sheet = review(soak)
    soak.world.pass_time(DEADLINE)
    soak.model.now = soak.world.now
    soak.answer("edit", 0, sheet, KARL, "edit", {**sheet.args, "amount_minor": SMALL})
    assert (sheet.state, paid(soak)) == ("open", [])


def test_roles_count_when_it_runs(soak: Soak) -> None:
    """Whoever lost their role signs nothing, and what somebody asked for who has left does not run."""
    sheet = review(soak)
    soak.staff_changes(TOM, ("employee",))
    soak.answer("anybody answers", 0, sheet, TOM, "approve")
    soak.staff_changes(MARA, None)
    soak.answer("answer", 0, sheet, SVEN, "approve")
    soak.staff_changes(MARA, ("employee", "support_agent"))
    attacks.resume_none(soak, 0, soak.model.runs[sheet.run])
    assert sheet.state == "approved"
    assert paid(soak) == []


def test_a_grant_is_for_one_call(soak: Soak) -> None:
    """The approval of one call lets no other run, neither another amount nor another order."""
    one, other = review(soak), review(soak, order=1)
    soak.answer("answer", 0, one, TOM, "approve")
    attacks.call_directly(soak, 0, other, {}, one.review_id)
    attacks.call_directly(soak, 0, one, {"amount_minor": 35_000}, one.review_id)
    attacks.call_directly(soak, 0, one, {}, one.review_id)
    soak.judged(Step("end"))
    assert paid(soak) == [MEDIUM]


def test_people_who_answer_at_once(soak: Soak) -> None:
    """Two answers through two processes: one comes first, and the other is judged after it."""
    for order, kinds in enumerate((("approve", "approve"), ("approve", "reject"), ("reject", "respond"))):
        attacks.race(soak, review(soak, LARGE, order=order), (TOM, KARL), kinds)
    assert soak.tally["answers in a race"] >= 3
    assert len(paid(soak)) == 1
