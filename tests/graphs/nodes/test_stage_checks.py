"""The stages around the tool's, in the whole assistant: each rule bites where it should, and leaves a trace."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.language.formatting import HIDDEN
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.stage import Stage
from countersign.policies.errors import NotAllowed
from countersign.policies.lint.shapes import STAGE_ARGS
from countersign.policies.rules.budget import Payer
from countersign.policies.rules.loader import DEFAULT_PACKS
from countersign.tools.registry.evaluation import COST_SCORE
from data_folder import MARA, copy_of, open_door

HEAD = """
pack: house
version: "1"
owner: boss
description: The house rules of one test.
rules:
"""
REASON = "Not in this house."
RULE = f"  - {{{{id: house.rule, description: One rule., owner: boss, source: book#1, reason: {REASON}, {{rest}}}}}}\n"
ORDER = "who is CUS-0001?"


class Home:
    """A data folder whose rules are the default ones and one more."""

    def __init__(self, untouched: Path, folder: Path) -> None:
        self.home = copy_of(untouched, folder / "home")
        self.pack = folder / "house.yaml"

    def open(self, rest: str) -> Assistant:
        """The assistant under the rule with these fields."""
        self.pack.write_text(HEAD + RULE.format(rest=rest))
        return open_door(self.home, {"COUNTERSIGN_PACKS": os.pathsep.join([str(DEFAULT_PACKS), str(self.pack)])})


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Home:
    return Home(untouched, tmp_path)


def asked(assistant: Assistant, stage: str) -> list[dict[str, Any]]:
    """What was written down at a stage."""
    log = assistant.core.services.audit
    return [dict(record.data) for record in log.records() if record.kind == "stage" and record.data["stage"] == stage]


@pytest.mark.parametrize("stage", STAGE_ARGS)
def test_what_a_stage_is_asked_is_what_the_checks_know(home: Home, stage: Stage) -> None:
    """`policy check` would call sound rules wrong, or wrong ones sound."""
    with home.open(f"stage: {stage}, effect: observe, would: deny") as assistant:
        assistant.send("remember that CUS-0001 prefers calls", as_user=MARA)
        assistant.send(ORDER, as_user=MARA)
        assistant.send("why is invoice INV-1042 stuck?", as_user=MARA)
        found = asked(assistant, str(stage))
    shape = STAGE_ARGS[stage].fields or {}
    assert found
    for item in found:
        assert item["args"].keys() == shape.keys()
        for name, value in item["args"].items():
            kind = {str: "text", int: "number", list: "list"}[type(value)]
            assert kind in shape[name].kinds, (name, value)
            assert not shape[name].values or value in shape[name].values


@pytest.mark.parametrize(
    ("rest", "stage"),
    [
        ("stage: input, effect: deny, when: args.length > 5", "input"),
        ("stage: trigger, subjects: [message], effect: deny", "trigger"),
        ("stage: route, subjects: [support], effect: deny", "route"),
        ('stage: route, subjects: ["request:*"], roles: [nobody], effect: allow', "route"),
        ("stage: output, effect: deny, when: 'args.length > 0'", "output"),
        ("stage: result, tools: [customers.get], effect: deny, when: 'records.result.customer_id != \"\"'", "result"),
    ],
)
def test_a_rule_stops_the_work_at_its_stage(home: Home, rest: str, stage: str) -> None:
    """Whoever writes a rule for a stage must be able to rely on it, and the auditor to see it."""
    with home.open(rest) as assistant:
        turn = assistant.send(ORDER, as_user=MARA)
        assert "Not in this house." in turn.reply or stage == "route"
        assert "CUS-0001" not in turn.reply
        found = asked(assistant, stage)
        assert [item["verdict"] for item in found] == ["deny"], found


@pytest.mark.parametrize(
    "rest",
    [
        "stage: input, effect: deny, when: args.length > 500",
        "stage: route, subjects: [support], roles: [support_agent], effect: allow",
        "stage: handoff, effect: deny",
        "stage: input, effect: observe, would: deny",
    ],
)
def test_what_a_rule_does_not_speak_of_goes_on(home: Home, rest: str) -> None:
    """A rule about one thing must not stop another."""
    with home.open(rest) as assistant:
        assert "CUS-0001" in assistant.send(ORDER, as_user=MARA).reply


def test_a_masked_field_reaches_nobody(home: Home) -> None:
    """A field that a rule masks in a result is neither in the reply nor among the findings."""
    with home.open("stage: result, tools: ['customers.*'], effect: mask, mask: [name]") as assistant:
        turn = assistant.send(ORDER, as_user=MARA)
        assert "CUS-0001" in turn.reply
        assert HIDDEN in turn.reply
    with home.open("stage: input, effect: observe, would: deny") as assistant:
        plain = assistant.send(ORDER, as_user=MARA, thread="plain").reply
    name = plain.split(" (CUS-0001")[0].strip("*")
    assert name.strip()
    assert HIDDEN not in plain
    assert name not in turn.reply
    assert name not in json.dumps(turn.data)


def test_a_conversation_is_not_handed_over(home: Home) -> None:
    """Support has it, so finance does not get it."""
    with home.open("stage: handoff, subjects: [finance], effect: deny, when: args.last == 'support'") as assistant:
        assert "CUS-0001" in assistant.send(ORDER, as_user="karl.weiss").reply
        second = assistant.send("why is invoice INV-1042 stuck?", as_user="karl.weiss")
        assert "Not in this house." in second.reply
        third = assistant.send("why is invoice INV-1042 stuck?", as_user="karl.weiss", thread="another")
        assert "Not in this house." not in third.reply


def test_memory_keeps_and_recalls_what_the_rules_let_it(home: Home) -> None:
    """Through memory itself and through a LangGraph store alike."""
    with home.open("stage: memory_write, subjects: [note, store], effect: deny") as assistant:
        memory, mara = assistant.core.services.memory, assistant.core.principal(MARA)
        with pytest.raises(NotAllowed, match="Not in this house"):
            memory.remember(mara, NewMemory("the customer likes blue"))
        with pytest.raises(NotAllowed, match="Not in this house"):
            ChromaStore(memory, mara).put(("notes",), "a", {"text": "blue"})
    with home.open("stage: memory_read, subjects: [note, store], roles: [cfo], effect: allow") as assistant:
        memory, mara = assistant.core.services.memory, assistant.core.principal(MARA)
        memory.remember(mara, NewMemory("the customer likes blue"))
        store = ChromaStore(memory, mara)
        store.put(("notes",), "a", {"text": "blue"})
        assert memory.recall(mara, "blue", kinds=("note",)) == []
        assert memory.recall(mara, "refund limits") != []
        assert (store.get(("notes",), "a"), store.search(("notes",), query="blue")) == (None, [])
        assert store.search(("notes",)) == []
    with home.open("stage: input, effect: deny") as assistant:
        memory, mara = assistant.core.services.memory, assistant.core.principal(MARA)
        assert memory.recall(mara, "blue", kinds=("note",)) != []
        assert ChromaStore(memory, mara).search(("notes",), query="blue") != []


def test_who_may_not_write_may_not_remove(home: Home) -> None:
    """Whoever a rule keeps from writing could delete, through a store, what everybody else put there."""
    with home.open("stage: memory_write, subjects: [store], roles: [support_agent], effect: deny") as assistant:
        theirs, ours = assistant.store(as_user="pia.lorenz"), assistant.store(as_user=MARA)
        theirs.put(("notes",), "a", {"text": "blue"})
        with pytest.raises(NotAllowed, match="Not in this house"):
            ours.delete(("notes",), "a")
        assert theirs.get(("notes",), "a") is not None
        theirs.delete(("notes",), "a")
        assert theirs.get(("notes",), "a") is None
    with home.open("stage: memory_write, subjects: [store], effect: retain, retain: never") as assistant:
        assistant.store(as_user=MARA).delete(("notes",), "a")


def test_what_must_be_logged_is_not_changed_unsaid(home: Home) -> None:
    """Beside the same indexed words, a put of other values was taken for the same, and they were lost."""
    with home.open("stage: memory_write, subjects: [store], effect: retain, retain: must-log") as assistant:
        store = assistant.store(as_user=MARA, fields=["text"])
        for _ in range(2):
            store.put(("notes",), "a", {"text": "blue", "number": 1})
        with pytest.raises(NotAllowed, match="must be logged"):
            store.put(("notes",), "a", {"text": "blue", "number": 2})


def test_a_rule_chooses_how_long_memory_keeps(home: Home) -> None:
    """Through memory itself and through a LangGraph store alike; no time to live and no refresh makes it longer."""
    now = datetime.now(UTC)
    with home.open("stage: memory_write, subjects: [note, store], effect: retain, retain: temporary") as assistant:
        memory, mara = assistant.core.services.memory, assistant.core.principal(MARA)
        memory.remember(mara, NewMemory("the customer likes blue"), now=now)
        store = ChromaStore(memory, mara)
        store.put(("notes",), "a", {"text": "blue"}, ttl=60 * 24 * 400)
        assert store.get(("notes",), "a", refresh_ttl=True) is not None
        kept = [row for row in memory.rows.scan(memory.scope(mara, prefix=())) if "blue" in row.text]
        assert [row.retention for row in kept] == ["temporary"] * 2
        assert all(row.expires_at is not None and row.expires_at < now + timedelta(days=2) for row in kept)
        assert asked(assistant, "memory_write")[0]["retain"] == "temporary"
    with home.open("stage: memory_write, subjects: [note, store], effect: retain, retain: never") as assistant:
        memory, mara = assistant.core.services.memory, assistant.core.principal(MARA)
        with pytest.raises(NotAllowed, match="never"):
            memory.remember(mara, NewMemory("the customer likes red"))
        with pytest.raises(NotAllowed, match="never"):
            ChromaStore(memory, mara).put(("notes",), "b", {"text": "red"})
    with home.open("stage: memory_write, subjects: [note], effect: retain, retain: must-log") as assistant:
        memory, mara = assistant.core.services.memory, assistant.core.principal(MARA)
        memory.remember(mara, NewMemory("the customer likes green", retention="temporary"), now=now)
        assert memory.sweep(now + timedelta(days=4000)) >= 1
        assert "green" in str([row.text for row in memory.rows.scan(memory.scope(mara, prefix=()))])


@pytest.mark.parametrize(("least", "stopped"), [(100, False), (101, True)])
def test_a_rule_sees_how_sure_the_route_was(home: Home, least: int, stopped: bool) -> None:
    """A write on an unsure reading of a message can be held back; this message a rule reads, with certainty."""
    rest = f"tools: [customers.get], effect: deny, when: scores.confidence < {least}"
    with home.open(rest) as assistant:
        assert ("Not in this house." in assistant.send(ORDER, as_user=MARA).reply) is stopped


def test_a_rule_sees_what_models_have_cost_in_the_case(home: Home) -> None:
    """Also what is only reserved; and each case for itself."""
    with home.open(f"tools: [customers.get], effect: deny, when: scores.{COST_SCORE} > 5") as assistant:
        desk, mara = assistant.core.services, assistant.core.principal(MARA)
        assert REASON not in assistant.send(ORDER, as_user=MARA, thread="one").reply
        assert desk.budget_ledger is not None
        case = f"{mara.tenant}/{MARA}/one"
        ticket = desk.budget_ledger.reserve(Payer(mara, case, "run"), "model:test", 10, "EUR")
        assert REASON in assistant.send(ORDER, as_user=MARA, thread="one").reply
        assert REASON not in assistant.send(ORDER, as_user=MARA, thread="two").reply
        desk.budget_ledger.settle(ticket, 4)
        assert REASON not in assistant.send(ORDER, as_user=MARA, thread="one").reply
