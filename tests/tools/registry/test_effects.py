"""Side effects when systems are slow, broken or gone: nothing twice, nothing silently lost, doubt is named."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from countersign.policies.audit.log import AuditEvent
from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput, Unavailable
from countersign.tools.connectors.port import Conflict
from countersign.tools.ledger import ledger
from countersign.tools.ledger.ledger import EffectState, make_idempotency_key
from countersign.tools.outcome import Grant, Outcome, Status
from countersign.tools.spec import ToolSpec
from databases import Databases
from scripted_system import Small, acts_then_fails, does, fails, waits
from services import Office

Opened = Callable[[ToolSpec], Office]


@pytest.fixture
def opened(tmp_path: Path, company_file: Path, databases: Databases) -> Iterator[Opened]:
    offices: list[Office] = []
    databases.url(tmp_path / "countersign.db")

    def make(spec: ToolSpec) -> Office:
        offices.append(Office.open(tmp_path, company_file, [spec]))
        return offices[-1]

    yield make
    for office in offices:
        office.close()


def run(office: Office) -> Outcome:
    return office.call("mara.voss", "small.act")


def state(office: Office) -> EffectState:
    entry = office.ledger.get(office.propose("mara.voss", "small.act", {}).digest)
    assert entry is not None
    return entry.state


GONE = Unavailable("the line is down")


def test_a_transient_failure_is_tried_again(opened: Opened) -> None:
    """One dropped connection would need a person."""
    system = Small(fails(GONE), fails(GONE), does)
    outcome = run(opened(system.spec()))
    assert (outcome.ok, outcome.value, system.tries) == (True, {"count": 1}, 3)


def test_tries_end(opened: Opened) -> None:
    """A system that is down would be called for ever; asked afterwards, it says that nothing happened."""
    system = Small(fails(GONE))
    outcome = run(opened(system.spec()))
    assert (outcome.status, system.tries) == (Status.FAILED, 3)
    assert "did not do it" in outcome.message


def test_a_write_that_the_system_does_not_de_duplicate_is_tried_once(opened: Opened) -> None:
    """The first try may have worked."""
    system = Small(acts_then_fails(GONE), does)
    office = opened(system.spec(idempotent=False, reconcile=False))
    assert run(office).status is Status.IN_DOUBT
    again = run(office)
    assert (again.status, system.tries) == (Status.IN_DOUBT, 1)
    assert "the owner must check" in again.message


@pytest.mark.parametrize("error", [BadInput("no such thing"), Conflict("it changed")])
def test_a_refusal_is_final_and_known(error: Exception, opened: Opened) -> None:
    """A no is not a doubt, and is not tried again."""
    system = Small(fails(error), does)
    office = opened(system.spec())
    assert (run(office).message, state(office), system.tries) == (str(error), EffectState.FAILED, 1)
    assert run(office).replayed


def test_a_lost_answer_is_found_out_by_asking(opened: Opened) -> None:
    """It happened, and the retry or the person would do it again."""
    system = Small(acts_then_fails(RuntimeError("broken pipe")))
    office = opened(system.spec())
    outcome = run(office)
    assert (outcome.ok, outcome.value, system.tries, system.asked) == (True, {"count": 1}, 1, 1)
    assert state(office) is EffectState.SUCCEEDED


def test_what_cannot_be_asked_stays_in_doubt_until_it_can(opened: Opened) -> None:
    """Guessing either way is wrong: pay twice, or say it was paid when it was not."""
    system = Small(acts_then_fails(RuntimeError("broken pipe")))
    system.silent = True
    office = opened(system.spec())
    outcome = run(office)
    assert (outcome.status, state(office)) == (Status.IN_DOUBT, EffectState.IN_DOUBT)
    assert "may or may not have happened" in outcome.message
    system.silent = False
    assert (run(office).value, system.tries) == ({"count": 1}, 1)


def test_a_doubt_that_turns_out_to_be_nothing_is_run_again(opened: Opened) -> None:
    """A case would hang for ever on an effect that never happened."""
    system = Small(fails(RuntimeError("crash")), does)
    system.silent = True
    office = opened(system.spec())
    assert run(office).status is Status.IN_DOUBT
    system.silent = False
    assert (run(office).ok, system.did.total()) == (True, 1)


def test_a_slow_call_is_not_called_failed_while_it_may_still_act(opened: Opened) -> None:
    """The ledger would say no and the money would go a moment later."""
    system = Small(waits(0.6))
    office = opened(system.spec(timeout=0.1, retries=0))
    proposal = office.propose("mara.voss", "small.act", {})
    office.registry.decide(proposal)

    async def go() -> tuple[Outcome, EffectState]:
        found = await office.registry.execute(proposal, Grant(proposal.digest))
        return found, state(office)

    outcome, meanwhile = asyncio.run(go())
    assert (outcome.status, meanwhile) == (Status.IN_DOUBT, EffectState.IN_DOUBT)
    assert run(office).value == {"count": 1}
    assert system.tries == 1


def test_a_slow_try_before_a_refusal_still_leaves_a_doubt(opened: Opened) -> None:
    """The second try says no while the first is still on its way."""
    system = Small(waits(0.8), fails(BadInput("nothing left")))
    office = opened(system.spec(timeout=0.2, retries=1))
    proposal = office.propose("mara.voss", "small.act", {})
    office.registry.decide(proposal)
    seen: list[Status] = []

    async def go() -> None:
        seen.append((await office.registry.execute(proposal, Grant(proposal.digest))).status)

    asyncio.run(go())
    assert seen == [Status.IN_DOUBT]
    assert run(office).value == {"count": 1}


def test_a_slow_read_fails_in_words(opened: Opened) -> None:
    """A read that hangs would hang the turn."""
    system = Small(waits(0.3))
    outcome = run(opened(system.spec(Effect.READ, timeout=0.05, retries=0, reconcile=False)))
    assert (outcome.status, "did not answer in 0.05 s" in outcome.message) == (Status.FAILED, True)


def test_a_read_that_breaks_is_an_answer_and_no_stack_trace(opened: Opened) -> None:
    """A fault in one tool would end the whole turn."""
    outcome = run(opened(Small(fails(KeyError("id"))).spec(Effect.READ, reconcile=False)))
    assert "small.act failed (KeyError: 'id'); its owner is the owner." in outcome.message


def test_a_result_that_breaks_its_contract_is_no_answer(opened: Opened) -> None:
    """Malformed data would go on into other systems."""
    system = Small(lambda _system, _key: "many")  # type: ignore[arg-type, return-value]
    outcome = run(opened(system.spec(Effect.READ, reconcile=False)))
    assert outcome.status is Status.FAILED
    assert "breaks its contract at 'count'" in outcome.message


def test_a_cancelled_turn_does_not_leave_an_effect_unknown(opened: Opened) -> None:
    """The user presses Ctrl-C while the payment is on its way; the books must still know."""
    system = Small(waits(0.4))
    office = opened(system.spec())
    proposal = office.propose("mara.voss", "small.act", {})
    office.registry.decide(proposal)

    async def go() -> None:
        task = asyncio.create_task(office.registry.execute(proposal, Grant(proposal.digest)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert state(office) is EffectState.SUCCEEDED
    assert run(office).replayed


def begun_by(office: Office, worker: str, lease: timedelta) -> None:
    """Makes the ledger say that some worker has begun the effect."""
    proposal = office.propose("mara.voss", "small.act", {})
    office.registry.decide(proposal)
    event = AuditEvent("effect.started", "test", proposal.tenant)
    with patch.object(ledger, "get_worker", lambda: worker):
        assert office.ledger.start(proposal.digest, "policy", lease, event)


def dead_worker() -> str:
    """A worker on this host whose process has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return f"{socket.gethostname()}:{done.pid}"


@pytest.mark.parametrize("happened", [True, False])
def test_after_a_crash_the_system_is_asked_first(happened: bool, opened: Opened) -> None:
    """A process died between start and result: repeating blindly would act twice, giving up would lose it."""
    system = Small(does)
    office = opened(system.spec(idempotent=False))
    if happened:
        system.did[make_idempotency_key(office.propose("mara.voss", "small.act", {}).digest)] = 1
    begun_by(office, dead_worker(), timedelta(hours=1))
    assert run(office).value == {"count": 1}
    assert (system.tries, system.asked) == (0 if happened else 1, 1)


def test_after_a_crash_a_repeatable_write_is_repeated(opened: Opened) -> None:
    """The system recognises the key, so there is nothing to ask."""
    system = Small(does)
    office = opened(system.spec(reconcile=False))
    begun_by(office, dead_worker(), timedelta(hours=1))
    assert (run(office).ok, system.tries) == (True, 1)


def test_after_a_crash_a_write_that_can_be_neither_asked_nor_repeated_waits_for_a_person(opened: Opened) -> None:
    """Never silently repeated."""
    system = Small(does)
    office = opened(system.spec(idempotent=False, reconcile=False))
    begun_by(office, dead_worker(), timedelta(hours=1))
    assert (run(office).status, system.tries) == (Status.IN_DOUBT, 0)


def test_a_lease_that_has_run_out_frees_the_effect(opened: Opened) -> None:
    """The worker may be on a host that is gone; nobody can ask whether it lives."""
    system = Small(does)
    office = opened(system.spec())
    begun_by(office, "another-host:1", timedelta(seconds=-1))
    assert (run(office).ok, system.tries) == (True, 1)


def test_a_living_worker_is_waited_for(opened: Opened) -> None:
    """Two workers would both call the system."""
    system = Small(does)
    office = opened(system.spec())
    begun_by(office, f"{socket.gethostname()}:{os.getpid()}", timedelta(hours=1))
    proposal = office.propose("mara.voss", "small.act", {})
    event = AuditEvent("effect.succeeded", "test", proposal.tenant)
    threading.Timer(
        0.3, lambda: office.ledger.finish(proposal.digest, EffectState.SUCCEEDED, event, result={"count": 7})
    ).start()
    assert (run(office).value, system.tries) == ({"count": 7}, 0)


def test_every_step_is_in_the_log(opened: Opened) -> None:
    """An auditor must see the doubt and how it ended, in one unbroken chain."""
    office = opened(Small(acts_then_fails(RuntimeError("x"))).spec())
    run(office)
    kinds = [record.kind for record in office.audit.records(run="run-1")]
    assert kinds == ["decision", "effect.started", "effect.in_doubt", "effect.succeeded"]
    office.audit.verify()
