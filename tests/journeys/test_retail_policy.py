"""A shop's written policy, encoded: its correct calls pass, and calls that break a sentence of it do not."""

from typing import Any

import pytest
from retail.mutants import SENTENCES
from retail.run import DATA, measure

pytestmark = pytest.mark.skipif(not (DATA / "db.json").exists(), reason=f"the shop's data is not in {DATA}")


@pytest.fixture(scope="module")
def report() -> Any:
    return measure()


def test_correct_calls_pass_and_reach_the_right_state(report: Any) -> None:
    """A rule stricter than the policy would deny a correct call, a laxer confirmation would let one run unseen."""
    assert (report.passed, report.tasks, report.calls["denied"]) == (114, 114, 0), report.problems[:5]
    assert report.calls["reviewed"] > 100
    assert report.calls["forbidden_by_policy"] == 2


def test_violations_are_stopped_by_the_rule_of_their_sentence(report: Any) -> None:
    """A missing rule would let a class of violations through."""
    assert set(report.tried) == set(SENTENCES)
    for kind, tried in report.tried.items():
        assert report.stopped[kind] >= 0.99 * tried, kind
        assert report.named[kind] >= 0.99 * tried, kind


def test_cited_sentences_stand_in_the_policy() -> None:
    """A class that breaks no sentence of the policy would prove nothing."""
    text = (DATA / "policy.md").read_text()
    assert [words for words, _ in SENTENCES.values() if words not in text] == []


def test_cases_of_the_pack_hold(report: Any) -> None:
    """The cases are the owner's words."""
    assert report.cases[0] == report.cases[1] >= 50
