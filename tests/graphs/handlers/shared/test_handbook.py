"""Questions about rules: if this breaks, people are told a rule that does not exist, or none where one is written."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from countersign.graphs import Assistant
from countersign.graphs.handlers.shared.handbook import ENOUGH, answer_from_handbook, ask_handbook, select_sentences
from countersign.graphs.steps import Calls, Finish, StepContext
from countersign.graphs.workflows.engine.handler import HandlerRequest
from countersign.policies.domain.principal import require_principal
from countersign.tools.outcome import Grant, Outcome, Status
from countersign.tools.registry.registry import Origin

QUESTIONS: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "policy_questions.yaml").read_text("utf-8")
)
RIGHT = 0.95
"""Least share of the answerable questions whose section is cited and whose sentence is quoted."""


async def _looked_up(assistant: Assistant, calls: Calls) -> dict[str, Outcome]:
    desk = assistant.core.services
    origin = Origin(require_principal(desk.directory, "olga.reis"), agent="legal", thread="t", run="r")
    outcomes = {}
    for call in calls.calls:
        proposal = desk.registry.propose(call.tool, call.args, origin, call.provenance)
        desk.registry.decide(proposal)
        outcomes[call.key] = await desk.registry.execute(proposal, Grant(proposal.digest))
    return outcomes


def asked(assistant: Assistant, text: str, intent: str) -> Finish:
    """The answer of the handler to one question, with the real memory."""
    request = HandlerRequest(text=text, intent=intent)
    today = assistant.core.services.today()
    calls = ask_handbook(StepContext(request, {}, today))
    assert isinstance(calls, Calls)
    outcomes = asyncio.run(_looked_up(assistant, calls))
    return answer_from_handbook(StepContext(request, outcomes, today))


def test_answerable_questions(assistant: Assistant) -> None:
    """The section must be cited and the deciding words quoted."""
    wrong = []
    answerable = [(intent, item) for intent, items in QUESTIONS.items() if intent != "unanswerable" for item in items]
    assert len(answerable) >= 30
    for intent, item in answerable:
        found = asked(assistant, item["ask"], intent)
        if item["section"] not in found.citations or item["holds"].lower() not in found.text.lower():
            wrong.append((item["ask"], found.citations))
    assert 1 - len(wrong) / len(answerable) >= RIGHT, wrong


@pytest.mark.parametrize("intent", ["support_policy_question", "finance_policy_question", "legal_policy_question"])
def test_unanswerable_questions(assistant: Assistant, intent: str) -> None:
    """An honest "I don't know", whichever department is asked."""
    answered = [
        item["ask"] for item in QUESTIONS["unanswerable"] if asked(assistant, item["ask"], intent).data["answered"]
    ]
    assert not answered


def test_quotes_are_the_handbooks_words(assistant: Assistant) -> None:
    """A quoted sentence must stand in the handbook as it is quoted."""
    from countersign.tools.sample_company.handbook import HANDBOOKS

    whole = " ".join(" ".join(path.read_text("utf-8").split()) for path in HANDBOOKS.glob("*.md"))
    for item in QUESTIONS["legal_policy_question"]:
        found = asked(assistant, item["ask"], "legal_policy_question")
        for quotes in found.data["quotes"].values():
            assert all(quote in whole for quote in quotes), quotes


def test_below_the_threshold_is_not_known() -> None:
    """A section that hardly fits must not be passed off as the rule."""
    section: dict[str, Any] = {
        "section": "it-handbook#3.1",
        "title": "Devices",
        "text": "Keys.",
        "similarity_percent": ENOUGH - 1,
    }
    found = Outcome(Status.SUCCEEDED, "", {"sections": [section]})
    case = StepContext(HandlerRequest(text="which zebra?"), {"handbook": found}, date(2026, 3, 2))
    assert answer_from_handbook(case).text.startswith("I don't know")


def test_the_sentence_with_the_words_asked_for_is_chosen() -> None:
    """Of a long section the sentences about the question are quoted, not its beginning."""
    text = "Something about nothing at all here. " * 14 + "A refund above 100.00 EUR needs a manager."
    assert any("needs a manager" in quote for quote in select_sentences("who signs a refund above 100 EUR", text))
