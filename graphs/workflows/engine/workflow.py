"""A workflow that people defined is a subgraph whose steps are pure functions.

A step looks at its case and says what to do next; the subgraph does it through the gate. So a workflow has no access to
a tool, a model or a database, and can be tested with nothing but values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel

from ....tools.asked_as import AskedAs
from ...steps import WorkflowStep


@dataclass(frozen=True, slots=True)
class RequestText:
    """What the inputs of a workflow are filled from: the message, what the person said before, uploaded documents.

    ``lead`` is the user id of the person's manager, or empty.
    """

    text: str
    earlier: str
    documents: tuple[str, ...]
    today: date
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow with a typed input, a version and an owner.

    Attributes:
        name: also the name of its node.
        input: pydantic model of what it needs.
        fill: finds values for the input's fields in words; it leaves out what it does not find.
        questions: what to ask for a required field that was not found.
        steps: in order, each a function, or a pair of its node's name and the function. Without a name the node is
            called as the function. Checkpoints hold these names, so the name of a step that shipped stays.
        writes: the write tools it may use; the turn's plan.
        ordered: the write that its request orders; without its order the workflow does not begin. Empty for one that
            begins with a look, and proposes what follows from it.
        asked_as: how its work is asked for; a message that orders one of its writes instead does not begin it.
        answered_by: the intents whose handlers answer a question about that act: about the record, and about the rules.
        answers: by the field that was asked for, other fields that answer the question as well.
    """

    name: str
    version: str
    owner: str
    title: str
    input: type[BaseModel]
    fill: Callable[[RequestText], Mapping[str, Any]]
    steps: tuple[WorkflowStep | tuple[str, WorkflowStep], ...]
    questions: Mapping[str, str] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    ordered: str = ""
    asked_as: AskedAs | None = None
    answered_by: tuple[str, str] | None = None
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def named_steps(self) -> tuple[tuple[str, WorkflowStep], ...]:
        """Each step with the name of its node."""
        return tuple(step if isinstance(step, tuple) else (step.__name__, step) for step in self.steps)
