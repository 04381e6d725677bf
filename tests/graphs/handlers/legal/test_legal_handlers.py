"""Legal's requests: if this breaks, a contract is misquoted, shown to the wrong people or sent out unsigned."""

from datetime import date
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.tools.extraction.documents import TextDocument
from message_sender import Say


def contracts(assistant: Assistant, **where: Any) -> list[dict[str, Any]]:
    return assistant.core.services.registry.services.records.find("contract", where=where, limit=500)


def last_day(assistant: Assistant, contract_id: str) -> date:
    """The day on which a contract ends, by the records; the sample company's dates follow the day it is made."""
    found: date = contracts(assistant, id=contract_id)[0]["ends_on"]
    return found


def test_when_does_it_end(assistant: Assistant, say: Say) -> None:
    """The date of the record."""
    ends = last_day(assistant, "CON-0031")
    turn = say("when does CON-0031 end?", "noah.lind")
    assert f"{ends:%-d %B %Y}" in turn.reply
    assert turn.data[0]["data"]["ends_on"] == ends.isoformat()


def test_what_does_it_say_on_liability(assistant: Assistant, say: Say) -> None:
    """Word for word, with the place."""
    turn = say("what does CON-0031 say about liability?", "noah.lind")
    text = contracts(assistant, id="CON-0031")[0]["text"]
    quotes = turn.data[0]["data"]["quotes"]
    assert any("three (3) months" in item["quote"] for item in quotes)
    assert all(text[item["start"] : item["end"]] == item["quote"] for item in quotes)


def test_a_file_that_comes_with_a_question_is_what_it_is_about(say: Say) -> None:
    """Answering about the contract that was spoken of before would be wrong, and look right."""
    say("when does CON-0031 end?", "noah.lind", "asked")
    text = (
        "SERVICE AGREEMENT\n\n1. Term\nEither party may end this Agreement for convenience by giving 45 days' notice.\n"
    )
    sent = TextDocument("canteen.txt", text, "0" * 64)
    turn = say("what is the notice period?", "noah.lind", "asked", documents=[sent])
    assert "45 days" in turn.reply
    assert "CON-0031" not in turn.reply
    quote = turn.data[0]["data"]["quotes"][0]
    assert text[quote["start"] : quote["end"]] == quote["quote"]


def test_another_contract_than_the_one_spoken_of_is_asked_for(assistant: Assistant, say: Say) -> None:
    """What nobody named before is not taken for the contract at hand."""
    say("when does CON-0031 end?", "noah.lind", "asked")
    turn = say("what is the notice period of the canteen contract?", "noah.lind", "asked")
    assert turn.data[0]["status"] == "asks"
    assert "canteen" in turn.reply
    assert f"{last_day(assistant, 'CON-0031'):%-d %B %Y}" not in turn.reply


def test_others_see_the_outline(assistant: Assistant, say: Say) -> None:
    """Legal-handbook#2.1: title, parties, dates; no value, no clause."""
    turn = say("what does CON-0031 say about liability?", "mara.voss")
    assert f"{last_day(assistant, 'CON-0031'):%-d %B %Y}" in turn.reply
    assert "months' Fees" not in turn.reply
    assert "180,000" not in turn.reply
    assert "legal-handbook#2.1" in turn.citations


def test_which_renew_in_march(assistant: Assistant, say: Say) -> None:
    """All that renew in that month, none else."""
    expected = {row["id"] for row in contracts(assistant) if row["renews_on"] and row["renews_on"].month == 3}
    turn = say("which of our contracts renew in March?", "noah.lind")
    assert set(turn.data[0]["data"]["contracts"]) == expected
    assert expected


def test_without_a_clause_and_with_it(assistant: Assistant, say: Say) -> None:
    """What has a clause and what lacks it are together all contracts."""
    without = say("which contracts are without a DPA?", "noah.lind").data[0]["data"]["contracts"]
    having = say("which contracts are with a data protection clause?", "noah.lind").data[0]["data"]["contracts"]
    assert "CON-0031" in without
    assert not set(without) & set(having)
    assert len(without) + len(having) == len(contracts(assistant))


def test_above_a_value(assistant: Assistant, say: Say) -> None:
    """The limit counts in whole minor units."""
    expected = sum(row["value_minor"] >= 10_000_000 for row in contracts(assistant))
    assert say("give me a list of agreements above 100,000 EUR", "noah.lind").data[0]["data"]["total"] == expected


def test_others_cannot_search_by_what_they_may_not_see(say: Say) -> None:
    """A search by value would tell the value."""
    turn = say("give me a list of agreements above 100,000 EUR", "finn.moor")
    assert turn.data[0]["status"] == "stopped"
    assert "CON-" not in turn.reply


def test_a_day_that_does_not_exist(say: Say) -> None:
    """Said back, not rounded to a neighbour."""
    assert "no such day" in say("list contracts ending on 31 February 2027", "noah.lind").reply


def test_only_an_approved_contract_is_sent(assistant: Assistant, say: Say) -> None:
    """One in review stays; an approved one waits for counsel, whom the requester cannot be."""
    assert "Nothing was sent" in say("send CON-0031 for signature", "noah.lind").reply
    approved = contracts(assistant, status="approved")[0]
    turn = say(f"send {approved['id']} for signature", "noah.lind")
    assert turn.state is RunState.WAITING
    assert "counsel" in turn.pending[0].free_seats
    with pytest.raises(Exception, match="separation of duties"):
        assistant.answer(turn.pending[0].review_id, "approve", as_user="noah.lind")
    done = assistant.answer(turn.pending[0].review_id, "reject", as_user="eva.stern", message="the annex is missing")
    assert done is not None
    assert "the annex is missing" in done.reply
    assert contracts(assistant, id=approved["id"])[0]["status"] == "approved"


def test_notes_and_tasks(assistant: Assistant, say: Say) -> None:
    """Legal writes notes and tasks without asking (legal-handbook#4.1); the words are the person's own."""
    assert "NOT-" in say("add a note to CON-0031 that the notice date is May 1", "noah.lind").reply
    notes = assistant.core.services.registry.services.records.find("note", where={"about_id": "CON-0031"})
    assert any(note["body"] == "the notice date is May 1" for note in notes)
    task = say("remind eva.stern to check CON-0007 by 30 November 2027", "noah.lind")
    assert "eva.stern" in task.reply
    assert "30 November 2027" in task.reply
    assert "Which Eva" in say("remind Eva to check CON-0007", "noah.lind").reply
    denied = say("add a note to CON-0031 that all is fine", "mara.voss")
    assert "NOT-" not in denied.reply
    assert denied.data[0]["status"] == "stopped"
