"""Which fields of a value are embedded: LangGraph's paths, held against its own store."""

import pytest
from store_kinds import BOTH, MakeStore
from word_embedder import WordEmbedder

VALUE = {
    "title": "title words",
    "metadata": {"title": "inner title", "tags": ["one", "two"]},
    "context": [{"content": "first"}, {"content": "second"}, {"other": "x"}],
    "authors": [{"name": "ann"}, {"name": "bob"}],
    "revisions": [{"changes": "early"}, {"changes": "late"}],
    "sections": [{"paragraphs": [{"text": "p1"}, {"text": "p2"}]}, {"paragraphs": [{"text": "p3"}]}],
    "number": 7,
}
PATHS = {
    "title": ["title words"],
    "metadata.title": ["inner title"],
    "metadata.tags[*]": ["one", "two"],
    "context[*].content": ["first", "second"],
    "authors[0].name": ["ann"],
    "revisions[-1].changes": ["late"],
    "sections[*].paragraphs[*].text": ["p1", "p2", "p3"],
    "missing": [],
    "missing.deep[*].x": [],
}


@BOTH
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("configured", [True, False])
def test_paths_choose_what_is_embedded(make: MakeStore, embedder: WordEmbedder, path: str, configured: bool) -> None:
    """A field would be searchable that should not be, or not searchable that should."""
    store = make(path) if configured else make()
    store.put(("i",), "k", VALUE, index=None if configured else [path])
    assert sorted(embedder.embedded) == sorted(PATHS[path])
    for text in PATHS[path]:
        (item,) = store.search(("i",), query=text)
        assert item.score == pytest.approx(1, abs=1e-4)


@BOTH
def test_index_false_embeds_nothing(make: MakeStore, embedder: WordEmbedder) -> None:
    """Text that must not go to an embedding service would."""
    store = make("title")
    store.put(("i",), "k", VALUE, index=False)
    assert embedder.embedded == []
    assert [item.key for item in store.search(("i",), query="title")] == ["k"]
