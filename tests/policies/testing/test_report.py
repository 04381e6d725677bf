"""Coverage and boundaries: a pack's cases must pin what its rules say."""

import json
from typing import Any

import pytest
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import assemble_policy_set
from countersign.policies.rules.rule import Rule
from countersign.policies.testing.report import PackReport, try_packs
from countersign.policies.testing.thresholds import find_thresholds, move_threshold
from shipped import SHIPPED


def _rule(rule_id: str, when: str, effect: str = "allow", **more: Any) -> dict[str, Any]:
    seats = {"reviewers": ["boss"]} if effect == "review" else {}
    base = {"description": "A rule.", "owner": "boss", "source": "book#1", "tools": ["t.do"], "reason": "It is so."}
    return {"id": rule_id, "when": when, "effect": effect} | base | seats | more


def _case(name: str, n: Any, expect: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "tool": "t.do", "args": {"n": n}, "expect": expect} | more


def _tried(rules: list[dict[str, Any]], cases: list[dict[str, Any]]) -> PackReport:
    head = {"pack": "p", "version": "1", "owner": "boss", "description": "A pack."}
    return try_packs(
        assemble_policy_set([Pack.model_validate_json(json.dumps(head | {"rules": rules, "cases": cases}))])
    )


LIMIT = [_rule("p.small", "args.n <= 100"), _rule("p.large", "args.n > 100", "review")]


def test_the_numbers_of_a_condition_are_found() -> None:
    """A number that is overlooked is a limit that nobody tests."""
    rule = Rule.model_validate_json(
        json.dumps(
            _rule("p.r", "args.a <= 10 && -5 < records.x.b && size(args.c) == 3 && args.d == 'x > 7' && args.a + 1 > 9")
        )
    )
    found = find_thresholds(rule)
    assert [item.words for item in found] == [
        "args.a <= 10",
        "records.x.b > -5",
        "size(args.c) == 3",
        "(calculated) ? 9",
    ]
    assert move_threshold(rule, found[1], 8).startswith("args.a <= 10 && 8 < records.x.b")


def test_cases_at_the_edges_pin_a_number() -> None:
    """The cases that a careful owner writes leave no gap."""
    report = _tried(LIMIT, [_case("at it", 100, "allow"), _case("above", 101, "review")])
    assert report.gaps == []
    edge = report.boundaries[0]
    assert [(case.value, str(case.decision.verdict)) for case in edge.cases] == [
        (99, "allow"),
        (100, "allow"),
        (101, "review"),
    ]


def test_a_number_that_no_case_would_miss_is_named() -> None:
    """900 is far from the edge: a limit of 101 would pass all cases."""
    report = _tried(LIMIT, [_case("small", 1, "allow"), _case("large", 900, "review")])
    gaps = "\n".join(report.gaps)
    assert "p.large: args.n > 100: no case would notice if it were 99 or 101" in gaps
    assert "p.small: args.n <= 100: no case would notice if it were 99" in gaps


def test_a_number_that_another_rule_backs_is_no_gap() -> None:
    """A review outweighs an allowance, so moving the allowance up changes nothing; nobody can write a case for it."""
    report = _tried(LIMIT, [_case("at it", 100, "allow"), _case("above", 101, "review")])
    small = next(edge for edge in report.boundaries if edge.threshold.rule == "p.small")
    assert small.is_pinned
    assert small.backed == (101,)


@pytest.mark.parametrize(
    ("rules", "gap"),
    [
        ([_rule("p.never", "args.n > 5")], "p.never never fires"),
        ([_rule("p.ever", "args.n > -5")], "p.ever never holds back"),
        ([_rule("p.roles", "true", roles=["king"])], "p.roles never fires"),
    ],
)
def test_rules_that_cases_see_on_one_side_only_are_named(rules: list[dict[str, Any]], gap: str) -> None:
    """A rule nobody saw fire may be misspelt; one nobody saw hold back may be far too wide."""
    assert gap in "\n".join(_tried([*rules, _rule("p.rest", "true")], [_case("one", 1, "allow")]).gaps)


def test_sizes_and_fields_that_cannot_be_set() -> None:
    """Lists grow and shrink; where nothing can be generated the cases alone decide."""
    report = _tried(
        [_rule("p.list", "size(args.of) >= 2"), _rule("p.sum", "args.n + 1 > 9")],
        [_case("two", 1, "allow", args={"n": 1, "of": ["a", "b"]})],
    )
    sized, summed = report.boundaries
    assert [case.case.args["of"] for case in sized.cases] == [["a"], ["a", "b"], ["a", "b", "b"]]
    assert [str(case.decision.verdict) for case in sized.cases] == ["deny", "allow", "allow"]
    assert summed.cases == ()
    assert summed.unnoticed == (8, 10)


def test_the_default_packs_have_no_gaps() -> None:
    """Every rule fires and holds back in some case, and no number can move unseen."""
    report = try_packs(load_packs(), SHIPPED.policy_views)
    assert report.failures == ()
    assert report.gaps == []
    assert len(report.boundaries) >= 40
