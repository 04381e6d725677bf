"""Why something was decided: a review, all of a conversation, or what policy would say about a proposal in a file."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.engine.engine import decide
from ...policies.engine.explanation import explain
from ...policies.errors import BadInput
from ...policies.review.review import Review, ReviewState
from ...policies.review.wording import state_words
from ...policies.rules.evidence import LEARNED, Facts
from ..access.inbox import may_judge, one
from ..access.open import Office
from ..access.permissions import require_reader
from ..access.rulebook import rules_kept, tool_views
from .case_words import of_case
from .explained import Explained, decision_of, models_in_words, worded

_LARGEST = 200_000
_FIELDS = ("tool", "args", "user", "agent", "records", "history", "scores", "provenance", "planned", "tainted")


def explanation_of(office: Office, reader: Principal, what: str, audience: str) -> Explained:
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
        return _of_file(office, reader, Path(what), audience)
    try:
        review = one(office.reviews, reader, what)
    except BadInput as unknown:
        if found := of_case(office, reader, what, audience):
            return found
        raise BadInput(f"{unknown} No conversation or run of that name has decisions that you may see.") from None
    return _of_review(office, reader, review, audience)


def _of_review(office: Office, reader: Principal, review: Review, audience: str) -> Explained:
    # The requester is told why; what the rules looked at is for those who sign and those who audit.
    if audience != "user" and not may_judge(review, reader):
        require_reader(reader, f"read the explanation for {audience}s of a review they do not sit on")
    decision = decision_of(review.decision)
    at = datetime.fromisoformat(review.opened_at)
    facts = Facts(office.directory.get(review.requester), _view(review.proposal.tool), review.shown, at)
    policy = rules_kept(office, decision.policy_revision)
    judged = [item.data for item in office.audit.about(review.proposal.digest) if item.kind == "decision"]
    told = (judged[-1].get("models") or {}) if judged else {}
    scores = {name: int(said["percent"]) for name, said in told.items() if "percent" in said}
    facts = replace(facts, scores=scores)
    notes = models_in_words(told) if audience != "user" else ()
    if review.state is not ReviewState.OPEN:
        notes += (f"That was said when it was asked for. Since then: {state_words(review.state)}.",)
    return worded(explain(policy, decision, review.proposal, facts), decision, audience, notes)


def _of_file(office: Office, reader: Principal, path: Path, audience: str) -> Explained:
    given = _read(path)
    user = str(given.get("user") or reader.user_id)
    if user != reader.user_id or audience != "user":
        require_reader(reader, "ask what policy says about others, or how it comes to it")
    principal = office.directory.get(user)
    if principal is None:
        raise BadInput(f"Nobody with the id {user!r} is in the directory. `countersign users` lists everybody.")
    policy = rules_kept(office)
    view = _view(str(given["tool"]))
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
    read = policy.read_about(proposal.tool)
    if missing := sorted(name for name in LEARNED if f"scores.{name}" in read and name not in scores):
        notes += (
            f'Without {missing[0]} among its scores, as if the model were paused; add "scores": {{"{missing[0]}": 5}}.',
        )
    return worded(explain(policy, decision, proposal, facts), decision, audience, notes)


def _read(path: Path) -> dict[str, Any]:
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


def _view(tool: str) -> dict[str, Any] | None:
    return tool_views().get(tool)
