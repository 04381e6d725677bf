"""What recall adds to plain search, and that none of it reaches past what the caller may see."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory, RecalledItem
from countersign.policies.domain.principal import Principal
from memory_opener import OpenMemory
from numpy.typing import NDArray
from sqlalchemy import event

FILLER = (
    "Ruiz asked for a plant tour.",
    "Brandt sent flowers.",
    "Brandt wants a new logo.",
    "The coffee machine is broken.",
    "Parking places are given out by the front desk.",
    "The canteen opens at noon.",
    "Our fleet gets winter tyres.",
    "Visitors sign in at the gate.",
)


def say(memory: Memory, who: Principal, source: str, *turns: str, **more: object) -> None:
    """Remembers a conversation, turn by turn."""
    at = 0
    for text in turns:
        memory.remember(who, NewMemory(text, source=source, span=(at, at + len(text)), **more))  # type: ignore[arg-type]
        at += len(text) + 1


def texts(memory: Memory, who: Principal, query: str, *, limit: int = 8) -> list[str]:
    return [found.text for found in memory.recall(who, query, limit=limit)]


@pytest.fixture
def talked(open_memory: OpenMemory, minilm: MiniLM, mara: Principal) -> Memory:
    memory = open_memory(minilm)
    for text in FILLER:
        memory.remember(mara, NewMemory(text, visibility="org"))
    return memory


def test_what_follows_a_name_is_found_by_it(talked: Memory, mara: Principal) -> None:
    """A turn that says "they" would be lost, and with it the fact."""
    say(talked, mara, "s-1", "Now to Ruiz.", "Go on.", "They settle our bills within 45 days.")
    say(talked, mara, "s-2", "Now to Brandt.", "Go on.", "They settle our bills within 90 days.")
    assert texts(talked, mara, "When are invoices of Ruiz due?", limit=1) == ["They settle our bills within 45 days."]
    assert texts(talked, mara, "When are invoices of Brandt due?", limit=1) == ["They settle our bills within 90 days."]


def test_a_description_leads_to_the_name_and_on(talked: Memory, mara: Principal) -> None:
    """What is known under a supplier's name would not be found by what it delivered."""
    for text in ("The cracked camshafts came from Ruiz.", "Quarrels with Ruiz are heard in Vienna."):
        talked.remember(mara, NewMemory(text))
    for other in ("Brandt", "Weber", "Mulder", "Orlov"):
        talked.remember(mara, NewMemory(f"Quarrels with {other} are heard in Lyon."))
    found = texts(talked, mara, "Which court decides about the maker of the camshafts?", limit=3)
    assert {"The cracked camshafts came from Ruiz.", "Quarrels with Ruiz are heard in Vienna."} <= set(found)


def test_each_fact_that_is_asked_for_has_its_place(talked: Memory, mara: Principal) -> None:
    """The part with more matches would fill the list."""
    for number in range(6):
        talked.remember(mara, NewMemory(f"Ruiz gives {number + 2} percent discount on part {number}."))
    talked.remember(mara, NewMemory("Mrs Aydin signed for Brandt."))
    found = texts(talked, mara, "What discount does Ruiz give, and who signed for Brandt?", limit=2)
    assert "Mrs Aydin signed for Brandt." in found


@pytest.mark.parametrize(
    ("visibility", "provenance"),
    [("team:legal", "user"), ("org", "untrusted"), ("", "user")],
)
def test_neighbours_and_pointers_stay_inside_what_may_be_seen(
    talked: Memory, mara: Principal, otto: Principal, visibility: str, provenance: str
) -> None:
    """A neighbour of a visible hit would be an open door to what is hidden or untrusted."""
    talked.remember(mara, NewMemory("Now to Ruiz.", source="s", span=(0, 12), visibility="org"))
    secret = "They owe us two millions."
    item = NewMemory(secret, source="s", span=(13, 40), visibility=visibility, provenance=provenance)
    talked.remember(mara, item)
    assert "They owe us two millions." not in texts(talked, otto, "What does Ruiz owe us?", limit=20)
    other = Principal("otto", "acme-corp", roles=otto.roles, teams=otto.teams)
    assert texts(talked, other, "What does Ruiz owe us?", limit=20) == []


def test_nobody_puts_words_beside_those_of_another(talked: Memory, mara: Principal, otto: Principal) -> None:
    """A colleague would give a meaning to "they" in somebody else's notes, or add a line to a document."""
    talked.remember(mara, NewMemory("Now to Ruiz.", source="s", span=(0, 12), visibility="org"))
    talked.remember(otto, NewMemory("They get paid at once.", source="s", span=(13, 40), visibility="org"))
    talked.remember(mara, NewMemory("Ruiz gets paid after a month.", visibility="org"))
    assert texts(talked, mara, "When does Ruiz get paid?", limit=1) == ["Ruiz gets paid after a month."]


def test_the_newest_counts_when_the_present_is_asked_for(talked: Memory, mara: Principal) -> None:
    """An agreement that was replaced would be quoted as in force."""
    for month, days in ((3, 30), (9, 60)):
        at = datetime(2026, month, 1, tzinfo=UTC)
        talked.remember(mara, NewMemory(f"Ruiz lets us pay within {days} days."), now=at)
    assert texts(talked, mara, "How long may we take to pay Ruiz now?", limit=1) == ["Ruiz lets us pay within 60 days."]


def test_neighbours_are_looked_up_and_not_searched_for(memory: Memory, mara: Principal) -> None:
    """Going through all that a tenant has cost a tenth of a second for each question at ten thousand entries."""
    for day in range(3):
        say(memory, mara, f"talk {day}", f"Ruiz wants crane {day}.", "They pay in May.")
    asked: list[tuple[str, Any]] = []

    def listen(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    event.listen(memory.rows.engine, "before_cursor_execute", listen)
    memory.recall(mara, "When does Ruiz pay?")
    event.remove(memory.rows.engine, "before_cursor_execute", listen)
    ((statement, values),) = [one for one in asked if "span_start >=" in one[0]]
    with memory.rows.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert "memory_rows_by_source (tenant=? AND source=?)" in str(plan)


class Blind:
    """An embedder to which every text means the same."""

    name, dimensions = "blind", 4

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array([1, 0, 0, 0], np.float32), (len(texts), 1))


def test_words_find_what_meaning_does_not(open_memory: OpenMemory, mara: Principal) -> None:
    """Recall that only looks at meaning misses the rare word, which no name marks, among a hundred other texts."""
    memory = open_memory(Blind())
    for number in range(100):
        memory.remember(mara, NewMemory("the sluice stays shut" if number == 90 else f"filler {number}"))
    assert texts(memory, mara, "which sluice is shut", limit=1) == ["the sluice stays shut"]


def test_what_was_said_counts_more_than_what_was_asked_and_a_correction_more_than_both(
    memory: Memory, mara: Principal
) -> None:
    """A question that was put earlier holds the words of the new one and answers nothing; what was wrong would win."""
    said = (("gate colour blue?", "note", 3), ("gate colour green", "note", 2), ("gate colour red", "correction", 1))
    for text, kind, month in said:
        memory.remember(mara, NewMemory(text, kind=kind), now=datetime(2026, month, 1, tzinfo=UTC))
    assert texts(memory, mara, "gate colour") == ["gate colour red", "gate colour green", "gate colour blue?"]


def test_what_says_the_same_comes_once(memory: Memory, mara: Principal) -> None:
    """The same sentence twice would push others out; a "not" or another figure is no repetition."""
    same = ("The limit is 100 EUR.", "the limit is 100 eur", "Limit is 100 EUR!")
    for text in (*same, "The limit is 200 EUR.", "The limit is not 100 EUR."):
        memory.remember(mara, NewMemory(text))
    found = texts(memory, mara, "limit is eur")
    assert len(found) == 3
    assert len(set(found) & set(same)) == 1


def test_an_untrusted_copy_never_hides_the_trusted_text(memory: Memory, mara: Principal) -> None:
    """Whoever repeats a rule in a mail would make the rule itself disappear."""
    for provenance in ("untrusted", "user"):
        memory.remember(mara, NewMemory("refunds need approval", provenance=provenance))
    found = memory.recall(mara, "refunds approval", trusted_only=False)
    assert {item.provenance for item in found} == {"untrusted", "user"}


class Backwards:
    """Prefers what was found last."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def scores(self, query: str, items: Sequence[RecalledItem]) -> list[float]:
        assert query == "blue plan"
        self.seen += [item.text for item in items]
        return [float(at) for at in range(len(items))]


class Broken:
    def scores(self, query: str, items: Sequence[RecalledItem]) -> list[float]:
        raise RuntimeError(f"no model for {query} and {len(items)} items")


def test_a_re_ranker_orders_what_may_be_seen(memory: Memory, mara: Principal, otto: Principal) -> None:
    """The port would be ignored, see what is hidden, or take recall down with it."""
    memory.remember(mara, NewMemory("secret blue plan", visibility="team:legal"))
    for text in ("blue plan one", "blue plan two"):
        memory.remember(mara, NewMemory(text, visibility="org"))
    plain = texts(memory, otto, "blue plan")
    memory.reranker = judge = Backwards()
    assert texts(memory, otto, "blue plan") == plain[::-1]
    assert "secret blue plan" not in judge.seen
    memory.reranker = Broken()
    assert texts(memory, otto, "blue plan") == plain
