"""Every row that vouches for something, tampered with in every way: `audit verify` must notice each one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs.runtime.resume import check_waiting
from countersign.policies.errors import CountersignError
from mutations import applied, mutations, reflected
from scenario import Story
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

RECORDS = ("audit_log", "audit_head", "audit_signed_heads", "ledger", "reviews", "countersignatures")
LOCAL = ("checkpoints", "writes")
SHARED = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


@pytest.fixture(scope="module")
def story(finished: Path) -> Iterator[Story]:
    with Story.at(finished) as opened:
        yield opened


def verify(story: Story) -> None:
    story.audit.verify()
    check_waiting(story.audit, story.saver)


def silent(story: Story, engine: Engine, names: tuple[str, ...]) -> tuple[int, list[str]]:
    """How many mutations were made, and those that nobody noticed."""
    tried, unnoticed = 0, []
    for table in reflected(engine, *names):
        for mutation in mutations(engine, table):
            try:
                with applied(engine, mutation):
                    tried += 1
                    try:
                        verify(story)
                    except CountersignError:
                        continue
                    unnoticed.append(mutation.what)
            except IntegrityError:
                continue  # the database itself does not take such a row
    return tried, unnoticed


def test_the_story_is_whole(story: Story) -> None:
    """A false alarm would make all the others worthless; and the story holds what it is to hold."""
    verify(story)
    assert {str(review.state) for review in story.reviews()} >= {"open", "expired", "approved"}
    assert {state for (state,) in story.ask("SELECT DISTINCT state FROM ledger")} >= {
        "intended",
        "succeeded",
        "in_doubt",
    }


@pytest.mark.parametrize("table", RECORDS)
def test_every_change_of_every_record_is_noticed(story: Story, table: str) -> None:
    """One column that nothing vouches for would be the one that is forged."""
    tried, unnoticed = silent(story, story.engine, (table,))
    assert unnoticed == []
    assert tried >= {"audit_head": 4, "countersignatures": 15, "audit_signed_heads": 40}.get(table, 100)
    verify(story)


def test_every_change_of_every_checkpoint_is_noticed(story: Story) -> None:
    """What a run would go on with is part of what was agreed to."""
    tried, unnoticed = silent(story, story.places, SHARED if story.places is story.engine else LOCAL)
    assert unnoticed == []
    assert tried >= 100
    verify(story)
