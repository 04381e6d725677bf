"""Rules are asked at several stages; this module says what is put to them there.

At every stage something is proposed, and ``args`` is what. The stage ``tool`` is where things happen: what no rule
allows there is denied. The others narrow what may come before and after: they are open, but a subject that any allow
rule speaks of is closed to everybody whom none allows (docs/decisions/0009).

| stage | a rule's pattern matches | ``args`` |
|---|---|---|
| ``input`` | ``message`` | ``length``, ``documents`` (how many) |
| ``route`` | the agent (``finance``) or the work (``workflow:refund``) | ``agent``, ``work``, ``how`` |
| ``tool`` | the tool | its arguments |
| ``result`` | the tool | its arguments; ``records.result`` is what it gave |
| ``handoff`` | the agent that takes a conversation over | ``last``, the agent that had it |
| ``memory_write`` | the kind of item | as for ``memory_read``, without ``author``; ``length``, ``special`` |
| ``memory_read`` | the kind of item | ``retention``, ``visibility``, ``provenance``, ``source``, ``author`` |
| ``output`` | ``reply`` | ``length``, ``citations``, ``findings`` (how many), ``status``, ``agents`` |
| ``trigger`` | the door that work came in by (``message``, ``server``) | |

``special`` lists what an item tells of somebody's health, belief, pay and the like; see
:mod:`..filters.detectors.special_categories`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..domain.canonical import canonicalize
from ..domain.decision import Decision
from ..domain.principal import Principal
from ..domain.proposal import Effect, Proposal
from ..domain.stage import Stage
from ..rules.evidence import Facts
from ..rules.policy_set import PolicySet
from .engine import OPEN_DECISION, decide


@dataclass(frozen=True, slots=True)
class StageQuestion:
    """What is put to the rules at a stage other than ``tool``.

    Attributes:
        subject: what a rule's pattern matches; see the table above.
        principal: on whose behalf; ``None`` for nobody known, which is denied.
        values: the ``args`` of the rules; plain data.
        records: what else the rules may read.
        agent: who is at work, when somebody is.
        tainted: whether untrusted text had entered the thread.
    """

    stage: Stage
    subject: str
    principal: Principal | None
    now: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agent: str = ""
    thread: str = ""
    run: str = ""
    tainted: bool = False


def decide_stage(policy: PolicySet, moment: StageQuestion) -> Decision:
    """What the rules of a stage say of a moment: allow, with fields to mask, or deny. It never raises.

    Where no rule of the stage speaks of the subject, nothing is looked at, so that an unused stage costs nothing.
    """
    if not policy.rules_about(moment.subject, moment.stage):
        return OPEN_DECISION
    who = moment.principal
    proposal = Proposal(
        tool=moment.subject,
        version="1",
        arguments=canonicalize(moment.values),
        agent=moment.agent,
        user_id=who.user_id if who else "",
        tenant=who.tenant if who else "",
        thread=moment.thread,
        run=moment.run,
        policy_revision=policy.revision,
        tainted=moment.tainted,
    )
    spec = {"name": moment.subject, "version": "1", "effect": str(Effect.READ), "critical": []}
    return decide(policy, proposal, Facts(who, spec, moment.records, moment.now), moment.stage)
