"""These tools recall from memory and the handbooks, and show only what users or systems of record said."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from ....policies.domain.proposal import Effect
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool

MemoryKind = Literal["handbook", "precedent", "outcome", "correction", "note", "document"]
QuestionText = Annotated[str, Field(min_length=1, max_length=1000)]
HitCount = Annotated[int, Field(strict=True, ge=1, le=20)]


class RecallQuestion(Arguments):
    """A question in plain words; ``kinds`` narrows what is looked through."""

    query: QuestionText
    kinds: tuple[MemoryKind, ...] = ()
    limit: HitCount = 6


class Memo(Result):
    """One thing that is remembered; cite it by ``source``, in which it stands at the characters of ``span``."""

    id: str
    text: str
    kind: str
    source: str
    title: str
    author: str
    on: date
    provenance: str
    visibility: str
    span: tuple[int, int] | None
    similarity_percent: int | None


class Memos(Result):
    """What the memory holds on the question, best first."""

    items: list[Memo]


@tool(
    "memory.recall",
    effect=Effect.READ,
    owner="platform",
    system="memory",
    summary="Recall “{query}”",
    erasable=("items.text", "items.title"),
    visible=split_paths(
        "items.id items.text items.kind items.source items.title items.author items.on items.provenance"
    ),
)
def recall_memos(args: RecallQuestion, context: ToolContext) -> Memos:
    """Looks through the shared memory: handbooks, precedents, outcomes, corrections and notes, with sources to cite."""
    found = context.services.memory.recall(context.principal, args.query, kinds=args.kinds, limit=args.limit)
    return Memos(
        items=[
            Memo(
                id=item.id,
                text=item.text,
                kind=item.kind,
                source=item.source,
                title=item.title,
                author=item.author,
                on=item.updated.date(),
                provenance=item.provenance,
                visibility=item.visibility,
                span=item.span,
                similarity_percent=_percent(item.similarity),
            )
            for item in found
        ]
    )


class HandbookQuestion(Arguments):
    """A question about the company's rules, in plain words."""

    query: QuestionText
    limit: HitCount = 4


class HandbookPassage(Result):
    """One section of a handbook; cite it by ``section``, such as support-handbook#3.2."""

    id: str
    section: str
    title: str
    text: str
    span: tuple[int, int] | None
    similarity_percent: int | None


class HandbookPassages(Result):
    """The sections that fit the question, best first."""

    sections: list[HandbookPassage]


@tool(
    "handbook.search",
    effect=Effect.READ,
    owner="platform",
    system="handbooks",
    summary="Look up “{query}”",
    visible=split_paths("sections.section sections.title sections.text"),
)
def search_handbooks(args: HandbookQuestion, context: ToolContext) -> HandbookPassages:
    """Looks up the company's written rules in the handbooks, with the sections to cite."""
    found = context.services.memory.recall(context.principal, args.query, kinds=("handbook",), limit=args.limit)
    return HandbookPassages(
        sections=[
            HandbookPassage(
                id=item.id,
                section=item.source,
                title=item.title,
                text=item.text,
                span=item.span,
                similarity_percent=_percent(item.similarity),
            )
            for item in found
        ]
    )


def _percent(similarity: float | None) -> int | None:
    return None if similarity is None else round(similarity * 100)


TOOLS: tuple[ToolSpec, ...] = (recall_memos, search_handbooks)
