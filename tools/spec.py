"""A tool is a typed function with a spec; its body is out of reach, and only the registry can run it."""

import inspect
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol, cast

from pydantic import BaseModel, ConfigDict

from ..memory.governance.attachments import AttachmentStore, StoredAttachment
from ..memory.memory import Memory
from ..memory.records.items import RecalledItem
from ..policies.domain.principal import Directory, Principal
from ..policies.domain.proposal import Effect
from ..policies.errors import NotAllowed
from .asked_as import AskedAs
from .connectors.port import SystemOfRecord


class Arguments(BaseModel):
    """Base of all argument models: nothing unknown is accepted and nothing can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class Result(BaseModel):
    """Base of all result models: a result that does not fit its model is a failure, not an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MemoryReader:
    """What tools may do with the shared memory: recall, on behalf of a person."""

    __slots__ = ("__memory",)

    def __init__(self, memory: Memory) -> None:
        self.__memory = memory

    def recall(
        self, principal: Principal, query: str, *, kinds: Sequence[str] = (), limit: int = 8
    ) -> list[RecalledItem]:
        """What the memory holds on a question; see :meth:`countersign.memory.memory.Memory.recall`."""
        return self.__memory.recall(principal, query, kinds=kinds, limit=limit)


class DocumentReader:
    """What tools may do with uploaded documents: read one of the conversation, on behalf of a person."""

    __slots__ = ("__documents",)

    def __init__(self, documents: AttachmentStore) -> None:
        self.__documents = documents

    def get(self, principal: Principal, thread: str, document_id: str) -> StoredAttachment:
        """One document of a conversation; see :meth:`.attachments.AttachmentStore.get`."""
        return self.__documents.get(principal, thread, document_id)


@dataclass(frozen=True, slots=True)
class ToolServices:
    """What tools work with: the records of their system, what memory recalls, documents and the directory.

    Each is narrow: no tool, of ours or of an extension, is handed a database, a key or the vault.
    """

    records: SystemOfRecord
    memory: MemoryReader
    documents: DocumentReader
    directory: Directory


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What the registry injects into a tool and no model can see or set.

    Attributes:
        principal: on whose behalf the tool runs.
        services: the systems it may use.
        today: the business date.
        thread: the conversation; documents belong to it.
        key: the idempotency key of this effect; the same for every retry of one grant.
        permit: proof that the registry made this context; valid for one run of one body.
    """

    principal: Principal
    services: ToolServices
    today: date
    thread: str
    key: str
    permit: object = field(repr=False)


class ToolBody(Protocol):
    """A tool's function: arguments and context in, a result model out; plain or async."""

    def __call__(self, args: Any, context: ToolContext, /) -> BaseModel | Awaitable[BaseModel]: ...


FactLoader = Callable[[Any, ToolContext], Mapping[str, Mapping[str, Any]]]
"""Loads the records that a call touches, for policy to judge; called before each decision."""

Reconcile = Callable[[Any, ToolContext], BaseModel | None]
"""Asks the system whether an effect happened: its result; ``None`` when it surely did not; raises when unknown."""

Undo = Callable[[Any, Any], Mapping[str, Any]]
"""The arguments for the undo tool, from the arguments and the result of the call to undo."""


Fallback = Callable[[Any], Mapping[str, Any]]
"""The arguments for the fallback tool, from the arguments of the call that could not be made."""


Assign = Callable[[str, str, str], Mapping[str, Any]]
"""The arguments that give work to a person: from a title, the details, and the user id of who is to do it, if known."""

Fields = Mapping[str, str]
"""The fields of a record: each ``text``, ``number``, ``yes/no`` or ``texts``, with ``?`` when it may be null."""


def split_paths(text: str) -> tuple[str, ...]:
    """Dotted paths that are written one after another, with blanks between them."""
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool.

    Attributes:
        name: dotted, unique in a registry, e.g. ``"refunds.issue"``.
        version: part of every digest; raise it when meaning changes.
        effect: what it does to the world.
        owner: the team that answers for it.
        system: the business system it reaches.
        description: for models and people; the function's docstring.
        arguments: pydantic model of the arguments.
        result: pydantic model of the result.
        summary: template over the arguments for a reviewer, e.g. ``"Refund {amount_minor:money} on {order_id}"``.
        critical: arguments that decide what is done to whom; their provenance matters.
        timeout: seconds one attempt may take.
        retries: how often a transient failure is tried again (reads and idempotent writes only).
        idempotent: the system de-duplicates by ``ToolContext.key``, so repeating is safe.
        facts: loads the records policy judges.
        touches: by name, the records that ``facts`` loads and what is in them; rules are checked against it. Empty when
            there are none, or when they are not known.
        reconcile: asks the system whether an effect happened.
        undo_tool: name of the tool that undoes this one.
        undo: makes the arguments for it.
        fallback_tool: name of the tool that is used instead when the system is not available.
        fallback: makes the arguments for it from the arguments.
        assign: for a tool that gives work to a person: makes its arguments. What could not be taken back is given to
            somebody with it.
        untrusted: dotted result paths holding text that outsiders wrote.
        erasable: dotted result paths holding text that can be erased where it came from; the log keeps a mark of it.
        visible: dotted result paths that an agent's model may see; each stands for all that is below it. What is not
            named is shown to no model, so a tool that names nothing shows nothing. An agent may see less
            (``AgentSpec.narrows``), never more.
        asked_as: how people ask for it in words; a handler's write that says so is made only where it is ordered.
    """

    name: str
    version: str
    effect: Effect
    owner: str
    system: str
    description: str
    arguments: type[BaseModel]
    result: type[BaseModel]
    summary: str
    critical: tuple[str, ...]
    timeout: float
    retries: int
    idempotent: bool
    facts: FactLoader | None
    touches: Mapping[str, Fields] = field(hash=False)
    reconcile: Reconcile | None
    undo_tool: str | None
    undo: Undo | None
    fallback_tool: str | None
    fallback: Fallback | None
    assign: Assign | None
    untrusted: tuple[str, ...]
    erasable: tuple[str, ...]
    visible: tuple[str, ...]
    asked_as: AskedAs | None
    run: ToolBody = field(repr=False)

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.effect is not Effect.READ

    def policy_view(self) -> dict[str, Any]:
        """What rules may see of the tool."""
        return {
            "name": self.name,
            "version": self.version,
            "effect": str(self.effect),
            "owner": self.owner,
            "system": self.system,
            "critical": list(self.critical),
        }


_issued: dict[int, object] = {}
_running: dict[int, object] = {}
"""Permits that were given out, and those whose body runs now; found by identity, because equality can be forged."""


def issue_permit() -> object:
    """A permit for one run of one body. For the registry alone."""
    permit = object()
    _issued[id(permit)] = permit
    return permit


def withdraw_permit(permit: object) -> None:
    """Makes a permit worthless, whether or not it was used."""
    _issued.pop(id(permit), None)


def check_running(context: ToolContext) -> None:
    """For whatever changes a system: refuses when no body runs under this context's permit.

    Raises:
        NotAllowed: the registry did not start the body, or it has ended.
    """
    if id(context.permit) not in _running:
        raise NotAllowed(
            "Nothing is changed outside a tool that the registry runs; call registry.execute with a grant."
        )


@contextmanager
def _claim_permit(name: str, context: ToolContext) -> Iterator[None]:
    """Uses a permit up; the body runs inside."""
    permit = context.permit
    if _issued.pop(id(permit), None) is None:  # one step, so that of two threads with one permit one runs
        raise NotAllowed(f"The tool {name} runs only through the registry; call registry.execute with a grant.")
    _running[id(permit)] = permit
    try:
        yield
    finally:
        del _running[id(permit)]


def tool(
    name: str,
    *,
    effect: Effect,
    owner: str,
    system: str,
    summary: str,
    version: str = "1",
    critical: tuple[str, ...] = (),
    timeout: float = 10.0,
    retries: int = 2,
    idempotent: bool = False,
    facts: FactLoader | None = None,
    touches: Mapping[str, Fields] | None = None,
    reconcile: Reconcile | None = None,
    undo_tool: str | None = None,
    undo: Undo | None = None,
    fallback_tool: str | None = None,
    fallback: Fallback | None = None,
    assign: Assign | None = None,
    untrusted: tuple[str, ...] = (),
    erasable: tuple[str, ...] = (),
    visible: tuple[str, ...] = (),
    asked_as: AskedAs | None = None,
) -> Callable[[Callable[[Any, ToolContext], Any]], ToolSpec]:
    """Makes a function ``(args: Arguments, context: ToolContext) -> Result`` a tool.

    The models are read from the annotations; the docstring becomes the description. What comes back is the spec: the
    function itself can no longer be called without a permit from the registry.

    Raises:
        TypeError: an annotation or the docstring is missing, or an argument is a binary float.
    """

    def register(function: Callable[[Any, ToolContext], Any]) -> ToolSpec:
        arguments, result = _read_models(name, function)
        return ToolSpec(
            name=name,
            version=version,
            effect=effect,
            owner=owner,
            system=system,
            description=inspect.getdoc(function) or "",
            arguments=arguments,
            result=result,
            summary=summary,
            critical=critical,
            timeout=timeout,
            retries=retries,
            idempotent=idempotent,
            facts=facts,
            touches=MappingProxyType(dict(touches or {})),
            reconcile=reconcile,
            undo_tool=undo_tool,
            undo=undo,
            fallback_tool=fallback_tool,
            fallback=fallback,
            assign=assign,
            untrusted=untrusted,
            erasable=erasable,
            visible=visible,
            asked_as=asked_as,
            run=_guard_body(name, function),
        )

    return register


def _guard_body(name: str, function: Callable[[Any, ToolContext], Any]) -> ToolBody:
    if inspect.iscoroutinefunction(function):

        async def run_async(args: Any, context: ToolContext, /) -> BaseModel:
            with _claim_permit(name, context):
                return cast(BaseModel, await function(args, context))

        return run_async

    def run(args: Any, context: ToolContext, /) -> BaseModel:
        with _claim_permit(name, context):
            return cast(BaseModel, function(args, context))

    return run


def _read_models(name: str, function: Callable[..., Any]) -> tuple[type[BaseModel], type[BaseModel]]:
    hints = typing.get_type_hints(function)
    first = next(iter(inspect.signature(function).parameters))
    arguments, result = hints.get(first), hints.get("return")
    for role, model in (("first argument", arguments), ("result", result)):
        if not (inspect.isclass(model) and issubclass(model, BaseModel)):
            raise TypeError(f"Tool {name}: annotate the {role} with a pydantic model.")
    if not inspect.getdoc(function):
        raise TypeError(f"Tool {name}: write a docstring; models and reviewers read it.")
    arguments, result = cast(type[BaseModel], arguments), cast(type[BaseModel], result)
    for field_name, info in arguments.model_fields.items():
        if info.annotation is float:
            raise TypeError(f"Tool {name}: the argument {field_name} is a binary float; use minor units or Decimal.")
    return arguments, result
