"""This tool reads documents that people attached to the conversation; what they say is untrusted."""

from typing import Annotated

from pydantic import Field

from ....policies.domain.proposal import Effect
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id

MAX_CHARACTERS = 20_000


class DocumentSlice(Arguments):
    """Which characters of which attached document."""

    document_id: Id
    start: Annotated[int, Field(strict=True, ge=0, le=10**9)] = 0
    length: Annotated[int, Field(strict=True, ge=1, le=MAX_CHARACTERS)] = 4000


class DocumentText(Result):
    """A piece of a document: the characters from ``start`` to ``end`` of ``total``."""

    document_id: str
    name: str
    text: str
    start: int
    end: int
    total: int


@tool(
    "documents.read",
    effect=Effect.READ,
    owner="platform",
    system="documents",
    summary="Read {length} characters of {document_id} from {start}",
    untrusted=("name", "text"),
    visible=split_paths("document_id name text start end total"),
)
def read_attachment(args: DocumentSlice, context: ToolContext) -> DocumentText:
    """Reads a piece of a document that was attached to this conversation."""
    found = context.services.documents.get(context.principal, context.thread, args.document_id)
    start = min(args.start, len(found.text))
    piece = found.text[start : start + args.length]
    return DocumentText(
        document_id=found.document_id,
        name=found.name,
        text=piece,
        start=start,
        end=start + len(piece),
        total=len(found.text),
    )


TOOLS: tuple[ToolSpec, ...] = (read_attachment,)
