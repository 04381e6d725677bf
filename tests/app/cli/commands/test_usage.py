"""What models cost, on the command line: for those who may see it, and nothing for the others."""

import json
from pathlib import Path

import pytest
from command_line import Cli
from countersign.graphs.assistant.session import Turn
from data_folder import MARA, open_door
from openai_server import OpenAIServer


@pytest.fixture
def asked(home: Path, openai_server: OpenAIServer) -> Turn:
    """One answer of 1,500 tokens read and 250 written, at a euro for 1,000."""
    openai_server.say(openai_server.answer("A replacement.", usage=(1500, 250)))
    with open_door(home, openai_server.environment(COUNTERSIGN_MODEL_PRICES="scripted=1/1")) as assistant:
        return assistant.send("what does the customer want in ticket TCK-0001?", as_user=MARA, thread="dear")


def test_everybody_sees_their_own_and_auditors_all(cli: Cli, asked: Turn) -> None:
    """What others cost is nobody's business but the auditor's; the sums must be those that were booked."""
    shown = cli("usage", user="olga.reis")
    assert shown.exit_code == 0, shown.stderr
    assert "1.750000 EUR" in shown.stdout
    (case,) = json.loads(cli("usage", "--by", "case", "--json", user=MARA).stdout)
    assert (case["subject"], case["spent_micros"], case["reserved_micros"]) == (asked.thread, 1_750_000, 0)
    assert json.loads(cli("usage", "--by", "team", "--json", user=MARA).stdout) == []
    assert {item["subject"] for item in json.loads(cli("usage", "--by", "team", "--json", user="olga.reis").stdout)}
    assert "Nothing was spent that you may see" in cli("usage", "--by", "user", user="karl.weiss").stdout
    assert "Invalid value" in cli("usage", "--by", "weekday", user=MARA).stderr
