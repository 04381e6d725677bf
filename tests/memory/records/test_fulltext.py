"""Search by words, with FTS5 and with the portable scan."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.memory.memory import Memory
from countersign.memory.records.fulltext import Fts5Lexicon, ScanLexicon
from countersign.memory.records.items import NewMemory
from countersign.memory.records.terms import extract_words
from countersign.policies.domain.principal import Principal
from databases import Databases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql
from word_embedder import WordEmbedder

NASTY = ['"', "'", "a AND", "NOT", "NEAR(a b)", "body:x", "tenant : x", "a*", "(", "^a", "-x", "a-b", "x OR", "%", "_"]


@pytest.fixture(params=[Fts5Lexicon, ScanLexicon, pytest.param("postgres", marks=pytest.mark.postgres)])
def lexicon(request: pytest.FixtureRequest, tmp_path: Path, mara: Principal) -> Iterator[Memory]:
    if request.param == "postgres":
        databases = Databases(request.getfixturevalue("postgres_server"))
        engine = databases.open(tmp_path / "words.db")
    else:
        databases = Databases()
        engine = databases.open(tmp_path / "words.db")
    with Memory.open(tmp_path, engine, WordEmbedder()) as memory:
        if request.param != "postgres":
            memory.rows.lexicon = request.param()
        yield _filled(memory, mara)
    databases.close()


def _filled(memory: Memory, mara: Principal) -> Memory:
    for text in ("late delivery of order 7", "invoice paid twice paid", "a naïve clause about delivery delivery"):
        memory.remember(mara, NewMemory(text))
    return memory


def found(memory: Memory, who: Principal, query: str) -> list[str]:
    scope = memory.scope(who)
    ids = memory.rows.search_words(scope, query, 10)
    rows = memory.rows.fetch(ids, scope)
    return [rows[row_id].text for row_id in ids]


@pytest.mark.parametrize("query", NASTY)
def test_what_people_type_is_never_query_syntax(lexicon: Memory, mara: Principal, query: str) -> None:
    """A quote or an operator would raise, or search another column."""
    assert all(isinstance(text, str) for text in found(lexicon, mara, query))
    lexicon.recall(mara, query)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_text_may_be_asked(lexicon: Memory, mara: Principal, query: str) -> None:
    """Some character that nobody thought of would break the search."""
    lexicon.recall(mara, query)


def test_the_best_match_comes_first(lexicon: Memory, mara: Principal) -> None:
    """Ranking would be the order of insertion."""
    assert found(lexicon, mara, "Was the invoice paid?") == ["invoice paid twice paid"]
    assert set(found(lexicon, mara, "the delivery")) == {
        "a naïve clause about delivery delivery",
        "late delivery of order 7",
    }
    assert found(lexicon, mara, "nothing such") == []


def test_words_of_other_tenants_stay_there(lexicon: Memory) -> None:
    """The full-text index is one table for all tenants."""
    assert found(lexicon, Principal("mara.voss", "acme-corp"), "invoice") == []


def test_changed_and_deleted_rows_are_not_found_by_old_words(lexicon: Memory, mara: Principal) -> None:
    """An index behind its table answers with ghosts."""
    lexicon.remember(mara, NewMemory("blue whale", key="k"))
    lexicon.remember(mara, NewMemory("red herring", key="k"))
    assert found(lexicon, mara, "whale") == []
    lexicon.forget(mara, "mara.voss")
    assert found(lexicon, mara, "herring delivery") == []


def test_words_of_a_question() -> None:
    """Stop words would match everything; a question of nothing else must still be asked."""
    assert extract_words("What is the Refund limit of the refund?") == ["refund", "limit"]
    assert extract_words("who is it?") == ["who", "is", "it"]
    assert extract_words("__ -- !!") == []


@pytest.mark.postgres
def test_rows_from_before_the_index_are_found(postgres_server: str, tmp_path: Path, mara: Principal) -> None:
    """A database that was made without the index would seem empty, and a long text or an id could not be kept."""
    databases = Databases(postgres_server)
    engine = databases.open(tmp_path / "old.db")
    with Memory.open(tmp_path, engine, WordEmbedder()) as memory:
        memory.remember(mara, NewMemory("invoice INV-20931 was paid"))
        with engine.begin() as connection:
            connection.execute(sql("DROP TABLE memory_words"))
    with Memory.open(tmp_path, engine, WordEmbedder()) as memory:
        assert found(memory, mara, "INV-20931") == ["invoice INV-20931 was paid"]
        assert found(memory, mara, "20931 paying") == ["invoice INV-20931 was paid"]
        memory.remember(mara, NewMemory("ä" * 3000 + " long invoice"))
        assert len(found(memory, mara, "invoices")) == 2
        memory.forget(mara, "mara.voss")
        with engine.connect() as connection:
            assert connection.scalar(sql("SELECT count(*) FROM memory_words")) == 0
    databases.close()


@pytest.mark.postgres
def test_the_index_is_used(postgres_server: str, tmp_path: Path) -> None:
    """Every search would read every row."""
    databases = Databases(postgres_server)
    engine = databases.open(tmp_path / "plan.db")
    with Memory.open(tmp_path, engine, WordEmbedder()), engine.connect() as connection:
        connection.execute(sql("SET enable_seqscan = off"))
        query = (
            "EXPLAIN SELECT n FROM memory_words WHERE tenant = 't' AND words @@ plainto_tsquery('english', 'invoice')"
        )
        plan = "\n".join(connection.scalars(sql(query)))
    assert "memory_words_by_word" in plan
    databases.close()
