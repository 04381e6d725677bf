"""What somebody does in the soak who controls the graph, its state and its checkpoints, and the clients."""

import asyncio
from contextlib import suppress
from typing import Any

from countersign.graphs.runtime.checkpoints import LocalSaver
from countersign.graphs.runtime.driver import make_config
from countersign.policies.domain.proposal import Proposal
from countersign.policies.errors import CountersignError
from countersign.policies.review.review import Answer, AnswerType
from countersign.tools.outcome import Grant
from langgraph.types import Command
from soak_actions import Soak
from soak_model import Run, Sheet
from soak_oracle import Step

FORMS = ("batched", "single", "legacy", "settled", "foreign", "two", "junk", "nothing")
KINDS = {"approve": "accept", "reject": "response", "edit": "edit"}


def client_answers(soak: Soak, at: int, sheet: Sheet, user: str, kind: str, form: str, keyed: bool) -> None:
    """A client resumes the graph itself with some payload, as somebody or as nobody."""
    run = soak.model.runs[sheet.run]
    state = soak.world.do(lambda: _state(soak, at, run))
    if state is None or not state.interrupts:
        return soak.judged(Step("client answers"))
    pause = next((item for item in state.interrupts if item.value["review_id"] == sheet.review_id), state.interrupts[0])
    meant = soak.model.sheets[pause.value["review_id"]]
    _, step = soak.predicted("client answers", meant, user, kind)
    right = form in ("batched", "single") or (form == "legacy" and kind == "approve")
    if not right or (kind not in ("approve", "reject")):
        step.may.clear()
        step.must_run.clear()
    payload = _payload(form, kind, soak)
    feed: Command[str] = Command(resume={pause.id: payload} if keyed else payload)
    _run(soak, at, run, feed, answering=user)
    return soak.judged(step)


def client_resumes(soak: Soak, at: int, sheet: Sheet, user: str) -> None:
    """A client goes on in somebody's name without an answer."""
    _run(soak, at, soak.model.runs[sheet.run], None, answering=user)
    soak.judged(Step("client resumes"))


def resume_none(soak: Soak, at: int, run: Run) -> None:
    """``invoke(None)`` answers nothing."""
    _run(soak, at, run, None)
    soak.judged(Step("resume with nothing"))


def replay(soak: Soak, at: int, run: Run, which: int, settled: bool) -> None:
    """An old checkpoint is run again, to its pause or through it."""
    history = soak.world.do(lambda: _history(soak, at, run))
    if not history:
        return soak.judged(Step("replay"))
    ended = not any(sheet.run == run.run for sheet in soak.model.open())
    # What is proposed under other rules is another call, and whoever signs for a run that has ended does so in vain.
    run.loose = run.loose or ended or run.book != soak.model.book
    old = history[which % len(history)]
    feed: Command[str] | None = (
        Command(resume={item.id: {"settled": True} for item in old.interrupts}) if settled and old.interrupts else None
    )
    _run(soak, at, run, feed, old.config)
    return soak.judged(Step("replay"))


def fork(soak: Soak, at: int, run: Run, which: int, text: str, args: dict[str, Any] | None, after: str) -> None:
    """A branch from an old checkpoint, with another message in it, is run on."""
    history = soak.world.do(lambda: _history(soak, at, run))
    if not history:
        return soak.judged(Step("fork"))
    run.loose = True
    if args is not None:
        run.wanted.append(("", args))
    old = history[which % len(history)]

    async def branch() -> None:
        graph = soak.world.door(at).graph
        config = await graph.aupdate_state(old.config, {"text": text}, as_node=after or None)
        await soak.world.invoke(at, run, None, config)

    _guarded(soak, branch)
    return soak.judged(Step("fork"))


def forge(soak: Soak, at: int, sheet: Sheet, changes: dict[str, Any], review_id: str, beside: bool) -> None:
    """The checkpoint of a waiting run is written anew: a call in its queue is granted, with other arguments.

    Args:
        review_id: by which the call says it was granted.
        beside: the true call stays in the queue and goes on waiting; once it is settled, both would run.
    """
    run = soak.model.runs[sheet.run]
    run.loose = True
    if changes:
        run.wanted.append(("", {**sheet.args, **changes}))
    saver = soak.world.door(at).saver
    assert isinstance(saver, LocalSaver)
    waiting = [
        item
        for item in saver.list({"configurable": {"thread_id": run.run}})
        if item.checkpoint["channel_values"].get("queue")
    ]
    for item in waiting[:1]:
        values = item.checkpoint["channel_values"]
        true = values["queue"][-1]
        proposal = {**true["proposal"], "args": {**true["proposal"]["args"], **changes}}
        forged = {**true, "key": "forged", "granted": True, "review_id": review_id, "proposal": proposal}
        queue = [forged, true] if beside else [{**forged, "key": true["key"]}]
        checkpoint = item.checkpoint.copy()
        checkpoint["channel_values"] = {**values, "queue": queue}
        saver.put(item.parent_config or item.config, checkpoint, item.metadata, {})
        soak.tally["forged queues"] += 1
        state = soak.world.do(lambda: _state(soak, at, run))
        _run(soak, at, run, Command(resume={pause.id: {"settled": True} for pause in state.interrupts}))
    soak.judged(Step("forge"))


def call_directly(soak: Soak, at: int, sheet: Sheet, changes: dict[str, Any], review_id: str) -> None:
    """The registry is called with a proposal that was seen before, perhaps changed, and some grant."""
    run = soak.model.runs[sheet.run]
    known = soak.judge.decisions[sheet.digest]
    if changes:
        run.wanted.append(("", {**sheet.args, **changes}))
    proposal = Proposal.from_record({**known, "args": {**known["args"], **changes}})
    registry = soak.world.door(at).services.registry
    for digest in {proposal.digest, sheet.digest}:
        _guarded(soak, lambda digest=digest: registry.execute(proposal, Grant(digest, review_id)))
    soak.judged(Step("call directly"))


def race(soak: Soak, sheet: Sheet, users: tuple[str, str], kinds: tuple[str, str]) -> None:
    """Two people answer at the same time, through two processes; one of them comes first."""
    step = Step("race")
    for user, kind in zip(users, kinds, strict=True):
        signed, _ = soak.predicted("race", sheet, user, kind)
        if signed is not None:
            step.either.setdefault(sheet.review_id, []).append(signed)

    async def one(at: int, user: str, kind: str) -> None:
        with suppress(CountersignError):
            answer = Answer(AnswerType(kind), "because")
            await soak.world.door(at).answer(sheet.review_id, answer, as_user=user)

    async def both() -> None:
        await asyncio.gather(*(one(at, user, kind) for at, (user, kind) in enumerate(zip(users, kinds, strict=True))))

    soak.world.do(both)
    soak.judged(step)


def _run(soak: Soak, at: int, run: Run, feed: Any, config: Any = None, answering: str = "") -> None:
    _guarded(soak, lambda: soak.world.invoke(at, run, feed, config, answering))


def _guarded(soak: Soak, work: Any) -> None:
    """Whatever a graph says that is misused; what it did is looked at afterwards."""
    try:
        soak.world.do(work)
    except CountersignError as error:
        soak.tally[f"stopped: {type(error).__name__}"] += 1
    except Exception as error:  # noqa: BLE001 - LangGraph has its own words for misuse
        soak.tally[f"graph: {type(error).__name__}"] += 1


async def _state(soak: Soak, at: int, run: Run) -> Any:
    return await soak.world.door(at).graph.aget_state(make_config(run.run), subgraphs=True)


async def _history(soak: Soak, at: int, run: Run) -> list[Any]:
    return [item async for item in soak.world.door(at).graph.aget_state_history(make_config(run.run))]


def _payload(form: str, kind: str, soak: Soak) -> Any:
    decision: dict[str, Any] = {"type": kind, "message": "because"}
    match form:
        case "batched":
            return {"decisions": [decision]}
        case "single":
            return decision
        case "legacy":
            return [{"type": KINDS.get(kind, kind), "args": None}]
        case "settled":
            return {"settled": True}
        case "foreign":
            others = list(soak.model.sheets)
            return {
                "review_id": others[0] if len(others) > 1 else "REV-000000000000",
                "decisions": [decision],
                "digest": "0",
            }
        case "two":
            return {"decisions": [decision, decision]}
        case "nothing":
            return None
    return "yes"
