"""What the work teaches, written back."""

from datetime import UTC, datetime

import pytest
from countersign.memory.memory import Memory
from countersign.memory.records.retention import NotRetained
from countersign.memory.writeback import record_correction, record_outcome
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_an_outcome_says_who_when_and_by_what_proof(memory: Memory, mara: Principal, otto: Principal) -> None:
    """A precedent without its record cannot be checked; a repeated run would be remembered twice."""
    for summary in ("Refund of 40 EUR paid", "Refund of 40 EUR paid for order 7"):
        record_outcome(memory, otto, summary=summary, source="ledger-9", thread="t-1", agent="support", now=NOW)
    (found,) = memory.recall(mara, "refund order", kinds=["outcome"], now=NOW)
    assert (found.text, found.source, found.thread) == ("Refund of 40 EUR paid for order 7", "ledger-9", "t-1")
    assert dict(found.extra) == {"agent": "support", "by": "otto", "at": "2026-11-20T12:00:00+00:00"}
    with pytest.raises(BadInput, match="record that proves"):
        record_outcome(memory, otto, summary="x", source=" ", thread="t", agent="a", now=NOW)


def test_what_a_model_concluded_is_no_fact(memory: Memory, otto: Principal) -> None:
    """A model's summary would come back as a precedent."""
    common = {"source": "run-1", "thread": "t", "agent": "legal", "now": NOW}
    record_outcome(memory, otto, summary="the clause is harmless", provenance="model", **common)  # type: ignore[arg-type]
    assert memory.recall(otto, "clause harmless", now=NOW) == []
    assert memory.recall(otto, "clause harmless", trusted_only=False, now=NOW)[0].trusted is False


def test_a_correction_keeps_both_sides(memory: Memory, mara: Principal) -> None:
    """Learning needs what was wrong, what is right, and whose judgement it was."""
    record_correction(
        memory, mara, before="Net 60", after="Net 30", about="review-4", why="house rule", agent="legal", now=NOW
    )
    (found,) = memory.recall(mara, "net house rule", kinds=["correction"], now=NOW)
    assert (found.source, found.provenance, found.author) == ("review-4", "user", "mara.voss")
    assert (found.extra["before"], found.extra["after"], found.extra["why"]) == ("Net 60", "Net 30", "house rule")
    with pytest.raises(BadInput, match="changes nothing"):
        record_correction(memory, mara, before="a", after=" a", about="review-4", now=NOW)


def test_never_is_refused_and_leaves_nothing(memory: Memory, mara: Principal) -> None:
    """The gate would be a comment."""
    with pytest.raises(NotRetained, match="never"):
        record_outcome(memory, mara, summary="card 4111", source="s", thread="t", agent="a", retention="never", now=NOW)
    assert memory.rows.scan(memory.scope(mara)) == []
