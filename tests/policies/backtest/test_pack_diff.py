"""Packs compared in meaning: what became of rules in words, and calls that go otherwise."""

import json
from typing import Any

import pytest
from countersign.policies.backtest.pack_diff import PackDifference, compare_packs
from countersign.policies.engine.decision_change import DecisionChange
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set

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
    return assemble_policy_set([Pack.model_validate_json(json.dumps(pack))])


def _words(found: PackDifference) -> dict[str, tuple[str, ...]]:
    return {item.rule: item.words for item in found.rules}


def test_a_moved_threshold_is_said_in_money_and_shown_by_a_call() -> None:
    """One case of one cent is enough: the edges of both numbers are tried."""
    found = compare_packs(_set(10000), _set(15000))
    assert _words(found) == {
        "p.large": ("threshold args.amount_minor > 100.00 EUR -> 150.00 EUR",),
        "p.small": ("threshold args.amount_minor <= 100.00 EUR -> 150.00 EUR",),
    }
    assert [witness.change for witness in found.witnesses] == [DecisionChange.REVIEW_TO_ALLOW]
    assert found.witnesses[0].alike >= 1
    assert found.looser
    assert not compare_packs(_set(15000), _set(10000)).looser


@pytest.mark.parametrize(
    ("small", "words", "change"),
    [
        ({"roles": ["agent", "clerk"]}, "role added: clerk", DecisionChange.DENY_TO_ALLOW),
        ({"roles": []}, "roles agent -> everybody", DecisionChange.DENY_TO_ALLOW),
        ({"tools": ["pay", "give"]}, "tool added: give", DecisionChange.DENY_TO_ALLOW),
        ({"effect": "deny"}, "effect allow -> deny", DecisionChange.ALLOW_TO_DENY),
        ({"mask": ["iban"]}, "mask added: iban", DecisionChange.MASKED),
    ],
)
def test_who_and_what_a_rule_speaks_of(small: dict[str, Any], words: str, change: DecisionChange) -> None:
    """No case knows the new role or tool; calls with it are generated."""
    found = compare_packs(_set(), _set(small=small))
    assert _words(found)["p.small"] == (words,)
    assert change in [witness.change for witness in found.witnesses]


def test_reviewers_and_deadlines() -> None:
    """Who signs is as much policy as how much."""
    found = compare_packs(_set(), _set(large={"reviewers": ["clerk"], "deadline": "3d"}))
    assert _words(found)["p.large"] == ("reviewer added: clerk", "reviewer removed: boss", "deadline 2d -> 3d")
    assert [witness.change for witness in found.witnesses] == [DecisionChange.SIGNERS]


def test_texts_are_no_change_of_meaning() -> None:
    """A reworded reason must not stop a release; another text inside a condition must be seen."""
    found = compare_packs(_set(), _set(small={"reason": "So it is."}))
    assert _words(found) == {"p.small": ("reason reworded",)}
    assert not found.rules[0].meaning
    assert not found.same
    quoted = compare_packs(
        _set(small={"when": "args.amount_minor <= 10000 && args.to != 'a b'"}),
        _set(small={"when": "args.amount_minor <= 10000 && args.to != 'ab'"}),
    )
    assert quoted.rules[0].meaning
    spaced = compare_packs(_set(), _set(small={"when": "args.amount_minor<=10000"}))
    assert _words(spaced) == {"p.small": ("written otherwise",)}


def test_rules_that_come_and_go() -> None:
    """A rule under another name is still the same rule; a prohibition that goes may let through what no case shows."""
    renamed = compare_packs(_set(), _set(small={"id": "p.tiny"}))
    assert [(item.rule, item.kind, item.words) for item in renamed.rules] == [("p.small", "renamed", ("now p.tiny",))]
    assert renamed.witnesses == ()
    assert not renamed.looser
    denial = {"effect": "deny", "when": "args.to == 'nowhere'"}
    assert compare_packs(_set(small=denial | {"id": "p.never"}), _set()).looser


def _said(**settings: Any) -> PolicySet:
    rule = BASE | {"id": "p.r", "effect": "allow"}
    head = {"pack": "p", "version": "1", "owner": "boss", "description": "A pack.", "rules": [rule]}
    return assemble_policy_set([Pack.model_validate_json(json.dumps(head | settings))])


def _rate(rate: str) -> dict[str, Any]:
    limit = {"id": "p.rate", "owner": "boss", "source": "book#1", "per": "user", "rate": rate, "reason": "Enough."}
    return {"limits": [limit]}


def _budget(amount: int, then: str = "rules") -> dict[str, Any]:
    budget = {"id": "p.money", "owner": "boss", "source": "book#1", "per": "user", "window": "day"}
    return {"budgets": [budget | {"amount_minor": amount, "currency": "EUR", "then": then, "reason": "Enough."}]}


@pytest.mark.parametrize(
    ("before", "after", "words", "looser"),
    [
        (_rate("5/hour"), _rate("9/hour"), "rate 5/hour -> 9/hour", True),
        (_rate("9/hour"), _rate("5/hour"), "rate 9/hour -> 5/hour", False),
        (_rate("5/hour"), _rate("5/minute"), "rate 5/hour -> 5/minute", True),
        (_rate("5/hour"), {}, "limit removed", True),
        ({}, _rate("5/hour"), "limit added", False),
        (_budget(100), _budget(200), "amount 1.00 EUR -> 2.00 EUR", True),
        (_budget(200), _budget(100), "amount 2.00 EUR -> 1.00 EUR", False),
        (_budget(100), _budget(100, "stop"), "then rules -> stop", False),
        ({"changes": {"reviewers": ["a", "b"]}}, {"changes": {"reviewers": ["a"]}}, "signers of a change", True),
        ({"changes": {"reviewers": ["a"]}}, {"changes": {"reviewers": ["a", "b"]}}, "signers of a change", False),
        ({"filters": {"mask": ["iban"]}}, {}, "values masked: iban removed", True),
        ({}, {"filters": {"mask": ["iban"]}}, "values masked: iban added", False),
        ({}, {"filters": {"show": [{"roles": ["a"], "kinds": ["iban"]}]}}, "values shown: iban for a added", True),
        ({"filters": {"output": {"grounded": True}}}, {}, "need not be grounded", True),
        ({"guardian": "a"}, {"guardian": "b"}, "guardian a -> b", True),
        (
            {"history": {"paid": {"tools": ["pay"], "same": "user", "within": "30d"}}},
            {"history": {"paid": {"tools": ["pay"], "same": "user", "within": "1d"}}},
            "within 30d -> 1d",
            True,
        ),
    ],
)
def test_what_is_no_rule_counts_too(before: dict[str, Any], after: dict[str, Any], words: str, looser: bool) -> None:
    """A raised budget or a dropped mask flips no call, and must still fail where looser packs fail."""
    found = compare_packs(_said(**before), _said(**after))
    assert any(words in said for item in found.rules for said in item.words), found.rules
    assert found.looser is looser


def test_the_same_packs_are_the_same() -> None:
    """CI compares what did not change, too."""
    policy = load_packs()
    found = compare_packs(policy, policy)
    assert found.same
    assert found.tried > 1000
    assert found.record()["witnesses"] == []
