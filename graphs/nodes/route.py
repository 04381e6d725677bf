"""The node finds what the message answers or asks, and which agents take which part of it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from ...agents.models.cost import charge_to
from ...agents.requests.words import SEQUENCE
from ...agents.routing import route as routes
from ...agents.routing.clarification import CHOICE_REASON
from ...agents.routing.rules import find_attachment_kind
from ...agents.spec import AgentSpec
from ...memory.governance.attachments import AttachmentStore
from ...policies.domain.principal import Directory, Principal
from ...tools.extraction.extract import extract_mentions
from ..model_loop.budget import TurnBudgets
from ..runtime.conversations import Conversations
from ..runtime.services import RunContext
from ..state import TurnState, WorkPart
from ..steps import CHANGES, SUGGESTED
from ..workflows.engine.workflow import RequestText, Workflow
from .assistant_replies import AssistantReplies, make_own_reply
from .notes import NOTED, PersonalNotes
from .stage_checks import StageChecks
from .withdrawal import WITHDRAW, Withdrawals

if TYPE_CHECKING:
    from ...agents.routing.router import Router

NEW_TOPIC_CONFIDENCE = 0.8
NEW_TOPIC_WORDS = 4
RULE_WORDS = 3
MOST_TRIES = 2
ATTACHMENT_BEGINS = 600
"""So many characters of a file tell its kind."""
MOST_ANSWER_WORDS = 6
MOST_YES_WORDS = 4
_GIVES_UP = ("cancel", "disagree")
_TALK = ("greeting", "thanks", "help", "request_status", "it_request", "people_request", "out_of_scope")
_WITHDRAWAL = {
    "agents": [],
    "intent": WITHDRAW,
    "playbook": None,
    "how": "rule",
    "confidence": "1.000",
    "reasons": ["the requester takes back a request that waits"],
}
_LIMITED = _WITHDRAWAL | {"intent": "rate_limited", "reasons": ["a rate limit is reached"]}
_NOTE = _WITHDRAWAL | {"intent": NOTED, "reasons": ["the person tells what to remember"]}
_BARE_NUMBER = re.compile(r"#?\d+")


@dataclass(frozen=True, slots=True)
class RoutingResult:
    """Where a message goes.

    Attributes:
        parts: the requests for agents.
        answers: what the assistant says by itself, as findings.
        record: the route as plain data, for the audit log and the caller.
        inputs: what an earlier question had gathered already.
    """

    parts: list[WorkPart]
    answers: list[dict[str, Any]]
    record: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)


def follow_command(
    withdrawals: Withdrawals, checks: StageChecks, notes: PersonalNotes, text: str, context: RunContext
) -> RoutingResult | None:
    """Taking back what waits and telling what to remember, and the wait that a rate limit asks for.

    These come before anything else, so that no judgement of a classifier or a model has part in it.
    """
    taken_back = withdrawals.take_back(text, context)
    if taken_back is not None:
        return RoutingResult([], [taken_back], dict(_WITHDRAWAL))
    if must_wait := checks.check_limits(context):
        return RoutingResult([], [make_own_reply(must_wait, "stopped")], dict(_LIMITED))
    noted = notes.note_down(text, context)
    return None if noted is None else RoutingResult([], [noted], dict(_NOTE))


@dataclass(frozen=True, slots=True)
class TurnRouting:
    """Tells which agents take which part of a message.

    Attributes:
        router: tells what a message is about.
        conversations: messages and runs.
        documents: uploaded texts.
        directory: who is who.
        today: the business date of the systems of record.
        checks: what the written rules say of the route.
        replies: what is said where no agent takes a part.
        budgets: who pays for a model that is asked.
    """

    router: "Router"
    conversations: Conversations
    documents: AttachmentStore
    directory: Directory
    today: Callable[[], date]
    checks: StageChecks
    replies: AssistantReplies
    budgets: TurnBudgets

    async def route_turn(
        self,
        state: TurnState,
        context: RunContext,
        agents: Mapping[str, AgentSpec],
        workflows: Mapping[str, Workflow],
    ) -> RoutingResult:
        """Rules, then the classifier, then a model, then a question; an open question is answered first."""
        principal = context.principal(self.directory)
        asked: Mapping[str, Any] = json.loads(context.asked) if context.asked else {}
        last = self._last_agent(context, principal)
        with charge_to(self.budgets.make(principal, context)):
            found = await self.router.route(
                state["text"],
                attachment_kind=self._attachment_kind(state, context, principal),
                last_agent=last,
                clarifying=_clarification(asked),
            )
        if "field" in asked and not _is_new_topic(found, asked, state["text"], self.today(), workflows):
            return self._keep_allowed(
                _resume_question(asked, state["text"], found, self.today(), workflows), context, last
            )
        record = _record(found)
        if found.question is not None and found.clarification is not None:
            waiting = {"clarify": _record_clarification(found.clarification)}
            return RoutingResult([], [make_own_reply(found.question, "asks") | {"asked": waiting}], record)
        parts = [self._part(item) for item in found.parts if item.agent is not None]
        answers = [
            self.replies.answer_without_agent(item, context, agents) for item in found.parts if item.agent is None
        ]
        parts, held = self._hold_back(parts, state["text"])
        answers += held
        if not parts and not answers:
            answers = [self.replies.answer_unclear(found)]
        return self._keep_allowed(RoutingResult(parts, answers, record), context, last)

    def _hold_back(self, parts: list[WorkPart], text: str) -> tuple[list[WorkPart], list[dict[str, Any]]]:
        """The parts without those that are to come after an act: the first may wait for people, or be refused."""
        acts = self.router.catalogue.intents
        for number, part in enumerate(parts[1:], 1):
            at = text.find(part["text"])
            later = at > 0 and (SEQUENCE.search(text[:at].lower()) or SEQUENCE.search(part["text"][:12].lower() + " "))
            if later and acts[part["intent"]].acts and any(acts[item["intent"]].acts for item in parts[:number]):
                told = [
                    make_own_reply(
                        f"“{item['text'].strip()}” comes after that, so I have not begun it. Say it again then.", "asks"
                    )
                    for item in parts[number:]
                ]
                return parts[:number], told
        return parts, []

    def _keep_allowed(self, routed: RoutingResult, context: RunContext, last: str | None) -> RoutingResult:
        """The route with the parts that the written rules let go where they are to go."""
        parts, refused = self.checks.check_route(routed.parts, context, routed.record["how"], last)
        return replace(routed, parts=parts, answers=[*routed.answers, *refused]) if refused else routed

    def _part(self, item: routes.RequestPart) -> WorkPart:
        tools = list(self.router.catalogue.intents[item.intent].tools)
        sure = round(item.confidence * 100)
        part = WorkPart(
            agent=item.agent or "",
            intent=item.intent,
            playbook=item.playbook or "",
            text=item.text,
            tools=tools,
            confidence=sure,
        )
        return WorkPart({**part, "chosen": True}) if item.reason == CHOICE_REASON else part

    def _attachment_kind(self, state: TurnState, context: RunContext, principal: Principal) -> str | None:
        """The kind of the attached text, by how it begins."""
        if not state.get("documents"):
            return None
        text = self.documents.get(principal, context.thread, state["documents"][0]).text
        return find_attachment_kind(text[:ATTACHMENT_BEGINS], self.router.rules)

    def _last_agent(self, context: RunContext, principal: Principal) -> str | None:
        for message in reversed(self.conversations.history(principal, context.thread, limit=3)):
            if message.role == "assistant":
                agents = message.data.get("route", {}).get("agents", [])
                return str(agents[-1]) if agents else None
        return None


def _resume_question(
    asked: Mapping[str, Any], text: str, found: routes.Route, today: date, workflows: Mapping[str, Workflow]
) -> RoutingResult:
    """The message as the answer to what was asked, or as giving up on it."""
    record = _record(found) | {"how": "answer", "to": asked["field"]}
    if found.intent in _GIVES_UP and not _answers(asked, text, today, workflows):
        return RoutingResult([], [make_own_reply("All right, I dropped it. Nothing was done.")], record)
    part: WorkPart = dict(asked["part"])  # type: ignore[assignment]
    said = _spell_out(asked, text)
    if SUGGESTED in asked["inputs"] and found.intent == "agree" and len(said.split()) <= MOST_YES_WORDS:
        said = str(asked["inputs"][SUGGESTED])
    workflow = workflows.get(part["playbook"])
    # A change may be of anything that was known; an answer is of the one thing that was not.
    changed = dict(workflow.fill(RequestText(said, "", (), today))) if workflow else {}
    if workflow and asked["field"] != CHANGES:
        telling = (asked["field"], *workflow.answers.get(asked["field"], ()))
        changed = {name: value for name, value in changed.items() if name in telling}
    part["text"] = said if part["playbook"] else f"{part['text']}\n{said}"
    part["tries"] = part.get("tries", 0) + 1
    return RoutingResult([part], [], record, {**asked["inputs"], **changed})


def _is_new_topic(
    found: routes.Route, asked: Mapping[str, Any], text: str, today: date, workflows: Mapping[str, Workflow]
) -> bool:
    """Whether the message is a request of its own and no answer to what was asked.

    It is when it names another record, reads clearly as a request, does not say what was asked, or when two answers
    did not help already: a question must never hold a conversation.
    """
    if _names_other_record(asked["inputs"], text):
        return True
    changes = asked["field"] == CHANGES
    if changes and found.intent == asked["part"]["intent"]:
        return False
    if _answers(asked, text, today, workflows):
        return False
    if found.intent in _GIVES_UP or _BARE_NUMBER.fullmatch(text.strip()):
        return False
    words = len(text.split())
    if found.how == "rule" and words >= RULE_WORDS:
        return True
    if found.how == "classifier" and found.confidence >= NEW_TOPIC_CONFIDENCE and words > NEW_TOPIC_WORDS:
        return True
    workflow = workflows.get(asked["part"]["playbook"])
    if workflow is None or changes:
        return found.intent in _TALK or asked["part"].get("tries", 0) >= MOST_TRIES
    filled = workflow.fill(RequestText(_spell_out(asked, text), "", (), today))
    return filled.get(asked["field"]) is None


def _answers(asked: Mapping[str, Any], text: str, today: date, workflows: Mapping[str, Workflow]) -> bool:
    """Whether a short message says what a workflow asked for, in one way or another."""
    workflow = workflows.get(asked["part"]["playbook"])
    if workflow is None or asked["field"] == CHANGES or len(text.split()) > MOST_ANSWER_WORDS:
        return False
    filled = workflow.fill(RequestText(_spell_out(asked, text), "", (), today))
    return any(filled.get(name) for name in (asked["field"], *workflow.answers.get(asked["field"], ())))


def _spell_out(asked: Mapping[str, Any], text: str) -> str:
    """The message, with a bare number read as what was asked for."""
    said = text.strip()
    return f"{asked['field'].removesuffix('_id')} {said.lstrip('#')}" if _BARE_NUMBER.fullmatch(said) else said


def _names_other_record(known: Mapping[str, Any], text: str) -> bool:
    """Whether the message names another record than the one the question was about."""
    said = extract_mentions(text)
    return any(
        name.endswith("_id") and (ids := said.ids_of(name.removesuffix("_id"))) and value not in ids
        for name, value in known.items()
    )


def _clarification(asked: Mapping[str, Any]) -> routes.Clarification | None:
    if "clarify" not in asked:
        return None
    kept = asked["clarify"]
    settled = tuple(routes.RequestPart(**{**item, "confidence": float(item["confidence"])}) for item in kept["settled"])
    return routes.Clarification(kept["text"], tuple(kept["candidates"]), settled)


def _record_clarification(open_question: routes.Clarification) -> dict[str, Any]:
    """The question as plain data; a conversation keeps no binary numbers."""
    record = asdict(open_question)
    record["settled"] = [{**item, "confidence": f"{item['confidence']:.4f}"} for item in record["settled"]]
    return record


def _record(found: routes.Route) -> dict[str, Any]:
    chosen = next((item.intent for item in found.parts if item.reason == CHOICE_REASON), None)
    return {
        "agents": list(found.agents),
        "intent": found.intent,
        "playbook": found.playbook,
        "how": found.how,
        "confidence": f"{found.confidence:.3f}",
        "reasons": list(found.reasons),
        **({"chosen": chosen} if chosen else {}),
    }
