"""A simulation says what policy would answer to a call now, with the real facts; nothing runs or is recorded."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel
from rapidfuzz import process

from ...policies.domain.decision import Decision
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal, Provenance
from ...policies.engine.engine import decide
from ...policies.engine.evidence_record import parse_decision_record
from ...policies.engine.explanation import Explanation, explain_decision
from ...policies.errors import BadInput
from ...policies.rules.evidence import Facts
from ...policies.rules.policy_set import PolicySet
from .proposals import Origin
from .registry import Registry


@dataclass(frozen=True, slots=True)
class Simulation:
    """What policy would say, on what, and why."""

    proposal: Proposal
    decision: Decision
    facts: Facts | None
    explanation: Explanation | None

    def record(self) -> dict[str, Any]:
        """The simulation as plain JSON data."""
        told = self.explanation
        return {
            "tool": self.proposal.tool,
            "user_id": self.proposal.user_id,
            "agent": self.proposal.agent,
            "args": self.proposal.args,
            "decision": self.decision.record(),
            "rules": [
                {"id": rule.id, "reason": rule.reason, "section": rule.section, "values": dict(rule.values)}
                for rule in (told.rules if told else ())
            ],
        }


def simulate_call(
    registry: Registry,
    policy: PolicySet,
    principal: Principal,
    tool: str,
    args: Mapping[str, Any],
    *,
    agent: str = "",
    tainted: bool = False,
    planned: bool = True,
    provenance: Mapping[str, str] | None = None,
    thread: str = "simulation",
    records: Mapping[str, Mapping[str, Any]] | None = None,
) -> Simulation:
    """Decides a call that nobody made.

    Args:
        registry: whose tools load the facts.
        policy: the packs that the registry decides under, for the explanation.
        args: masked already, where packs mask values.
        agent: who would propose it; the tool's owner by default.
        tainted: as if untrusted text had been read before.
        planned: as if the turn's plan had allowed the tool.
        provenance: where each argument would come from; the user by default.
        records: in place of those that the tool would load.

    Raises:
        BadInput: there is no such tool, or the arguments do not fit it.
    """
    spec = registry.specs.get(tool)
    if spec is None:
        raise BadInput(f"There is no tool {tool!r}{_suggest_name(tool, registry.specs)}")
    registry.check(tool, args, principal)
    origin = Origin(principal, agent or spec.owner, thread, "simulation", frozenset({tool} if planned else ()), tainted)
    sources = dict.fromkeys(args, str(Provenance.USER)) | dict(provenance or {})
    proposal = registry.propose(tool, args, origin, sources)
    decision, body = registry.consider(proposal)
    evidence = parse_decision_record({**body, "proposal": proposal.record(), "digest": proposal.digest})
    if records is not None:
        past = evidence.facts.history if evidence else dict.fromkeys(policy.histories, 0)
        facts = Facts(principal, spec.policy_view(), records, datetime.now(UTC), history=past)
        decision = decide(policy, proposal, facts)
        return Simulation(proposal, decision, facts, explain_decision(policy, decision, proposal, facts))
    if evidence is None:  # denied before any rule was asked: its facts could not be loaded
        return Simulation(proposal, decision, None, None)
    told = explain_decision(policy, decision, proposal, evidence.facts)
    return Simulation(proposal, decision, evidence.facts, told)


def parse_argument_words(model: type[BaseModel], words: Iterable[str]) -> dict[str, Any]:
    """``key=value`` words as arguments: text stays text, other fields are read as JSON.

    Raises:
        BadInput: a word is no ``key=value``, or names no argument.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark:
            raise BadInput(f"{word!r} is no argument; write key=value, such as amount_minor=10000.")
        if name not in model.model_fields:
            raise BadInput(f"There is no argument {name!r}{_suggest_name(name, model.model_fields)}")
        if name in found:
            raise BadInput(f"The argument {name} is given twice.")
        found[name] = _parse_value(value, model.model_fields[name].annotation)
    return found


def _parse_value(value: str, annotation: Any) -> Any:
    kinds = {annotation, *get_args(annotation)}
    if str in kinds and not (value == "null" and NoneType in kinds):
        return value
    try:
        found = json.loads(value, parse_float=str)
    except (ValueError, RecursionError):
        return value  # the tool's model says what is wrong with it
    return value if isinstance(found, str) else found


def _suggest_name(word: str, known: Iterable[str]) -> str:
    close = process.extractOne(word, list(known), score_cutoff=60)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(known))}."
