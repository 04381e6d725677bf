"""Explanations tell why something was decided: of a review, of a whole conversation or run, or of a proposal in a file.

Decisions are read back from the records of the log and put into words, so that a case can be followed by whoever has to
answer for it; for a proposal in a file, policy is asked now.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...policies.audit.chain import AuditRecord
from ...policies.audit.readers import list_records
from ...policies.domain.canonical import canonicalize
from ...policies.domain.decision import Decision, Expiry, Obligations, Priority, Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.domain.templates import format_money
from ...policies.engine.engine import decide
from ...policies.engine.evidence_record import parse_decision_record
from ...policies.engine.explanation import Explanation, explain_decision
from ...policies.errors import BadInput, NotAllowed
from ...policies.review.review import Review, ReviewState
from ...policies.review.wording import format_review_state
from ...policies.rules.evidence import OWN_SCORES, Facts
from ...policies.rules.policy_set import PolicySet
from ..access.data_folder import DataFolder
from ..access.inbox import find_review, may_judge
from ..access.permissions import require_reader
from ..access.rulebook import load_stored_rules


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """One explanation for one kind of reader, with notes on what it rests on."""

    text: str
    notes: tuple[str, ...]
    record: Mapping[str, Any]


def make_explanation_view(
    words: Explanation, decision: Decision, audience: str, notes: tuple[str, ...]
) -> ExplanationView:
    """An explanation for one reader.

    Args:
        audience: ``auditor``, ``compliance`` or ``user``, who is not told what the rules looked at.
    """
    text = {"auditor": words.auditor, "compliance": words.officer, "user": words.user}[audience]
    record: dict[str, Any] = {"verdict": str(decision.verdict), "for": audience, "text": text, "notes": list(notes)}
    if audience != "user":
        record["rules"] = [
            {
                "id": rule.id,
                "reason": rule.reason,
                "section": rule.section,
                "owner": rule.owner,
                "condition": rule.condition,
                "values": dict(rule.values),
            }
            for rule in words.rules
        ]
    return ExplanationView(text, notes, record)


def describe_model_scores(told: Mapping[str, Any]) -> tuple[str, ...]:
    """What trained models said of a call, as its decision recorded it: the score and what moved it, or why none."""
    found = []
    for name, said in sorted(told.items()):
        if "percent" not in said:
            found.append(
                f"scores.{name} was not given, and people decide: {said.get('paused') or 'the model is paused'}."
            )
            continue
        why = ", ".join(
            f"{part['words']} = {_format_value(part)} ({part['points']:+d})" for part in said["why"] if "words" in part
        )
        version = f"version {said['version']} of the model, {said['digest'][:12]}"
        found.append(f"scores.{name} = {said['percent']} % ({version})" + (f": {why}." if why else "."))
    return tuple(found)


def _format_value(part: Mapping[str, Any]) -> str:
    whole = part["value"].isdecimal() and str(part["feature"]).endswith("_minor")
    return format_money(int(part["value"])) if whole else str(part["value"])


def parse_decision(record: Mapping[str, Any]) -> Decision:
    """The decision that :meth:`countersign.policies.domain.decision.Decision.record` wrote."""
    return Decision(
        verdict=Verdict(record["verdict"]),
        rules=tuple(record["rules"]),
        reasons=tuple(record["reasons"]),
        digest=record["digest"],
        policy_revision=record["policy_revision"],
        sections=tuple(record["sections"]),
        obligations=Obligations(
            seats=tuple(record["seats"]),
            deadline=timedelta(seconds=record["deadline_seconds"]),
            escalate=tuple(record["escalate"]),
            mask=tuple(record["mask"]),
            on_expiry=Expiry(record["on_expiry"]),
            owner=record["owner"],
            priority=Priority(record["priority"]),
            remind=timedelta(seconds=record["remind_seconds"]),
        ),
    )


_KINDS = ("decision", "stage")
_ONLY_RECORDED = "An older record, without who asked with which rights; only what was written down is shown."


def explain_case(data_folder: DataFolder, reader: Principal, what: str, audience: str) -> ExplanationView | None:
    """All decisions of a conversation, or of a run, oldest first; ``None`` when there are none the reader may see.

    Args:
        what: the name of a conversation, one's own by its short name; or the id of a run.
        audience: ``auditor``, ``compliance`` or ``user``.

    Raises:
        NotAllowed: the conversation is somebody else's, or the detail is not for this reader.
    """
    found = list(_decisions(data_folder, reader, what))
    if not found:
        return None
    if audience != "user":
        require_reader(reader, f"read the explanation for {audience}s of a whole conversation")
    packs: dict[str, PolicySet] = {}
    told, lines, notes = [], [], dict[str, None]()
    for record in found:
        revision = str(record.data["policy_revision"])
        if revision not in packs:
            packs[revision] = load_stored_rules(data_folder, revision)
        one, subject = _explain_record(packs[revision], record, audience)
        notes.update(dict.fromkeys(one.notes))
        told.append({"seq": record.seq, "at": record.at, "run": record.run, "subject": subject, **one.record})
        lines.append(f"{record.at[:19]}  {subject}: {one.record['verdict']}\n{_indent_text(one.text)}")
    count = f"{len(found)} decision{'s' if len(found) > 1 else ''} in {found[0].thread}"
    return ExplanationView(
        "\n\n".join([count, *lines]),
        tuple(notes),
        {"thread": found[0].thread, "for": audience, "decisions": told, "notes": list(notes)},
    )


def _decisions(data_folder: DataFolder, reader: Principal, what: str) -> Iterator[AuditRecord]:
    """The records of decisions, by the name of the conversation or else by the run, as far as the reader may see."""
    found: list[AuditRecord] = []
    refused: NotAllowed | None = None
    for name in ("thread", "run"):
        try:
            found = [
                record
                for kind in _KINDS
                for record in list_records(data_folder.audit, reader, kind=kind, **{name: what})
            ]
        except NotAllowed as error:
            refused = error
        if found:
            break
    if not found and refused:
        raise refused
    yield from sorted(found, key=lambda record: record.seq)


def _explain_record(policy: PolicySet, record: AuditRecord, audience: str) -> tuple[ExplanationView, str]:
    body = record.data
    decision = parse_decision(body)
    if record.kind == "stage":
        proposal, facts = _read_stage(record, body)
        return make_explanation_view(explain_decision(policy, decision, proposal, facts), decision, audience, ()), (
            f"{body['stage']} {body['subject']}"
        )
    proposal = Proposal.from_record(body["proposal"])
    try:
        evidence = parse_decision_record(body)
    except BadInput:
        evidence = None
    facts = (
        evidence.facts if evidence else Facts(None, None, body.get("records") or {}, datetime.fromisoformat(record.at))
    )
    notes: tuple[str, ...] = () if evidence or _is_before_rules(decision.rules) else (_ONLY_RECORDED,)
    notes += describe_model_scores(body.get("models") or {}) if audience != "user" else ()
    return make_explanation_view(
        explain_decision(policy, decision, proposal, facts), decision, audience, notes
    ), proposal.tool


def _read_stage(record: AuditRecord, body: dict[str, Any]) -> tuple[Proposal, Facts]:
    """What was asked at another stage than the tool's, as far as it was written down."""
    proposal = Proposal(
        tool=str(body["subject"]),
        version="1",
        arguments=canonicalize(body.get("args") or {}),
        agent=str(body["stage"]),
        user_id=record.actor.removeprefix("user:"),
        tenant=record.tenant,
        thread=record.thread,
        run=record.run,
        policy_revision=str(body["policy_revision"]),
    )
    return proposal, Facts(None, None, {}, datetime.fromisoformat(record.at))


def _is_before_rules(rules: tuple[str, ...]) -> bool:
    return all(rule.startswith("builtin.") for rule in rules)


def _indent_text(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


_LARGEST = 200_000
_FIELDS = ("tool", "args", "user", "agent", "records", "history", "scores", "provenance", "planned", "tainted")


def explain_target(data_folder: DataFolder, reader: Principal, what: str, audience: str) -> ExplanationView:
    """Explains a review by its id, a proposal in a JSON file, or all decisions of a conversation or a run.

    Args:
        audience: ``auditor``, ``compliance`` or ``user``.

    Raises:
        BadInput: nothing is called that, or the file cannot be used.
        NotAllowed: the reader may not see the decision, or not in that detail.
    """
    if not what.strip():
        raise BadInput("There is nothing to explain; name a review, a conversation, a run, or a file with a proposal.")
    if what.endswith(".json") or Path(what).is_file():
        return _explain_file(data_folder, reader, Path(what), audience)
    try:
        review = find_review(data_folder.reviews, reader, what)
    except BadInput as unknown:
        if found := explain_case(data_folder, reader, what, audience):
            return found
        raise BadInput(f"{unknown} No conversation or run of that name has decisions that you may see.") from None
    return _explain_review(data_folder, reader, review, audience)


def _explain_review(data_folder: DataFolder, reader: Principal, review: Review, audience: str) -> ExplanationView:
    # The requester is told why; what the rules looked at is for those who sign and those who audit.
    if audience != "user" and not may_judge(review, reader):
        require_reader(reader, f"read the explanation for {audience}s of a review they do not sit on")
    decision = parse_decision(review.decision)
    at = datetime.fromisoformat(review.opened_at)
    facts = Facts(
        data_folder.directory.get(review.requester),
        data_folder.content.policy_views.get(review.proposal.tool),
        review.shown,
        at,
    )
    policy = load_stored_rules(data_folder, decision.policy_revision)
    judged = [item.data for item in data_folder.audit.records_about(review.proposal.digest) if item.kind == "decision"]
    told = (judged[-1].get("models") or {}) if judged else {}
    scores = {name: int(said["percent"]) for name, said in told.items() if "percent" in said}
    facts = replace(facts, scores=scores)
    notes = describe_model_scores(told) if audience != "user" else ()
    if review.state is not ReviewState.OPEN:
        notes += (f"That was said when it was asked for. Since then: {format_review_state(review.state)}.",)
    return make_explanation_view(explain_decision(policy, decision, review.proposal, facts), decision, audience, notes)


def _explain_file(data_folder: DataFolder, reader: Principal, path: Path, audience: str) -> ExplanationView:
    given = _read_proposal(path)
    user = str(given.get("user") or reader.user_id)
    if user != reader.user_id or audience != "user":
        require_reader(reader, "ask what policy says about others, or how it comes to it")
    principal = data_folder.directory.get(user)
    if principal is None:
        raise BadInput(f"Nobody with the id {user!r} is in the directory. `countersign users` lists everybody.")
    policy = load_stored_rules(data_folder)
    view = data_folder.content.policy_views.get(str(given["tool"]))
    proposal = Proposal.from_record(
        {
            "tool": str(given["tool"]),
            "version": str(view["version"]) if view else "unknown",
            "args": given["args"],
            "agent": str(given.get("agent", "explain")),
            "user_id": user,
            "tenant": principal.tenant,
            "thread": "explain",
            "run": "explain",
            "policy_revision": policy.revision,
            "provenance": dict(given.get("provenance") or dict.fromkeys(given["args"], "user")),
            "planned": bool(given.get("planned", True)),
            "tainted": bool(given.get("tainted", False)),
        }
    )
    # What the file does not tell of the past did not happen, as in the cases of packs.
    past = dict.fromkeys(policy.histories, 0) | (given.get("history") or {})
    scores = given.get("scores") or {}
    facts = Facts(principal, view, given.get("records") or {}, datetime.now(UTC), scores, past)
    decision = decide(policy, proposal, facts)
    notes: tuple[str, ...] = (
        "Nothing was done or recorded; this is what policy would say with the records in the file.",
    )
    asked = {path.split(".")[1] for path in policy.fields_read_about(proposal.tool) if path.startswith("scores.")}
    if missing := sorted(asked - OWN_SCORES - set(scores)):
        notes += (
            f'Without {missing[0]} among its scores, as if the model were paused; add "scores": {{"{missing[0]}": 5}}.',
        )
    return make_explanation_view(explain_decision(policy, decision, proposal, facts), decision, audience, notes)


def _read_proposal(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput(f"{path} is too large for one proposal.")
        given = json.loads(path.read_text("utf-8"), parse_float=_no_float)
    except OSError as error:
        raise BadInput(f"The file {path} cannot be read: {error.strerror}. Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON: {error}") from error
    known = isinstance(given, dict) and isinstance(given.get("tool"), str) and isinstance(given.get("args"), dict)
    if not known:
        raise BadInput(
            f'{path} holds no proposal. Write {{"tool": "refunds.issue", "args": {{...}}, "records": {{...}}}}.'
        )
    if unknown := sorted(set(given) - set(_FIELDS)):
        raise BadInput(f"{path}: {unknown[0]!r} is not known; known are {', '.join(_FIELDS)}.")
    for name in ("records", "history", "scores", "provenance"):
        if not isinstance(given.get(name) or {}, dict):
            raise BadInput(f"{path}: {name} must be a JSON object.")
    if any(not isinstance(record, dict) for record in (given.get("records") or {}).values()):
        raise BadInput(f"{path}: each of the records must be a JSON object.")
    loaded: dict[str, Any] = given
    return loaded


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is a binary float; money is in minor units, other numbers are whole.")
