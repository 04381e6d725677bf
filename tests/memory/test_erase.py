"""Forgetting a person, a source, and what has expired."""

from pathlib import Path

import pytest
from countersign.memory.items import NewMemory
from countersign.memory.recall import Memory
from countersign.policies.errors import BadInput
from countersign.policies.principal import Principal


def test_a_person_is_erased_down_to_the_bytes(open_memory, tmp_path: Path, mara: Principal, otto: Principal) -> None:
    """Deleted rows stay readable in free pages, in the log and in the word index unless they are overwritten."""
    memory = open_memory()
    memory.remember(otto, NewMemory("Zacharias moved to Quedlinburg", subjects=("C-10",), visibility="org"))
    memory.remember(otto, NewMemory("c-10 called about Wernigerode", visibility="org"))
    memory.remember(otto, NewMemory("C-101 lives in Halberstadt", visibility="org"))
    memory.remember(Principal("C-10", "acme"), NewMemory("I like Thale"))
    memory.remember(Principal("u", "acme-corp"), NewMemory("C-10 of another tenant", visibility="org"))
    assert len(memory.recall(mara, "moved called lives like")) == 3
    receipt = memory.forget(mara, "C-10")
    assert (receipt.erased, receipt.kept) == (3, 0)
    assert "C-10" not in str(receipt)
    assert [found.text for found in memory.recall(mara, "moved called lives like")] == ["C-101 lives in Halberstadt"]
    assert len(memory.recall(Principal("u", "acme-corp"), "tenant")) == 1
    vector = memory.queries.vector("Zacharias moved to Quedlinburg")
    assert len(memory.index.nearest(memory.scope(mara), vector, 9)) == 1
    memory.close()
    memory.rows.engine.dispose()
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()).lower()
    assert b"halberstadt" in everything
    for word in (b"zacharias", b"quedlinburg", b"wernigerode", b"thale"):
        assert word not in everything


def test_names_are_found_as_people_write_them(memory: Memory, mara: Principal, otto: Principal) -> None:
    """Free text has ids in any case and names with umlauts; another person's id in another case is not meant."""
    memory.remember(otto, NewMemory("MÜLLER called, and müller again"))
    memory.remember(Principal("Ann", "acme"), NewMemory("of Ann", key="k", visibility="org"))
    memory.remember(Principal("ann", "acme"), NewMemory("own words", key="k", visibility="org"))
    assert memory.forget(mara, "Müller").erased == 1
    assert memory.forget(mara, "ann").erased == 2
    memory.remember(Principal("ann", "acme"), NewMemory("own words", key="k", visibility="org"))
    assert memory.forget(mara, "Ann").erased == 0


def test_what_must_be_logged_stays_and_is_reported(memory: Memory, mara: Principal) -> None:
    """An erasure that silently keeps something, or silently drops what the law wants kept."""
    memory.remember(mara, NewMemory("payment of 7 signed", retention="must-log", subjects=("C-10",), visibility="org"))
    receipt = memory.forget(mara, "C-10")
    assert (receipt.erased, receipt.kept) == (0, 1)
    assert memory.recall(mara, "payment signed")


def test_a_poisoned_source_is_purged(memory: Memory, mara: Principal) -> None:
    """Only that source, not one whose name begins alike."""
    for source in ("mail-7", "mail-7#2", "mail-71", "mail-7-b"):
        memory.remember(mara, NewMemory(f"claim of {source}", source=source, provenance="untrusted"))
    assert memory.forget_source(mara, "mail-7").erased == 2
    left = {found.source for found in memory.recall(mara, "claim", trusted_only=False)}
    assert left == {"mail-71", "mail-7-b"}
    assert memory.forget_source(Principal("x", "acme-corp"), "mail-71").erased == 0


def test_nobody_is_not_everybody(memory: Memory, mara: Principal) -> None:
    """An empty name would match every row."""
    memory.remember(mara, NewMemory("kept"))
    with pytest.raises(BadInput):
        memory.forget(mara, " ")
    with pytest.raises(BadInput):
        memory.forget_source(mara, "")
    assert memory.recall(mara, "kept")
