"""This graph, named in ``langgraph.json``, is one more door, for clients that speak LangGraph's protocol.

What it is: the same graph with the same registry, policy, reviews and log, on the data folder of ``COUNTERSIGN_HOME``,
inside a thin graph that takes the identity from the server and nothing of it from the client. What it is not: a server.
LangGraph's own does the HTTP, the authentication and the checkpoints; it is not part of this package, and this file is
tested against the graph interface that it calls, not against it. Four things follow:

- An authentication handler must be configured (``"auth"`` in ``langgraph.json``) whose ``identity`` is a user id of
  the directory. A run without one is refused.
- A run that waits is answered by ``Command(resume=...)`` of a reviewer who is logged in as themselves, or by any other
  door (``countersign reviews approve``); the server's thread then goes on when it is resumed with anything.
- The server's own checkpoints are not sealed by this program. What they can say is not believed: the run's message is
  the recorded one, and no effect happens without a decision and a grant that the log bears out.
- Databases are used from the event loop, which the development server reports unless it is told to allow blocking.
"""

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict
from weakref import WeakKeyDictionary

from ..policies.errors import BadInput, NotAllowed, Tampered

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph

    from ..graphs.assistant.session import AsyncAssistant
    from ..graphs.runtime.run import Run
    from ..graphs.runtime.services import Services

USER_KEY = "langgraph_auth_user"
_timers: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]" = WeakKeyDictionary()


class ServerFile(TypedDict):
    """A text brought along."""

    name: str
    text: str


class ServerMessage(TypedDict, total=False):
    """What a client sends: ``text``, and perhaps ``files``."""

    text: str
    files: list[ServerFile]


class ServerReply(TypedDict, total=False):
    """What a client gets."""

    reply: str
    citations: list[str]
    status: str


class ServerTurn(ServerMessage, ServerReply, total=False):
    """The state of the thin graph; ``run`` points at the record that says whose turn it is."""

    run: str


async def graph(_config: "RunnableConfig") -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The graph for one call of the server; the assistant behind it is opened once, at the first, and keeps time.

    Raises:
        CountersignError: the data folder or a policy pack cannot be used.
    """
    assistant = await asyncio.to_thread(_assistant)
    loop = asyncio.get_running_loop()
    if loop not in _timers:
        from ..graphs.assistant.clock import keep_time

        _timers[loop] = loop.create_task(keep_time(assistant))
    return build_server_graph(assistant)


def build_server_graph(assistant: "AsyncAssistant") -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The thin graph around an assistant, without a checkpointer: the server brings its own."""
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph import END, START, StateGraph

    services = assistant.services
    inner = assistant.graph.builder.compile(name="assistant")

    async def receive(state: ServerTurn, config: RunnableConfig) -> dict[str, Any]:
        """Keeps the message as the authenticated user's, before anything is done."""
        return {"run": _begin(services, state, config), "files": [], "reply": "", "citations": [], "status": ""}

    async def work(state: ServerTurn, config: RunnableConfig) -> dict[str, Any]:
        """The whole assistant; nothing with an effect stands before it, because a resume runs this from its start."""
        return await _work(services, inner, state, config)

    builder: Any = StateGraph(ServerTurn, input_schema=ServerMessage, output_schema=ServerReply)
    builder.add_node("receive", receive)
    builder.add_node("work", work)
    builder.add_edge(START, "receive")
    builder.add_edge("receive", "work")
    builder.add_edge("work", END)
    compiled: CompiledStateGraph[Any, Any, Any, Any] = builder.compile(name="countersign")
    return compiled


def get_identity(config: "RunnableConfig") -> str:
    """Who the server says is calling.

    The server puts an object there; plain data could have come from a client's own configuration, so it counts for
    nothing.

    Raises:
        NotAllowed: nobody is authenticated.
    """
    user = config.get("configurable", {}).get(USER_KEY)
    found = None if isinstance(user, dict) else getattr(user, "identity", None)
    if not isinstance(found, str) or not found.strip():
        raise NotAllowed(
            "Nobody is authenticated. Configure the server's authentication, with the directory's user ids as identity."
        )
    return found


@cache
def _assistant() -> "AsyncAssistant":
    from ..graphs.assistant.factory import open_assistant
    from ..graphs.settings import Settings

    return open_assistant(Settings.from_env())


def _begin(services: "Services", state: ServerTurn, config: "RunnableConfig") -> str:
    from ..graphs.assistant.intake import accept_message, make_thread_id, validate_message
    from ..policies.domain.principal import require_principal
    from ..tools.extraction.documents import decode_text_document

    principal = require_principal(services.directory, get_identity(config))
    text, thread = validate_message(str(state.get("text", ""))), make_thread_id(principal, _get_server_thread(config))
    files = [decode_text_document(str(file["name"]), str(file["text"]).encode()) for file in state.get("files") or ()]
    said, kept = accept_message(services.masker, services.documents, principal, thread, text, files)
    return services.conversations.begin(principal, thread, said, kept, elsewhere=True).run


async def _work(services: "Services", inner: Any, state: ServerTurn, config: "RunnableConfig") -> dict[str, Any]:
    from langgraph.errors import GraphBubbleUp

    from ..graphs.runtime.run import RunState
    from ..graphs.runtime.services import RunContext
    from ..policies.domain.principal import require_principal

    caller = require_principal(services.directory, get_identity(config))
    run = _find_own_run(services, state, config)
    if caller.tenant != run.tenant:
        raise NotAllowed("This conversation belongs to another organisation.")
    if run.state in (RunState.DONE, RunState.FAILED):
        return _read_kept_reply(services, run)  # another door has brought it to its end meanwhile
    context = RunContext(run.user_id, run.thread, run.run, answering=caller.user_id, asked=run.input.get("asked", ""))
    given = {"text": run.input["text"], "documents": list(run.input["documents"]), "findings": []}
    try:
        values = await inner.ainvoke(given, config, context=context)
    except GraphBubbleUp:
        services.conversations.wait(run)
        raise
    reply = values["reply"]
    data = {"citations": reply["citations"], "findings": values["findings"], "route": values.get("route", {})}
    services.conversations.end(run, RunState.DONE, reply["text"], data, reply["asked"])
    return {"reply": reply["text"], "citations": list(reply["citations"]), "status": reply["status"]}


def _find_own_run(services: "Services", state: ServerTurn, config: "RunnableConfig") -> "Run":
    """The run of this turn from its record; a state that was tampered with points at another thread's and is refused.

    Raises:
        Tampered: the record is missing or belongs to another thread of the server.
    """
    run = services.conversations.find_run(state.get("run", ""))
    if run is None or run.thread != f"{run.tenant}/{run.user_id}/{_get_server_thread(config)}":
        raise Tampered("This thread points at work that is not its own; nothing was done. Begin a new thread.")
    return run


def _read_kept_reply(services: "Services", run: "Run") -> dict[str, Any]:
    from ..policies.domain.principal import require_principal

    messages = services.conversations.history(require_principal(services.directory, run.user_id), run.thread)
    said = next((message for message in messages if message.run == run.run and message.role != "user"), None)
    if said is None:
        return {"reply": "", "citations": [], "status": str(run.state)}
    return {"reply": said.text, "citations": list(said.data.get("citations", ())), "status": str(run.state)}


def _get_server_thread(config: "RunnableConfig") -> str:
    found = config.get("configurable", {}).get("thread_id")
    if not found:
        raise BadInput("The run has no thread; create one and send the message to it.")
    return f"server-{found}"
