"""What a person brings, as the assistant keeps it: masked before anything is written down."""

from collections.abc import Iterable
from dataclasses import replace

from ..policies.principal import Principal
from ..tools.reading.documents import Document
from .desk import Desk
from .turn import Turn


def take_in(
    desk: Desk, principal: Principal, thread: str, text: str, documents: Iterable[Document]
) -> tuple[str, list[str]]:
    """The message and the ids of the documents that came with it.

    Raises:
        StorageError: something could not be kept; nothing may be done with it.
    """
    tenant = principal.tenant
    said = desk.veil.mask(tenant, text)
    brought = [desk.veil.mask(tenant, (document.name, document.text)) for document in documents]
    return said, [desk.documents.add(principal, thread, name, content) for name, content in brought]


def shown(desk: Desk, reader: Principal, turn: Turn) -> Turn:
    """A turn as somebody may see it: values that they may see stand where the assistant kept tokens."""
    reply, data = desk.veil.show(reader, (turn.reply, list(turn.data)))
    return replace(turn, reply=reply, data=tuple(data))
