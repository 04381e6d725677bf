"""Execution on tampered records: nothing runs that its records do not bear out, and nothing runs twice."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import CountersignError
from countersign.policies.review.review import Review
from countersign.tools.outcome import Grant, Outcome
from data_folder import MARA, TOM, orders, records, refunded
from mutations import Mutation, applied, mutations, reflected, replace, rows_of
from scenario import APPROVE, GRANTED, Story
from sqlalchemy.exc import IntegrityError

KEYS = {"audit_log": "subject", "ledger": "digest", "reviews": "digest", "countersignatures": "review_id"}


@pytest.fixture(scope="module")
def story(finished: Path) -> Iterator[Story]:
    with Story.at(finished) as opened:
        yield opened


def one(story: Story, state: str, run: str = "") -> Review:
    """The review of the story in this state."""
    return next(item for item in story.reviews() if item.state == state and run in ("", item.proposal.run))


def touching(story: Story, review: Review, only: str = "") -> Iterator[Mutation]:
    """Every mutation of a row that is about one proposal."""
    for table in reflected(story.engine, *([only] if only else KEYS)):
        key = KEYS[table.name]
        mine = review.review_id if key == "review_id" else review.proposal.digest
        for mutation in mutations(story.engine, table):
            if any(row[key] == mine for row in mutation.old):
                yield mutation


def refunds(story: Story) -> int:
    return int(records(story.home, "SELECT count(*) FROM refunds")[0][0])


def not_stopped(story: Story, review: Review, act: Callable[[], object], only: str = "") -> tuple[int, list[str]]:
    """How many mutations were made, and those on which an act went through or had an effect."""
    before, tried, through = refunds(story), 0, []
    for mutation in touching(story, review, only):
        try:
            with applied(story.engine, mutation):
                tried += 1
                try:
                    found = act()
                except CountersignError:
                    continue
                if not isinstance(found, Outcome) or found.ok or refunds(story) != before:
                    through.append(mutation.what)
        except IntegrityError:
            continue
    return tried, through


def execute(story: Story, review: Review) -> Outcome:
    grant = Grant(review.proposal.digest, review.review_id)
    outcome: Outcome = asyncio.run(story.desk.registry.execute(review.proposal, grant))
    return outcome


def test_a_grant_on_changed_records_runs_nothing(story: Story) -> None:
    """People agreed, nothing was paid yet: the moment at which a changed row would pay off."""
    review = one(story, "approved", GRANTED)
    tried, through = not_stopped(story, review, lambda: execute(story, review))
    assert through == []
    assert tried >= 80
    before = refunds(story)
    assert execute(story, review).ok, "what was put back is as good as before"
    assert refunds(story) == before + 1


def test_an_open_review_that_was_changed_takes_no_answer(story: Story) -> None:
    """An answer would make the change good: the log would vouch for the row as it stands afterwards."""
    review = one(story, "open")

    tried, through = not_stopped(
        story,
        review,
        lambda: story.desk.reviews.answer(
            review.review_id, story.assistant.core.principal(TOM), APPROVE, story.desk.now()
        ),
        only="reviews",
    )
    assert through == []
    assert tried >= 20
    story.audit.verify()


def test_an_effect_that_happened_does_not_happen_again(story: Story) -> None:
    """Whatever of its records is changed, the money is paid once; and no other result is believed."""
    review = next(item for item in story.reviews() if item.state == "approved" and item.proposal.run != GRANTED)
    first = execute(story, review)
    assert (first.ok, first.replayed) == (True, True)
    before, other = refunds(story), []
    for mutation in touching(story, review):
        try:
            with applied(story.engine, mutation):
                try:
                    found = execute(story, review)
                except CountersignError:
                    continue
                if (found.ok and found != first) or refunds(story) != before:
                    other.append(mutation.what)
        except IntegrityError:
            continue
    assert other == []
    assert execute(story, review) == first


@pytest.mark.parametrize("how", ["changed", "removed", "swapped", "gone"])
def test_work_on_changed_checkpoints_ends_without_an_effect(story: Story, how: str) -> None:
    """The reviewer signs; what would run was taken from under the signature."""
    table = reflected(story.places, "checkpoints")[0]
    order = orders(story.home, 15000, 60000)[3]
    turn = story.assistant.send(f"refund order {order}", as_user=MARA, thread=f"checkpoints-{how}")
    mine = [row for row in rows_of(story.places, table) if row["thread_id"] == turn.run]
    others = [column.name for column in table.c if not column.primary_key]
    first, last = mine[0], mine[-1]
    swapped = [{**a, **{name: b[name] for name in others}} for a, b in ((first, last), (last, first))]
    old, new = {
        "changed": ([last], [{**last, "metadata": first["metadata"]}]),
        "removed": ([last], []),
        "swapped": ([first, last], swapped),
        "gone": (mine, []),
    }[how]
    replace(story.places, table, old, new)
    done = story.assistant.answer(turn.pending[0].review_id, "approve", as_user=TOM)
    assert done is not None
    assert done.state is RunState.FAILED
    assert "cannot go on. It had begun no effect." in done.reply
    assert refunded(story.home, order) == []
    story.audit.verify()
