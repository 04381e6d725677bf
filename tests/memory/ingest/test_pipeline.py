"""Bringing files into memory: only what changed, for whom it is meant, and as whose word."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from countersign.memory.ingest.documents import count_pending
from countersign.memory.ingest.pipeline import IngestOptions, IngestResult, ingest_files
from countersign.memory.memory import Memory
from countersign.memory.records.rows import Vectors
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed
from sample_files import docx, locked_pdf, mail, pdf

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file of each kind."""
    place = tmp_path / "papers"
    (place / "sub").mkdir(parents=True)
    (place / "terms.md").write_text("# Payment\n\nInvoices are due after 45 days.\n\n# Courts\n\nVienna decides.\n")
    (place / "sub" / "offer.pdf").write_bytes(pdf("The offer ends in March.", "Signed by Lee."))
    (place / "deal.docx").write_bytes(docx())
    (place / "letter.eml").write_bytes(mail("The bank account has changed."))
    return place


def bring(memory: Memory, who: Principal, folder: Path, **filing: object) -> IngestResult:
    return ingest_files(memory, who, [folder], IngestOptions(**filing), base=folder.parent, now=NOW)  # type: ignore[arg-type]


def statuses(found: IngestResult) -> dict[str, str]:
    return {file.source: file.status for file in found.files}


def test_a_folder_is_found_with_sections_spans_and_pages(memory: Memory, mara: Principal, folder: Path) -> None:
    """What was filed could not be cited or looked up."""
    found = bring(memory, mara, folder)
    assert set(statuses(found).values()) == {"added"}
    (hit,) = memory.recall(mara, "invoices due", limit=1, trusted_only=False, kinds=["document"])
    assert hit.source in ("files/mara.voss/papers/terms.md#payment", "files/mara.voss/papers/deal.docx#payment")
    hit = next(
        item for item in memory.recall(mara, "Signed by Lee", trusted_only=False) if item.source.endswith("offer.pdf")
    )
    assert (hit.extra["page"], hit.author, hit.visibility, hit.trusted) == (1, "mara.voss", "user:mara.voss", False)
    text = (folder / "terms.md").read_text()
    hit = next(item for item in memory.recall(mara, "Vienna decides", trusted_only=False) if "terms" in item.source)
    assert hit.span is not None
    assert text[slice(*hit.span)] == hit.text == "Vienna decides."


def test_only_what_changed_is_read_again(
    memory: Memory, mara: Principal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand files would be embedded anew each night, and old sentences would stay."""
    bring(memory, mara, folder)
    (folder / "terms.md").write_text("# Payment\n\nInvoices are due after 60 days.\n\n# Courts\n\nVienna decides.\n")
    asked: list[str] = []
    embed = memory.embedder.embed

    def told(texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        return embed(texts)

    monkeypatch.setattr(memory.embedder, "embed", told)
    found = statuses(bring(memory, mara, folder))
    assert found.pop("files/mara.voss/papers/terms.md") == "changed"
    assert set(found.values()) == {"unchanged"}
    assert len(asked) == 1
    assert "60 days" in asked[0]
    said = [item.text for item in memory.recall(mara, "invoices due after days", trusted_only=False, limit=50)]
    assert "Invoices are due after 60 days." in said
    assert not any(item.startswith("Invoices are due after 45") and "late" not in item for item in said)


def test_what_is_gone_goes_only_when_asked(memory: Memory, mara: Principal, otto: Principal, folder: Path) -> None:
    """A deleted file would be quoted for ever, or a colleague's would go with it."""
    bring(memory, mara, folder)
    bring(memory, otto, folder, visibility="org")
    (folder / "letter.eml").unlink()
    assert "removed" not in statuses(bring(memory, mara, folder)).values()
    found = statuses(bring(memory, mara, folder, prune=True))
    assert found["files/mara.voss/papers/letter.eml"] == "removed"
    left = {item.source for item in memory.recall(mara, "bank account changed", trusted_only=False, limit=50)}
    assert "files/mara.voss/papers/letter.eml" not in left
    assert "files/otto/papers/letter.eml" in left
    with pytest.raises(BadInput, match="Pruning"):
        ingest_files(memory, mara, [folder], IngestOptions(prune=True), base=folder)


def test_the_same_name_in_two_places_is_two_files(memory: Memory, mara: Principal, tmp_path: Path) -> None:
    """``docs/terms.md`` of one project would overwrite another, and pruning would delete what is not its own."""
    here, there = tmp_path / "a", tmp_path / "b"
    for base, days in ((here, 30), (there, 60)):
        (base / "docs").mkdir(parents=True)
        (base / "docs" / "terms.md").write_text(f"# Terms\n\nGoods come back within {days} days.\n")
    (here / "docs" / "more.md").write_text("Only here.")
    bring(memory, mara, here / "docs")
    (refused,) = bring(memory, mara, there / "docs", prune=True).files
    assert (refused.status, "--replace" in refused.why) == ("skipped", True)

    def said() -> str:
        return str([item.text for item in memory.recall(mara, "goods come back only here", trusted_only=False)])

    assert "30 days" in said()
    assert "60 days" not in said()
    assert "Only here" in said()
    (there / "docs" / "more.md").write_text("Only here.")  # the same file twice is no conflict
    assert statuses(bring(memory, mara, there / "docs"))["files/mara.voss/docs/more.md"] == "unchanged"
    (here / "docs" / "terms.md").write_text("# Terms\n\nGoods come back within 31 days.\n")
    assert statuses(bring(memory, mara, here / "docs"))["files/mara.voss/docs/terms.md"] == "changed"
    (there / "docs" / "more.md").unlink()
    moved = statuses(bring(memory, mara, there / "docs", replace=True, prune=True))
    assert set(moved.values()) == {"changed", "removed"}
    assert "60 days" in said()
    assert "31 days" not in said()
    assert statuses(bring(memory, mara, here / "docs"))["files/mara.voss/docs/terms.md"] == "skipped"
    above = ingest_files(memory, mara, [here / "docs", there / "docs"], base=tmp_path, now=NOW)
    assert {file.status for file in above.files} == {"added"}


def test_bad_files_are_told_and_the_others_read(memory: Memory, mara: Principal, folder: Path, tmp_path: Path) -> None:
    """One locked file would cost the whole folder; a pipe would wait for ever; a link would read what it should not."""
    (folder / "locked.pdf").write_bytes(locked_pdf())
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.txt").write_text("outside")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(folder / "pipe.txt")
    found = bring(memory, mara, folder)
    assert {Path(file.path).name for file in found.skipped} == {"locked.pdf", "picture.png", "link.txt", "pipe.txt"}
    assert all(file.why for file in found.skipped)
    assert list(statuses(found).values()).count("added") == 4
    with pytest.raises(BadInput, match="no file or folder"):
        ingest_files(memory, mara, [tmp_path / "nowhere"])


def test_files_are_claims_until_somebody_vouches(memory: Memory, mara: Principal, folder: Path) -> None:
    """A downloaded text that says "refund everything" would count as a fact, or as the company's rule."""
    bring(memory, mara, folder, visibility="org")
    assert memory.recall(mara, "invoices due vienna bank account") == []
    bring(memory, mara, folder, visibility="org", vouched=True)
    trusted = {item.source for item in memory.recall(mara, "invoices due vienna bank account changed", limit=50)}
    assert any("terms.md" in source for source in trusted)
    assert not any("letter.eml" in source for source in trusted)
    with pytest.raises(NotAllowed, match="handbook"):
        bring(memory, mara, folder, kind="handbook")


def test_files_are_seen_by_those_they_are_for(memory: Memory, mara: Principal, otto: Principal, folder: Path) -> None:
    """A colleague would read a private file; a person would publish into another team; a tenant into another."""
    bring(memory, mara, folder, visibility="team:legal")
    assert memory.recall(otto, "invoices due", trusted_only=False) == []
    assert memory.recall(Principal("mara.voss", "acme-corp"), "invoices due", trusted_only=False) == []
    with pytest.raises(NotAllowed, match="team:legal"):
        bring(memory, otto, folder, visibility="team:legal")
    with pytest.raises(BadInput, match="kind"):
        bring(memory, mara, folder, kind="gossip")


def test_nobody_replaces_the_file_of_another(memory: Memory, mara: Principal, folder: Path) -> None:
    """A name with a slash would write into somebody else's files."""
    bring(memory, mara, folder, visibility="org")
    thief = Principal("mara.voss/papers", "acme", teams=frozenset({"legal"}))
    other = folder / "papers"
    other.mkdir()
    (other / "terms.md").write_text("# Payment\n\nInvoices are due at once.\n")
    ingest_files(memory, thief, [other / "terms.md"], IngestOptions(visibility="org"), base=other)
    sources = {item.source for item in memory.recall(mara, "invoices due", trusted_only=False, limit=50)}
    assert "files/mara.voss/papers/terms.md#payment" in sources
    assert "files/mara.voss%2Fpapers/terms.md#payment" in sources


def test_a_forgotten_file_is_read_again(memory: Memory, mara: Principal, folder: Path) -> None:
    """What was purged by mistake could not come back, and what was purged would still be found."""
    bring(memory, mara, folder)
    source = "files/mara.voss/papers/terms.md"
    assert memory.forget_source(mara, source).erased == 2
    assert statuses(bring(memory, mara, folder))[source] == "added"
    memory.forget(mara, "mara.voss")
    assert set(statuses(bring(memory, mara, folder)).values()) == {"changed"}


def test_a_folder_that_cannot_be_looked_into_is_told_and_not_taken_for_empty(
    memory: Memory, mara: Principal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment without permission, and pruning would forget all that is in there."""
    bring(memory, mara, folder)
    look = os.scandir

    def closed(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = bring(memory, mara, folder, prune=True)
    monkeypatch.undo()
    told = {file.source: (file.status, file.why) for file in found.files if file.status != "unchanged"}
    assert told == {"files/mara.voss/papers/sub": ("skipped", "is a folder that cannot be looked into")}
    assert memory.recall(mara, "offer ends in March", trusted_only=False)


def test_what_was_broken_off_before_its_vectors_gets_them(memory: Memory, mara: Principal, folder: Path) -> None:
    """Nothing has changed then, and the pieces would be found by their words alone for good."""
    ingest_files(memory, mara, [folder], base=folder.parent, now=NOW, embed=False)
    assert count_pending(memory) > 0
    assert set(statuses(ingest_files(memory, mara, [folder], base=folder.parent, now=NOW)).values()) == {"unchanged"}
    assert count_pending(memory) == 0
