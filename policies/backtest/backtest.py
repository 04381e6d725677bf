"""The backtest decides recorded decisions again under other packs, and tells what would have gone otherwise.

Each is decided on what it rested on then (see :mod:`..engine.evidence_record`): the person's roles and limits, the
records, the time. The work is spread over processes; conditions are compiled once in each, and the log is read as a
stream.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from typing import Any

from ..audit.chain import AuditRecord
from ..engine.decision_change import DecisionChange, DecisionOutcome, find_decision_change, format_call_amount
from ..engine.evidence_record import BEFORE_RULES, parse_decision_record, parse_stage_record
from ..errors import BadInput
from ..rules.history import History
from ..rules.pack import Pack
from ..rules.policy_set import PolicySet, assemble_policy_set, dump_packs

DECISION_KINDS = ("decision", "stage")
CHUNK = 500
SMALL = 4000
"""So many decisions are decided before other processes would have started."""
_AHEAD = 3

RecordedRow = tuple[int, str, str, str]
"""Number, time, thread and body of a record."""


@dataclass(frozen=True, slots=True)
class Flip:
    """One recorded decision that would be another now.

    Attributes:
        seq: of its record in the log.
        tool: the tool, or another stage and what it was asked about, such as ``input:message``.
        amount: what it is about, in minor units, and the currency.
    """

    seq: int
    at: str
    thread: str
    tool: str
    user_id: str
    digest: str
    amount: tuple[int, str] | None
    change: DecisionChange
    before: DecisionOutcome
    after: DecisionOutcome

    def record(self) -> dict[str, Any]:
        """The flip as plain JSON data."""
        return {
            "seq": self.seq,
            "at": self.at,
            "thread": self.thread,
            "tool": self.tool,
            "user_id": self.user_id,
            "digest": self.digest,
            "amount_minor": self.amount[0] if self.amount else None,
            "currency": self.amount[1] if self.amount else None,
            "change": str(self.change),
            "looser": self.change.looser,
            "before": self.before.record(),
            "after": self.after.record(),
        }

    @property
    def words(self) -> str:
        """The flip in one line."""
        what = " ".join(part for part in (self.tool, format_call_amount(self.amount), "for", self.user_id) if part)
        return f"{self.change}: {what} ({self.thread}, record {self.seq}): {self.before.words} -> {self.after.words}"


@dataclass(slots=True)
class Backtest:
    """What deciding again showed.

    Attributes:
        revision: of the packs it was decided under.
        decided: how many were decided again.
        old: how many do not say what they rested on: an older version recorded them, or it was what a tool gave.
        before_rules: how many were denied before any rule is asked, or by a rate limit, whatever the rules say.
        missing_histories: by name of a history that the packs ask for, how many records do not tell it, or told it of
            another span or other tools; nothing is known of these.
        unreadable: numbers of records whose evidence cannot be read; nothing is known of them.
        flips: those that would go otherwise, worst first, then by amount.
    """

    revision: str
    decided: int = 0
    old: int = 0
    before_rules: int = 0
    missing_histories: Counter[str] = field(default_factory=Counter)
    unreadable: list[int] = field(default_factory=list)
    flips: list[Flip] = field(default_factory=list)

    @property
    def looser(self) -> bool:
        """Whether anything would be possible that was not."""
        return any(flip.change.looser for flip in self.flips)

    def counts(self) -> dict[str, int]:
        """How many flips of each kind, worst first."""
        found = Counter(flip.change for flip in self.flips)
        return {str(change): found[change] for change in DecisionChange if found[change]}

    def amounts(self, change: DecisionChange) -> dict[str, int]:
        """The money of the flips of a kind, in minor units by currency."""
        found: Counter[str] = Counter()
        for flip in self.flips:
            if flip.change is change and flip.amount:
                found[flip.amount[1]] += flip.amount[0]
        return dict(sorted(found.items()))

    def record(self) -> dict[str, Any]:
        """The backtest as plain JSON data."""
        return {
            "revision": self.revision,
            "decided": self.decided,
            "old": self.old,
            "before_rules": self.before_rules,
            "untold": dict(sorted(self.missing_histories.items())),
            "unreadable": self.unreadable,
            "looser": self.looser,
            "counts": self.counts(),
            "amounts_minor": {str(change): amounts for change in DecisionChange if (amounts := self.amounts(change))},
            "flips": [flip.record() for flip in self.flips],
        }

    def add(self, part: "Backtest") -> None:
        """Takes in what another part of the log showed."""
        self.decided += part.decided
        self.old += part.old
        self.before_rules += part.before_rules
        self.missing_histories += part.missing_histories
        self.unreadable += part.unreadable
        self.flips += part.flips


def run_backtest(
    policy: PolicySet,
    records: Iterable[AuditRecord],
    *,
    past: Mapping[str, History] | None = None,
    processes: int = 2,
    progress: Callable[[int], None] = lambda _done: None,
) -> Backtest:
    """Decides recorded decisions again.

    Args:
        policy: the packs to try.
        past: what the names of histories meant when the records were made, where it may be something else; such as
            ``histories`` of the packs in force.
        records: of the kinds ``decision`` and ``stage``, such as ``audit.records(tenant="acme", kind=KINDS)``; read
            once. A stage of which no rule spoke left no record, so rules that are the first of theirs show nothing.
        processes: at most so many at work; one decides in this process.
        progress: called with how many were looked at so far.
    """
    rows: Iterator[RecordedRow] = ((item.seq, item.at, item.thread, item.body) for item in records)
    found = Backtest(policy.revision)
    other = frozenset(name for name, meant in (past or {}).items() if policy.histories.get(name, meant) != meant)
    first = list(islice(rows, SMALL))
    found.add(decide_again(policy, first, other))
    done = len(first)
    progress(done)
    if len(first) == SMALL:
        parts = (
            _decide_in_processes(policy, rows, processes, other)
            if processes > 1
            else _decide_serially(policy, rows, other)
        )
        for count, part in parts:
            found.add(part)
            done += count
            progress(done)
    found.flips.sort(key=lambda flip: (flip.change.rank, -(flip.amount[0] if flip.amount else 0), flip.seq))
    return found


def decide_again(policy: PolicySet, rows: Sequence[RecordedRow], other: Collection[str] = ()) -> Backtest:
    """Decides the calls of one part of the log again.

    Args:
        other: names of histories that meant something else when the records were made.
    """
    found, quick = Backtest(policy.revision), policy.without_reasons()
    for seq, at, thread, text in rows:
        try:
            _decide_one((policy, quick), found, (seq, at, thread), json.loads(text), other)
        except (BadInput, KeyError, TypeError, ValueError, AttributeError):
            found.unreadable.append(seq)
    return found


def _decide_one(
    policies: tuple[PolicySet, PolicySet],
    found: Backtest,
    where: tuple[int, str, str],
    body: dict[str, Any],
    other: Collection[str],
) -> None:
    """Decides one again; the second of the policies is the first without reasons, which only a flip needs."""
    policy, quick = policies
    seq, at, thread = where
    before = DecisionOutcome.from_record(body)
    # What a rate limit held back, no rule denied; asked again it would look as if it had become possible.
    if body.get("limited") or (before.rules and set(before.rules) <= BEFORE_RULES):
        found.before_rules += 1
        return
    evidence = parse_stage_record(body) if "stage" in body else parse_decision_record(body)
    if evidence is None:
        found.old += 1
        return
    # A rule without its history denies, and a denial would hide that something became possible.
    changed = [name for name in policy.histories_about(evidence.subject) if name in other]
    if untold := sorted({*changed, *evidence.find_missing_histories(policy)}):
        found.missing_histories.update(untold)
        return
    change = find_decision_change(before, DecisionOutcome.from_decision(evidence.decide(quick)))
    found.decided += 1
    if change is None:
        return
    after = DecisionOutcome.from_decision(evidence.decide(policy))
    subject, who, amount = evidence.subject, evidence.user_id, evidence.amount
    found.flips.append(Flip(seq, at, thread, subject, who, body["digest"], amount, change, before, after))


def _decide_serially(
    policy: PolicySet, rows: Iterator[RecordedRow], other: frozenset[str]
) -> Iterator[tuple[int, Backtest]]:
    while chunk := list(islice(rows, CHUNK)):
        yield len(chunk), decide_again(policy, chunk, other)


def _decide_in_processes(
    policy: PolicySet, rows: Iterator[RecordedRow], processes: int, other: frozenset[str]
) -> Iterator[tuple[int, Backtest]]:
    """Decides parts in processes, no more at once than keep these busy, so that memory stays small."""
    content = json.dumps(dump_packs((pack.model_copy(update={"cases": ()}) for pack in policy.packs), ""))
    waiting: deque[tuple[int, Future[Backtest]]] = deque()
    # Not forked: the parent has threads and an open database. It decides too, while the others have enough to do.
    others = processes - 1
    with ProcessPoolExecutor(
        others, get_context("spawn"), initializer=_prepare, initargs=(content, policy.fallback_reviewer, other)
    ) as pool:
        while chunk := list(islice(rows, CHUNK)):
            if sum(not future.done() for _, future in waiting) >= others * _AHEAD:
                yield len(chunk), decide_again(policy, chunk, other)
            else:
                waiting.append((len(chunk), pool.submit(_decide_chunk, chunk)))
            while waiting and waiting[0][1].done():
                count, future = waiting.popleft()
                yield count, future.result()
        for count, future in waiting:
            yield count, future.result()


_worker_packs: list[tuple[PolicySet, frozenset[str]]] = []
"""The packs of this worker process, and the histories that meant something else."""


def _prepare(content: str, fallback_reviewer: str, other: frozenset[str]) -> None:
    packs = [Pack.model_validate_json(json.dumps(pack)) for pack in json.loads(content)["packs"]]
    _worker_packs[:] = [(assemble_policy_set(packs, fallback_reviewer=fallback_reviewer), other)]


def _decide_chunk(rows: Sequence[RecordedRow]) -> Backtest:
    policy, other = _worker_packs[0]
    return decide_again(policy, rows, other)
