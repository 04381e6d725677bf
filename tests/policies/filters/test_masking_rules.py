"""The section `filters` of a pack: slips are named, and packs together mask what any of them masks."""

from pathlib import Path

import pytest
from countersign.policies.errors import PolicyError
from countersign.policies.filters.detectors.match import SensitiveKind
from countersign.policies.filters.masking_rules import DisplayRule, FilterRules, RawTool, ReplyRules, merge_filters
from countersign.policies.rules.loader import load_packs

PACK = """
pack: mine
version: "1.0"
owner: policy_owner
description: A pack with filters.
filters:
  {filters}
rules:
  - id: mine.rule
    description: One rule.
    owner: policy_owner
    source: it-handbook#2.1
    tools: [cards.charge]
    effect: allow
    reason: The rule.
"""


def loaded(folder: Path, filters: str) -> object:
    (folder / "mine.yaml").write_text(PACK.format(filters=filters))
    return load_packs([folder / "mine.yaml"], tools=["cards.charge", "cards.refund"])


@pytest.mark.parametrize(
    ("filters", "complaint"),
    [
        ("mask: [card, shoe]", "no kind of value 'shoe'; use one of secret, card, iban"),
        ("masks: [card]", "unknown key 'masks'; did you mean 'mask'"),
        ("raw: [{tools: [cards.chrage], kinds: [card], reason: It charges.}]", "no tool is called 'cards.chrage'"),
        ("raw: [{tools: [cards.charge], kinds: [], reason: It charges.}]", "kinds is empty"),
        ("raw: [{tools: [cards.charge], kinds: [card]}]", "the key 'reason' is missing"),
        ("show: [{kinds: [card]}]", "the key 'roles' is missing"),
        ("output: {confidence: 101}", "confidence"),
        ("output: {grounding: true}", "unknown key 'grounding'; did you mean 'grounded'"),
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, filters: str, complaint: str) -> None:
    """A misspelt kind or tool would leave a value unmasked, or let it through to nobody knows what."""
    with pytest.raises(PolicyError) as refused:
        loaded(tmp_path, filters)
    assert complaint in str(refused.value)
    assert "mine.yaml:7:" in str(refused.value)


def test_packs_together_mask_what_any_of_them_masks() -> None:
    """No pack can take away what another masks, or lower its bar."""
    one = FilterRules(
        mask=(SensitiveKind.CARD,),
        raw=(RawTool(tools=("cards.*",), kinds=(SensitiveKind.CARD,), roles=("clerk",), reason="They charge."),),
        output=ReplyRules(confidence=80),
    )
    other = FilterRules(
        mask=(SensitiveKind.IBAN,),
        show=(DisplayRule(roles=("cfo",), kinds=(SensitiveKind.IBAN,)),),
        output=ReplyRules(grounded=True),
    )
    both = merge_filters([one, other])
    assert both == merge_filters([one, other, FilterRules()])
    assert both.kinds == {SensitiveKind.CARD, SensitiveKind.IBAN}
    assert both.raw_for("cards.charge", {"clerk"}) == {SensitiveKind.CARD}
    assert both.raw_for("cards.charge", {"cfo"}) == both.raw_for("notes.write", {"clerk"}) == frozenset()
    assert both.kinds_shown_to({"cfo"}) == {SensitiveKind.IBAN}
    assert both.kinds_shown_to({"clerk"}) == frozenset()
    assert (both.output.grounded, both.output.confidence) == (True, 80)
