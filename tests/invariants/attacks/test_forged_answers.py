"""Answers that are forged: review ids that only look right, and people who sign what they asked for themselves."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from clients import APPROVE, BATCHED, Client
from command_line import run_cli
from countersign.graphs.assistant.session import AsyncAssistant, Turn
from countersign.policies.errors import CountersignError
from countersign.policies.review.review import Answer, AnswerType, Review, ReviewState
from countersign.tools.outcome import Grant
from data_folder import MARA, TOM, records
from langgraph.types import Command, Send

pytestmark = pytest.mark.usefixtures("nothing_runs")

FORGED = {
    "none": lambda _: "",
    "unknown": lambda _: "REV-000000000000",
    "upper case": lambda name: name.upper() if name.upper() != name else name.lower(),
    "lower case": lambda name: name.lower(),
    "a space": lambda name: f"{name} ",
    "a zero-width space": lambda name: f"{name}\u200b",
    "a Cyrillic letter": lambda name: name.replace("E", "Е"),
    "full-width": lambda name: "".join(chr(ord(char) + 0xFEE0) for char in name),
    "turned around": lambda name: f"\u202e{name[::-1]}",
    "its beginning": lambda name: name[:8],
    "a wildcard": lambda _: "REV-%",
    "a statement": lambda name: f"{name}' OR '1'='1",
    "two": lambda name: f"{name},{name}",
}


@pytest.fixture(scope="module")
def kept() -> dict[str, Turn]:
    """What many tests attack in vain."""
    return {}


@pytest.fixture
async def turn(assistant: AsyncAssistant, fresh_orders: Iterator[str], kept: dict[str, Turn]) -> Turn:
    """A refund that waits for one signature."""
    if "waits" not in kept:
        kept["waits"] = await assistant.send(f"refund order {next(fresh_orders)}", as_user=MARA, thread="waits")
    return kept["waits"]


@pytest.fixture
def review(turn: Turn) -> Review:
    """The review it waits for."""
    return turn.pending[0]


@pytest.fixture
async def signed(assistant: AsyncAssistant, fresh_orders: Iterator[str], kept: dict[str, Turn]) -> Review:
    """A review that was approved, while its run does not go on."""
    if "signed" not in kept:
        kept["signed"] = await assistant.send(f"refund order {next(fresh_orders)}", as_user=MARA, thread="signed")
        review_id = kept["signed"].pending[0].review_id
        assistant.services.reviews.answer(review_id, assistant.principal(TOM), APPROVE, assistant.services.now())
    return kept["signed"].pending[0]


@pytest.fixture
def stays_open(assistant: AsyncAssistant, review: Review) -> Iterator[None]:
    """Fails the test that settled the review or left a signature on it."""
    yield
    now = assistant.services.reviews.get(review.review_id)
    assert (now.state, now.signatures) == (ReviewState.OPEN, ())


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_no_forged_review_is_a_grant(assistant: AsyncAssistant, signed: Review, forge: Any) -> None:
    """The grant only points at evidence; here the true review is signed, and the grant points beside it."""
    assert not await ran(assistant, signed, Grant(signed.proposal.digest, forge(signed.review_id)))


async def test_the_signature_on_one_call_is_no_grant_for_another(
    assistant: AsyncAssistant, review: Review, signed: Review
) -> None:
    """A small thing that was signed must not pay for another."""
    for digest in (review.proposal.digest, signed.proposal.digest, ""):
        assert not await ran(assistant, review, Grant(digest, signed.review_id))
    assert not await ran(assistant, signed, Grant(review.proposal.digest, signed.review_id))


async def ran(assistant: AsyncAssistant, review: Review, grant: Grant) -> bool:
    """Whether the call that a review is about ran under a grant."""
    try:
        return (await assistant.services.registry.execute(review.proposal, grant)).ok
    except CountersignError:
        return False


@pytest.mark.usefixtures("stays_open")
@pytest.mark.parametrize("forge", [item for name, item in FORGED.items() if name != "none"])
async def test_no_answer_to_a_forged_review_counts(
    assistant: AsyncAssistant, turn: Turn, review: Review, forge: Any
) -> None:
    """By the session, and by a client that resumes the graph; an id that is not exactly the review's names nothing."""
    name = forge(review.review_id)
    with pytest.raises(CountersignError):
        await assistant.answer(name, APPROVE, as_user=TOM)
    client = Client(assistant)
    for sent in ({**BATCHED, "review_id": name}, {"decisions": [{"type": "approve", "review_id": name}]}):
        await client.resume(turn, Command(resume=sent))


@pytest.mark.usefixtures("stays_open")
@pytest.mark.parametrize("name", ["REV-000000000000", "REV-%", "rev", "*", "", "--all", "REV-' OR '1'='1"])
def test_the_command_line_answers_nothing_by_guess(home: Path, review: Review, name: str) -> None:  # noqa: ARG001
    """The beginning of an id is enough there, but only where it can be nothing else."""
    for command in ("approve", "reject"):
        done = run_cli("reviews", command, name, "--yes", "-m", "because", home=home, user=TOM)
        assert done.exit_code != 0
        assert "Traceback" not in done.output


@pytest.mark.usefixtures("stays_open")
@pytest.mark.parametrize(
    "user",
    [MARA, "mara.voss.admin", "Mara.Voss", "mara.voss ", "tom.adler ", "TOM.ADLER", "tom.adler\u200b", "tоm.adler", ""],
)
@pytest.mark.parametrize("kind", [AnswerType.APPROVE, AnswerType.RESPOND, AnswerType.EDIT])
async def test_nobody_signs_their_own_request_and_nobody_under_a_lookalike(
    assistant: AsyncAssistant, turn: Turn, review: Review, user: str, kind: AnswerType
) -> None:
    """The requester, their second account, and names that differ in a letter nobody sees."""
    args = {**review.proposal.args, "amount_minor": 100} if kind is AnswerType.EDIT else None
    with pytest.raises(CountersignError):
        await assistant.answer(review.review_id, Answer(kind, "as agreed", args), as_user=user)
    if user:
        await Client(assistant).resume(turn, Command(resume={**BATCHED, "digest": review.proposal.digest}), user=user)


@pytest.mark.usefixtures("stays_open")
async def test_an_agents_account_that_acts_for_the_requester_is_the_requester(
    assistant: AsyncAssistant, home: Path, review: Review
) -> None:
    """An account with every right, of a machine that the directory says works for her."""
    person = assistant.principal(MARA).human
    (before,) = records(home, "SELECT person, roles FROM employees WHERE user_id = 'sven.pohlmann'")
    records(home, "UPDATE employees SET person = ? WHERE user_id = 'sven.pohlmann'", person)
    try:
        with pytest.raises(CountersignError, match="separation of duties"):
            await assistant.answer(review.review_id, APPROVE, as_user="sven.pohlmann")
    finally:
        records(home, "UPDATE employees SET person = ? WHERE user_id = 'sven.pohlmann'", before[0])


@pytest.mark.usefixtures("stays_open")
async def test_a_client_that_steers_the_graph_runs_nothing(
    assistant: AsyncAssistant, turn: Turn, review: Review
) -> None:
    """LangGraph lets a client update the state and go to a node with a state of its own; neither grants anything."""
    queued = {"key": "refund", "proposal": review.proposal.record(), "review_id": review.review_id, "granted": True}
    work = {
        "queue": [{**queued, "request": {}}],
        "outcomes": {},
        "step": "tell",
        "notes": [],
        "plan": ["refunds.issue"],
    }
    part = {"agent": "support", "intent": "refund", "playbook": "", "text": "refund", "tools": ["refunds.issue"]}
    client = Client(assistant)
    for feed in (
        Command(goto=Send("support", {**work, "part": part})),
        Command(goto="act"),
        Command(goto="support", update={"queue": work["queue"], "parts": [part]}),
        Command(resume=BATCHED, update={"queue": work["queue"]}),
    ):
        with suppress(Exception):  # the graph may refuse in any way; the books are what counts
            await client.resume(turn, feed, user=MARA)


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE reviews SET state = 'approved', closed_at = opened_at WHERE review_id = :id",
        "UPDATE reviews SET state = 'approved', closed_at = opened_at, signatures = (SELECT signatures FROM reviews "
        "WHERE state = 'approved' AND signatures <> '[]' LIMIT 1) WHERE review_id = :id",
        "UPDATE reviews SET decision = replace(decision, 'support_manager', 'support_agent') WHERE review_id = :id",
        "UPDATE reviews SET requester_human = 'nobody', requester = 'nobody' WHERE review_id = :id",
        "UPDATE reviews SET tenant = 'another' WHERE review_id = :id",
    ],
)
async def test_a_review_that_was_forged_in_its_table_grants_nothing(
    assistant: AsyncAssistant, home: Path, review: Review, forgery: str
) -> None:
    """Whoever can write the database cannot sign; what is not borne out by signatures stops the call."""
    with closing(sqlite3.connect(home / "countersign.db")) as connection, connection:
        (kept,) = connection.execute("SELECT * FROM reviews WHERE review_id = ?", (review.review_id,)).fetchall()
        assert connection.execute(forgery, {"id": review.review_id}).rowcount == 1
    try:
        outcome = await assistant.services.registry.execute(
            review.proposal, Grant(review.proposal.digest, review.review_id)
        )
        assert not outcome.ok
    except CountersignError:
        pass
    finally:
        with closing(sqlite3.connect(home / "countersign.db")) as connection, connection:
            marks = ", ".join("?" * len(kept))
            connection.execute(f"REPLACE INTO reviews VALUES ({marks})", kept)  # noqa: S608
