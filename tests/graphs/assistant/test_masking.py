"""What the packs mask reaches no record and no model, whichever way it comes in, under the default packs."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from countersign.app.access.unmasking import unmask_record, unmask_text
from countersign.app.views.review_view import format_review, serialize_review
from countersign.graphs.runtime.run import RunState
from countersign.memory.records.items import NewMemory
from countersign.policies.errors import StorageError
from countersign.policies.filters.tokens import TOKEN
from countersign.policies.rules.loader import DEFAULT_PACKS
from countersign.tools.extraction.documents import decode_text_document
from data_folder import MARA, TOM, copy_of, open_door, orders, records
from openai_server import OpenAIServer
from openai_wire import Reply, Request

CARD, SSN, KEY = "4111 1111 1111 1111", "536-90-4399", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
IBAN, PLAIN_IBAN, LENA = "AT61 1904 3002 3457 3201", "AT611904300234573201", "lena.brandt"
CAPTURED = "5500-0000-0000-0004"
RAW = [CARD, CARD.replace(" ", ""), SSN, SSN.replace("-", ""), KEY, CAPTURED, CAPTURED.replace("-", "")]
call, calls = OpenAIServer.call, OpenAIServer.calls


@pytest.fixture
def endpoint() -> Iterator[OpenAIServer]:
    with OpenAIServer() as opened:
        yield opened
        assert not opened.errors, opened.errors


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Path:
    return copy_of(untouched, tmp_path / "home")


def leaks(home: Path, *more: str) -> list[str]:
    """Files that hold a raw value; the company's own system is not ours."""
    files = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("company.db")]
    assert any(path.name == "countersign.db" for path in files)
    return [f"{path.name}: {raw}" for path in files for raw in [*RAW, *more] if raw.encode() in path.read_bytes()]


def asked(endpoint: OpenAIServer) -> str:
    """Everything that the model was ever sent."""
    return json.dumps([request.body for request in endpoint.requests], ensure_ascii=False)


def test_a_typed_value_reaches_neither_model_nor_disk(home: Path, endpoint: OpenAIServer) -> None:
    """Message, history, a model that repeats and invents, a tool's arguments: tokens all the way, also in the WAL."""
    endpoint.say(
        calls(
            call("tickets__comment", {"ticket_id": "TCK-0001", "body": f"Customer paid with {CAPTURED}"}),
            text=f"I note {CAPTURED}",
        ),
        f"I noted the card {CAPTURED}.",
        "It was noted before.",
    )
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        said = f"add a comment to ticket TCK-0001: card {CARD}, SSN {SSN}, api_key={KEY}"
        turn = assistant.send(said, as_user=MARA, thread="typed")
        assert turn.state is RunState.DONE, turn.reply
        assert TOKEN.search(turn.reply)
        assistant.send("what does the customer want in ticket TCK-0001?", as_user=MARA, thread="typed")
        assert len(endpoint.requests) == 3
        assert not [raw for raw in RAW if raw in asked(endpoint)]
        assert leaks(home) == []
        history = assistant.history(as_user=MARA, thread="typed")
        assert [raw for raw in RAW for message in history if raw in message.text] == []
        assert assistant.core.services.audit.verify()
    assert leaks(home) == []
    (body,) = records(home, "SELECT body FROM ticket_comments WHERE body LIKE 'Customer paid with%'")[0]
    assert TOKEN.fullmatch(body.removeprefix("Customer paid with "))


def test_an_upload_and_a_tools_result_are_masked(home: Path, endpoint: OpenAIServer) -> None:
    """What stands in a system of record or in a file that somebody brings is masked where it comes in."""
    records(
        home, "UPDATE tickets SET body = ? WHERE id = 'TCK-0001'", f"My card {CARD} and SSN {SSN} were charged twice"
    )
    endpoint.say(
        calls(call("tickets__get", {"ticket_id": "TCK-0001"})),
        "The customer was charged twice.",
        calls(call("documents__read", {"document_id": "DOC"})),
        "It is a letter.",
    )
    letter = decode_text_document("letter.txt", f"Dear all,\n\nour key is {KEY} and the card {CARD}.\n\nYours".encode())
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        first = assistant.send("what does the customer want in ticket TCK-0001?", as_user=MARA, thread="a")
        second = assistant.send("what does the attached letter say?", as_user=MARA, thread="b", documents=[letter])
        assert (first.state, second.state) == (RunState.DONE, RunState.DONE)
        assert "card_" in asked(endpoint)
        assert not [raw for raw in RAW if raw in asked(endpoint)]
        assert leaks(home) == []
    assert leaks(home) == []


def test_what_reviewers_write_is_masked(home: Path) -> None:
    """A reason or an edit is kept, signed and remembered like everything else."""
    order = orders(home, 20_000, 40_000)[0]
    with open_door(home) as assistant:
        turn = assistant.send(f"refund order {order}", as_user=MARA)
        assert turn.state is RunState.WAITING
        review = turn.pending[0].review_id
        assistant.answer(review, "reject", as_user=TOM, message=f"The customer wrote from card {CARD}, password={KEY}")
        assert "card_" in assistant.core.services.reviews.get(review).message
        assert leaks(home) == []
    assert leaks(home) == []


def test_an_account_is_changed_and_seen_only_by_finance(home: Path) -> None:
    """A bank change works from message to ledger while every record of it has the token; who may read it, does."""
    with open_door(home) as assistant:
        desk = assistant.core.services
        turn = assistant.send(f"change the bank details of SUP-019 to {IBAN}", as_user=LENA)
        (review,) = turn.pending
        token = review.proposal.args["iban"]
        assert TOKEN.fullmatch(token)
        assert PLAIN_IBAN in turn.reply
        assert token in str(review.decision["reasons"])
        karl, mara = assistant.principal("karl.weiss"), assistant.principal(MARA)
        now = datetime.now(UTC)
        assert PLAIN_IBAN in unmask_text(desk.masker, karl, format_review(review, karl, now)).plain
        assert PLAIN_IBAN not in unmask_text(desk.masker, mara, format_review(review, mara, now)).plain
        record = unmask_record(desk.masker, karl, serialize_review(review, karl, now))
        assert record["args"]["iban"] == PLAIN_IBAN
        assert record["digest"] == review.proposal.digest
        assistant.answer(review.review_id, "approve", as_user="karl.weiss")
        done = assistant.answer(review.review_id, "approve", as_user="ines.roth")
        assert done is not None
        assert "now ends in 3201" in done.reply
        assert assistant.core.services.audit.verify()
        assert leaks(home, IBAN, PLAIN_IBAN) == []
    assert leaks(home, IBAN, PLAIN_IBAN) == []
    assert records(home, "SELECT iban FROM suppliers WHERE id = 'SUP-019'") == [(PLAIN_IBAN,)]


def test_without_the_vault_nothing_goes_on(home: Path) -> None:
    """A value that cannot be kept is not taken in: no message, no run, no record of it."""
    with open_door(home) as assistant:
        with closing(sqlite3.connect(home / "countersign.db")) as connection, connection:
            connection.execute("DROP TABLE vault")
        with pytest.raises(StorageError, match="vault"):
            assistant.send(f"my card is {CARD}", as_user=MARA, thread="after")
        assert assistant.history(as_user=MARA, thread="after") == []
        assert assistant.send("hello", as_user=MARA, thread="after").state is RunState.DONE
    assert leaks(home) == []


def test_a_model_passes_on_what_the_person_said(home: Path, endpoint: OpenAIServer) -> None:
    """The token that a model copies from the message counts as the person's word; one that it makes up does not."""

    def change(request: Request) -> Reply:
        (token,) = set(TOKEN.findall(str(request.messages))) or {""}
        return calls(call("suppliers__change_bank", {"supplier_id": "SUP-019", "iban": token}))

    endpoint.script(change)
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        turn = assistant.send(f"change the bank details of SUP-019 to {IBAN}", as_user=LENA, thread="said")
        (review,) = turn.pending
        assert review.proposal.provenance["iban"] == "user"
        assert PLAIN_IBAN in turn.reply
        endpoint.say(
            calls(call("suppliers__change_bank", {"supplier_id": "SUP-019", "iban": "DE89370400440532013000"})),
            "It was denied.",
        )
        made_up = assistant.send("change the bank details of SUP-019 to the new IBAN", as_user=LENA, thread="made up")
        assert not made_up.pending
    assert leaks(home, IBAN, PLAIN_IBAN, "DE89370400440532013000") == []


def test_a_streamed_reply_is_told_anew_with_its_values(home: Path, endpoint: OpenAIServer) -> None:
    """Tokens come as the model writes them; the reply itself has the values, for those who may see them."""
    endpoint.script(lambda request: OpenAIServer.answer(f"You said {TOKEN.findall(str(request.messages))[0]}."))
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0")) as assistant:
        events = list(assistant.stream(f"what do we know of the account {IBAN} of SUP-019?", as_user=LENA))
        last = events[-1].turn
        assert last is not None
        assert last.reply == f"You said {PLAIN_IBAN}."
        assert events[-2].kind == "restart"
        assert PLAIN_IBAN not in "".join(str(event.data) for event in events if event.kind == "text")


MAIL, PHONE, NAME = "hertha.quandt@example.net", "+49 30 1234567", "Hertha Quandt"
CONTACT = """
pack: contacts
version: "1"
owner: boss
description: Who and where a customer is stays with the support managers.
filters:
  mask: [email, phone, person]
  raw:
    - {tools: [memory.recall], kinds: [person], reason: People are found by their names.}
  show:
    - {roles: [support_manager], kinds: [email, phone, person]}
rules:
  - {id: contacts.watch, description: One rule., owner: boss, source: book#1, reason: Watched., stage: input,
     effect: observe, would: deny}
"""


def test_how_to_reach_a_person_is_masked_where_a_pack_says_so(
    home: Path, tmp_path: Path, endpoint: OpenAIServer
) -> None:
    """E-mail addresses, telephone numbers and names go the same way as cards: message, record, model, memory, disk."""
    pack = tmp_path / "contacts.yaml"
    pack.write_text(CONTACT)
    packs = {"COUNTERSIGN_PACKS": os.pathsep.join([str(DEFAULT_PACKS), str(pack)])}
    record = f"Mrs. {NAME} asks for a call: {PHONE} or {MAIL}"
    records(home, "UPDATE tickets SET body = ? WHERE id = 'TCK-0001'", record)
    endpoint.say(calls(call("tickets__get", {"ticket_id": "TCK-0001"})), f"Call {PHONE}, or write to {MAIL}.")
    with open_door(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0") | packs) as assistant:
        turn = assistant.send(f"what does Mrs. {NAME} ({MAIL}) want in ticket TCK-0001?", as_user=MARA, thread="reach")
        assert turn.state is RunState.DONE
        for raw in (MAIL, PHONE, NAME):
            assert raw not in asked(endpoint)
            assert raw not in turn.reply
        assert {token.split("_")[0] for token in TOKEN.findall(asked(endpoint))} >= {"email", "phone", "person"}
        note = NewMemory(f"Mrs. {NAME} prefers calls on {PHONE}", visibility="team:support")
        assistant.core.services.memory.remember(assistant.principal(MARA), note)
        tom, mara = assistant.principal(TOM), assistant.principal(MARA)
        masker = assistant.core.services.masker
        assert PHONE.replace(" ", "") in masker.show(tom, turn.reply).replace(" ", "")
        assert PHONE not in masker.show(mara, turn.reply)
        assert leaks(home, MAIL, PHONE, NAME) == []
    assert leaks(home, MAIL, PHONE, NAME) == []
