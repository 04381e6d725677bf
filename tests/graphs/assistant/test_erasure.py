"""Forgetting reaches everything that memory reached, and the receipt names what it did not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.graphs.assistant.erasure import erase_traces
from countersign.graphs.runtime.run import RunState
from countersign.memory.ingest.documents import MemoryDocument, load_documents
from countersign.memory.records.items import NewMemory
from countersign.policies.audit.log import AuditEvent
from data_folder import MARA, TOM, copy_of, open_door
from openai_server import OpenAIServer

PIA = "pia.lorenz"
SECRETS = ("Quittelbach", "Wernigerode", "Zorgelmann")
NOTE = f"The customer {SECRETS[0]} wants refunds as vouchers and lives in {SECRETS[1]}"
ASKED = "what does the customer who likes vouchers want in ticket TCK-0001?"
call, calls = OpenAIServer.call, OpenAIServer.calls


@pytest.fixture
def endpoint() -> Iterator[OpenAIServer]:
    with OpenAIServer() as opened:
        yield opened
        assert not opened.errors, opened.errors


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Path:
    return copy_of(untouched, tmp_path / "home")


def found(home: Path) -> list[str]:
    """Files that hold one of the words; Chroma's own and the company's too."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [f"{path.name}: {word}" for path in files for word in SECRETS if word.encode() in path.read_bytes()]


def keep(assistant: Assistant, text: str = NOTE, subject: str = "CUS-7777") -> str:
    item = NewMemory(text, visibility="team:support", subjects=(subject,))
    return assistant.core.services.memory.remember(assistant.principal(MARA), item)


def test_what_a_model_was_given_is_gone_down_to_the_bytes(home: Path, endpoint: OpenAIServer) -> None:
    """A prompt stays in the log for ever; had it the note in it, erasing the note would be a gesture."""
    endpoint.say(
        calls(call("memory__recall", {"query": "refunds as vouchers", "limit": 3})),
        "The customer wants a voucher.",
    )
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        ident = keep(assistant)
        other = keep(assistant, "Somebody else likes vouchers too", "CUS-8888")
        turn = assistant.send(ASKED, as_user=MARA)
        assert turn.state is RunState.DONE, turn.reply
        sent = json.dumps([request.body for request in endpoint.requests])
        assert sent.count(SECRETS[0]) >= 2, "it must have reached the model, by recall and by the tool"
        kept = str([record.data for record in assistant.core.services.audit.records(run=turn.run)])
        assert ident in kept
        assert SECRETS[0] not in kept
        done = erase_traces(assistant.core, assistant.principal(PIA), "CUS-7777")
        assert (done.receipt.erased, done.receipt.kept, done.waiting, done.runs_given) == (1, 0, (), (turn.run,))
        asked, tombstone = assistant.core.services.audit.records(kind=("memory.erasing", "memory.erased"))
        assert asked.data["subject"] == tombstone.data["subject"]
        assert tombstone.data == done.record()
        assert "CUS-7777" not in tombstone.body
        assert other in [
            item.id for item in assistant.core.services.memory.recall(assistant.principal(MARA), "vouchers")
        ]
        assert assistant.core.services.audit.verify()
    assert found(home) == []


def test_the_heading_of_a_file_is_gone_too(home: Path, endpoint: OpenAIServer) -> None:
    """A heading often is the name of the person whom the paper is about; it would stay in the log."""
    endpoint.say(calls(call("memory__recall", {"query": "goods lift", "limit": 3})), "900 kilograms.")
    paper = MemoryDocument(
        "paper", "Paper", f"# For {SECRETS[2]}\n\nThe goods lift carries 900 kilograms.\n", "precedent", author=PIA
    )
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        load_documents(assistant.core.services.memory, assistant.principal(PIA).tenant, [paper])
        turn = assistant.send(ASKED, as_user=MARA)
        assert f"For {SECRETS[2]}" in json.dumps([request.body for request in endpoint.requests])
        done = erase_traces(assistant.core, assistant.principal(PIA), SECRETS[2])
        assert (done.receipt.erased, done.runs_given) == (1, (turn.run,))
    assert found(home) == []


def test_a_run_that_waits_is_named_and_lets_go_when_it_ends(home: Path, endpoint: OpenAIServer) -> None:
    """Its checkpoint is sealed and cannot be cut; whoever asked for the erasure must hear of it."""
    endpoint.say(
        calls(
            call("refunds__issue", {"order_id": "ORD-8841", "amount_minor": 38900, "currency": "EUR", "reason": "x"})
        ),
        "It was rejected.",
    )
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        keep(assistant, f"{SECRETS[2]}: refund order 8841 389.00 EUR as a voucher")
        turn = assistant.send(
            "look whether refund order 8841, 389.00 EUR, was asked for as a voucher and issue the refund", as_user=MARA
        )
        assert turn.state is RunState.WAITING, turn.reply
        done = erase_traces(assistant.core, assistant.principal(PIA), "CUS-7777")
        assert done.waiting == (turn.run,)
        pending = list(turn.pending)
        while pending:
            ended = assistant.answer(pending[0].review_id, "reject", as_user=TOM, message="no")
            pending = list(ended.pending) if ended else []
        assert ended is not None
        assert ended.state is RunState.DONE, ended.reply
    assert found(home) == []


def test_the_receipt_names_what_conversations_still_hold(home: Path, tmp_path: Path) -> None:
    """Who asked for the erasure would take it for done while a reply or an attached file still says it."""
    with open_door(home) as assistant:
        told = assistant.send(f"remember that CUS-7777 is {SECRETS[0]}", as_user=MARA)
        asked = assistant.send("what did I tell you about CUS-7777?", as_user=MARA)
        assert SECRETS[0] in asked.reply
        letter, other = tmp_path / "letter.txt", tmp_path / "other.txt"
        letter.write_text(f"Dear cus-7777,\n{SECRETS[1]}")
        other.write_text("Dear CUS-77777")
        assistant.send("what does this letter say?", as_user=MARA, files=[letter])
        assistant.send("what does this letter say?", as_user=MARA, files=[other])
        done = erase_traces(assistant.core, assistant.principal(PIA), "CUS-7777")
        assert (done.receipt.erased, done.runs_given) == (1, (told.run, asked.run))
        (kept,) = done.uploads
        mara = assistant.principal(MARA)
        thread = next(iter(assistant.core.conversations.list_threads(mara)))
        assert SECRETS[1] in assistant.core.services.documents.get(mara, thread, kept).text


def test_a_tool_of_ones_own_that_counts_items_stops_no_erasure(home: Path) -> None:
    """One such result in the log, and nobody in the organisation could be forgotten to the end again."""
    with open_door(home) as opened:
        pia, desk = opened.principal(PIA), opened.core.services
        desk.memory.remember(pia, NewMemory("CUS-0021 wants vouchers", visibility="org"))
        body = {"tool": "stock.count", "value": {"items": 3, "sections": None}}
        desk.audit.append(AuditEvent("tool.result", "support", pia.tenant, "thread", "run-1", body))
        assert erase_traces(opened.core, pia, "CUS-0021").receipt.erased == 1
        assert list(desk.audit.records(tenant=pia.tenant, kind="memory.erased"))


def test_a_source_is_purged_the_same_way(home: Path) -> None:
    """Poison in a document must go as thoroughly as a person."""
    with open_door(home) as assistant:
        mara = assistant.principal(MARA)
        assistant.core.services.memory.remember(mara, NewMemory(f"claim of {SECRETS[0]}", source="mail-7#2"))
        done = erase_traces(assistant.core, assistant.principal(PIA), "mail-7", source=True)
        assert done.receipt.erased == 1
        assert erase_traces(assistant.core, assistant.principal(PIA), "mail-7", source=True).receipt.erased == 0
    assert found(home) == []
