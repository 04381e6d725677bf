"""Whoever comes first is told what was set up, for whom the assistant speaks, and what is worth typing for them."""

from pathlib import Path

import pytest
from command_line import run_cli
from countersign.app.chat.first_steps import suggest_messages
from countersign.graphs import Assistant
from shipped import SHIPPED


@pytest.fixture(scope="module")
def assistant(home: Path) -> Assistant:
    """An assistant on the module's data folder."""
    return Assistant.open(home)


def suggest(assistant: Assistant, who: str) -> list[str]:
    """What is worth typing for somebody."""
    services = assistant.core.services
    specs = list(services.registry.specs)
    return suggest_messages(SHIPPED.agents, services.editions.current, specs, assistant.principal(who))


@pytest.mark.parametrize(
    ("who", "first"),
    [
        ("mara.voss", "refund order 8841"),
        ("noah.lind", "review contract CON-0031"),
        ("lena.brandt", "why is invoice INV-1042 stuck?"),
    ],
)
def test_what_is_worth_typing_is_the_persons_own_work(assistant: Assistant, who: str, first: str) -> None:
    """A clerk would be sent to try what only counsel may do."""
    found = suggest(assistant, who)
    assert len(found) == 3
    assert found[0] == first


@pytest.mark.parametrize("who", ["mara.voss", "noah.lind", "lena.brandt", "agnes.coldewey"])
def test_each_suggestion_is_understood(assistant: Assistant, who: str) -> None:
    """The first thing that somebody types would be answered with a shrug."""
    for number, text in enumerate(suggest(assistant, who)):
        turn = assistant.send(text, as_user=who, thread=f"first-{number}")
        assert turn.data or turn.pending, text
        assert all(item["status"] != "handed_over" for item in turn.data), turn.reply


def test_the_first_chat_in_an_empty_folder_says_what_it_sets_up(tmp_path: Path) -> None:
    """Somebody who has never seen it would sit before a prompt."""
    done = run_cli("chat", home=tmp_path / "new", user="mara.voss", input="/quit\n")
    told = " ".join(done.stderr.split())
    assert f"Set up in {tmp_path / 'new'}" in told
    assert "the records of Halden & Birch" in told
    assert "You speak as Mara Voss (employee, support_agent)" in told
    assert "Worth typing: “refund order 8841”" in told
    again = run_cli("chat", home=tmp_path / "new", user="mara.voss", input="/quit\n")
    assert "Set up in" not in again.stderr
