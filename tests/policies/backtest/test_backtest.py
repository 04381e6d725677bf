"""Decided again: what flips, what cannot be said, and the same whatever the number of processes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.audit.chain import GENESIS, AuditRecord
from countersign.policies.audit.log import AuditLog
from countersign.policies.backtest import backtest as module
from countersign.policies.backtest.backtest import DECISION_KINDS, Backtest, run_backtest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.domain.stage import Stage
from countersign.policies.engine.decision_change import (
    DecisionChange,
    DecisionOutcome,
    find_amount,
    find_decision_change,
)
from countersign.policies.engine.engine import decide
from countersign.policies.engine.evidence_record import dump_facts
from countersign.policies.engine.stage_guard import StageGuard
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set
from databases import Databases

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ASKING = Principal("ann", "acme", frozenset({"agent"}))
SPEC = {"name": "pay", "version": "1", "effect": "write", "critical": []}


def _policy(limit: int, top: int = 1000, **more: Any) -> PolicySet:
    base = {"description": "A rule.", "owner": "boss", "source": "book#1", "tools": ["pay"], "reason": "It is so."}
    rules = [
        base | {"id": "p.small", "when": f"args.amount_minor <= {limit}", "effect": "allow"},
        base
        | {"id": "p.large", "when": f"args.amount_minor > {limit}", "effect": "review", "reviewers": ["boss"]}
        | more,
        base | {"id": "p.top", "when": f"args.amount_minor > {top}", "effect": "deny"},
    ]
    head = {"pack": "p", "version": "1", "owner": "boss", "description": "A pack."}
    return assemble_policy_set([Pack.model_validate_json(json.dumps(head | {"rules": rules}))])


def _body(policy: PolicySet, amount: int) -> dict[str, Any]:
    arguments = canonicalize({"amount_minor": amount, "currency": "EUR"})
    proposal = Proposal("pay", "1", arguments, "desk", "ann", "acme", "t", f"run-{amount}", policy.revision)
    facts = Facts(ASKING, SPEC, {"order": {"left": 5}}, NOW)
    decision = decide(policy, proposal, facts)
    more = {"proposal": proposal.record(), "digest": proposal.digest}
    return decision.record() | more | dump_facts(facts)


def _records(*bodies: dict[str, Any]) -> Iterator[AuditRecord]:
    for seq, body in enumerate(bodies, start=1):
        yield AuditRecord(
            seq, NOW.isoformat(), "decision", "acme", "t", "r", "agent:desk", "", canonicalize(body), GENESIS
        )


def _tried(new: PolicySet, *amounts: int) -> Backtest:
    old = _policy(100)
    return run_backtest(new, _records(*(_body(old, amount) for amount in amounts)))


def test_every_flip_is_named_the_worst_first() -> None:
    """What became possible without a person comes before what became harder."""
    found = _tried(_policy(500, top=5000), 50, 100, 101, 499, 600, 2000, 6000)
    assert found.decided == 7
    assert [(flip.change, flip.amount) for flip in found.flips] == [
        (DecisionChange.REVIEW_TO_ALLOW, (499, "EUR")),
        (DecisionChange.REVIEW_TO_ALLOW, (101, "EUR")),
        (DecisionChange.DENY_TO_REVIEW, (2000, "EUR")),
    ]
    assert found.looser
    assert found.amounts(DecisionChange.REVIEW_TO_ALLOW) == {"EUR": 600}
    assert found.record()["counts"] == {"review to allow": 2, "deny to review": 1}
    stricter = _tried(_policy(10), 50, 101)
    assert [flip.change for flip in stricter.flips] == [DecisionChange.ALLOW_TO_REVIEW]
    assert not stricter.looser


def test_the_same_packs_flip_nothing() -> None:
    """Otherwise the evidence in the log would not be all that counted."""
    assert _tried(_policy(100), 1, 100, 101, 1000, 1001).flips == []


def test_who_signs_and_what_silence_means_counts() -> None:
    """A limit is not the only way to loosen a policy."""
    other = _tried(_policy(100, reviewers=["clerk"]), 200).flips
    assert [flip.change for flip in other] == [DecisionChange.SIGNERS]
    silent = _tried(_policy(100, on_expiry="allow"), 200).flips
    assert [flip.change for flip in silent] == [DecisionChange.EXPIRY]
    more = _tried(_policy(100, reviewers=["boss", "cfo"]), 200)
    assert [flip.change for flip in more.flips] == [DecisionChange.MORE_SIGNERS]
    assert not more.looser


def test_what_cannot_be_decided_again_is_counted() -> None:
    """Silence about old or broken records would look like proof."""
    policy = _policy(100)
    whole = _body(policy, 50)
    old = {name: value for name, value in whole.items() if name != "facts"}
    broken = whole | {"facts": {"at": "?", "principal": None, "tool": None}}
    denied = Decision("deny", ("builtin.facts",), ("No order.",), "d", "r").record() | {"proposal": whole["proposal"]}  # type: ignore[arg-type]
    found = run_backtest(policy, _records(whole, old, broken, denied, {"nothing": 1}))
    assert (found.decided, found.old, found.before_rules, found.unreadable) == (1, 1, 1, [3, 5])


def test_what_a_rate_limit_held_back_is_no_flip() -> None:
    """A denial that no rule gave must not show as something that has become possible under other packs."""
    body = _body(_policy(100), 50)
    held = body | {"verdict": "deny", "rules": ["house.refunds"], "reasons": ["Too much."], "limited": True}
    found = run_backtest(_policy(100), _records(held, body))
    assert (found.before_rules, found.flips) == (1, [])


def test_processes_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts of the log are put together in full, in one order."""
    monkeypatch.setattr(module, "SMALL", 5)
    monkeypatch.setattr(module, "CHUNK", 10)
    old, new = _policy(100), _policy(130)
    bodies = [_body(old, amount) for amount in range(60, 160)]
    looked: list[int] = []
    alone = run_backtest(new, _records(*bodies), processes=1)
    spread = run_backtest(new, _records(*bodies), processes=2, progress=looked.append)
    assert spread.record() == alone.record()
    assert spread.decided == 100
    assert len(spread.flips) == 30
    assert looked[-1] == 100


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (DecisionOutcome("deny"), DecisionOutcome("allow"), DecisionChange.DENY_TO_ALLOW),
        (DecisionOutcome("deny", ("a",)), DecisionOutcome("deny", ("b",)), None),
        (DecisionOutcome("allow", mask=("iban",)), DecisionOutcome("allow"), DecisionChange.UNMASKED),
        (DecisionOutcome("allow"), DecisionOutcome("allow", mask=("iban",)), DecisionChange.MASKED),
        (
            DecisionOutcome("allow", retain="case"),
            DecisionOutcome("allow", retain="temporary"),
            DecisionChange.KEPT_SHORTER,
        ),
        (DecisionOutcome("allow"), DecisionOutcome("allow", retain="case"), DecisionChange.KEPT_SHORTER),
        (DecisionOutcome("allow", retain="never"), DecisionOutcome("allow"), DecisionChange.KEPT_LONGER),
        (
            DecisionOutcome("allow", retain="case"),
            DecisionOutcome("allow", retain="must-log"),
            DecisionChange.KEPT_LONGER,
        ),
        (DecisionOutcome("allow", retain="case"), DecisionOutcome("allow", retain="case"), None),
        (DecisionOutcome("review", seats=("a", "b")), DecisionOutcome("review", seats=("b", "a")), None),
        (DecisionOutcome("review", seats=("a", "a")), DecisionOutcome("review", seats=("a",)), DecisionChange.SIGNERS),
        (
            DecisionOutcome("review", seats=("a",), mask=("x",)),
            DecisionOutcome("review", seats=("a", "b")),
            DecisionChange.UNMASKED,
        ),
    ],
)
def test_kinds_of_change(before: DecisionOutcome, after: DecisionOutcome, change: DecisionChange | None) -> None:
    """Each way to loosen is seen, also when something else became stricter."""
    assert find_decision_change(before, after) is change


def test_the_worst_comes_first() -> None:
    """The exit code rests on which kinds are looser."""
    assert [change for change in DecisionChange if change.looser] == list(DecisionChange)[:7]
    assert next(iter(DecisionChange)) is DecisionChange.DENY_TO_ALLOW


def test_what_a_call_is_about_in_money() -> None:
    """Arguments say more than records."""
    assert find_amount({"amount_minor": 5, "currency": "USD"}, {"invoice": {"total_minor": 9}}) == (5, "USD")
    assert find_amount({}, {"x": {}, "invoice": {"total_minor": 9}}) == (9, "EUR")
    assert find_amount({"amount_minor": True}, {}) is None


def test_a_past_that_was_not_told_is_not_made_up() -> None:
    """A rule without its history denies; that would hide what becomes possible, and show denials nobody would meet."""
    asks = {"when": "args.amount_minor > 100 && history.paid > 5"}
    history = {"paid": {"tools": ["pay"], "same": "tenant", "within": "day", "sum": "args.amount_minor"}}
    new = _asking(history, asks)
    found = _tried(new, 50, 200)
    assert (found.decided, found.flips, dict(found.missing_histories)) == (0, [], {"paid": 2})
    assert found.record()["untold"] == {"paid": 2}
    told = [body | {"facts": body["facts"] | {"history": {"paid": 3}}} for body in (_body(_policy(100), 200),)]
    assert run_backtest(new, _records(*told)).decided == 1
    longer = _asking({"paid": history["paid"] | {"within": "30d"}}, asks)
    assert dict(run_backtest(longer, _records(*told), past=new.histories).missing_histories) == {"paid": 1}
    assert run_backtest(new, _records(*told), past=new.histories).decided == 1


def _asking(history: dict[str, Any], asks: dict[str, Any]) -> PolicySet:
    """The same packs, with a rule that asks the past."""
    pack = json.loads(_policy(100, **asks).packs[0].model_dump_json(exclude_defaults=True))
    return assemble_policy_set([Pack.model_validate_json(json.dumps(pack | {"history": history}))])


def _gate(**rule: Any) -> PolicySet:
    """A rule at another stage than the tool's."""
    said = {"id": "p.gate", "description": "A rule.", "owner": "boss", "source": "book#2", "reason": "Not here."}
    head = {"pack": "p", "version": "1", "owner": "boss", "description": "A pack."}
    return assemble_policy_set([Pack.model_validate_json(json.dumps(head | {"rules": [said | rule]}))])


def _door(longest: int) -> PolicySet:
    return _gate(stage="input", effect="deny", when=f"args.length > {longest}")


def test_other_stages_are_decided_again_too(tmp_path: Path, databases: Databases) -> None:
    """A pack that opens the door wider would pass as harmless when only calls of tools were tried."""
    audit = AuditLog(databases.open(tmp_path / "log.db"))
    asked = StageGuard(lambda: _door(100), audit, lambda: NOW)
    for length in (50, 150, 300):
        asked.ask(Stage.INPUT, "message", ASKING, {"length": length, "documents": 0}, thread="t", run="r")
    asked.ask(Stage.INPUT, "message", None, {"length": 1, "documents": 0})
    found = run_backtest(_door(200), audit.records(kind=DECISION_KINDS))
    assert (found.decided, found.old, found.unreadable) == (4, 0, [])
    assert [(flip.change, flip.tool, flip.user_id) for flip in found.flips] == [
        (DecisionChange.DENY_TO_ALLOW, "input:message", ASKING.user_id)
    ]
    assert run_backtest(_door(100), audit.records(kind=DECISION_KINDS)).flips == []
    assert {flip.change for flip in run_backtest(_door(10), audit.records(kind=DECISION_KINDS)).flips} == {
        DecisionChange.ALLOW_TO_DENY
    }


def test_what_a_tool_gave_is_not_in_the_log_twice(tmp_path: Path, databases: Databases) -> None:
    """An answer that could rest on it is counted as not known instead of guessed at."""
    audit = AuditLog(databases.open(tmp_path / "log.db"))
    policy = _gate(stage="result", tools=["pay"], effect="deny", when="records.result.secret == 'open'")
    asked = StageGuard(lambda: policy, audit, lambda: NOW)
    asked.ask(Stage.RESULT, "pay", ASKING, {"amount_minor": 5}, records={"result": {"secret": "abracadabra"}})
    (record,) = audit.records(kind="stage")
    assert "abracadabra" not in record.body
    found = run_backtest(policy, audit.records(kind=DECISION_KINDS))
    assert (found.decided, found.old) == (0, 1)


def test_how_long_memory_keeps_something_is_said() -> None:
    """ "allow -> allow" would hide what became shorter."""
    kept = DecisionOutcome("allow", ("support.memory.notes",), retain="case")
    assert kept.words == "allow (support.memory.notes; kept as case)"
