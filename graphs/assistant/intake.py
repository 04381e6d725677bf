"""Intake keeps what a person brings, masked before anything is written down."""

from collections.abc import Iterable
from dataclasses import replace

from ...memory.governance.attachments import AttachmentStore
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from ...policies.filters.masker import Masker
from ...tools.extraction.documents import TextDocument
from ..runtime.turn import Turn

MAX_MESSAGE, MAX_THREAD = 20_000, 200


def validate_message(text: str) -> str:
    """A person's message without blanks around it.

    Raises:
        BadInput: it is empty or too long.
    """
    said = text.strip()
    if not said:
        raise BadInput("The message is empty; say what you need.")
    if len(said) > MAX_MESSAGE:
        raise BadInput(
            f"The message has {len(said):,} characters; at most {MAX_MESSAGE:,} are read. Bring longer texts as a file."
        )
    return said


def make_thread_id(principal: Principal, thread: str) -> str:
    """The whole name of a person's conversation.

    Raises:
        BadInput: its own name is too long, or has characters that no line shows.
    """
    if len(thread) > MAX_THREAD or not thread.isprintable():
        raise BadInput(
            f"A conversation's name is one line of at most {MAX_THREAD} characters that can be seen. Choose another."
        )
    return f"{principal.tenant}/{principal.user_id}/{thread}"


def accept_message(
    masker: Masker,
    store: AttachmentStore,
    principal: Principal,
    thread: str,
    text: str,
    documents: Iterable[TextDocument],
) -> tuple[str, list[str]]:
    """The message and the ids of the documents that came with it.

    Args:
        store: keeps the documents.
        documents: as the person brought them.

    Raises:
        StorageError: something could not be kept; nothing may be done with it.
    """
    tenant = principal.tenant
    said = masker.mask(tenant, text)
    brought = [masker.mask(tenant, (document.name, document.text)) for document in documents]
    return said, [store.add(principal, thread, name, content) for name, content in brought]


def unmask_turn(masker: Masker, reader: Principal, turn: Turn) -> Turn:
    """A turn as somebody may see it: values that they may see stand where the assistant kept tokens."""
    reply, data = masker.show(reader, (turn.reply, list(turn.data)))
    return replace(turn, reply=reply, data=tuple(data))
