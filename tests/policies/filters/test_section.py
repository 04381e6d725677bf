"""The section `filters` of a pack: slips are named, and packs together mask what any of them masks."""

from pathlib import Path

import pytest
from countersign.policies.errors import PolicyError
from countersign.policies.filters.detectors.match import Kind
from countersign.policies.filters.masking_rules import Filters, Output, RawTool, Shown, masking_of
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
    one = Filters(
        mask=(Kind.CARD,),
        raw=(RawTool(tools=("cards.*",), kinds=(Kind.CARD,), roles=("clerk",), reason="They charge."),),
        output=Output(confidence=80),
    )
    other = Filters(mask=(Kind.IBAN,), show=(Shown(roles=("cfo",), kinds=(Kind.IBAN,)),), output=Output(grounded=True))
    both = masking_of([one, other])
    assert both == masking_of([one, other, Filters()])
    assert both.kinds == {Kind.CARD, Kind.IBAN}
    assert both.raw_for("cards.charge", {"clerk"}) == {Kind.CARD}
    assert both.raw_for("cards.charge", {"cfo"}) == both.raw_for("notes.write", {"clerk"}) == frozenset()
    assert both.kinds_shown_to({"cfo"}) == {Kind.IBAN}
    assert both.kinds_shown_to({"clerk"}) == frozenset()
    assert (both.output.grounded, both.output.confidence) == (True, 80)
