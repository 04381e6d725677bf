"""The collector makes examples of what people answered: settled reviews, chosen readings, and plain statements."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ...policies.audit.chain import AuditRecord
from ...policies.audit.log import AuditLog
from ...policies.domain.principal import Principal
from ...policies.errors import BadInput, CountersignError
from ...policies.review.in_doubt import SETTLE_TOOL
from ...policies.review.pack_change import ADOPT_TOOL
from ...policies.review.review import AnswerType, Review, ReviewState
from ...policies.review.store import ReviewStore
from ...policies.rules.model_scores import ADOPT_MODEL_TOOL
from ..connectors.port import SystemOfRecord
from ..scoring.task import LearningTask, get_learning_task
from .examples import LearningExample

ROUTING = "routing"
_KINDS = {
    ReviewState.APPROVED: "approved",
    ReviewState.REJECTED: "rejected",
    ReviewState.EDITED: "edited",
    ReviewState.ANSWERED: "answered",
    ReviewState.CHANGES: "sent_back",
}
_NOT_WORK = (SETTLE_TOOL, ADOPT_TOOL, ADOPT_MODEL_TOOL)
_CHOSE = "the user chose this reading"


def collect_from_reviews(
    reviews: ReviewStore,
    audit: AuditLog,
    records: SystemOfRecord,
    tasks: Mapping[str, LearningTask],
    tenant: str,
    known: frozenset[str],
    since: str = "",
) -> Iterator[LearningExample]:
    """One example for each review that people ended, by whoever ended it.

    Args:
        tasks: by name, what can be learned of them.
        known: ids of examples that are kept already; their reviews are not looked at again.
        since: ISO time; reviews that were closed before it are left out.
    """
    for review in reviews.find(tenant=tenant, state=None, closed_since=since):
        if review.state not in _KINDS or review.proposal.tool in _NOT_WORK or not review.signatures:
            continue
        example = _make_review_example(review, records, tasks)
        if example.example_id in known:
            continue
        if example.task in tasks and tasks[example.task].decided_values:
            values = _read_recorded_features(audit.records_about(review.proposal.digest), example.task)
            example = replace(example, values=values)
        yield example


def collect_from_routes(
    audit: AuditLog, tenant: str, human_of: Callable[[str], str], since: datetime | None = None
) -> Iterator[LearningExample]:
    """What a user had meant, where the assistant had to ask: a request as it was written, and the intent they chose."""
    asked: dict[str, str] = {}
    for record in audit.records(tenant=tenant, kind="reply", since=since):
        data = record.data.get("data") or {}
        route = data.get("route") or {}
        waiting = asked.pop(record.thread, "")
        intent = route.get("chosen") or (route.get("intent") if (route.get("reasons") or ()) == [_CHOSE] else "")
        if waiting and intent:
            person = str(record.data.get("to", ""))
            yield LearningExample(
                tenant=tenant,
                task=ROUTING,
                case_id=record.run,
                label=str(intent),
                kind="rerouted",
                source=record.run,
                person=person,
                human=human_of(person),
                at=record.at,
                values={"text": waiting},
                subjects=(person,),
            )
        for finding in data.get("findings") or ():
            clarify = (finding.get("asked") or {}).get("clarify") if isinstance(finding, dict) else None
            if clarify:
                asked[record.thread] = str(clarify.get("text", ""))


def make_stated_example(
    records: SystemOfRecord,
    tasks: Mapping[str, LearningTask],
    task: str,
    case_id: str,
    positive: bool,
    who: Principal,
    at: str,
) -> LearningExample:
    """A person's plain word on a case, e.g. that a ticket was not urgent.

    Args:
        tasks: by name, what can be learned.
        case_id: a record of the kind that the task names.

    Raises:
        BadInput: there is no such model or case, or it is not this person's work to say so.
    """
    wanted = get_learning_task(tasks, task)
    if not who.roles & wanted.stated_by:
        raise BadInput(
            f"What {wanted.asks.removeprefix('that ')} is for {' or '.join(sorted(wanted.stated_by))} to say."
        )
    row = records.get(wanted.record, case_id)
    if row is None:
        raise BadInput(f"There is no {wanted.record} {case_id}; the model of {task} needs one.")
    party = str(row.get(wanted.party) or "")
    return LearningExample(
        tenant=who.tenant,
        task=task,
        case_id=str(row["id"]),
        label=str(int(positive)),
        kind="said",
        source=f"said/{at}",
        person=who.user_id,
        human=who.human,
        at=at,
        values=_format_values(wanted.state_case(records, row)),
        subjects=tuple(item for item in (party, who.user_id) if item),
    )


def _make_review_example(review: Review, records: SystemOfRecord, tasks: Mapping[str, LearningTask]) -> LearningExample:
    last = next(item for item in reversed(review.signatures) if item.type is not AnswerType.DELEGATE)
    proposal, kind = review.proposal, _KINDS[review.state]
    task, label, case_id = "work", "", ""
    values: Mapping[str, float] = {}
    for name, wanted in tasks.items():
        found = wanted.read_review(proposal.tool, proposal.args, kind, review.message)
        if found is not None:
            task, case_id, label = name, found.case_id, found.label
            values = {} if wanted.decided_values else _load_case(wanted, records, case_id)
            break
    party = _find_party(review, tasks)
    return LearningExample(
        tenant=proposal.tenant,
        task=task,
        case_id=case_id or proposal.digest[:12],
        label=label,
        kind=kind,
        source=review.review_id,
        person=last.user_id,
        human=last.human,
        at=review.closed_at or last.at,
        values=_format_values(values),
        subjects=tuple(item for item in (party, review.requester, last.user_id) if item),
    )


def _find_party(review: Review, tasks: Mapping[str, LearningTask]) -> str:
    """Whom the records of a review are about, as the tasks name them; empty when none does."""
    fields = dict.fromkeys(task.party for task in tasks.values() if task.party)
    shown = [record for record in review.shown.values() if isinstance(record, Mapping)]
    return next((str(record[name]) for name in fields for record in shown if record.get(name)), "")


def _read_recorded_features(found: list[AuditRecord], task: str) -> dict[str, str]:
    """The features as they stood in the decision that people were asked about."""
    for record in reversed(found):
        if record.kind == "decision":
            told = (record.data.get("models") or {}).get(task) or {}
            return {str(name): str(value) for name, value in (told.get("values") or {}).items()}
    return {}


def _load_case(task: LearningTask, records: SystemOfRecord, case_id: str) -> Mapping[str, float]:
    try:
        return task.load_case(records, case_id) or {}
    except CountersignError:
        return {}


def _format_values(values: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{value:.10g}" for name, value in values.items()}
