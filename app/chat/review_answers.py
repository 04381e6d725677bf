"""This module gives a reviewer's answer and tells what came of it, but not what the requester's conversation says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from ...policies.review import in_doubt
from ...policies.review.review import Review, ReviewState
from ...policies.review.wording import format_review_state, format_signers
from ..access.caller import Caller
from ..access.data_folder import open_assistant_for
from ..access.inbox import find_answerable_id, find_review
from ..access.unmasking import unmask_record
from ..terminal.console import print_text, write_json
from ..views.review_view import serialize_review
from ..views.value_view import describe_changes

if TYPE_CHECKING:
    from ...graphs.assistant.session import Turn
    from ...graphs.assistant.sync import Assistant

_ENDS = {
    "effect.succeeded": "done",
    "effect.failed": "failed",
    "effect.in_doubt": "not certain",
    "tool.result": "answered",
    "tool.refused": "refused",
}


def answer_reviews(
    caller: Caller,
    who: str,
    review_ids: Sequence[str],
    decision: str,
    *,
    message: str = "",
    args: Mapping[str, Any] | None = None,
    to: str = "",
) -> None:
    """Gives one answer to one review or to several on the command line, each signed by itself.

    Args:
        review_ids: all of them are looked up before the first is signed, so that a slip of the pen signs nothing.
        decision: this and what follows as for ``Assistant.answer``.

    Raises:
        BadInput: no such review, already closed, or the answer is incomplete.
        NotAllowed: this user may not answer it; those before it are signed.
    """
    with open_assistant_for(caller) as assistant:
        reader, reviews = assistant.principal(who), assistant.core.services.reviews
        for given in review_ids[1:] and review_ids:
            if (ended := find_review(reviews, reader, given)).state is not ReviewState.OPEN:
                raise BadInput(f"{ended.review_id} is {ended.state} already; leave it out. None of them was signed.")
        found = dict.fromkeys(find_answerable_id(reviews, reader, review_id) for review_id in review_ids)
        records = []
        for review_id in found:
            turn = assistant.answer(review_id, decision, as_user=who, message=message, args=args, to=to)
            after = reviews.get(review_id)
            if caller.as_json:
                records.append(_record(assistant, after, turn, reader))
            else:
                for line in describe_answer(assistant, after, turn):
                    print_text(line)
        if caller.as_json:
            write_json(records[0] if len(review_ids) == 1 else records)


def _record(assistant: "Assistant", review: Review, turn: "Turn | None", reader: Principal) -> Any:
    state = str(turn.state) if turn else None
    outcome = {"run": review.proposal.run, "run_state": state, "results": list_results(assistant, review)}
    record = serialize_review(review, reader, datetime.now(UTC)) | outcome
    return unmask_record(assistant.core.services.masker, reader, record)


def describe_answer(assistant: "Assistant", review: Review, turn: "Turn | None") -> list[str]:
    """What became of a review after an answer, line by line."""
    last = review.signatures[-1] if review.signatures else None
    if review.state is ReviewState.OPEN:
        did = f"{last.to} is asked now" if last is not None and last.to else "signed"
        return [f"{review.review_id}: {did}. Still needs {format_signers(review)}."]
    lines = [f"{review.review_id} is {format_review_state(review.state)}."]
    if review.edited_args is not None:
        lines += [f"  {change}" for change in describe_changes(review.proposal.args, review.edited_args)]
    lines += [
        f"  {result['tool']}: {result['status']}{_format_cause(result)}" for result in list_results(assistant, review)
    ]
    if turn is None:
        lines.append("  Another process goes on with the work.")
    elif review.state is ReviewState.CHANGES and turn.state == "done":
        lines.append(f"  {review.requester} is asked what to change; nothing was run.")
    else:
        own = {item.review_id for item in turn.pending} - {review.review_id}
        lines.append(f"  The work of {review.requester} is {turn.state}{_format_pending(own)}.")
    return lines


def list_results(assistant: "Assistant", review: Review) -> list[dict[str, str]]:
    """What ran, or was refused, under this review, from the audit log."""
    proposal = review.proposal
    doubt = proposal.tool == in_doubt.SETTLE_TOOL
    digest, tool = (proposal.args["effect"], proposal.args["tool"]) if doubt else (proposal.digest, proposal.tool)
    found = []
    for record in assistant.core.services.audit.records(tenant=proposal.tenant, run=proposal.run):
        if record.kind in _ENDS and record.data.get("digest") == digest:
            message = str(record.data.get("message", ""))
            found.append({"tool": str(tool), "status": _ENDS[record.kind], "message": message})
    return found[-1:] if doubt else found


def _format_cause(result: Mapping[str, str]) -> str:
    return f" ({result['message']})" if result["message"] else ""


def _format_pending(reviews: set[str]) -> str:
    return f", for {', '.join(sorted(reviews))}" if reviews else ""
