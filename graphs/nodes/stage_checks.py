"""Rules are asked at the stages around the tool's: what comes in, where it goes, who takes over, what goes out."""

from dataclasses import dataclass
from typing import Any

from ...policies.domain.decision import Verdict
from ...policies.domain.principal import Directory
from ...policies.domain.stage import Stage
from ...policies.rules.rate_limit import LimitSubject
from ...tools.registry.registry import Registry
from ..runtime.services import RunContext
from ..state import TurnState, WorkPart
from . import assistant_replies

WITHHELD = "The reply is not shown."


@dataclass(frozen=True, slots=True)
class StageChecks:
    """Asks the written rules and the rate limits at each stage.

    Attributes:
        registry: has the guard of the stages and the rate limits.
        directory: who is who.
    """

    registry: Registry
    directory: Directory

    def check_input(self, state: TurnState, context: RunContext) -> str:
        """Why a message is not worked on, in plain words; empty when it is."""
        channel = "server" if context.answering else "message"
        if why := self._refusal(context, Stage.TRIGGER, channel, {}):
            return why
        values = {"length": len(state["text"]), "documents": len(state.get("documents", ()))}
        return self._refusal(context, Stage.INPUT, "message", values)

    def check_limits(
        self,
        context: RunContext,
        counted: LimitSubject = LimitSubject.MESSAGE,
        name: str = "",
        place: int = 0,
    ) -> str:
        """Why a message or a workflow must wait, by the rate limits, in plain words; empty when there is room.

        Args:
            name: of the workflow.
            place: of the request in its message; two requests for one workflow are two starts.
        """
        if self.registry.rates is None:
            return ""
        who, mark = context.principal(self.directory), f"{context.run} {place} {name}"
        return self.registry.rates.refusal(counted, name, who, mark, thread=context.thread, run=context.run)[1]

    def check_route(
        self, parts: list[WorkPart], context: RunContext, how: str, last: str | None
    ) -> tuple[list[WorkPart], list[dict[str, Any]]]:
        """The parts that may go where they are to go, and for each of the others a finding that says why not.

        Args:
            how: what settled the route, such as ``rule``.
            last: the agent that had the conversation so far.
        """
        kept: list[WorkPart] = []
        refused = []
        for place, part in enumerate(parts):
            agent = part["agent"]
            work = f"playbook:{part['playbook']}" if part["playbook"] else f"request:{part['intent']}"
            values = {"agent": agent, "work": work, "how": how}
            why = self._refusal(context, Stage.ROUTE, agent, values, agent) or self._refusal(
                context, Stage.ROUTE, work, values, agent
            )
            if not why and last not in (None, agent):
                why = self._refusal(context, Stage.HANDOFF, agent, {"last": last}, agent)
            if not why and part["playbook"] and how != "answer":
                why = self.check_limits(context, LimitSubject.PLAYBOOK, part["playbook"], place)
            if why:
                refused.append(assistant_replies.make_own_reply(why, "stopped"))
            else:
                kept.append(part)
        return kept, refused

    def check_output(self, reply: dict[str, Any], state: TurnState, context: RunContext) -> dict[str, Any]:
        """The reply, or in its place why it is not shown. An open question is dropped with it."""
        findings = state.get("findings", [])
        values = {
            "length": len(reply["text"]),
            "citations": len(reply["citations"]),
            "findings": len(findings),
            "status": reply["status"],
            "agents": sorted({found["agent"] for found in findings}),
        }
        why = self._refusal(context, Stage.OUTPUT, "reply", values)
        return {"text": f"{WITHHELD} {why}", "citations": [], "status": "stopped", "asked": ""} if why else reply

    def _refusal(self, context: RunContext, stage: Stage, subject: str, values: dict[str, Any], agent: str = "") -> str:
        decision = self.registry.stages.ask(
            stage,
            subject,
            context.principal(self.directory),
            values,
            agent=agent,
            thread=context.thread,
            run=context.run,
            tainted=context.tainted,
        )
        return " ".join(decision.reasons) if decision.verdict is Verdict.DENY else ""
