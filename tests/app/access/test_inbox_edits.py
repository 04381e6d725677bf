"""What a reviewer types as an edit keeps its type, or is refused."""

import pytest
from countersign.app.access.inbox import apply_changes
from countersign.app.views.value_view import describe_changes
from countersign.policies.errors import BadInput


def test_edits_keep_types() -> None:
    """`--set amount_minor=4500` must not become text, and text must not become a number."""
    args = {"amount_minor": 1, "reason": "a", "urgent": False, "lines": [1], "ticket": None}
    changed = apply_changes(args, ["amount_minor=4500", "reason=12", "urgent=yes", "lines=[2, 3]", "ticket=TCK-1"])
    assert changed == {"amount_minor": 4500, "reason": "12", "urgent": True, "lines": [2, 3], "ticket": "TCK-1"}
    assert args["amount_minor"] == 1


@pytest.mark.parametrize("change", ["amount_minor=45.00", "amount=1", "amount_minor", "=1", "urgent=perhaps"])
def test_a_bad_edit_is_refused(change: str) -> None:
    """A mistyped amount must never be rounded or guessed."""
    with pytest.raises(BadInput):
        apply_changes({"amount_minor": 1, "urgent": False}, [change])


def test_changes_are_shown_side_by_side() -> None:
    """Who edits must see what they changed, hidden characters included."""
    assert describe_changes({"a": 1, "b": 2}, {"a": 1, "b": "3\u200b"}) == ["b: 2 → 3<U+200B>"]
