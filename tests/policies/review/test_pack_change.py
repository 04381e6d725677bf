"""What people are shown before they sign a change of the packs: all that decides, and nothing left out."""

from pathlib import Path

import pytest
from countersign.policies.review.pack_change import describe_differences
from countersign.policies.rules.loader import load_packs
from countersign.policies.rules.policy_set import PolicySet

PACK = """
pack: till
version: "1"
owner: boss
description: The rules of one test.
rules:
  - {id: till.pay, description: One rule., owner: boss, source: book#1, tools: [pay.out], effect: allow, reason: Yes.}
"""
LIMIT = "limits:\n  - {id: till.often, owner: boss, source: book#1, per: user, rate: 5/hour, reason: Too often.}\n"
BUDGET = (
    "budgets:\n  - {id: till.dear, owner: boss, source: book#1, per: team, window: day, amount_minor: 500, "
    "currency: EUR, reason: Too dear.}\n"
)


@pytest.fixture
def before(tmp_path: Path) -> PolicySet:
    return packs(tmp_path, PACK + LIMIT + BUDGET)


def packs(folder: Path, text: str) -> PolicySet:
    (folder / "till.yaml").write_text(text)
    return load_packs([folder / "till.yaml"])


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (PACK + BUDGET, "limit till.often (5/hour per user) is removed"),
        (PACK + LIMIT, "budget till.dear (5.00 EUR per team and day) is removed"),
        (PACK + LIMIT.replace("5/hour", "500/hour") + BUDGET, "limit till.often: rate '5/hour' → '500/hour'"),
        (PACK + LIMIT + BUDGET.replace("500", "50000"), "budget till.dear: amount_minor 500 → 50000"),
        (PACK + LIMIT + BUDGET + "guardian: boss\n", 'pack till: guardian null → "boss"'),
        (PACK + LIMIT + BUDGET + "filters: {mask: [iban]}\n", 'pack till: filters null → {"mask":["iban"]}'),
    ],
)
def test_whatever_decides_is_told(tmp_path: Path, before: PolicySet, after: str, told: str) -> None:
    """A limit, a budget or a filter that goes away unseen would be signed away by people who were never asked."""
    assert list(describe_differences(before, packs(tmp_path, after))) == [told]
