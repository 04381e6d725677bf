"""The assistant as a LangGraph graph: ``from countersign.graphs import Assistant``.

Callers need ``Assistant`` or ``AsyncAssistant`` and ``settings``. ``state`` is what a run keeps, and ``steps`` what a
step of work can say next. The packages, from the ground up:

- ``runtime/``: runs, conversations and checkpoints, and driving a run until it ends or waits.
- ``language/``: values in words, and values in a person's words.
- ``gate/``: decide, review and act, the only way to a tool inside the graph.
- ``workflows/``: steps that people defined: contract review, invoice exception and refund.
- ``handlers/``: one look-up or one act without a model, by department.
- ``extensions/``: what a department brings, found, checked and put together.
- ``departments/``: the extensions that ship.
- ``model_loop/``: lets a model propose calls, and checks its reply.
- ``nodes/``: the nodes around the agents, such as routing, reply and remembering.
- ``assistant/``: the graph on one page, and the assistant as callers use it.
"""

from typing import TYPE_CHECKING

from ..policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .assistant.factory import open_assistant as open_assistant
    from .assistant.session import AsyncAssistant as AsyncAssistant
    from .assistant.session import Progress as Progress
    from .assistant.session import Turn as Turn
    from .assistant.sync import Assistant as Assistant
    from .settings import CHECKPOINTS as CHECKPOINTS
    from .settings import Settings as Settings
    from .state import AgentResult as AgentResult
    from .state import QueuedProposal as QueuedProposal
    from .state import TurnState as TurnState
    from .state import UnavailableCall as UnavailableCall
    from .state import Work as Work
    from .state import WorkPart as WorkPart
    from .steps import CHANGES as CHANGES
    from .steps import SUGGESTED as SUGGESTED
    from .steps import Ask as Ask
    from .steps import Call as Call
    from .steps import Calls as Calls
    from .steps import Compensation as Compensation
    from .steps import Finish as Finish
    from .steps import StepContext as StepContext
    from .steps import StepResult as StepResult
    from .steps import WorkflowStep as WorkflowStep

__getattr__ = export_lazily(
    __name__,
    {
        "assistant.factory": "open_assistant",
        "assistant.session": "AsyncAssistant Progress Turn",
        "assistant.sync": "Assistant",
        "settings": "CHECKPOINTS Settings",
        "state": "AgentResult QueuedProposal TurnState UnavailableCall Work WorkPart",
        "steps": "CHANGES SUGGESTED Ask Call Calls Compensation Finish StepContext StepResult WorkflowStep",
    },
)
