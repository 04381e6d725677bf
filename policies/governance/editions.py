"""Editions keep which packs are in force; these change only as the packs themselves demand, and can be rolled back.

The first packs that an installation sees come into force by themselves. Later ones do so too, unless a pack in force
has ``changes:`` and names who must sign; then other packs on disk change nothing until these people have signed
exactly them. The audit log says which packs are in force; the contents stand in a table, under their digest.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine

from ..audit.log import AuditEvent, AuditLog, AuditRecord
from ..domain.canonical import compute_digest
from ..domain.principal import Principal
from ..errors import BadInput, NotAllowed, Tampered
from ..review.pack_change import (
    ADOPT_TOOL,
    POLICY_THREAD,
    build_adopt_decision,
    build_adopt_proposal,
    describe_differences,
    list_change_seats,
    may_propose,
)
from ..review.review import Review, ReviewState
from ..review.store import ReviewStore
from ..rules.policy_set import PolicySet, dump_packs
from ..storage.database import begin_write
from .pack_archive import PackArchive

ADOPTED = "policy"
PROPOSED = "policy.proposed"


@dataclass(frozen=True, slots=True)
class Edition:
    """One time that packs came into force, or were proposed to.

    Attributes:
        by: user id of who adopted or proposed them, or ``system``.
        review_id: under which the change was signed, or waits to be; empty when no signature was asked for.
        state: ``in force``, ``former``, ``proposed``, or how its review ended.
    """

    revision: str
    at: str
    by: str
    review_id: str
    state: str


class Editions:
    """The packs of one installation.

    Args:
        engine: the database of the records, its schema up to date.
        audit: says what is in force.
        reviews: where changes are signed.
        tenant: of the installation.
        now: the clock.
    """

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        reviews: ReviewStore,
        tenant: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._reviews = reviews
        self._tenant = tenant
        self._now = now
        self._lock = Lock()
        self._current: PolicySet | None = None
        self._seen = 0
        self._kept = PackArchive(engine)

    @property
    def current(self) -> PolicySet:
        """The packs in force, as of the last :meth:`refresh`.

        Raises:
            Tampered: what is in force cannot be told, or is not what people signed.
        """
        return self._current or self.refresh()

    def begin(self, files: PolicySet) -> PolicySet:
        """What is in force in a session that finds these packs on disk.

        Raises:
            Tampered: as for :attr:`current`.
            StorageError: they cannot be kept.
        """
        last = self._last()
        if last is None:
            self._adopt(files, "system", expected="", files=files.revision)
            return self.refresh()
        policy = self.refresh()
        seen = last.data.get("files", policy.revision)
        if files.revision not in (seen, policy.revision) and not list_change_seats(policy):
            self._adopt(files, "system", expected=policy.revision, files=files.revision)
            return self.refresh()
        return policy

    def refresh(self) -> PolicySet:
        """Takes over changes that were signed, or that another process took over; cheap when there are none.

        Raises:
            Tampered: as for :attr:`current`.
        """
        with self._lock:
            self._settle()
            last = self._last()
            if last is None:
                raise Tampered("No packs were ever put in force here; open the assistant once, so that they are.")
            revision = str(last.data["revision"])
            if self._current is None or self._seen != last.seq:
                self._check_signed(last)
                self._current, self._seen = self.load(revision, str(last.data["digest"])), last.seq
            return self._current

    def propose(self, wanted: PolicySet, who: Principal) -> Review | None:
        """Proposes other packs; where the packs in force ask for no signature, they are adopted at once.

        Returns:
            The review that waits for the signatures, or ``None``.

        Raises:
            BadInput: they are in force already.
            NotAllowed: this person owns nothing in the packs in force.
        """
        policy = self.refresh()
        if not may_propose(policy, who):
            raise NotAllowed(f"{who.user_id} owns no pack or rule; ask a policy owner to propose this.")
        if wanted.revision == policy.revision:
            raise BadInput(f"These packs are in force already (revision {policy.revision}).")
        if not list_change_seats(policy):
            self._adopt(wanted, who.user_id, expected=policy.revision)
            self.refresh()
            return None
        with begin_write(self._engine) as connection:
            self._kept.keep(connection, wanted, self._now())
        number = sum(1 for _ in self._audit.records(tenant=self._tenant, kind=ADOPTED))
        number += sum(1 for _ in self._audit.records(tenant=self._tenant, kind=PROPOSED))
        proposal = build_adopt_proposal(policy, wanted, who, number)
        summary = f"Change the written rules from {policy.revision} to {wanted.revision}"
        review = self._reviews.open(proposal, build_adopt_decision(policy, proposal), who, summary, self._now())
        body = {"revision": wanted.revision, "from": policy.revision, "review_id": review.review_id}
        self._audit.append(
            AuditEvent(PROPOSED, who.user_id, self._tenant, review.proposal.thread, review.proposal.run, body)
        )
        return review

    def rollback(self, revision: str, who: Principal) -> Review | None:
        """Proposes packs that were in force before; the newest former ones when none are named. As :meth:`propose`.

        Raises:
            BadInput: there are none, or none of this revision were ever in force.
        """
        policy = self.refresh()
        former = list(dict.fromkeys(item.revision for item in reversed(self.list_editions()) if item.state == "former"))
        former = [found for found in former if found != policy.revision]
        if not former or (revision and revision not in former):
            known = ", ".join(former) or "none"
            raise BadInput(f"There are no former rules {revision or 'to go back to'}; former revisions: {known}.")
        return self.propose(self.load(revision or former[0]), who)

    def list_editions(self) -> list[Edition]:
        """Every time that packs came into force or were proposed, oldest first."""
        found = []
        adopted = self._read_adopted()
        done = {record.data.get("review_id", "") for record in adopted}
        for record in adopted:
            state = "in force" if record.seq == adopted[-1].seq else "former"
            found.append((record.seq, _edition(record, state)))
        for record in self._audit.records(tenant=self._tenant, kind=PROPOSED):
            if record.data["review_id"] not in done:
                state = self._reviews.get(str(record.data["review_id"])).state
                told = "proposed" if state is ReviewState.OPEN else str(state)
                found.append((record.seq, _edition(record, told)))
        return [edition for _, edition in sorted(found, key=lambda item: item[0])]

    def _read_adopted(self) -> list[AuditRecord]:
        """Every record of packs that were kept when they came into force, oldest first, each checked by its hash."""
        return self._audit.records_about(f"{ADOPTED}/{self._tenant}")

    def load(self, revision: str, whole: str = "") -> PolicySet:
        """Packs that were kept; see :meth:`.pack_archive.PackArchive.load`."""
        return self._kept.load(revision, whole)

    def _settle(self) -> None:
        """Adopts what was signed meanwhile."""
        for review in self._reviews.find(tenant=self._tenant, state=ReviewState.APPROVED, thread=POLICY_THREAD):
            args, last = review.proposal.args, self._last()
            if review.proposal.tool != ADOPT_TOOL:
                continue
            if last is None or last.data["revision"] != args["from"] or self._is_used(review.review_id):
                continue  # adopted already, or overtaken by another change: it must be proposed again
            if not _covers(review, args["from"], args["to"], self._signers(args["from"])):
                continue
            self._adopt(self.load(args["to"]), review.requester, expected=args["from"], review_id=review.review_id)

    def _is_used(self, review_id: str) -> bool:
        """Whether a change was adopted under this review before; after a rollback it must not come back by itself."""
        return any(record.data.get("review_id") == review_id for record in self._read_adopted())

    def _adopt(self, policy: PolicySet, by: str, *, expected: str, files: str = "", review_id: str = "") -> None:
        """Puts packs in force in one commit, unless others were put in force meanwhile."""
        with begin_write(self._engine, durable=True) as connection:
            last = self._last(connection)
            if (str(last.data["revision"]) if last else "") != expected:
                return
            said = dump_packs(policy.packs, policy.fallback_reviewer)
            body: dict[str, Any] = {"revision": policy.revision, "digest": compute_digest(said), "from": expected}
            body["files"] = files or (last.data.get("files", expected) if last else policy.revision)
            if review_id:
                body["review_id"] = review_id
            if last:
                body["changes"] = list(describe_differences(self.load(expected), policy))
            self._kept.keep(connection, policy, self._now())
            told = AuditEvent(ADOPTED, by, self._tenant, body=body, subject=f"{ADOPTED}/{self._tenant}")
            self._audit.append_in(connection, told)

    def _check_signed(self, last: AuditRecord) -> None:
        """Refuses packs on whose way into force some took the place of others that ask for signatures, without them.

        What stood before is read from the log, record by record with its hash, and never from what a record says of it.
        """
        records = self._read_adopted()
        if not records or records[-1].seq != last.seq or records[0].data["from"]:
            raise Tampered(_UNSURE)
        for before, after in pairwise(records):
            was, now = str(before.data["revision"]), str(after.data["revision"])
            if after.data["from"] != was:
                raise Tampered(_UNSURE)
            seats = self._signers(was)
            review_id = str(after.data.get("review_id", ""))
            if seats and not (review_id and _covers(self._reviews.get(review_id), was, now, seats)):
                raise Tampered(
                    f"The packs of revision {now} were not signed, though those before ({was}) ask for it. Nothing can "
                    "be decided on them; restore the database from a backup."
                )

    def _signers(self, revision: str) -> Counter[str]:
        """Who must sign a change of packs that were kept."""
        return Counter(list_change_seats(self.load(revision)))

    def _last(self, connection: Connection | None = None) -> AuditRecord | None:
        last = self._audit.find_last(ADOPTED, tenant=self._tenant, connection=connection)
        if last is None or "digest" in last.data:
            return last
        if self._read_adopted():
            raise Tampered("The newest record of the packs in force does not say what they hold; it was forged.")
        return None  # recorded by a version that did not keep packs yet


_UNSURE = "What the log says of the packs in force does not fit together; restore the database from a backup."


def _covers(review: Review, before: str, after: str, seats: Counter[str]) -> bool:
    """Whether a review lets exactly this change come into force."""
    args = review.proposal.args
    fits = review.proposal.tool == ADOPT_TOOL and (args.get("from"), args.get("to")) == (before, after)
    return fits and review.state is ReviewState.APPROVED and Counter(review.seats) >= seats


def _edition(record: AuditRecord, state: str) -> Edition:
    data = record.data
    return Edition(str(data["revision"]), record.at, record.actor, str(data.get("review_id", "")), state)
