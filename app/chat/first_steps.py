"""The first steps: what was set up, for whom the assistant speaks, and what is worth typing for that person."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...policies.rules.policy_set import PolicySet
from ...policies.rules.rule import RuleEffect

if TYPE_CHECKING:
    from ...agents.spec import AgentSpec
    from ...graphs.assistant.sync import Assistant
    from ...policies.domain.principal import Principal

MOST_SUGGESTED = 3
_OPEN = (RuleEffect.ALLOW, RuleEffect.REVIEW)


def describe_first_steps(
    assistant: "Assistant", agents: Mapping[str, "AgentSpec"], home: Path, who: str
) -> Iterator[str]:
    """A few lines for somebody who opens a data folder for the first time."""
    services, principal = assistant.core.services, assistant.principal(who)
    company = services.registry.services.records.company()
    policy = services.editions.current
    yield (
        f"Set up in {home.absolute()}: the records of {company.name}, {len(policy.packs)} packs of rules, and a memory "
        "with the handbooks. Delete the folder to begin anew."
    )
    roles = ", ".join(sorted(principal.roles)) or "no role"
    yield (
        f"You speak as {principal.name or who} ({roles}). Another person: --as USER; "
        "`countersign users` lists everybody."
    )
    said = suggest_messages(agents, policy, list(services.registry.specs), principal)
    if said:
        yield "Worth typing: " + ", ".join(f"“{text}”" for text in said)


def suggest_messages(
    agents: Mapping[str, "AgentSpec"], policy: PolicySet, tools: Sequence[str], principal: "Principal"
) -> list[str]:
    """What this person may ask, word for word, from the examples of the agents whose tools they may use most.

    Args:
        tools: the names of all tools.
    """
    usable = {tool for tool in tools if _may_use(policy, tool, principal)}
    shared = {tool for tool in tools if sum(agent.may_propose(tool) for agent in agents.values()) > 1}

    def share(agent: "AgentSpec") -> float:
        own = [tool for tool in tools if agent.may_propose(tool) and tool not in shared]
        return len(usable.intersection(own)) / len(own) if own else 0.0

    ranked = sorted(agents.values(), key=share, reverse=True)
    found = [example for agent in ranked if share(agent) > 0 for example in agent.examples]
    return found[:MOST_SUGGESTED]


def _may_use(policy: PolicySet, tool: str, principal: "Principal") -> bool:
    """Whether some rule lets a person of these roles use a tool, whatever else it asks."""
    about = [ready.rule for ready in policy.rules_about(tool)]
    return any(rule.enforced in _OPEN and (not rule.roles or principal.roles & set(rule.roles)) for rule in about)
