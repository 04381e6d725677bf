"""The packs that ship: every case holds, every rule is exercised, every threshold is tested to the cent."""

import re
from collections import Counter

import pytest
from countersign.policies.domain.decision import Verdict
from countersign.policies.errors import PolicyError
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.pack import Pack, PackCase
from countersign.policies.rules.policy_set import PolicySet
from countersign.policies.rules.rule import RuleEffect
from countersign.policies.testing.cases import CaseResult, resolve_cases, run_case, run_cases

WRITES = """
tickets.comment tickets.set_status refunds.issue refunds.cancel vouchers.issue vouchers.cancel invoices.post
invoices.unpost payments.release suppliers.change_bank suppliers.message expenses.submit expenses.approve
discounts.grant discounts.revoke contracts.note contracts.set_status contracts.send_for_signature tasks.create
tasks.close access.request access.grant access.revoke
""".split()
READS = """
orders.get orders.search customers.get customers.search customers.contact tickets.get tickets.search invoices.get
invoices.search invoices.match suppliers.get suppliers.bank_details purchase_orders.get contracts.get
contracts.search contracts.review documents.read memory.recall handbook.search calculator.evaluate
""".split()


@pytest.fixture(scope="module")
def policy() -> PolicySet:
    return load_packs()


@pytest.fixture(scope="module")
def results(policy: PolicySet) -> list[CaseResult]:
    return run_cases(policy)


def test_every_case_of_every_pack_holds(results: list[CaseResult]) -> None:
    """The cases are the owners' words; a pack that breaks one says something else."""
    assert [f"{found.pack}: {found.case.name}: {found.problems}" for found in results if not found.passed] == []
    assert len(results) > 200


def test_every_rule_decides_in_some_case(policy: PolicySet, results: list[CaseResult]) -> None:
    """A rule that no case exercises may be dead or wrong without anybody noticing."""
    fired = Counter(rule for found in results for rule in found.decision.rules)
    assert [rule.id for rule in policy.rules if not fired[rule.id]] == []


def test_conditional_rules_have_four_cases_or_more(policy: PolicySet, results: list[CaseResult]) -> None:
    """A condition needs cases on both sides of it."""
    tried = Counter(found.case.tool or found.case.subject for found in results)
    for rule in policy.rules:
        if policy.condition(rule.id):
            assert sum(tried[name] for name in rule.patterns) >= 4, rule.id


def test_amount_thresholds_are_tested_on_both_sides(policy: PolicySet, results: list[CaseResult]) -> None:
    """Exactly the limit and one cent above must both stand in a case."""
    seen = set(re.findall(r"_minor': (\d+)", str([(r.case.args, r.case.records) for r in results])))
    for result in results:  # a limit on a sum is reached by what was before and what comes now
        amounts = map(int, re.findall(r"_minor': (\d+)", str((result.case.args, result.case.records))))
        seen |= {str(before + amount) for amount in amounts for before in result.case.history.values()}
    limits = {
        limit for rule in policy.rules for limit in re.findall(r"_minor (?:<=|>) (\d+)", rule.when) if limit != "0"
    }
    assert len(limits) >= 8
    for limit in limits:
        assert {limit, str(int(limit) + 1)} <= seen, limit


def test_no_binary_floats_and_every_rule_cites_its_section(policy: PolicySet) -> None:
    """Money is exact, and a reader can look every rule up."""
    for rule in policy.rules:
        assert not re.search(r"\d\.\d", re.sub(r"\"[^\"]*\"", "", rule.when)), rule.id
        assert re.fullmatch(r"(support|finance|legal|it|people)-handbook#\d\.\d", rule.source), rule.id


def test_the_tools_are_covered_and_no_other_is(policy: PolicySet) -> None:
    """Every tool is allowed or reviewed for somebody; a rule for a tool that does not exist is a mistake."""
    load_packs(tools=READS + WRITES)
    for tool in READS + WRITES:
        assert {ready.rule.effect for ready in policy.rules_about(tool)} & {RuleEffect.ALLOW, RuleEffect.REVIEW}, tool


def test_irreversible_tools_are_never_simply_allowed(policy: PolicySet) -> None:
    """Money that left and a contract that was sent do not come back."""
    for tool in ("payments.release", "contracts.send_for_signature", "suppliers.change_bank"):
        assert all(ready.rule.effect != RuleEffect.ALLOW for ready in policy.rules_about(tool))


def test_masks_keep_personal_and_contract_data_from_others(results: list[CaseResult]) -> None:
    """A read that is allowed to all must not show what only some may see."""
    by_name = {found.case.name: found.decision for found in results}
    assert {"email", "phone", "address"} <= set(by_name["sales reads a customer"].obligations.mask)
    assert {"text", "value_minor"} <= set(by_name["another account manager reads it"].obligations.mask)
    assert by_name["the account manager reads a contract of an own customer"].obligations.mask == ()
    assert by_name["counsel reads a contract"].obligations.mask == ()
    assert {"iban", "bic"} <= set(by_name["an auditor reads an invoice"].obligations.mask)


def test_guardians_review_what_only_the_engine_doubts(policy: PolicySet) -> None:
    """Each department's own people look at its calls."""
    for tool, role in {
        "tickets.comment": "support_manager",
        "invoices.post": "controller",
        "contracts.note": "counsel",
        "access.request": "it_admin",
    }.items():
        assert policy.guardian(tool, "") == role
    assert policy.guardian("unknown.tool", "") == "controller"


def test_a_wrong_expectation_is_found(policy: PolicySet) -> None:
    """A runner that passed everything would prove nothing."""
    case = resolve_cases(policy.packs[-1])[0].model_copy(
        update={"expect": Verdict.DENY, "rules": ("x.y",), "seats": ("boss",)}
    )
    found = run_case(policy, "any", case)
    assert not found.passed
    assert len(found.problems) == 3


def test_a_case_can_only_be_like_an_earlier_one() -> None:
    """Circles would never end."""
    rules = load_packs().packs[0].rules
    cases = (PackCase(name="one case", like="two case", expect=Verdict.DENY),)
    pack = Pack(pack="p1", version="1", owner="boss", description="a pack", rules=rules, cases=cases)
    with pytest.raises(PolicyError, match="does not stand before it"):
        resolve_cases(pack)
