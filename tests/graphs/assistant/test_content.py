"""What an assistant can do is a value whose parts fit; whoever leaves one out is told before anybody asks for it."""

from dataclasses import replace

import pytest
from countersign.graphs.assistant.content import check_content
from countersign.graphs.assistant.default_content import load_default_content
from countersign.policies.errors import BadInput


def test_what_ships_fits() -> None:
    """A release could name a workflow that nobody wrote."""
    check_content(load_default_content())


def test_an_intent_of_an_agent_that_is_not_there_is_refused() -> None:
    """A message would be sent to an agent that does not exist, and its run would fail in front of a person."""
    shipped = load_default_content()
    agents = {name: spec for name, spec in shipped.agents.items() if name != "support"}
    with pytest.raises(BadInput, match="belongs to 'support', but there is no such agent; there are legal, finance"):
        check_content(replace(shipped, agents=agents))


def test_an_intent_of_a_workflow_that_is_not_there_is_refused() -> None:
    """The request would fall to whatever else there is, and nobody would know that a workflow is missing."""
    shipped = load_default_content()
    workflows = {name: book for name, book in shipped.workflows.items() if name != "refund"}
    with pytest.raises(BadInput, match="intent 'refund' names the playbook 'refund', which does not exist"):
        check_content(replace(shipped, workflows=workflows))


def test_an_agent_that_names_no_workflow_of_the_content_is_refused() -> None:
    """Its graph could not be made, and the reason would be a stack trace."""
    shipped = load_default_content()
    rogue = replace(shipped.agents["legal"], workflows=("no_such",))
    with pytest.raises(BadInput, match="agent 'legal' names the playbook 'no_such'"):
        check_content(replace(shipped, agents={**shipped.agents, "legal": rogue}))
