"""What people do in the soak; every action is predicted by the model, done for real, and judged."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import CountersignError
from countersign.policies.review.review import Answer, AnswerType
from soak_environment import Stage, World
from soak_model import Model, Run, Sheet, Signed
from soak_oracle import Judge, Step
from soak_rules import READERS
from soak_staff import BASE

NOT_ALLOWED = "refused"


@dataclass
class Soak:
    """One world with its model and its judge.

    Attributes:
        tally: how often each thing happened, over all examples.
        last: the answer given last, to be given again.
    """

    world: World
    model: Model
    judge: Judge
    tally: Counter[str]
    last: tuple[str, str, str, dict[str, Any] | None, str] | None = None
    threads: set[str] = field(default_factory=set)

    @classmethod
    def begin(cls, stage: Stage, home: Path, tally: Counter[str]) -> "Soak":
        """A fresh world."""
        world = World.make(stage, home)
        model = Model(world.now)
        judge = Judge(model, world.books, stage.exceptions, tally)
        judge.check(Step("begin"))
        return cls(world, model, judge, tally)

    def end(self) -> None:
        """The whole log is verified, by the product and as it was followed here."""
        records = self.world.close()
        assert records == self.judge.books.head[0], "12: the log has grown unseen"

    def judged(self, step: Step) -> None:
        """Counts the step and compares."""
        self.tally[f"step: {step.name}"] += 1
        self.judge.check(step)
        self._reachable()

    def send(self, at: int, user: str, tool: str, args: dict[str, Any], text: str, thread: str) -> None:
        """Somebody asks for something in a thread of theirs."""
        facts = self.judge.facts(tool, args)
        word = self.model.says(tool, args, user, facts)
        reads = self.model.staff.of(user) & READERS[tool]
        step = Step("send", swept=self.model.staff.here(user))
        try:
            turn = self.world.do(lambda: self.world.door(at).send(text, as_user=user, thread=thread))
        except CountersignError:
            assert not self.model.staff.here(user), f"{user} is not heard"
            self.tally["sender unknown"] += 1
            self.judged(step)
            return
        self.model.runs[turn.run] = Run(turn.run, user, turn.thread, tool, [("", args)], self.model.book)
        match word.verdict if reads else "deny":
            case "allow":
                step.must_run.append((turn.run, args))
            case "review":
                step.must_wait.append((turn.run, args))
                assert turn.state is RunState.WAITING, turn
            case _:
                step.still.append(turn.run)
        self.tally[f"rules: {word.verdict}"] += 1
        self.judged(step)

    def chat(self, at: int, user: str, text: str, thread: str) -> None:
        """An unrelated message: what waits goes on waiting."""
        try:
            turn = self.world.do(lambda: self.world.door(at).send(text, as_user=user, thread=thread))
        except CountersignError:
            assert not self.model.staff.here(user), f"{user} is not heard"
        else:
            self.model.runs[turn.run] = Run(turn.run, user, turn.thread, "", [])
        self.judged(Step("new message", swept=self.model.staff.here(user)))

    def answer(
        self, name: str, at: int, sheet: Sheet, user: str, kind: str, args: dict[str, Any] | None = None, to: str = ""
    ) -> None:
        """Somebody answers a review, rightly or wrongly."""
        self.last = (sheet.review_id, user, kind, args, to)
        signed, step = self.predicted(name, sheet, user, kind, args, to)
        was = sheet.state
        answer, refusal = Answer(AnswerType(kind), "because", args, to), ""
        try:
            self.world.do(lambda: self.world.door(at).answer(sheet.review_id, answer, as_user=user))
        except CountersignError as error:
            refusal = str(error)
            self.tally[f"refused: {kind} of {was}"] += 1
        self._as_predicted(f"{kind} by {user}", sheet, signed, refusal)
        self.judged(step)

    def predicted(
        self, name: str, sheet: Sheet, user: str, kind: str, args: dict[str, Any] | None = None, to: str = ""
    ) -> tuple[Signed | None, Step]:
        """The answer as it must be recorded, or ``None``; and what must come of it."""
        model, step = self.model, Step(name)
        facts = self.judge.facts(sheet.tool, args or sheet.args)
        signed = model.takes(sheet, user, kind, args, to, facts)
        if signed is None:
            return None, step
        step.may[sheet.review_id] = signed
        run = model.runs[sheet.run]
        quiet = run.loose or sheet.digest in self.judge.effects
        if kind == "approve" and len(sheet.free) == 1 and not quiet:
            word = model.says(sheet.tool, sheet.args, sheet.requester, facts, sheet.edited_by)
            if word.covered_by(sheet.seats + Counter([signed.seat])):
                step.must_run.append((run.run, sheet.args))
        if kind == "edit" and args is not None:
            known = run.asked(args, user)
            run.wanted.append((user, args))
            word = model.says(sheet.tool, args, sheet.requester, facts, user)
            alone = word.verdict == "review" and len(word.seats) == 1 and set(word.seats) & model.staff.of(user)
            if not quiet and not known:
                (step.must_run if word.verdict == "allow" or alone else step.must_wait).append((run.run, args))
        return signed, step

    def withdraw(self, at: int, sheet: Sheet, user: str) -> None:
        """The requester, or somebody who says so, takes a request back."""
        signed, step = self.predicted("withdraw", sheet, user, "withdraw")
        refusal = ""
        try:
            self.world.do(lambda: self.world.door(at).withdraw(sheet.review_id, as_user=user))
        except CountersignError as error:
            refusal = str(error)
        self._as_predicted(f"withdrawal by {user}", sheet, signed, refusal)
        self.judged(step)

    def _as_predicted(self, what: str, sheet: Sheet, signed: Signed | None, refusal: str) -> None:
        assert signed is None or not refusal, f"6: {what} should have been taken: {refusal}"
        assert signed is not None or refusal, f"7: {what} was taken for {sheet}"
        self.tally[NOT_ALLOWED] += bool(refusal)

    def pass_time(self, at: int, by: timedelta) -> None:
        """Time passes, and somebody looks what it has done."""
        self.world.pass_time(by)
        self.model.now = self.world.now
        before = {sheet.review_id: sheet.state for sheet in self.model.sheets.values()}
        self.world.do(lambda: self.world.door(at).catch_up(self.world.stage.tenant))
        self.judged(Step("time passes", swept=True))
        expired = [
            name for name, state in before.items() if state == "open" and self.model.sheets[name].state == "expired"
        ]
        self.tally["review expired"] += len(expired)

    def staff_changes(self, user: str, roles: tuple[str, ...] | None) -> None:
        """Somebody gets other roles, leaves or comes back."""
        self.world.books.set_staff(user, roles)
        self.model.staff.roles[user] = roles
        self.judged(Step("roles change"))

    def rules_change(self, edition: str) -> None:
        """Other rules come into force."""
        self.world.edition = self.model.book = edition
        self.judged(Step("rules change"))

    def restart(self, at: int) -> None:
        """One of the two processes ends and begins again."""
        self.world.shut(at)
        self.world.door(at)
        self.judged(Step("restart"))

    def _reachable(self) -> None:
        """Every open review is in the list of its requester, and in the inbox of everybody who may sign it."""
        open_ = self.model.open()
        if not open_:
            return
        door = self.world.door(0)
        inboxes: dict[str, set[str]] = {}
        for sheet in open_:
            if self.model.staff.here(sheet.requester):
                mine = {review.review_id for review in door.waiting(as_user=sheet.requester)}
                assert sheet.review_id in mine, f"6: {sheet.requester} cannot see {sheet.review_id}"
            if self.model.now >= sheet.due:
                continue
            able = [user for user in BASE if self.model.seat(sheet, user)]
            for user in able[:1]:
                if user not in inboxes:
                    inboxes[user] = {review.review_id for review in door.services.reviews.inbox(door.principal(user))}
                assert sheet.review_id in inboxes[user], f"6: {user} cannot see {sheet.review_id}"
            self.tally["nobody can sign"] += not able
