"""After every step: what is really there must be what the model says, and nothing else.

The numbers are those of the invariants: 1 no effect without ledger, grant and record; 2 nothing unknown ran; 3 what was
signed is what ran; 4 a rejection is final; 5 once; 6 no review lost or answered by mistake; 7 separation of duties;
8 every review ends; 12 the log is whole.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from soak_facts import Books, Effect, Seen, digest_of
from soak_model import Model, Sheet, Signed

Args = dict[str, Any]


@dataclass
class Step:
    """What one step may and must do.

    Attributes:
        may: the answer that may land on a review, by review id; on all others nothing may.
        either: answers of which any may land, in any order, as long as the review is open to each.
        swept: whether everything that is late must have been dealt with.
        must_run: runs and arguments whose effect must exist afterwards.
        must_wait: runs that must have an open review afterwards.
        still: runs that must have done nothing.
    """

    name: str
    may: dict[str, Signed] = field(default_factory=dict)
    either: dict[str, list[Signed]] = field(default_factory=dict)
    swept: bool = False
    must_run: list[tuple[str, Args]] = field(default_factory=list)
    must_wait: list[tuple[str, Args]] = field(default_factory=list)
    still: list[str] = field(default_factory=list)


@dataclass
class Judge:
    """Compares, and takes what was allowed into the model."""

    model: Model
    books: Books
    exceptions: dict[str, tuple[str, ...]]
    tally: Counter[str]
    decisions: dict[str, Args] = field(default_factory=dict)
    started: Counter[str] = field(default_factory=Counter)
    grants: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    effects: dict[str, tuple[str, Effect]] = field(default_factory=dict)

    def facts(self, tool: str, args: Args) -> Any:
        """What the company's books say now about a call."""
        return self.books.facts(tool, args, self.exceptions)

    def check(self, step: Step) -> None:
        """Fails with every invariant that does not hold."""
        seen = self.books.look()
        faults = [f"12: {fault}" if "log" in fault else f"2: {fault}" for fault in seen.faults]
        self._read(seen.log)
        for sheet in list(self.model.sheets.values()):
            faults += self._same(sheet, seen.reviews.get(sheet.review_id), step)
        new = [row for name, row in seen.reviews.items() if name not in self.model.sheets]
        for row in sorted(new, key=lambda row: (row["editor_human"] != "", row["review_id"])):
            faults += self._opened(row, seen)
        for place, effect in enumerate(seen.effects):
            faults += self._ran(effect, seen.effects[place:], seen)
        faults += self._ledger(seen)
        faults += self._promises(step)
        assert not faults, f"{step.name}:\n" + "\n".join(faults)

    def _read(self, log: list[Args]) -> None:
        for record in log:
            body = json.loads(record["body"])
            match record["kind"]:
                case "decision":
                    self.decisions[record["subject"]] = body["proposal"]
                case "effect.started":
                    self.started[record["subject"]] += 1
                    self.grants[record["subject"]] = body["grant"]
                case "effect.succeeded" | "effect.failed" | "effect.in_doubt":
                    self.ended.add(record["subject"])
                case "tool.refused" | "review.refused" | "review.escalated" | "review.expired" | "review.reminded":
                    self.tally[record["kind"]] += 1

    def _same(self, sheet: Sheet, row: Args | None, step: Step) -> list[str]:
        """Whether a known review stands as the model has it, or went on as it may."""
        if row is None:
            return [f"6: review {sheet.review_id} is lost"]
        found = _signed(row)
        wanted = step.may.get(sheet.review_id)
        if wanted is not None and found == [*sheet.signed, wanted]:
            self.model.sign(sheet, wanted)
            self.tally[f"answer: {wanted.kind}"] += 1
        for _ in step.either.get(sheet.review_id, ()):
            self._raced(sheet, found, step.either[sheet.review_id])
        now = (sheet.state, sheet.level, sheet.due)
        passed = sheet.passed(self.model.now)
        real = (row["state"], row["level"], datetime.fromisoformat(row["due_at"]))
        if real == passed:
            sheet.state, sheet.level, sheet.due = passed
        elif real[0] == "withdrawn" and sheet.state == "open" and self._may_fail(sheet):
            sheet.state, sheet.level, sheet.due = real  # it may have escalated just before
            self.tally["review abandoned"] += 1
        elif real != now or step.swept:
            return [f"{'8' if real == now else '6'}: review {sheet.review_id} is {real}, not {passed}"]
        faults = []
        if found != sheet.signed:
            faults.append(f"6: review {sheet.review_id} was signed {found}, not {sheet.signed}")
        if row["digest"] != sheet.digest or digest_of(json.loads(row["proposal"])) != sheet.digest:
            faults.append(f"3: review {sheet.review_id} is about something else now")
        people = [item.person for item in found if item.kind not in ("delegate", "withdraw")]
        requester = self.model.staff.person(sheet.requester)
        if len(set(people)) < len(people) or requester in people:
            faults.append(f"7: review {sheet.review_id} of {requester} was signed by {people}")
        if Counter(item.seat for item in found if item.kind == "approve") - Counter(sheet.word.seats):
            faults.append(f"7: review {sheet.review_id} has other seats than {sheet.word.seats}: {found}")
        return faults

    def _raced(self, sheet: Sheet, found: list[Signed], answers: list[Signed]) -> None:
        """Takes the next of several answers that came at once, if it may still be given."""
        if len(found) <= len(sheet.signed) or found[len(sheet.signed)].user not in {item.user for item in answers}:
            return
        first = found[len(sheet.signed)]
        if first == self.model.takes(sheet, first.user, first.kind, None, "", None):
            self.model.sign(sheet, first)
            self.tally["answers in a race"] += 1

    def _may_fail(self, sheet: Sheet) -> bool:
        return self.model.runs[sheet.run].loose or not self.model.staff.here(sheet.requester)

    def _opened(self, row: Args, seen: Seen) -> list[str]:
        """Whether a new review is one that the rules ask for."""
        model, name = self.model, row["review_id"]
        proposal, decision = json.loads(row["proposal"]), json.loads(row["decision"])
        run = model.runs.get(proposal["run"])
        if run is None or row["requester"] != run.user or proposal["user_id"] != run.user:
            return [f"6: review {name} belongs to no request of {row['requester']}"]
        args, editor = proposal["args"], proposal["edited_by"]
        faults = []
        if digest_of(proposal) != row["digest"]:
            faults.append(f"3: review {name} does not have its proposal's digest")
        if not run.asked(args, editor):
            faults.append(f"2: review {name} is about what nobody asked for: {args}")
        words = [model.says(run.tool, args, run.user, facts, editor) for facts in self._around(run.tool, args, seen)]
        shown = (Counter(decision["seats"]), tuple(decision["escalate"]), decision["deadline_seconds"])
        fits = [item for item in words if (Counter(item.seats), item.chain, item.deadline.total_seconds()) == shown]
        if not fits:
            return [*faults, f"7: review {name} asks for {shown}, the rules for {words}"]
        word = replace(fits[0], seats=tuple(decision["seats"]))
        if not decision["owner"] or row["requester_human"] != model.staff.person(run.user):
            faults.append(f"8: review {name} has no owner, or another requester than {run.user}")
        due = model.now + word.deadline
        sheet = Sheet(
            name, row["digest"], run.run, row["thread"], run.user, run.tool, args, editor, word, due, row["rework"]
        )
        auto = _signed(row)
        if auto and len(word.seats) == 1 and auto == [model.takes(sheet, editor, "approve", None, "", None)]:
            model.sign(sheet, auto[0])
        model.sheets[name] = sheet
        self.tally["review opened"] += 1
        return faults + self._same(sheet, row, Step("opening"))

    def _around(self, tool: str, args: Args, seen: Seen) -> list[Any]:
        """What the books said before this step's effects, between them, and say now."""
        count = sum(effect.tool == tool for effect in seen.effects)
        if tool == "invoices.post" and count:
            return [replace(self.facts(tool, args), status="received")]
        return [self.books.facts(tool, args, self.exceptions, without) for without in range(count + 1)]

    def _ran(self, effect: Effect, rest: list[Effect], seen: Seen) -> list[str]:
        """Whether an effect may exist."""
        model, what = self.model, f"{effect.tool} {effect.args} by {effect.by} ({effect.row_id})"
        digests = [digest for digest in seen.ledger if effect.key == f"cs-{digest[:40]}"]
        if len(digests) != 1 or digests[0] not in self.decisions:
            return [f"1: {what} has {len(digests)} ledger rows, or no decision in the log"]
        digest = digests[0]
        proposal, row = self.decisions[digest], seen.ledger[digest]
        run = model.runs.get(proposal["run"])
        self.tally[f"effect: {effect.tool}"] += 1
        if run is None:
            return [f"2: {what} ran for an unknown run"]
        faults = []
        if digest in self.effects or self.started[digest] != 1:
            faults.append(f"5: {what} ran again, started {self.started[digest]} times")
        same = [
            one
            for known, one in self.effects.values()
            if known == run.run and (one.tool, one.args) == (effect.tool, effect.args)
        ]
        if same:
            faults.append(f"5: {what} ran in {run.run} already, as {same[0].row_id}")
        if (row["state"], row["grant_ref"]) != ("succeeded", self.grants.get(digest)) or digest not in self.ended:
            faults.append(f"1: {what} is {row['state']} in the ledger, by grant {row['grant_ref']}")
        mine = (proposal["tool"], proposal["args"], proposal["user_id"])
        if digest_of(proposal) != digest or mine != (effect.tool, effect.args, effect.by) or effect.by != run.user:
            faults.append(f"3: {what} is not what was decided on: {mine}")
        if not run.asked(effect.args, proposal["edited_by"]):
            faults.append(f"2: {what} was asked for by nobody")
        word = self._word_before(effect, rest, proposal["edited_by"])
        state, seats = model.runs_on(digest), model.seats_of(digest)
        if state not in ("", "approved") or (not state and (state := model.against(run.run, effect.tool, effect.args))):
            faults.append(f"4: {what} ran although its review is {state}")
        elif not word.covered_by(seats if state else Counter()):
            faults.append(f"3: {what} ran on {dict(seats)}, and the rules say {word}")
        self.effects[digest] = (run.run, effect)
        return faults

    def _word_before(self, effect: Effect, rest: list[Effect], editor: str) -> Any:
        """What the rules said just before an effect."""
        same = [
            one
            for one in rest
            if one.tool == effect.tool == "refunds.issue" and self._customer(one) == self._customer(effect)
        ]
        facts = self.books.facts(effect.tool, effect.args, self.exceptions, len(same))
        if effect.tool == "invoices.post":
            facts = replace(facts, status="received")
        return self.model.says(effect.tool, effect.args, effect.by, facts, editor)

    def _customer(self, effect: Effect) -> str:
        return self.books.customer(effect.args["order_id"])

    def _ledger(self, seen: Seen) -> list[str]:
        """Every success in the ledger is an effect in the books, every start is a row of the ledger."""
        claimed = {digest for digest, row in seen.ledger.items() if row["state"] == "succeeded"}
        faults = [
            f"1: the ledger claims {digest}, and the books do not have it" for digest in claimed - self.effects.keys()
        ]
        open_ = [digest for digest, row in seen.ledger.items() if row["state"] in ("started", "in_doubt")]
        faults += [f"5: {digest} was started and never ended" for digest in open_]
        return faults + [
            f"5: {digest} was started {count} times" for digest, count in self.started.items() if count > 1
        ]

    def _promises(self, step: Step) -> list[str]:
        """What had to happen has happened."""
        done = [(run, effect.args) for run, effect in self.effects.values()]
        waiting = [(sheet.run, sheet.args) for sheet in self.model.open()]
        faults = [f"5: {run} should have done {args}" for run, args in step.must_run if (run, args) not in done]
        faults += [f"6: {run} should wait with {args}" for run, args in step.must_wait if (run, args) not in waiting]
        acted = {run for run, _ in [*done, *waiting]}
        return faults + [f"2: {run} should have done nothing" for run in step.still if run in acted]


def _signed(row: Args) -> list[Signed]:
    return [
        Signed(item["user_id"], item["human"], item["role"], item["type"]) for item in json.loads(row["signatures"])
    ]
