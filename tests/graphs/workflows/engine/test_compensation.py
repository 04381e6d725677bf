"""A playbook that fails after it wrote takes its writes back, the last first, through the guarded door."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Assistant, Settings
from countersign.graphs.steps import Call, Calls, Compensation, Finish, StepContext
from countersign.graphs.workflows.engine import compensation
from countersign.graphs.workflows.engine.workflow import Workflow
from countersign.graphs.workflows.refund.request import RefundInput, fill_refund
from countersign.policies.rules.loader import DEFAULT_PACKS
from countersign.tools.outcome import Outcome, Status
from countersign.tools.sample_company import demo_orders
from countersign.tools.toolsets import ALL
from shipped import replace_workflow

WRITES = ("refunds.issue", "vouchers.issue", "tickets.comment")


def pay(case: StepContext[RefundInput]) -> Calls:
    """Refund 20 euros."""
    args = {"order_id": case.input.order_id, "amount_minor": 2000, "currency": "EUR", "reason": "test"}
    return Calls.of(Call("refund", "refunds.issue", args, dict.fromkeys(args, "user")))


def thank(case: StepContext[RefundInput]) -> Calls | Finish:
    """Give the customer a voucher."""
    args = {"customer_id": case.value("refund")["customer_id"], "amount_minor": 500, "reason": "test"}
    return Calls.of(Call("voucher", "vouchers.issue", args, dict.fromkeys(args, "trusted")))


def note(_case: StepContext[RefundInput]) -> Calls:
    """Write on a ticket that does not exist: this fails."""
    args = {"ticket_id": "TCK-9999", "body": "done", "public": False}
    return Calls.of(Call("note", "tickets.comment", args, dict.fromkeys(args, "trusted")))


def end(case: StepContext[RefundInput]) -> Finish | Compensation:
    """Take everything back when the note failed."""
    if case.outcome("note").ok:
        return Finish("Done.")
    return Compensation(("refund", "voucher"), Finish("The ticket could not be noted."))


def open_with(last: Callable[[StepContext[RefundInput]], Any], settings: Settings) -> Assistant:
    """The real assistant, with a refund workflow that ends in this step."""
    steps = (pay, thank, note, last)
    workflow = Workflow("refund", "test", "tests", "Fails late", RefundInput, fill_refund, steps, {}, WRITES)
    return Assistant.open(settings=settings, extensions=replace_workflow(workflow))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The real assistant, with a refund playbook that fails at its last step."""
    with open_with(end, Settings.from_env({}, tmp_path_factory.mktemp("compensation"))) as opened:
        yield opened


def rows(assistant: Assistant, kind: str, **where: Any) -> list[dict[str, Any]]:
    """Records of the company."""
    return assistant.core.services.registry.services.records.find(kind, where=where)


def test_writes_are_taken_back_in_reverse_order(assistant: Assistant) -> None:
    """Half of a workflow left standing would be money lost; undone in the wrong order, it might not be undoable."""
    order = demo_orders.find_refundable_order(assistant.core.services.registry.services.records, 3000, 100_000)
    turn = assistant.send(f"refund order {order['id']}", as_user="mara.voss")
    assert turn.data, turn.reply
    assert turn.data, turn.reply
    assert turn.data[0]["status"] == "stopped", turn
    assert turn.data[0]["data"]["undone"] == ["vouchers.issue", "refunds.issue"]
    assert "Taken back: vouchers.issue, refunds.issue." in turn.reply
    refunds = [row for row in rows(assistant, "refund", order_id=order["id"]) if row["amount_minor"] == 2000]
    assert [row["status"] for row in refunds] == ["cancelled"]
    tools = [
        record.data["tool"]
        for record in assistant.core.services.audit.records(run=turn.run)
        if record.kind == "effect.succeeded"
    ]
    assert tools == ["refunds.issue", "vouchers.issue", "vouchers.cancel", "refunds.cancel"]


def test_an_error_in_a_step_takes_writes_back_too(assistant: Assistant) -> None:
    """A step that breaks off must not leave half of the work standing, whatever the reason."""
    order = demo_orders.find_refundable_order(assistant.core.services.registry.services.records, 3000, 100_000)

    def broken(case: StepContext[RefundInput]) -> Finish:
        return Finish(str(case.value("note")["nothing"]))

    with open_with(broken, Settings.from_env({}, _home(assistant))) as again:
        turn = again.send(f"refund order {order['id']}", as_user="mara.voss", thread="broken")
    assert turn.data, turn.reply
    assert (turn.data[0]["status"], turn.data[0]["data"]["undone"]) == ("stopped", ["vouchers.issue", "refunds.issue"])
    assert "at the step broken" in turn.reply
    statuses = {row["status"] for row in rows(assistant, "refund", order_id=order["id"]) if row["amount_minor"] == 2000}
    assert statuses == {"cancelled"}


def test_what_cannot_be_taken_back_goes_to_a_person(assistant: Assistant) -> None:
    """A compensation that fails silently would leave a wrong world and nobody who knows."""
    records = assistant.core.services.registry.services.records
    order = demo_orders.find_refundable_order(records, 3000, 100_000)

    def end_after_settling(case: StepContext[RefundInput]) -> Finish | Compensation:
        # The bank settles the refund meanwhile, so cancelling it must fail.
        records.update("refund", case.value("refund")["refund_id"], {"status": "paid"}, {"status": "pending"})
        return Compensation(("refund", "voucher"), Finish("The ticket could not be noted."))

    end_after_settling.__name__ = "end"
    with open_with(end_after_settling, Settings.from_env({}, _home(assistant))) as again:
        turn = again.send(f"refund order {order['id']}", as_user="mara.voss", thread="second")
    assert turn.data, turn.reply
    assert turn.data[0]["status"] == "handed_over", turn
    assert turn.data[0]["data"]["undone"] == ["vouchers.issue"]
    assert "refunds.issue still stands" in turn.reply
    assert "Handed over as TSK-" in turn.reply


PACK = """
pack: house
version: "1"
owner: boss
description: The limits of one test.
rules:
  - {id: house.none, description: Nothing., owner: boss, source: book#1, tools: [orders.get], roles: [nobody],
     effect: allow, reason: Never.}
limits:
  - {id: house.limit, owner: boss, source: book#2, reason: Too much., per: tenant, tools: ["*.cancel"], rate: 1/day}
"""


def test_what_is_taken_back_is_never_limited(tmp_path: Path) -> None:
    """A rate limit that held back an undo would leave half of a work standing."""
    pack = tmp_path / "house.yaml"
    pack.write_text(PACK)
    packs = {"COUNTERSIGN_PACKS": os.pathsep.join([str(DEFAULT_PACKS), str(pack)])}
    with open_with(end, Settings.from_env(packs, tmp_path / "home")) as limited:
        order = demo_orders.find_refundable_order(limited.core.services.registry.services.records, 3000, 100_000)
        turn = limited.send(f"refund order {order['id']}", as_user="mara.voss")
        assert turn.data, turn.reply
        assert turn.data[0]["data"]["undone"] == ["vouchers.issue", "refunds.issue"]
        assert "rate.limited" not in [record.kind for record in limited.core.services.audit.records(run=turn.run)]


def _home(assistant: Assistant) -> Path:
    return Path(str(assistant.core.conversations._engine.url.database)).parent


@pytest.mark.parametrize(("status", "stands"), [("confirmed", False), ("failed", True), ("in_doubt", True)])
def test_an_undo_that_a_person_found_done_is_done(status: str, stands: bool) -> None:
    """Told that it still stands, somebody would take it back a second time."""
    specs = {spec.name: spec for spec in ALL}
    outcomes = {
        "pay": Outcome(Status.SUCCEEDED, "d1", {"refund_id": "REF-1"}).record(),
        "undo.pay": Outcome(Status(status), "d2", message="karl.weiss looked.").record(),
    }
    ran = {"pay": {"tool": "refunds.issue", "args": {}}, "undo.pay": {"tool": "refunds.cancel", "args": {}}}
    undo = compensation.begin_undo(Compensation(("pay",), Finish("It failed.")))
    after = compensation.advance_undo(undo, outcomes, ran, specs, "tom.adler")
    if stands:
        assert isinstance(after, tuple)
        assert after[0].calls[0].tool == "tasks.create"
    else:
        assert isinstance(after, Finish)
        assert (after.data["undone"], after.data["not_undone"]) == (["refunds.issue"], [])
