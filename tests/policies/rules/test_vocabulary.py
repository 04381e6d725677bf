"""Packs in either word: ``workflow`` and the older ``playbook`` mean the same wherever a pack can say them."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from countersign.policies.backtest.pack_diff import compare_packs
from countersign.policies.domain.canonical import compute_digest
from countersign.policies.domain.decision import Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.stage import Stage
from countersign.policies.engine.stages import StageQuestion, decide_stage
from countersign.policies.errors import PolicyError
from countersign.policies.lint.reachability import find_overruled, find_unreachable
from countersign.policies.review.pack_change import describe_differences
from countersign.policies.rules.loader import DEFAULT_PACKS, load_packs
from countersign.policies.rules.policy_set import PolicySet, assemble_policy_set, dump_packs
from countersign.policies.rules.rate_limit import LimitSubject, check_playbooks, list_rate_keys
from countersign.policies.rules.vocabulary import normalize_condition, normalize_work_name
from countersign.policies.testing.cases import run_cases

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
MARA = Principal("mara.voss", "acme", frozenset({"clerk"}))
OLD = """
pack: house
version: "1"
owner: boss
description: The works of one test.
rules:
  - {id: house.refunds, description: Clerks refund., owner: boss, source: book#1, stage: route, roles: [clerk],
     subjects: ["playbook:refund", support], effect: allow, reason: Fine.}
  - {id: house.others, description: Nothing else starts., owner: boss, source: book#1, stage: route,
     subjects: ["playbook:*"], when: 'args.work != "playbook:refund" && !args.work.startsWith("playbook:con")',
     effect: deny, reason: Not here.}
  - {id: house.agents, description: Works read., owner: boss, source: book#1, tools: [orders.get],
     agents: ["playbook:*"], effect: allow, reason: Fine.}
limits:
  - {id: house.starts, owner: boss, source: book#2, per: playbook, playbooks: [refund], rate: 2/day, reason: Too much.}
cases:
  - {name: a refund, stage: route, subject: "playbook:refund", principal: {roles: [clerk]},
     args: {agent: support, work: "playbook:refund", how: rule}, expect: allow, rules: [house.refunds]}
  - {name: an exception, stage: route, subject: "playbook:invoice_exception", principal: {roles: [clerk]},
     args: {agent: finance, work: "playbook:invoice_exception", how: rule}, expect: deny, rules: [house.others]}
  - {name: a work reads, tool: orders.get, agent: "playbook:refund", principal: {roles: [clerk]}, effect: read,
     expect: allow, rules: [house.agents]}
"""
NEW = OLD.replace("playbook", "workflow")


def load(folder: Path, text: str) -> PolicySet:
    file = folder / "house.yaml"
    file.write_text(text)
    return load_packs([file])


@pytest.fixture
def both(tmp_path: Path) -> tuple[PolicySet, PolicySet]:
    """The pack in the older word, and in the newer one."""
    return load(tmp_path, OLD), load(tmp_path, NEW)


def ask(policy: PolicySet, work: str) -> Verdict:
    values = {"agent": "support", "work": work, "how": "rule"}
    return decide_stage(policy, StageQuestion(Stage.ROUTE, work, MARA, NOW, values, agent="support")).verdict


def test_both_words_decide_the_same(both: tuple[PolicySet, PolicySet]) -> None:
    """Subjects, conditions on the work, agents and the packs' own cases, as the assistant puts them to the rules."""
    for policy in both:
        assert [ask(policy, f"playbook:{name}") for name in ("refund", "contract_review", "invoice_exception")] == [
            Verdict.ALLOW,
            Verdict.ALLOW,
            Verdict.DENY,
        ]
        assert [result.problems for result in run_cases(policy)] == [(), (), ()]


def test_a_case_in_one_word_tries_rules_in_the_other(tmp_path: Path) -> None:
    """A pack is rewritten line by line; its cases must not fail on the way."""
    rules, cases = OLD.split("cases:")
    other_rules, other_cases = NEW.split("cases:")
    for text in (f"{rules}cases:{other_cases}", f"{other_rules}cases:{cases}"):
        assert [result.problems for result in run_cases(load(tmp_path, text))] == [(), (), ()]


def test_a_pack_keeps_the_word_of_its_author(both: tuple[PolicySet, PolicySet]) -> None:
    """What was signed is what was written, so the revision of an older pack is what it always was."""
    old, new = both
    assert "workflow" not in json.dumps(dump_packs(old.packs, ""))
    assert "playbook" not in json.dumps(dump_packs(new.packs, ""))
    assert old.revision == compute_digest(dump_packs(old.packs, "controller"))[:12] == "2c721ceb93b3"
    assert new.revision != old.revision
    kept = json.loads(json.dumps(dump_packs(new.packs, "controller")))
    again = assemble_policy_set([type(new.packs[0]).model_validate_json(json.dumps(pack)) for pack in kept["packs"]])
    assert again.revision == new.revision


def test_a_pack_that_is_only_reworded_means_nothing_new(both: tuple[PolicySet, PolicySet]) -> None:
    """Who compares packs is not told of loosened rules; who signs a change sees each word of it."""
    old, new = both
    found = compare_packs(old, new)
    assert not found.looser
    assert not found.witnesses
    said = {(item.rule, item.words) for item in found.rules}
    assert said == {
        ("house.agents", ("written otherwise",)),
        ("house.others", ("written otherwise",)),
        ("house.refunds", ("written otherwise",)),
        ("house.starts", ("limit reworded",)),
    }
    assert "limit house.starts: per 'playbook' → 'workflow'" in "\n".join(describe_differences(old, new))


def test_a_change_of_a_reworded_limit_is_said(tmp_path: Path) -> None:
    """The new word hides no change that comes with it."""
    changed = NEW.replace("workflows: [refund]", "workflows: [contract_review]").replace("2/day", "3/day")
    found = compare_packs(load(tmp_path, OLD), load(tmp_path, changed))
    assert [item.words for item in found.rules if item.rule == "house.starts"] == [
        ("rate 2/day -> 3/day",),
        ("workflows refund -> contract_review",),
    ]
    assert found.looser
    narrowed = NEW.replace("args.work !=", 'args.agent == "x" && args.work !=')
    found = compare_packs(load(tmp_path, OLD), load(tmp_path, narrowed))
    [words] = [item.words for item in found.rules if item.rule == "house.others"]
    assert 'startsWith("workflow:con")' in words[0]


def test_a_change_of_subjects_is_said_in_the_words_of_the_packs(tmp_path: Path) -> None:
    """A diff that spoke in a word that stands in neither pack would send people looking for it."""
    changed = NEW.replace('"workflow:refund", support', '"workflow:contract_review", support')
    found = compare_packs(load(tmp_path, NEW), load(tmp_path, changed))
    [words] = [item.words for item in found.rules if item.rule == "house.refunds"]
    assert words == ("subjects added: workflow:contract_review", "subjects removed: workflow:refund")


def test_both_words_are_counted_as_one(both: tuple[PolicySet, PolicySet]) -> None:
    """A limit that is rewritten must neither begin anew nor count twice."""
    old, new = (policy.limits["house.starts"] for policy in both)
    assert (old.counts, new.counts) == (LimitSubject.PLAYBOOK, LimitSubject.PLAYBOOK)
    assert new.speaks_of(LimitSubject.PLAYBOOK, "refund")
    assert not new.speaks_of(LimitSubject.PLAYBOOK, "contract_review")
    assert list(list_rate_keys(old, MARA, "refund")) == list(list_rate_keys(new, MARA, "refund"))


def test_a_rule_is_overruled_by_one_in_the_other_word(tmp_path: Path) -> None:
    """The check of packs sees through the words too."""
    deny = """\
  - {id: house.none, description: Never., owner: boss, source: book#1, stage: route,
     subjects: ["workflow:refund", support], effect: deny, reason: No.}
limits:"""
    policy = load(tmp_path, OLD.replace("limits:", deny))
    assert [item.where for item in find_overruled(policy, [])] == ["rule house.refunds"]
    never = NEW.replace(
        'args.work != "workflow:refund"', 'args.work == "workflow:refund" && args.work != "playbook:refund"'
    )
    assert [item.where for item in find_unreachable(load(tmp_path, never))] == ["rule house.others"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("playbooks: [refund]", "playbooks: [refund], workflows: [refund]"), "workflows and playbooks, which mean"),
        (("playbooks: [refund]", "playbooks: [refund], workflows: []"), "workflows and playbooks, which mean"),
        (("per: playbook, playbooks: [refund]", "per: workflow"), "per workflow and names none; add workflows, such"),
        (("per: playbook, playbooks: [refund]", "per: playbook"), "per playbook and names none; add playbooks, such"),
        (("playbooks: [refund]", "workflows: [refund], tools: [a.b]"), "counts tools and workflows; write one"),
        (("playbooks: [refund]", "playbooks: [refund], tools: [a.b]"), "counts tools and playbooks; write one"),
        (("playbooks: [refund]", "workflow: [refund]"), "unknown key 'workflow'; did you mean 'workflows'?"),
    ],
)
def test_what_cannot_be_used_is_said_in_the_word_of_the_pack(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    """Two lists of the same would let each reader believe another one."""
    with pytest.raises(PolicyError, match=re.escape(said)):
        load(tmp_path, OLD.replace(*change))


@pytest.mark.parametrize("word", ["workflow", "playbook"])
def test_a_limit_on_nothing_is_said_in_the_word_of_the_pack(tmp_path: Path, word: str) -> None:
    """Whoever misspelt a name looks for the word that they wrote."""
    policy = load(tmp_path, OLD.replace("playbook", word).replace("s: [refund]", "s: [refnd]"))
    with pytest.raises(PolicyError, match=f"'refnd', and no {word} is called so; did you mean 'refund'"):
        check_playbooks(policy.limits.values(), ["refund"])


def test_the_words_may_be_mixed_in_one_limit(tmp_path: Path) -> None:
    """``per`` and the list are two places."""
    policy = load(tmp_path, OLD.replace("per: playbook", "per: workflow"))
    assert policy.limits["house.starts"].started == ("refund",)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("workflow:*", "playbook:*"),
        ("playbook:refund", "playbook:refund"),
        ("workflows", "workflows"),
        ("my.workflow:x", "my.workflow:x"),
    ],
)
def test_only_names_of_works_are_brought_to_one_word(given: str, expected: str) -> None:
    """An agent or tool whose name merely begins alike stays what it is."""
    assert normalize_work_name(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('args.work == "workflow:a"', 'args.work == "playbook:a"'),
        ("args.work in ['workflow:a', 'workflow:b']", "args.work in ['playbook:a', 'playbook:b']"),
        ('args.work.matches(r"^workflow:.*")', 'args.work.matches(r"^playbook:.*")'),
        ('args.how == "no workflow:a"', 'args.how == "no workflow:a"'),
        ("args.workflow == 1 // workflow:a", "args.workflow == 1 // workflow:a"),
    ],
)
def test_only_the_texts_of_a_condition_are_brought_to_one_word(given: str, expected: str) -> None:
    """Places stay, so that errors point where the author wrote."""
    assert normalize_condition(given) == expected
    assert len(given) == len(expected)


def test_at_the_tools_a_text_is_what_it_is(tmp_path: Path) -> None:
    """An argument that begins with the word is somebody's text and no name of a work."""
    head, name, rest = NEW.partition("house.others")
    rest = rest.replace("stage: route", "stage: tool", 1).replace('subjects: ["workflow:*"]', "tools: [orders.get]", 1)
    condition = load(tmp_path, head + name + rest).condition("house.others")
    assert condition is not None
    assert '"workflow:refund"' in condition.source


def test_the_packs_that_ship_are_what_they_were() -> None:
    """Their revision stands in the logs of everybody who runs them unchanged."""
    assert load_packs([DEFAULT_PACKS]).revision == "80dd91843033"
