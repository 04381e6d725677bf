"""The assistant: the graph on one page, and the object that callers send messages to.

`session` is the asynchronous assistant and `sync` its synchronous form; `factory` opens one and puts the rooms
together. `graph` holds all nodes and edges, and `agent_graph` what is inside one agent. `default_content` knows what
every installation has. `clock`, `background` and `event_loop` keep work going, `intake` takes
messages in, and `erasure` proves what was forgotten.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .clock import keep_time as keep_time
    from .default_content import load_content as load_content
    from .default_content import open_default_business as open_default_business
    from .erasure import erase_traces as erase_traces
    from .factory import open_assistant as open_assistant
    from .factory import open_checkpoints as open_checkpoints
    from .graph import build_assistant_graph as build_assistant_graph
    from .intake import accept_message as accept_message
    from .intake import make_thread_id as make_thread_id
    from .intake import validate_message as validate_message
    from .session import AsyncAssistant as AsyncAssistant
    from .session import Progress as Progress
    from .session import Turn as Turn
    from .sync import Assistant as Assistant

__getattr__ = export_lazily(
    __name__,
    {
        "clock": "keep_time",
        "default_content": "load_content open_default_business",
        "erasure": "erase_traces",
        "factory": "open_assistant open_checkpoints",
        "graph": "build_assistant_graph",
        "intake": "accept_message make_thread_id validate_message",
        "session": "AsyncAssistant Progress Turn",
        "sync": "Assistant",
    },
)
