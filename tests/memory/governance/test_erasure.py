"""Forgetting a person, a source, and what has expired."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.export import export_rows
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.ingest.documents import MemoryDocument, load_documents
from countersign.memory.ingest.pipeline import IngestOptions, ingest_files
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.memory.records.rows import Draft
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed, StorageError
from countersign.policies.storage import database
from langgraph.store.base import PutOp
from memory_opener import OpenMemory


def written(folder: Path) -> bytes:
    """All that is in files, but for the arrays of Chroma's index.

    It writes their unused places as they are in memory: by chance any word of this process, so of this test, is there.
    """
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".bin")
    return b"".join(file.read_bytes() for file in files).lower()


def test_a_person_is_erased_down_to_the_bytes(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, otto: Principal, chroma: ChromaServer | None
) -> None:
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
    assert receipt.traces is (chroma is not None), "the files of a server are not ours"
    assert not list(tmp_path.rglob("*.bin")), "from its vector, a text can be guessed"
    assert "C-10" not in str(receipt)
    assert [found.text for found in memory.recall(mara, "moved called lives like")] == ["C-101 lives in Halberstadt"]
    assert len(memory.recall(Principal("u", "acme-corp"), "tenant")) == 1
    vector = memory.queries.vector("Zacharias moved to Quedlinburg")
    assert len(memory.index.nearest(memory.scope(mara), vector, 9)) == 1
    while_open = written(tmp_path)  # whoever copies the folder of a running server must find nothing either
    memory.close()
    memory.rows.engine.dispose()
    for everything in (while_open, written(tmp_path)):
        assert b"halberstadt" in everything
        for word in (b"zacharias", b"quedlinburg", b"wernigerode", b"thale"):
            assert word not in everything
        assert vector.tobytes()[:64].lower() not in everything, "from its vector, a text can be guessed"


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_an_older_state_that_is_still_read_is_told(
    open_memory: OpenMemory, tmp_path: Path, mara: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words stayed in the database's log as long as a backup read it, and the receipt said that they are gone."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(database, "EMPTYING_SECONDS", 0.3)
    memory = open_memory()
    memory.remember(mara, NewMemory("Zacharias moved", subjects=("C-10",)))
    backup = database.open_database(database.make_sqlite_url(tmp_path / "countersign.db"))
    with database.begin_snapshot(backup) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM memory_rows").all()
        with pytest.raises(StorageError, match="older state"):
            memory.forget(mara, "C-10")
    assert memory.recall(mara, "Zacharias") == []
    assert memory.forget(mara, "C-10").erased == 0
    assert b"zacharias" not in written(tmp_path)
    backup.dispose()


@pytest.mark.parametrize("chroma", ["embedded"], indirect=True)
def test_what_another_process_holds_is_told(open_memory: OpenMemory, mara: Principal) -> None:
    """The folder is that process's; its files hold the vectors, and the receipt said that all is gone."""
    owner, other = open_memory(), open_memory()
    other.remember(mara, NewMemory("Zacharias moved", subjects=("C-10",)))
    assert len(owner.recall(mara, "Zacharias")) == 1
    assert owner.index.owned
    assert other.forget(mara, "C-10").traces
    assert owner.recall(mara, "Zacharias") == []
    owner.close()
    assert not other.forget(mara, "C-10").traces


def test_names_are_found_as_people_write_them(memory: Memory, mara: Principal, otto: Principal) -> None:
    """Free text has ids in any case and names with umlauts; another person's id in another case is not meant."""
    memory.remember(otto, NewMemory("MÜLLER called, and müller again"))
    memory.remember(Principal("Ann", "acme"), NewMemory("of Ann", key="k", visibility="org"))
    memory.remember(Principal("ann", "acme"), NewMemory("own words", key="k", visibility="org"))
    assert memory.forget(mara, "Müller").erased == 1
    assert memory.forget(mara, "ann").erased == 2
    memory.remember(Principal("ann", "acme"), NewMemory("own words", key="k", visibility="org"))
    assert memory.forget(mara, "Ann").erased == 0


@pytest.mark.parametrize(
    ("namespace", "key", "value"),
    [
        (("users", "CUS-0042", "profile"), "k", {"likes": "tea"}),
        (("users",), "of CUS-0042", {"likes": "tea"}),
        (("users",), "k", {"said": "Good morning,\nCUS-0042 likes tea"}),
        (("users",), "k", {"CUS-0042": 1}),
        (("users",), "k", {"said": [{"deep": "CUS\u20110042"}]}),
        (("users",), "k", {"said": "ＣＵＳ-0042, and CUS-00\u200b42"}),
    ],
)
@pytest.mark.parametrize("index", [None, False])
def test_what_any_agent_put_about_a_person_is_erased(
    memory: Memory, mara: Principal, namespace: tuple[str, ...], key: str, value: dict[str, object], index: bool | None
) -> None:
    """A person who stays because the id is a namespace (as langmem has it), begins a line, or has another dash."""
    store = ChromaStore(memory, Principal("agent", "acme"))
    store.put(namespace, key, value, index=index)  # type: ignore[arg-type]
    store.put(("users", "CUS-00421"), "other", {"said": "CUS-00421 and XCUS-0042"})
    assert memory.forget(mara, "CUS-0042").erased == 1
    assert [item.key for item in store.search(())] == ["other"]


@pytest.mark.parametrize("written", ["Zoe\u0308 called", "ZO\u00cb called", "“Zoe\u0308”!", "hello\nzo\u00eb"])
def test_a_name_is_the_same_however_it_is_encoded(memory: Memory, mara: Principal, written: str) -> None:
    """Copied from a Mac, letters come in two parts; the person would stay."""
    memory.remember(mara, NewMemory(written))
    assert memory.forget(mara, " Zo\u00eb\n").erased == 1
    with pytest.raises(BadInput):
        memory.forget(mara, "\ud800")
    with pytest.raises(BadInput):
        memory.forget_source(mara, "\ud800")


def test_files_that_name_a_person_lose_those_pieces(open_memory: OpenMemory, tmp_path: Path, mara: Principal) -> None:
    """A letter that was brought in names people as notes do, and they would stay in it, and in its vectors."""
    memory = open_memory()
    letter = tmp_path / "letter.md"
    letter.write_text("# Letter\n\nc-10 of Thale moved.\n\n# Terms\n\nThirty days.\n")
    ingest_files(memory, mara, [letter], IngestOptions(kind="precedent"), base=tmp_path)
    load_documents(memory, "acme", [MemoryDocument("guide", "Guide", "# Contacts\n\nAsk C-10.\n")])
    assert len(list(export_rows(memory, mara, "C-10"))) == 2
    receipt = memory.forget(mara, "C-10")
    assert (receipt.erased, receipt.kept, receipt.ours) == (1, 0, 1)
    left = {item.text for item in memory.recall(mara, "letter moved terms contacts", trusted_only=False)}
    assert left == {"Thirty days.", "Ask C-10."}
    assert [
        file.status
        for file in ingest_files(memory, mara, [letter], IngestOptions(kind="precedent"), base=tmp_path).files
    ] == ["unchanged"]
    letter.unlink()
    memory.close()
    memory.rows.engine.dispose()
    everything = written(tmp_path)
    assert b"thirty days" in everything
    assert b"thale" not in everything


def test_what_must_be_logged_stays_and_is_reported(memory: Memory, mara: Principal) -> None:
    """An erasure that silently keeps something, or silently drops what the law wants kept."""
    memory.remember(mara, NewMemory("payment of 7 signed", retention="must-log", subjects=("C-10",), visibility="org"))
    receipt = memory.forget(mara, "C-10")
    assert (receipt.erased, receipt.kept) == (0, 1)
    assert memory.recall(mara, "payment signed")


def test_what_must_be_logged_is_not_written_over(memory: Memory, mara: Principal, tmp_path: Path) -> None:
    """Whoever may not erase it could replace it, delete it through a store, or prune the folder that it came from."""
    memory.remember(mara, NewMemory("payment of 7 signed", key="p", retention="must-log"))
    with pytest.raises(NotAllowed, match="must be logged"):
        memory.remember(mara, NewMemory("payment of 9 signed", key="p"))
    memory.remember(mara, NewMemory("payment of 7 signed", key="p"))  # saying the same again changes nothing
    draft = Draft("acme", ("logs",), "k", {"t": "signed by Lee"}, "signed by Lee", retention="must-log")
    memory.rows.put([draft], datetime(2026, 11, 20, tzinfo=UTC))
    store = ChromaStore(memory, mara)
    for value in (None, {"t": "signed by nobody"}):
        with pytest.raises(NotAllowed, match="must be logged"):
            store.batch([PutOp(("notes",), "other", {"t": 1}), PutOp(("logs",), "k", value)])
    assert store.get(("notes",), "other") is None
    assert store.get(("logs",), "k") is not None
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "a.txt").write_text("receipt of Lee")
    ingest_files(memory, mara, [folder], IngestOptions(retention="must-log"), base=tmp_path)
    (folder / "a.txt").write_text("receipt of nobody")
    assert [file.status for file in ingest_files(memory, mara, [folder], base=tmp_path).files] == ["skipped"]
    (folder / "a.txt").unlink()
    ingest_files(memory, mara, [folder], IngestOptions(prune=True), base=tmp_path)
    found = [item.text for item in memory.recall(mara, "payment receipt signed", trusted_only=False)]
    assert sorted(found) == ["payment of 7 signed", "receipt of Lee"]


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
