"""Uploaded texts: each is visible in its own conversation only, and kept once, also under a race."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from countersign.memory.governance.attachments import AttachmentStore
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from countersign.policies.storage.database import make_sqlite_url, open_database
from countersign.policies.storage.schema import upgrade_schema

MARA = Principal("mara", "halden")
STRANGER = Principal("mara", "other")


@pytest.fixture
def documents(tmp_path: Path) -> AttachmentStore:
    engine = open_database(make_sqlite_url(tmp_path / "documents.db"))
    upgrade_schema(engine)
    return AttachmentStore(engine)


def test_a_text_comes_back_as_it_was(documents: AttachmentStore) -> None:
    """A quote is checked against it letter by letter; nothing may be trimmed or folded."""
    text = "\ufeff Agreement\r\n\twith  Änne \u200b\n" * 3
    kept = documents.get(MARA, "thread-1", documents.add(MARA, "thread-1", "agreement.txt", text))
    assert (kept.name, kept.text) == ("agreement.txt", text)


@pytest.mark.parametrize(("who", "thread"), [(STRANGER, "thread-1"), (MARA, "thread-2"), (MARA, "thread-10")])
def test_nobody_else_and_no_other_conversation_sees_it(documents: AttachmentStore, who: Principal, thread: str) -> None:
    """An id can be guessed from the text; knowing it must not be enough."""
    document_id = documents.add(MARA, "thread-1", "secret.txt", "the price is 7")
    with pytest.raises(BadInput, match="--file"):
        documents.get(who, thread, document_id)


def test_the_same_text_has_one_id_in_each_conversation(documents: AttachmentStore) -> None:
    """Attaching a file twice must not make two documents, and two conversations must not share one."""
    first = documents.add(MARA, "thread-1", "a.txt", "text")
    assert documents.add(MARA, "thread-1", "b.txt", "text") == first
    assert documents.get(MARA, "thread-1", first).name == "a.txt"
    assert documents.add(STRANGER, "thread-1", "c.txt", "text") == first
    assert documents.get(STRANGER, "thread-1", first).name == "c.txt"
    assert documents.add(MARA, "thread-1", "a.txt", "text ") != first


def test_twenty_uploads_at_once_keep_one(documents: AttachmentStore) -> None:
    """A client that retries must not see an error about a key."""
    with ThreadPoolExecutor(20) as pool:
        ids = list(pool.map(lambda number: documents.add(MARA, "thread-1", f"{number}.txt", "text"), range(20)))
    assert len(set(ids)) == 1
    assert documents.get(MARA, "thread-1", ids[0]).text == "text"


def test_a_text_that_is_no_unicode_is_refused(documents: AttachmentStore) -> None:
    """What cannot be written must be an error for people, not a trace."""
    with pytest.raises(BadInput):
        documents.add(MARA, "thread-1", "broken.txt", "half a character: \ud83d")
