"""`policy check` without a command line: each kind of mistake is found, and the packs that ship have none."""

import json
from typing import Any

import pytest
from countersign.policies.lint.findings import FindingLevel, PackFinding
from countersign.policies.lint.lint import check_policy
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.pack import Pack
from countersign.policies.rules.policy_set import assemble_policy_set
from countersign.tools.schemas import tool_shapes
from countersign.tools.toolsets import ALL
from shipped import SECTIONS

RULE: dict[str, Any] = {
    "id": "support.small",
    "description": "Small refunds are allowed.",
    "owner": "support_manager",
    "source": "support-handbook#3.2",
    "tags": ["threshold:support"],
    "tools": ["refunds.issue"],
    "when": "args.amount_minor <= 100",
    "effect": "allow",
    "reason": "Small refunds are allowed.",
}
ROLES = ("employee", "support_agent", "support_manager")


def checked(*rules: dict[str, Any], cases: list[dict[str, Any]] | None = None, **pack: Any) -> list[PackFinding]:
    """What is found in one pack, apart from what it does not speak of."""
    data = {
        "pack": "tiny",
        "version": "1",
        "owner": "boss",
        "description": "A tiny pack.",
        "cases": cases or [],
        **pack,
    }
    whole = ({**RULE, **rule} for rule in rules)
    data["rules"] = [{name: value for name, value in rule.items() if value is not None} for rule in whole]
    policy = assemble_policy_set([Pack.model_validate_json(json.dumps(data))])
    found = check_policy(policy, tool_shapes(ALL), roles=ROLES, handbook=SECTIONS, whole=False)
    return [item for item in found if item.kind != "uncovered-section"]


def test_the_packs_that_ship_have_no_faults() -> None:
    """Whoever starts from them must not start from mistakes."""
    found = check_policy(load_packs(), tool_shapes(ALL), handbook=SECTIONS)
    assert [item for item in found if item.level is not FindingLevel.NOTE] == []


STAGED: dict[str, Any] = {"stage": "memory_write", "tools": None, "subjects": ["note"], "effect": "retain"}
STAGED |= {"retain": "never", "source": "support-handbook#2.2", "tags": [], "when": "size(args.special) > 0"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"when": "size(args.speical) > 0"},
            "args.speical of the stage memory_write, which does not exist. Did",
        ),
        ({"when": "args.author == 'x'"}, "args.author of the stage memory_write"),
        ({"when": "args.length > 'x'"}, "is number"),
        ({"when": "args.provenance == 'outsider'"}, "only ever model, trusted, untrusted, user"),
        ({"when": "records.order.status == 'x'"}, "records.order.status of the stage memory_write"),
        ({"reason": "About {args.title}."}, "args.title of the stage memory_write"),
    ],
)
def test_a_rule_of_another_stage_is_compared_with_what_it_is_asked(change: dict[str, Any], said: str) -> None:
    """A misspelt field fails when it is evaluated, and would deny everything that memory is to keep."""
    assert [item for item in checked(STAGED) if item.level is FindingLevel.ERROR] == []
    found = checked(STAGED | change)
    assert any(said in item.message for item in found if item.level is FindingLevel.ERROR), found


def test_limits_and_budgets_cite_sections_that_exist() -> None:
    """Whoever asks why a limit is there is sent to its section."""
    limit = {"id": "tiny.limit", "owner": "boss", "source": "support-handbook#3.22", "per": "user", "rate": "5/hour"}
    budget: dict[str, Any] = {"id": "tiny.money", "owner": "boss", "source": "support-handbook#3.23"}
    budget |= {"per": "user", "window": "day"}
    budget |= {"amount_minor": 100, "currency": "EUR", "reason": "Too dear."}
    found = checked({}, limits=[limit | {"reason": "Too much."}], budgets=[budget])
    assert {(item.kind, item.where) for item in found} == {
        ("unknown-section", "limit tiny.limit"),
        ("unknown-section", "budget tiny.money"),
    }


def test_a_case_of_another_stage_is_compared_with_what_it_is_asked() -> None:
    """A case that gives what is never there proves nothing."""
    case = {"name": "a note", "stage": "memory_write", "subject": "note", "args": {"speical": ["health"]}}
    found = checked(STAGED, cases=[case | {"principal": {"roles": ["employee"]}, "expect": "allow"}])
    assert any("It gives args.speical, which the stage memory_write does not have" in item.message for item in found)


def test_a_sound_rule_has_no_findings() -> None:
    """Without this the tests below could pass on noise."""
    assert checked({}) == []


@pytest.mark.parametrize(
    ("rule", "kind", "said"),
    [
        ({"when": "args.amount_minr <= 100"}, "unknown-field", "Did you mean 'amount_minor'?"),
        ({"when": "records.order.stats == 'x'"}, "unknown-field", "Did you mean 'status'?"),
        ({"when": "principal.role == 'x'"}, "unknown-field", "Did you mean 'roles'?"),
        ({"when": "has(args.order) && args.order == 'x'"}, "unknown-field", "args.order"),
        ({"reason": "A refund of {args.amount:money}."}, "unknown-field", "Did you mean 'amount_minor'?"),
        ({"reason": "A refund on {args.order_id:money}."}, "wrong-type", "as money"),
        ({"when": "args.amount_minor <= 100 && args.order_id == 5"}, "wrong-type", "order_id is text"),
        ({"when": '"100" == args.amount_minor'}, "wrong-type", "is number"),
        ({"when": 'args.amount_minor in [100, "200"]'}, "wrong-type", '"200"'),
        ({"when": "args.amount_minor < args.order_id"}, "wrong-type", "the other text"),
        ({"tools": ["orders.get"], "when": "true", "mask": ["curency"]}, "unknown-mask", "Did you mean 'currency'?"),
        ({"when": "args.amount_minor > 5 && args.amount_minor < 5"}, "never-true", "contradicts itself"),
        ({"roles": ["suport_agent"]}, "unknown-role", "Did you mean 'support_agent'?"),
        ({"effect": "review", "reviewers": ["support_manger"]}, "unknown-role", "nobody can countersign"),
        ({"source": "support-handbook#3.22"}, "unknown-section", "Did you mean 'support-handbook#3.2'?"),
        (
            {"effect": "review", "reviewers": ["{records.order.placed_bye}"]},
            "unknown-field",
            "Did you mean 'placed_by'?",
        ),
    ],
)
def test_each_mistake_is_an_error(rule: dict[str, Any], kind: str, said: str) -> None:
    """Every one of these denies or allows something else than its owner meant, and nothing else would tell."""
    found = [item for item in checked(rule) if item.level is FindingLevel.ERROR]
    assert [item.kind for item in found] == [kind]
    assert said in found[0].message


def test_signers_of_a_pack_must_exist() -> None:
    """A review that waits for a role without people waits for ever."""
    found = checked({}, guardian="support_manger", changes={"reviewers": ["chief"]})
    assert [(item.where, item.level) for item in found] == [("pack tiny", FindingLevel.ERROR)] * 2
    assert any("Did you mean 'support_manager'?" in item.message for item in found)
    shown = checked({}, filters={"mask": ["iban"], "show": [{"roles": ["suport_agent"], "kinds": ["iban"]}]})
    assert [(item.kind, item.level) for item in shown] == [("unknown-role", FindingLevel.WARNING)]


def test_a_field_of_some_tools_may_be_asked_for_first() -> None:
    """``has`` is how a rule of two tools reads what one of them takes."""
    rule = {"tools": ["refunds.issue", "refunds.cancel"], "when": "has(args.amount_minor) && args.amount_minor > 2"}
    assert checked(rule) == []
    bare = checked({**rule, "when": "args.amount_minor > 2"})
    assert [item.kind for item in bare] == ["unknown-field"]
    assert "refunds.cancel" in bare[0].message


def test_a_text_that_an_argument_never_has() -> None:
    """A misspelt status would make a rule that never applies."""
    found = checked({"tools": ["access.request"], "when": 'args.level == "wrte"'})
    assert [item.kind for item in found] == ["wrong-type"]
    assert "Did you mean 'write'?" in found[0].message


def test_cases_are_checked_too() -> None:
    """A case with a field that no tool loads proves what never happens."""
    case = {"name": "one cent", "tool": "refunds.issue", "args": {"amount_minor": 1}, "expect": "allow"}
    assert checked({}, cases=[case]) == []
    wrong = [{**case, "args": {"amount": 1}}, {**case, "name": "two", "records": {"order": {"placed_bye": "x"}}}]
    assert ["amount" in item.message for item in checked({}, cases=wrong)] == [True, False]


def test_an_allow_that_a_deny_always_meets() -> None:
    """The owner believes that something is allowed, and it never is."""
    deny = {"id": "support.none", "effect": "deny", "when": "args.amount_minor <= 1000"}
    (found,) = checked({"roles": ["support_agent"]}, deny)
    assert (found.level, found.kind) == (FindingLevel.WARNING, "contradictory")
    assert "support.none" in found.message
    assert checked({"roles": ["support_agent"]}, {**deny, "roles": ["employee"]}) == []
    assert checked({}, {**deny, "when": "args.amount_minor <= 99"}) == []


def test_an_allow_that_always_needs_a_review() -> None:
    """It is no mistake in the outcome, but one of the two rules says nothing."""
    review = {"id": "support.look", "effect": "review", "reviewers": ["support_manager"], "when": "true"}
    assert [item.kind for item in checked({}, review)] == ["shadowed"]


def test_a_limit_belongs_to_somebody() -> None:
    """Whoever may move it must be named; nothing and one are no limits."""
    assert [item.kind for item in checked({"tags": []})] == ["unowned-threshold"]
    assert checked({"tags": [], "when": "args.amount_minor <= 0"}) == []


def test_what_no_rule_speaks_of_is_listed() -> None:
    """A tool or a section that was forgotten is found out before somebody needs it."""
    policy = assemble_policy_set([pack for pack in load_packs().packs if pack.pack != "support"])
    found = check_policy(policy, tool_shapes(ALL), handbook=SECTIONS)
    where = {item.where for item in found}
    assert {"tool refunds.issue", "section support-handbook#3.2"} <= where
    some = check_policy(policy, tool_shapes(ALL), handbook=SECTIONS, whole=False)
    assert not {"tool refunds.issue", "section support-handbook#3.2"} & {item.where for item in some}


def test_guidance_is_not_missing() -> None:
    """Sections for people alone are said to be so, once, and correctly."""
    kinds = [item.kind for item in checked({}, guidance=["support-handbook#9.9", "support-handbook#3.2"])]
    assert kinds == ["unknown-section", "guidance"]
