"""Loading documents, once and again."""

import dataclasses

import pytest
from countersign.memory.ingest.documents import (
    FORMER_VERSION,
    MemoryDocument,
    _digest,
    count_pending,
    cut_document,
    embed_pending,
    load_documents,
)
from countersign.memory.memory import Memory
from countersign.memory.records.tables import rows
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from word_embedder import WordEmbedder

BOOK = MemoryDocument(
    "support-handbook",
    "Support handbook",
    "# Support\n\n## 3.1 Returns\n\nGoods come back within thirty days.\n\n## 3.2 Limits\n\nAgents refund 100 euros.\n",
)


def test_sections_are_found_with_their_citation(memory: Memory, mara: Principal) -> None:
    """An answer could not say which section it rests on."""
    load_documents(memory, "acme", [BOOK])
    found = memory.recall(mara, "how much may agents refund euros")[0]
    assert (found.source, found.kind, found.provenance) == ("support-handbook#3.2", "handbook", "trusted")
    assert found.title == "Support handbook > Support > 3.2 Limits"
    assert found.span is not None
    assert BOOK.text[slice(*found.span)] == found.text == "Agents refund 100 euros."
    assert memory.recall(Principal("x", "acme-corp"), "agents refund") == []


def test_only_changed_sections_are_embedded_again(memory: Memory, mara: Principal, words: WordEmbedder) -> None:
    """Each start would cost seconds, and an old rule would still be recalled beside the new one."""
    memory.embedder = words
    first = load_documents(memory, "acme", [BOOK])
    assert (first.added, first.unchanged, first.removed, first.pending) == (2, 0, 0, 0)
    words.embedded.clear()
    again = load_documents(memory, "acme", [BOOK])
    assert (again.added, again.unchanged) == (0, 2)
    assert words.embedded == []
    changed = dataclasses.replace(BOOK, text=BOOK.text.replace("100 euros", "250 euros"))
    third = load_documents(memory, "acme", [changed])
    assert (third.added, third.unchanged, third.removed) == (1, 1, 0)
    assert len(words.embedded) == 1
    assert not any("100" in found.text for found in memory.recall(mara, "agents refund euros"))
    shorter = dataclasses.replace(BOOK, text="## 3.2 Limits\n\nNone.")
    assert load_documents(memory, "acme", [shorter]).removed == 1
    assert [found.text for found in memory.recall(mara, "goods come back limits none")] == ["None."]


def test_a_new_visibility_takes_hold(memory: Memory, mara: Principal, otto: Principal) -> None:
    """The text did not change, but who may see it did."""
    load_documents(memory, "acme", [BOOK])
    assert memory.recall(otto, "returns")
    load_documents(memory, "acme", [dataclasses.replace(BOOK, visibility="team:legal")])
    assert memory.recall(otto, "returns goods") == []
    assert memory.recall(mara, "returns goods")


def test_vectors_may_come_later(memory: Memory, mara: Principal) -> None:
    """First use would wait for a thousand clauses; until embedded, words must find them."""
    loaded = load_documents(memory, "acme", [BOOK], embed=False)
    assert loaded.pending == 2
    assert [found.similarity for found in memory.recall(mara, "thirty days")] == [None]
    seen: list[int] = []
    assert embed_pending(memory, seconds=0) == 0
    assert embed_pending(memory, progress=seen.append) == 2
    assert seen == [2]
    assert count_pending(memory) == 0
    assert all(found.similarity is not None for found in memory.recall(mara, "thirty days"))


def test_a_forgotten_source_stays_away_until_it_changes(memory: Memory, mara: Principal) -> None:
    """Every opening loads the company's documents; what was purged would be back with the next command."""
    load_documents(memory, "acme", [BOOK, dataclasses.replace(BOOK, source="support-handbook-2")])
    assert memory.forget_source(mara, "support-handbook").erased == 2
    assert {found.source for found in memory.recall(mara, "goods limits")} == {
        "support-handbook-2#3.1",
        "support-handbook-2#3.2",
    }
    assert load_documents(memory, "acme", [BOOK]).added == 0
    assert "support-handbook#3.1" not in {found.source for found in memory.recall(mara, "goods limits")}
    assert load_documents(memory, "acme", [dataclasses.replace(BOOK, text=BOOK.text + "\nMore.")]).added == 2


def test_a_folder_of_before_is_refreshed_and_what_was_forgotten_stays_away(memory: Memory, mara: Principal) -> None:
    """Old folders would go on with rows made in another way, or bring back what was purged."""
    other = dataclasses.replace(BOOK, source="other")
    load_documents(memory, "acme", [BOOK, other])
    memory.forget_source(mara, "other")
    memory.rows.set_document("acme", BOOK.source, _digest(BOOK, FORMER_VERSION))
    memory.rows.set_document("acme", "other", _digest(other, FORMER_VERSION))
    memory.rows.delete(rows.c.key == f"{BOOK.source}#3.1/1")  # one of the rows is not as it would be made now
    again = load_documents(memory, "acme", [BOOK, other])
    assert (again.added, again.unchanged, again.pending) == (1, 1, 0)
    assert {found.source for found in memory.recall(mara, "goods limits")} == {
        "support-handbook#3.1",
        "support-handbook#3.2",
    }


def test_a_title_is_kept_once(memory: Memory, mara: Principal) -> None:
    """People and models read it with every section; a contract's title is the beginning of its text."""
    book = MemoryDocument(
        "b", "Support handbook", "# Support  Handbook\n\nWelcome.\n\n## 3.1 Returns\n\nThirty days.\n"
    )
    contract = MemoryDocument(
        "CON-0001", "Supply agreement with Ost GmbH", "Supply agreement with Ost GmbH over 9.00 EUR."
    )
    load_documents(memory, "acme", [book, contract])
    titles = {found.source: found.title for found in memory.recall(mara, "welcome thirty days supply agreement")}
    assert titles["b#support-handbook"] == "Support handbook"
    assert titles["b#3.1"] == "Support handbook > 3.1 Returns"
    assert [piece.to_embed(contract.title) for piece in cut_document(contract)] == [contract.text]


@pytest.mark.parametrize(
    "bad",
    [
        dataclasses.replace(BOOK, source=""),
        dataclasses.replace(BOOK, source="a#b"),
        dataclasses.replace(BOOK, kind="gossip"),
        dataclasses.replace(BOOK, provenance="me"),
        dataclasses.replace(BOOK, visibility="x"),
        dataclasses.replace(BOOK, text="\0"),
    ],
)
def test_bad_documents_are_refused(memory: Memory, bad: MemoryDocument) -> None:
    """They would be stored under a name that cannot be cited or purged."""
    with pytest.raises(BadInput):
        load_documents(memory, "acme", [bad])
