"""Every decision of one conversation or one run, in words: the story of a case for whoever has to answer for it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...policies.audit.chain import Record
from ...policies.domain.canonical import canonical
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.engine.evidence_record import evidence_of
from ...policies.engine.explanation import explain
from ...policies.errors import BadInput, NotAllowed
from ...policies.rules.evidence import Facts
from ...policies.rules.policy_set import PolicySet
from ..access.audit_reader import records_for
from ..access.open import Office
from ..access.permissions import require_reader
from ..access.rulebook import rules_kept
from .explained import Explained, decision_of, models_in_words, worded

_KINDS = ("decision", "stage")
_ONLY_RECORDED = "An older record, without who asked with which rights; only what was written down is shown."


def of_case(office: Office, reader: Principal, what: str, audience: str) -> Explained | None:
    """All decisions of a conversation, or of a run, oldest first; ``None`` when there are none the reader may see.

    Args:
        what: the name of a conversation, one's own by its short name; or the id of a run.
        audience: ``auditor``, ``compliance`` or ``user``.

    Raises:
        NotAllowed: the conversation is somebody else's, or the detail is not for this reader.
    """
    found = list(_decisions(office, reader, what))
    if not found:
        return None
    if audience != "user":
        require_reader(reader, f"read the explanation for {audience}s of a whole conversation")
    packs: dict[str, PolicySet] = {}
    told, lines, notes = [], [], dict[str, None]()
    for record in found:
        revision = str(record.data["policy_revision"])
        if revision not in packs:
            packs[revision] = rules_kept(office, revision)
        one, subject = _worded(packs[revision], record, audience)
        notes.update(dict.fromkeys(one.notes))
        told.append({"seq": record.seq, "at": record.at, "run": record.run, "subject": subject, **one.record})
        lines.append(f"{record.at[:19]}  {subject}: {one.record['verdict']}\n{_indented(one.text)}")
    count = f"{len(found)} decision{'s' if len(found) > 1 else ''} in {found[0].thread}"
    return Explained(
        "\n\n".join([count, *lines]),
        tuple(notes),
        {"thread": found[0].thread, "for": audience, "decisions": told, "notes": list(notes)},
    )


def _decisions(office: Office, reader: Principal, what: str) -> Iterator[Record]:
    """The records of decisions, by the name of the conversation or else by the run, as far as the reader may see."""
    found: list[Record] = []
    refused: NotAllowed | None = None
    for name in ("thread", "run"):
        try:
            found = [
                record for kind in _KINDS for record in records_for(office.audit, reader, kind=kind, **{name: what})
            ]
        except NotAllowed as error:
            refused = error
        if found:
            break
    if not found and refused:
        raise refused
    yield from sorted(found, key=lambda record: record.seq)


def _worded(policy: PolicySet, record: Record, audience: str) -> tuple[Explained, str]:
    body = record.data
    decision = decision_of(body)
    if record.kind == "stage":
        proposal, facts = _moment(record, body)
        return worded(explain(policy, decision, proposal, facts), decision, audience, ()), (
            f"{body['stage']} {body['subject']}"
        )
    proposal = Proposal.from_record(body["proposal"])
    try:
        evidence = evidence_of(body)
    except BadInput:
        evidence = None
    facts = (
        evidence.facts if evidence else Facts(None, None, body.get("records") or {}, datetime.fromisoformat(record.at))
    )
    notes: tuple[str, ...] = () if evidence or _before_rules(decision.rules) else (_ONLY_RECORDED,)
    notes += models_in_words(body.get("models") or {}) if audience != "user" else ()
    return worded(explain(policy, decision, proposal, facts), decision, audience, notes), proposal.tool


def _moment(record: Record, body: dict[str, Any]) -> tuple[Proposal, Facts]:
    """What was asked at another stage than the tool's, as far as it was written down."""
    proposal = Proposal(
        tool=str(body["subject"]),
        version="1",
        arguments=canonical(body.get("args") or {}),
        agent=str(body["stage"]),
        user_id=record.actor.removeprefix("user:"),
        tenant=record.tenant,
        thread=record.thread,
        run=record.run,
        policy_revision=str(body["policy_revision"]),
    )
    return proposal, Facts(None, None, {}, datetime.fromisoformat(record.at))


def _before_rules(rules: tuple[str, ...]) -> bool:
    return all(rule.startswith("builtin.") for rule in rules)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
