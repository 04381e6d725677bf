"""Packs compared in meaning: what became of rules in words, and calls that go otherwise."""

import json
from typing import Any

import pytest
from countersign.policies.changes import Change
from countersign.policies.comparing import Difference, compare
from countersign.policies.loading import load_packs
from countersign.policies.pack import Pack
from countersign.policies.policyset import PolicySet, assemble

BASE = {"description": "A rule.", "owner": "boss", "source": "book#1", "tools": ["pay"], "reason": "It is so."}


def _set(limit: int = 10000, small: dict[str, Any] | None = None, large: dict[str, Any] | None = None) -> PolicySet:
    rules = [
        BASE
        | {"id": "p.small", "when": f"args.amount_minor <= {limit}", "effect": "allow", "roles": ["agent"]}
        | (small or {}),
        BASE
        | {"id": "p.large", "when": f"args.amount_minor > {limit}", "effect": "review", "reviewers": ["boss"]}
        | {"roles": ["agent"]}
        | (large or {}),
    ]
    case = {"name": "one cent", "tool": "pay", "principal": {"roles": ["agent"]}, "args": {"amount_minor": 1}}
    head = {"pack": "p", "version": "1", "owner": "boss", "description": "A pack."}
    pack = head | {"rules": rules, "cases": [case | {"expect": "allow"}]}
    return assemble([Pack.model_validate_json(json.dumps(pack))])


def _words(found: Difference) -> dict[str, tuple[str, ...]]:
    return {item.rule: item.words for item in found.rules}


def test_a_moved_threshold_is_said_in_money_and_shown_by_a_call() -> None:
    """One case of one cent is enough: the edges of both numbers are tried."""
    found = compare(_set(10000), _set(15000))
    assert _words(found) == {
        "p.large": ("threshold args.amount_minor > 100.00 EUR -> 150.00 EUR",),
        "p.small": ("threshold args.amount_minor <= 100.00 EUR -> 150.00 EUR",),
    }
    assert [witness.change for witness in found.witnesses] == [Change.REVIEW_TO_ALLOW]
    assert found.witnesses[0].alike >= 1
    assert found.looser
    assert not compare(_set(15000), _set(10000)).looser


@pytest.mark.parametrize(
    ("small", "words", "change"),
    [
        ({"roles": ["agent", "clerk"]}, "role added: clerk", Change.DENY_TO_ALLOW),
        ({"roles": []}, "roles agent -> everybody", Change.DENY_TO_ALLOW),
        ({"tools": ["pay", "give"]}, "tool added: give", Change.DENY_TO_ALLOW),
        ({"effect": "deny"}, "effect allow -> deny", Change.ALLOW_TO_DENY),
        ({"mask": ["iban"]}, "mask added: iban", Change.MASKED),
    ],
)
def test_who_and_what_a_rule_speaks_of(small: dict[str, Any], words: str, change: Change) -> None:
    """No case knows the new role or tool; calls with it are generated."""
    found = compare(_set(), _set(small=small))
    assert _words(found)["p.small"] == (words,)
    assert change in [witness.change for witness in found.witnesses]


def test_reviewers_and_deadlines() -> None:
    """Who signs is as much policy as how much."""
    found = compare(_set(), _set(large={"reviewers": ["clerk"], "deadline": "3d"}))
    assert _words(found)["p.large"] == ("reviewer added: clerk", "reviewer removed: boss", "deadline 2d -> 3d")
    assert [witness.change for witness in found.witnesses] == [Change.SIGNERS]


def test_texts_are_no_change_of_meaning() -> None:
    """A reworded reason must not stop a release; another text inside a condition must be seen."""
    found = compare(_set(), _set(small={"reason": "So it is."}))
    assert _words(found) == {"p.small": ("reason reworded",)}
    assert not found.rules[0].meaning
    assert not found.same
    quoted = compare(
        _set(small={"when": "args.amount_minor <= 10000 && args.to != 'a b'"}),
        _set(small={"when": "args.amount_minor <= 10000 && args.to != 'ab'"}),
    )
    assert quoted.rules[0].meaning
    spaced = compare(_set(), _set(small={"when": "args.amount_minor<=10000"}))
    assert _words(spaced) == {"p.small": ("written otherwise",)}


def test_rules_that_come_and_go() -> None:
    """A rule under another name is a removed and an added one."""
    found = compare(_set(), _set(small={"id": "p.tiny"}))
    assert {(item.rule, item.kind) for item in found.rules} == {("p.small", "removed"), ("p.tiny", "added")}
    assert found.witnesses == ()


def test_the_same_packs_are_the_same() -> None:
    """CI compares what did not change, too."""
    policy = load_packs()
    found = compare(policy, policy)
    assert found.same
    assert found.tried > 1000
    assert found.record()["witnesses"] == []
