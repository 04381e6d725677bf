"""This tool reviews a contract from the store or one that was attached: clauses in its own words, and risks."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...contracts.clauses import ClauseFinding
from ...contracts.reader import ContractDate
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id
from ..base.lookup import require_record
from .contract_analysis import ContractAnalysis, examine_contract, examine_contract_text
from .contracts import CONTRACT_FIELDS, load_contract_facts

_ATTACHED = "DOC-"
_SECONDS = 60.0


class ReviewOrder(Arguments):
    """A contract in the store (CON-…) or a document attached to this conversation (DOC-…)."""

    source_id: Id


class ContractParty(Result):
    """A party and what the contract calls it."""

    name: str
    roles: list[str]
    start: int
    end: int


class ContractValue(Result):
    """A word of the contract in its normal form, and where it stands."""

    value: str
    quote: str
    start: int
    end: int


class ContractClause(Result):
    """A clause in the contract's own words: ``quote`` is its characters ``start`` to ``end``."""

    kind: str
    label: str
    quote: str
    start: int
    end: int
    section: str
    confidence_percent: int


class ContractRisk(Result):
    """A rule of the firm that is broken, or a clause that is missing (then without a place)."""

    rule_id: str
    section: str
    level: Literal["low", "medium", "high"]
    kind: str
    quote: str
    start: int | None
    end: int | None
    why: str
    ask: str


class CitationProblem(Result):
    """A reference that leads nowhere, or a defined term that is not clean."""

    kind: str
    text: str
    start: int
    end: int
    why: str


class ContractReview(Result):
    """A contract as it was read; all places count characters in its text.

    ``clauses`` are worded as the firm's readers expect; ``likely`` are what a trained finder takes for clauses of
    kinds that no wording found, for a person to check.
    """

    source_id: str
    title: str
    parties: list[ContractParty]
    agreement_date: date | None
    effective_date: date | None
    expiration_date: date | None
    governing_law: ContractValue | None
    clauses: list[ContractClause]
    likely: list[ContractClause]
    risks: list[ContractRisk]
    high_risks: int
    citations_checked: int
    citations_resolved: int
    citation_problems: list[CitationProblem]
    characters: int


def _facts(args: ReviewOrder, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    if _is_attached(args):
        return {"document": {"document_id": args.source_id}}
    return {"contract": load_contract_facts(context, args.source_id)}


def _is_attached(args: ReviewOrder) -> bool:
    return args.source_id.upper().startswith(_ATTACHED)


@tool(
    "contracts.review",
    effect=Effect.READ,
    owner="legal",
    system="contracts",
    summary="Review contract {source_id}",
    timeout=_SECONDS,
    retries=0,
    facts=_facts,
    untrusted=(
        "title",
        "parties.name",
        "parties.roles",
        "governing_law.quote",
        "clauses.quote",
        "clauses.section",
        "likely.quote",
        "likely.section",
        "risks.quote",
        "citation_problems.text",
        "citation_problems.why",
    ),
    touches={"contract": CONTRACT_FIELDS, "document": {"document_id": "text"}},
    visible=split_paths(
        "source_id title parties.name parties.roles agreement_date effective_date expiration_date "
        "governing_law.value governing_law.quote clauses.kind clauses.label clauses.quote clauses.section "
        "clauses.confidence_percent likely.kind likely.label likely.quote likely.section likely.confidence_percent "
        "risks.rule_id risks.section risks.level risks.kind risks.quote risks.why risks.ask high_risks "
        "citations_checked citations_resolved citation_problems.kind citation_problems.text citation_problems.why "
        "characters"
    ),
)
def review_contract(args: ReviewOrder, context: ToolContext) -> ContractReview:
    """Reads a contract and holds it against the firm's rules (legal-handbook#3.2).

    Gives parties, dates, governing law, clauses quoted word for word with their places, risks by level, what to ask
    the other side for, and references that lead nowhere.
    """
    if _is_attached(args):
        found = context.services.documents.get(context.principal, context.thread, args.source_id)
        if not found.text.strip():
            raise BadInput(f"The document {found.document_id} holds no text; there is nothing to review.")
        return _result(found.document_id, found.text, examine_contract_text(found.text))
    row = require_record(context.services.records, "contract", args.source_id)
    return _result(row["id"], row["text"], examine_contract(row))


def _clause(found: ClauseFinding) -> ContractClause:
    names = ("kind", "label", "quote", "start", "end", "section")
    percent = round(found.confidence * 100)
    return ContractClause(**{name: getattr(found, name) for name in names}, confidence_percent=percent)


def _result(source_id: str, text: str, found: ContractAnalysis) -> ContractReview:
    reading, law = found.reading, found.reading.governing_law
    return ContractReview(
        source_id=source_id,
        title=reading.title.value if reading.title else "",
        parties=[
            ContractParty(name=item.name, roles=list(item.roles), start=item.start, end=item.end)
            for item in reading.parties
        ],
        agreement_date=_day(reading.agreement_date),
        effective_date=_day(reading.effective_date),
        expiration_date=_day(reading.expiration),
        governing_law=ContractValue(value=law.value, quote=text[law.start : law.end], start=law.start, end=law.end)
        if law
        else None,
        clauses=[_clause(item) for item in reading.findings],
        likely=[_clause(item) for item in reading.likely],
        risks=[
            ContractRisk(**{name: getattr(item, name) for name in ContractRisk.model_fields}) for item in found.risks
        ],
        high_risks=found.high_risks,
        citations_checked=found.citations.checked,
        citations_resolved=found.citations.resolved,
        citation_problems=[
            CitationProblem(**{name: getattr(item, name) for name in CitationProblem.model_fields})
            for item in found.citations.issues
        ],
        characters=len(text),
    )


def _day(found: ContractDate | None) -> date | None:
    return found.value if found is not None else None


TOOLS: tuple[ToolSpec, ...] = (review_contract,)
