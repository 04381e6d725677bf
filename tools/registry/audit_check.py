"""A write is first compared with what the audit log knows of it; nothing runs on records that it does not bear out.

The ledger says that an effect was not begun, a review says that people agreed; both are rows that somebody with access
to the database could change, delete or set back. The log's records about the proposal say how the rows were last
written, and each of these records hangs on the one before it.
"""

from collections.abc import Sequence
from contextlib import suppress

from ...policies.audit.log import AuditLog, AuditRecord
from ...policies.domain.proposal import Proposal
from ...policies.errors import CountersignError, Tampered
from ...policies.review.records import table as reviews
from ..ledger.audit_events import make_call_event
from ..ledger.ledger import table as ledger
from ..outcome import Grant, Outcome, Status

_BEGUN = ("effect.started", "effect.in_doubt", "effect.succeeded")


def check_against_log(audit: AuditLog, proposal: Proposal, grant: Grant) -> Outcome | None:
    """Why a write must not run because of what the log knows, or ``None`` when all fits together.

    One indexed query, and one row each of the ledger and the reviews.

    Returns:
        ``in_doubt`` when the log says that the effect was begun, because it may have happened; else ``denied``.

    Raises:
        StorageError: the log cannot be read.
    """
    rows = [(ledger, proposal.digest)]
    if grant.review_id:
        rows.append((reviews, grant.review_id))
    try:
        records = audit.check_rows(proposal.digest, *rows)
    except Tampered as error:
        return _refuse(audit, proposal, f"{error} Nothing was run.")
    kinds = {record.kind for record in records}
    if "decision" not in kinds:
        return _refuse(audit, proposal, f"No decision about this call of {proposal.tool} is recorded.")
    if grant.review_id and "review.opened" not in kinds:
        return _refuse(audit, proposal, f"The log does not know how review {grant.review_id} was opened.")
    return None


def _refuse(audit: AuditLog, proposal: Proposal, message: str) -> Outcome:
    status = Status.DENIED
    begun = _find_begun(audit, proposal)
    if begun is not None:
        status = Status.IN_DOUBT
        message += f" It was begun before, by record {begun.seq} of the log ({begun.kind}); check whether it happened."
    outcome = Outcome(status, proposal.digest, message=message)
    with suppress(CountersignError):  # of a log whose end was changed nothing can be recorded any more
        audit.append(make_call_event("tool.refused", proposal, outcome.record()))
    return outcome


def _find_begun(audit: AuditLog, proposal: Proposal) -> AuditRecord | None:
    """The newest record that says the effect was begun, unless it surely did not happen."""
    records: Sequence[AuditRecord] = ()
    with suppress(Tampered):
        records = audit.records_about(proposal.digest)
    effects = [record for record in records if record.kind.startswith("effect.")]
    return effects[-1] if effects and effects[-1].kind in _BEGUN else None
