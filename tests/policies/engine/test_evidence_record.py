"""What the log keeps of a decision is enough to decide it again."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.engine.engine import decide
from countersign.policies.engine.evidence_record import dump_facts, parse_decision_record
from countersign.policies.errors import BadInput
from countersign.policies.rules.evidence import Facts
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ASKING = Principal("ann", "acme", frozenset({"agent"}), frozenset({"desk"}), "Ann", "", "bob", 5000)
SPEC = {"name": "things.do", "version": "1", "effect": "write", "critical": ["n"]}


def _policy(when: str) -> PolicySet:
    rule = {
        "id": "p.r",
        "description": "A rule.",
        "owner": "boss",
        "source": "book#1",
        "tools": ["things.do"],
        "when": when,
        "effect": "allow",
        "reason": "It is so.",
    }
    head = {"pack": "p", "version": "1", "owner": "boss", "description": "A pack."}
    return assemble_policy_set([Pack.model_validate_json(json.dumps(head | {"rules": [rule]}))])


def _proposal(**more: Any) -> Proposal:
    return Proposal(
        "things.do", "1", canonicalize({"n": 5}), "desk", "ann", "acme", "t", "r", "rev", planned=True, **more
    )


def _body(proposal: Proposal, facts: Facts, editor: Principal | None = None) -> dict[str, Any]:
    body = dump_facts(facts, editor) | {"proposal": proposal.record(), "digest": proposal.digest}
    read: dict[str, Any] = json.loads(canonicalize(body))
    return read


@pytest.mark.parametrize(
    "when",
    [
        "principal.limit_minor == 5000 && principal.manager == 'bob' && 'desk' in principal.teams",
        "records.thing.at < now && records.list.of[0].at == records.thing.at",
        "scores.confidence == 80 && tool.effect == 'write'",
        "now == timestamp('2026-03-01T09:30:00Z')",
    ],
)
def test_everything_rules_see_comes_back(when: str) -> None:
    """A fact that were lost in the log would make a backtest lie about the past."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    records: dict[str, dict[str, Any]] = {"thing": {"at": moment, "name": "x"}, "list": {"of": [{"at": moment}]}}
    facts, policy = Facts(ASKING, SPEC, records, NOW, {"confidence": 80}), _policy(when)
    proposal = _proposal()
    before = decide(policy, proposal, facts)
    assert before.verdict == "allow"
    found = parse_decision_record(_body(proposal, facts))
    assert found is not None
    assert found.proposal == proposal
    assert found.facts == facts
    assert found.decide(policy) == before


def test_an_edit_is_decided_again_under_both_persons_rights() -> None:
    """Left out, an edit by somebody without rights would be replayed as allowed."""
    proposal = _proposal(edited_by="eve")
    eve = Principal("eve", "acme")
    facts = Facts(ASKING, SPEC, {}, NOW)
    found = parse_decision_record(_body(proposal, facts, eve))
    assert found is not None
    assert found.editor == eve
    assert found.decide(_policy("principal.user_id == 'ann'")).verdict == "deny"
    assert found.decide(_policy("true")).verdict == "allow"


def test_old_and_broken_evidence_is_told_apart() -> None:
    """An old event is counted; one that cannot be read must not pass as old."""
    body = _body(_proposal(), Facts(None, None, {}, NOW))
    assert parse_decision_record(body) is not None
    assert parse_decision_record({"verdict": "allow"}) is None
    with pytest.raises(BadInput, match="cannot be read"):
        parse_decision_record(body | {"facts": {"at": "yesterday", "principal": None, "tool": None}})
