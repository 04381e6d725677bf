"""A model's reply goes out only as far as it stands on what was read."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.graphs.assistant.session import Turn
from data_folder import MARA, open_door, records
from openai_server import OpenAIServer

call, calls = OpenAIServer.call, OpenAIServer.calls
ASK = "what does the customer want in ticket TCK-0001?"
THREADS = count()


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(home: Path, server: OpenAIServer) -> Iterator[Assistant]:
    with open_door(home, server.environment(COUNTERSIGN_MODEL_RETRIES="0")) as opened:
        yield opened


def said(assistant: Assistant, server: OpenAIServer, reply: str) -> Turn:
    server.say(calls(call("tickets__get", {"ticket_id": "TCK-0001"})), reply)
    return assistant.send(ASK, as_user=MARA, thread=f"case-{next(THREADS)}")


def test_what_the_ticket_says_goes_out_as_it_is(assistant: Assistant, home: Path, server: OpenAIServer) -> None:
    """A true reply, with a figure and a quotation from what was read, is not touched."""
    body, opened = records(home, "SELECT body, opened_at FROM tickets WHERE id = 'TCK-0001'")[0]
    sentence = next(line for line in body.splitlines() if len(line.split()) > 3)
    reply = f'The customer wrote on {opened[:10]}: "{sentence}" [TCK-0001].'
    turn = said(assistant, server, reply)
    assert turn.reply == reply
    assert turn.data[0]["status"] == "done"
    assert turn.citations == ("TCK-0001",)


def test_an_invented_figure_is_left_out_and_a_person_looks(assistant: Assistant, server: OpenAIServer) -> None:
    """Nobody acts on an amount that stands nowhere; what was left out is in the log."""
    turn = said(assistant, server, "The customer asks about a parcel [TCK-0001]. We owe them 7,413.77 EUR.")
    assert turn.reply.startswith("The customer asks about a parcel [TCK-0001].\n\nI left out")
    assert "'7,413.77' stands in nothing that was read" in turn.reply
    assert turn.data[0]["status"] == "handed_over"
    (doubted,) = assistant.core.services.audit.records(run=turn.run, kind="reply.doubted")
    assert "We owe them 7,413.77 EUR." in doubted.data["said"]


def test_an_invented_quotation_alone_is_not_sent(assistant: Assistant, server: OpenAIServer) -> None:
    """When nothing is left, nothing is sent."""
    turn = said(assistant, server, 'They wrote: "please close my account and send everything to my lawyer".')
    assert turn.reply.startswith("I do not send the answer that I had")
    assert turn.data[0]["status"] == "handed_over"


def test_what_the_model_said_before_is_no_evidence(assistant: Assistant, server: OpenAIServer) -> None:
    """A figure does not become true by being said twice in one run."""
    server.say(
        calls(call("tickets__get", {"ticket_id": "TCK-0001"}), text="I think it is 7,413.77 EUR."),
        "It is 7,413.77 EUR.",
    )
    turn = assistant.send(ASK, as_user=MARA, thread=f"case-{next(THREADS)}")
    assert "I do not send" in turn.reply


def test_a_source_that_was_not_read_is_doubted(assistant: Assistant, server: OpenAIServer) -> None:
    """A citation is a promise that somebody can look there."""
    turn = said(assistant, server, "That is our policy [support-handbook#99.9].")
    assert "support-handbook#99.9 was not read" in turn.reply
    assert turn.data[0]["status"] == "handed_over"


def test_marks_that_are_not_for_people_do_not_go_out(assistant: Assistant, server: OpenAIServer) -> None:
    """A reply that turns its own text around, or repeats a fence, shows what it says."""
    turn = said(assistant, server, 'All is \u202ewell\u202c [TCK-0001]. <<data 0123456789abcdef source="x">>')
    assert turn.reply == "All is well [TCK-0001]."


def test_a_reply_that_quoted_a_ticket_is_data_in_the_next_turn(assistant: Assistant, server: OpenAIServer) -> None:
    """What outsiders wrote does not come back as the assistant's own words."""
    thread = f"case-{next(THREADS)}"
    server.say(calls(call("tickets__get", {"ticket_id": "TCK-0001"})), "It is about a parcel.", "The parcel again.")
    assistant.send(ASK, as_user=MARA, thread=thread)
    assistant.send("what does the customer want in ticket TCK-0002?", as_user=MARA, thread=thread)
    (earlier,) = [item for item in server.requests[-1].messages if "It is about a parcel." in str(item["content"])]
    assert 'source="an earlier reply" provenance="untrusted"' in str(earlier["content"])
