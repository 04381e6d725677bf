"""Search by words, with FTS5 and with the portable scan."""

import pytest
from countersign.memory.items import NewMemory
from countersign.memory.lexical import Fts5Lexicon, ScanLexicon, words_of
from countersign.memory.recall import Memory
from countersign.policies.principal import Principal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NASTY = ['"', "'", "a AND", "NOT", "NEAR(a b)", "body:x", "tenant : x", "a*", "(", "^a", "-x", "a-b", "x OR", "%", "_"]


@pytest.fixture(params=[Fts5Lexicon, ScanLexicon])
def lexicon(request: pytest.FixtureRequest, memory: Memory, mara: Principal) -> Memory:
    memory.rows.lexicon = request.param()
    for text in ("late delivery of order 7", "invoice paid twice paid", "a naïve clause about delivery delivery"):
        memory.remember(mara, NewMemory(text))
    return memory


def found(memory: Memory, who: Principal, query: str) -> list[str]:
    scope = memory.scope(who)
    ids = memory.rows.words(scope, query, 10)
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
    assert words_of("What is the Refund limit of the refund?") == ["refund", "limit"]
    assert words_of("who is it?") == ["who", "is", "it"]
    assert words_of("__ -- !!") == []
