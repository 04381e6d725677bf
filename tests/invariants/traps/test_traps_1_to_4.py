"""Traps 1 to 4 of docs/traps/README.md: what a signature means must not change, get lost, or count twice."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clients import APPROVE, BATCHED, CUSTOMER, Client, voucher, vouchers
from countersign.app import langgraph_server
from countersign.graphs.assistant.session import AsyncAssistant, Turn
from countersign.graphs.runtime.driver import Driver, make_config
from countersign.graphs.runtime.run import RunState
from countersign.policies.review.review import Answer, AnswerType, ReviewState
from data_folder import MARA, TOM, copy_of, open_core, orders, records, refunded
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from openai_server import OpenAIServer
from services import OPEN_PACK

calls, call = OpenAIServer.calls, OpenAIServer.call


def forge(assistant: AsyncAssistant, turn: Turn, **changes: Any) -> int:
    """Changes the queued call in every checkpoint of a paused run, as whoever holds the file can; how many it were."""
    saver, forged = assistant.saver, 0
    run: Any = {"configurable": {"thread_id": turn.run}}
    namespaces = {item.config["configurable"]["checkpoint_ns"] for item in saver.list(run)}  # type: ignore[attr-defined]
    for namespace in namespaces:
        place = {"configurable": {"thread_id": turn.run, "checkpoint_ns": namespace}}
        found = saver.get_tuple(place)  # type: ignore[attr-defined]
        queue = found.checkpoint["channel_values"].get("queue")
        if not queue:
            continue
        item = json.loads(json.dumps(queue[0]))
        for path, value in changes.items():
            *parents, last = path.split("__")
            at = item
            for name in parents:
                at = at[name]
            at[last] = value
        checkpoint = {**found.checkpoint, "channel_values": {**found.checkpoint["channel_values"], "queue": [item]}}
        saver.put(found.parent_config or place, checkpoint, found.metadata, {})  # type: ignore[attr-defined]
        forged += 1
    return forged


@pytest.mark.parametrize(
    "changes",
    [
        {"proposal__args__amount_minor": 999_900},
        {"proposal__args__order_id": "ORD-8841"},
        {"proposal__args__amount_minor": 100},
        {"proposal__args__amount_minor": 100, "review_id": ""},
        {"proposal__user_id": TOM},
        {"proposal__args__amount_minor": 999_900, "request__action_requests": [], "granted": True},
        {"granted": True, "review_id": ""},
        {"granted": True},
    ],
)
async def test_trap_1_arguments_are_bound_to_the_approval(
    client: Client, assistant: AsyncAssistant, home: Path, order: str, changes: dict[str, Any]
) -> None:
    """Shown ``pay(10, acme)``, state edited, approved: ``pay(9999, evil)`` runs.

    Without the digest in the review, whoever can write the checkpoint decides what the signature was for.
    """
    turn = await client.ask(f"refund order {order}", order)
    before = records(home, "SELECT count(*) FROM refunds")
    assert forge(assistant, turn, **changes) == 1
    done = await assistant.answer(turn.pending[0].review_id, APPROVE, as_user=TOM)
    assert done is not None
    assert records(home, "SELECT count(*) FROM refunds") == before
    assert "Traceback" not in done.reply
    assistant.services.audit.verify()


async def test_trap_2_a_rejection_is_final_whatever_flips(untouched: Path, tmp_path: Path) -> None:
    """A predicate that says "no need to ask" when the run goes on turns the rejection into a run.

    Here all of policy flips between the rejection and the resume: what was rejected must not run under rules that
    would not even have asked.
    """
    home = copy_of(untouched, tmp_path / "home")
    first, second = orders(home, 15000, 60000)[:2]
    before = open_core(home)
    turn = await Client(before).ask(f"refund order {first}", "flip")
    no = Answer(AnswerType.REJECT, "the customer is mistaken")
    before.services.reviews.answer(turn.pending[0].review_id, before.principal(TOM), no, before.services.now())
    before.close()
    (tmp_path / "open.yaml").write_text(OPEN_PACK)
    after = open_core(home, {"COUNTERSIGN_PACKS": str(tmp_path / "open.yaml")})
    (ended,) = await after.catch_up(after.principal(MARA).tenant)
    assert "the customer is mistaken" in ended.reply
    assert refunded(home, first) == []
    unasked = await Client(after).ask(f"refund order {second}", "flipped")
    assert (unasked.state, len(refunded(home, second))) == (RunState.DONE, 1), "the rules have not flipped at all"
    after.services.audit.verify()
    after.close()


async def test_trap_2_a_model_that_asks_again_gets_the_same_no(
    client: Client, model: OpenAIServer, assistant: AsyncAssistant, home: Path
) -> None:
    """A rejected call that the model repeats would be asked about until somebody tires, or run by a later predicate."""
    again = calls(call("vouchers__issue", voucher(7501)))
    model.say(again, again, "I was not allowed.")
    turn = await client.ask(f"give customer {CUSTOMER} a voucher of 75.01 EUR for the late delivery", "no-means-no")
    no = Answer(AnswerType.REJECT, "twice already this month")
    done = await assistant.answer(turn.pending[0].review_id, no, as_user=TOM)
    assert done is not None
    assert (done.state, done.pending, done.reply) == (RunState.DONE, (), "I was not allowed.")
    assert vouchers(home, 7501) == []


@pytest.mark.parametrize("way", ["session", "graph", "server"])
async def test_trap_3_a_new_message_drops_no_approval(
    client: Client, assistant: AsyncAssistant, home: Path, order: str, way: str
) -> None:
    """The person writes on; the question is gone, the later approval goes nowhere, and nobody notices.

    By the session, by a client that feeds a new message to the very thread of LangGraph that waits, and by the server.
    """
    if way == "server":
        served = langgraph_server.build_server_graph(assistant).copy(update={"checkpointer": InMemorySaver()})
        user = SimpleNamespace(identity=MARA)
        config: Any = {"configurable": {"thread_id": order, langgraph_server.USER_KEY: user}}
        waiting = await served.ainvoke({"text": f"refund order {order}"}, config)
        review_id = waiting["__interrupt__"][0].value["review_id"]
        said = (await served.ainvoke({"text": "what is our refund limit?"}, config))["reply"]
    else:
        turn = await client.ask(f"refund order {order}", order)
        review_id = turn.pending[0].review_id
        if way == "session":
            said = (await client.ask("yes, go ahead", order)).reply
        else:
            await client.resume(turn, {"text": "yes, go ahead", "documents": [], "findings": []})
            (pause,) = await client.pauses(turn)
            said = pause.value["review_id"]
    assert review_id in said
    assert client.review(review_id).state is ReviewState.OPEN
    assert refunded(home, order) == []
    await assistant.answer(review_id, APPROVE, as_user=TOM)
    assert len(refunded(home, order)) == 1


async def test_trap_4_a_replayed_approval_pays_once(
    client: Client, assistant: AsyncAssistant, home: Path, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answer to an old checkpoint pays again.

    Every checkpoint of the run is replayed, its subgraphs' too, with each form of resume, a reviewer at hand.
    """
    monkeypatch.setattr(assistant.saver, "delete_thread", lambda _: None)
    turn = await client.ask(f"refund order {order}", order)
    await assistant.answer(turn.pending[0].review_id, APPROVE, as_user=TOM)
    assert len(refunded(home, order)) == 1
    history = [item async for item in assistant.graph.aget_state_history(make_config(turn.run))]
    assert len(history) >= 3
    tried = 0
    for old in history:
        feeds: list[Command[str] | None] = [
            None,
            *(Command(resume={item.id: sent}) for item in old.interrupts for sent in (BATCHED, {"settled": True})),
        ]
        inner = [task.state["configurable"] for task in old.tasks if isinstance(task.state, dict)]
        for feed in feeds:
            for place in (old.config, *({"configurable": {**old.config["configurable"], **item}} for item in inner)):
                await client.resume(turn, feed, place)
                tried += 1
                assert len(refunded(home, order)) == 1
    assert tried >= 5
    monkeypatch.undo()
    assistant.saver.delete_thread(turn.run)
    assistant.services.audit.verify()


async def test_trap_4_a_checkpoint_file_from_a_backup_pays_nothing(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever puts yesterday's checkpoints back must not repeat yesterday's payments."""
    home = copy_of(untouched, tmp_path / "home")
    order = orders(home, 15000, 60000)[0]
    before = open_core(home)
    turn = await Client(before).ask(f"refund order {order}", "backup")
    before.close()
    shutil.copytree(home, tmp_path / "backup")
    paying = open_core(home)
    await paying.answer(turn.pending[0].review_id, APPROVE, as_user=TOM)
    paying.close()
    assert len(refunded(home, order)) == 1
    for path in home.glob("checkpoints.db*"):
        path.unlink()
    for path in (tmp_path / "backup").glob("checkpoints.db*"):
        shutil.copy(path, home)
    with monkeypatch.context() as patched:
        patched.setattr(Driver, "tidy", lambda _: None)  # which removes what ended runs have left
        after = open_core(home)
    client = Client(after)
    assert await after.catch_up(after.principal(MARA).tenant) == []
    feeds: list[Command[str] | None] = [None, Command(resume=BATCHED), Command(resume={"settled": True})]
    for feed in feeds:
        await client.resume(turn, feed)
    assert len(refunded(home, order)) == 1
    after.services.audit.verify()
    after.close()
