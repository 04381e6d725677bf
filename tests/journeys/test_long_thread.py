"""A conversation that goes on and on: each turn is answered, and the fortieth costs what the fourth did."""

import sqlite3
from pathlib import Path

from countersign.graphs import Assistant
from data_folder import MARA, TOM

TURNS = 40
SAYINGS = (
    "hello",
    "what is the status of order ORD-8841?",
    "what is our refund limit?",
    "look at ticket TCK-0001",
    "thanks",
)


def rows(home: Path) -> dict[str, int]:
    """The rows of every table of the assistant's own databases; heads are signed at times, not at turns."""
    counted = {}
    for name in ("countersign.db", "checkpoints.db"):
        with sqlite3.connect(home / name) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                counted[table] = connection.execute(f"SELECT count(*) FROM '{table}'").fetchone()[0]  # noqa: S608
        connection.close()
    counted.pop("audit_signed_heads", None)
    return counted


def test_a_thread_of_forty_turns_is_answered_and_grows_evenly(assistant: Assistant, home: Path) -> None:
    """Growth with the square of the length is what other assistants suffer from; here each round adds the same."""
    grown = []
    before = rows(home)
    for turn in range(TURNS):
        said = assistant.send(SAYINGS[turn % len(SAYINGS)], as_user=MARA, thread="long")
        assert said.state.value == "done"
        assert said.reply
        if turn % len(SAYINGS) == len(SAYINGS) - 1:
            after = rows(home)
            grown.append({table: after[table] - before.get(table, 0) for table in after})
            before = after
    assert len(assistant.history(as_user=MARA, thread="long")) == 2 * TURNS
    assert before["checkpoints"] == before["writes"] == 0
    assert all(added == grown[1] for added in grown[1:]), grown
    assert sum(grown[1].values()) <= 12 * len(SAYINGS)


def test_what_waits_outlasts_a_long_talk(assistant: Assistant) -> None:
    """A request made at the start is still there, and answerable, when everybody has forgotten it."""
    asked = assistant.send("refund order 8841", as_user=MARA, thread="patient")
    for number in range(10):
        said = assistant.send(SAYINGS[number % len(SAYINGS)], as_user=MARA, thread="patient")
        assert asked.pending[0].review_id in said.reply
    done = assistant.answer(asked.pending[0].review_id, "approve", as_user=TOM)
    assert done is not None
    assert "Refunded" in done.reply
    assert asked.pending[0].review_id not in assistant.send("thanks", as_user=MARA, thread="patient").reply
