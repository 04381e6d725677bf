"""The story that shows what Countersign does: real work on the sample company, each step checked as it happens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..policies.errors import NotAllowed
from ..tools.company import story
from ..tools.company.agreements import SHOWN_CONTRACT
from ..tools.company.exceptions import SHOWN_INVOICE
from ..tools.company.records import SystemOfRecord
from .consoles import markdown, say, show
from .unicode_care import safe

if TYPE_CHECKING:
    from ..graphs.door import Assistant
    from ..graphs.session import Turn

FAILED = 1
COUNSEL, CLERK, CONTROLLER = "eva.stern", "lena.brandt", "karl.weiss"
AGENT, SECOND_ACCOUNT, MANAGER = "mara.voss", "mara.voss.admin", "tom.adler"


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of the story as it went.

    Attributes:
        told: what the story says will happen.
        who: the principal who acts.
        did: what they said or did.
        got: what came back, Markdown.
        missed: what did not go as told; empty when all is well.
        seconds: how long it took.
    """

    told: str
    who: str
    did: str
    got: str
    missed: tuple[str, ...]
    seconds: float

    @property
    def as_told(self) -> bool:
        """Whether the step went as the story says."""
        return not self.missed

    def record(self) -> dict[str, Any]:
        """The step as plain JSON data."""
        return {
            "told": self.told,
            "who": self.who,
            "did": self.did,
            "got": self.got,
            "as_told": self.as_told,
            "missed": list(self.missed),
            "seconds": f"{self.seconds:.2f}",
        }


Check = tuple[str, bool]
Act = Callable[[], tuple[str, list[Check]]]


class _Stage:
    """What the scenes share."""

    def __init__(self, assistant: "Assistant", records: SystemOfRecord) -> None:
        self.assistant = assistant
        self.records = records
        self.waiting = ""

    def ask(self, who: str, text: str, thread: str = "demo") -> "Turn":
        return self.assistant.send(text, as_user=who, thread=thread)

    def scene(self, told: str, who: str, did: str, act: Act) -> Scene:
        started = perf_counter()
        got, checks = act()
        missed = tuple(what for what, held in checks if not held)
        return Scene(told, who, did, got, missed, perf_counter() - started)

    def says(self, told: str, who: str, text: str, check: Callable[["Turn"], list[Check]]) -> Scene:
        def act() -> tuple[str, list[Check]]:
            turn = self.ask(who, text)
            self.waiting = turn.pending[0].review_id if turn.pending else ""
            return turn.reply, check(turn)

        return self.scene(told, who, f"says “{text}”", act)

    def signs(self, told: str, who: str, check: Callable[["Turn | None"], list[Check]]) -> Scene:
        review_id = self.waiting

        def act() -> tuple[str, list[Check]]:
            if not review_id:
                return "There is nothing to sign.", [("the step before opened a review", False)]
            turn = self.assistant.answer(review_id, "approve", as_user=who)
            return turn.reply if turn else "Signed; more signatures are needed.", check(turn)

        return self.scene(told, who, f"approves {review_id}", act)

    def is_refused(self, told: str, who: str) -> Scene:
        review_id = self.waiting

        def act() -> tuple[str, list[Check]]:
            if not review_id:
                return "There is nothing to sign.", [("the step before opened a review", False)]
            try:
                self.assistant.answer(review_id, "approve", as_user=who)
            except NotAllowed as refusal:
                still = [review.review_id for review in self.assistant.waiting(as_user=AGENT)]
                return str(refusal), [("the review still waits", review_id in still)]
            return "It was approved.", [("the approval is refused", False)]

        return self.scene(told, who, f"tries to approve {review_id}", act)

    def refunds(self, order_id: str) -> int:
        return self.records.count("refund", where={"order_id": order_id})


def play(assistant: "Assistant", records: SystemOfRecord) -> Iterator[Scene]:
    """The story, scene by scene.

    Args:
        assistant: an open one.
        records: its systems of record, to find who and what, and to see what really happened.

    Raises:
        BadInput: the company has no order that the story could be about.
    """
    stage = _Stage(assistant, records)
    yield from _legal(stage)
    yield from _finance(stage)
    yield from _support(stage)
    yield _proof(stage)


def _legal(stage: _Stage) -> Iterator[Scene]:
    def check(turn: "Turn") -> list[Check]:
        contract = stage.records.get("contract", SHOWN_CONTRACT) or {}
        text = " ".join(str(contract.get("text", "")).split())
        quotes = _quotes(turn.reply)
        return [
            ("the review is done", turn.state == "done"),
            ("the contract is cited", SHOWN_CONTRACT in (*turn.citations, *turn.reply.split())),
            ("risks are quoted", bool(quotes)),
            ("every quote stands in the contract", all(" ".join(quote.split()) in text for quote in quotes)),
        ]

    told = "A contract is reviewed: its clauses and risks, each with the words that say so."
    yield stage.says(told, COUNSEL, f"review contract {SHOWN_CONTRACT}", check)


def _finance(stage: _Stage) -> Iterator[Scene]:
    def explained(turn: "Turn") -> list[Check]:
        return [
            ("the answer is about the invoice", SHOWN_INVOICE in turn.reply),
            ("the price is named as the cause", "price" in turn.reply.lower()),
            ("nothing was posted", _status(stage) != "posted"),
        ]

    def waits(turn: "Turn") -> list[Check]:
        seats = [seat for review in turn.pending for seat in review.seats]
        return [("a controller must sign", "controller" in seats), ("nothing was posted", _status(stage) != "posted")]

    def posted(turn: "Turn | None") -> list[Check]:
        return [
            ("the work is done", turn is not None and turn.state == "done"),
            ("the invoice is posted", _status(stage) == "posted"),
        ]

    yield stage.says("A stuck invoice is explained.", CLERK, f"why is invoice {SHOWN_INVOICE} stuck?", explained)
    told = "Posting it in spite of the exception is not for the clerk alone: policy asks for a controller."
    yield stage.says(told, CLERK, f"post invoice {SHOWN_INVOICE}", waits)
    yield stage.signs("The controller countersigns, and only then it is posted.", CONTROLLER, posted)


def _support(stage: _Stage) -> Iterator[Scene]:
    small = str(story.refundable_order(stage.records, 0, 10_000)["id"])
    medium = str(story.refundable_order(stage.records, 10_000, 100_000)["id"])
    old = str(story.order_too_old(stage.records)["id"])

    def paid(turn: "Turn") -> list[Check]:
        return [("it is done at once", turn.state == "done"), ("the refund is recorded", stage.refunds(small) == 1)]

    def waits(turn: "Turn") -> list[Check]:
        seats = [seat for review in turn.pending for seat in review.seats]
        return [
            ("a support manager must sign", seats == ["support_manager"]),
            ("nothing was paid", stage.refunds(medium) == 0),
        ]

    def paid_later(turn: "Turn | None") -> list[Check]:
        return [
            ("the work is done", turn is not None and turn.state == "done"),
            ("the refund is recorded once", stage.refunds(medium) == 1),
        ]

    def denied(turn: "Turn") -> list[Check]:
        return [
            ("nobody is even asked", turn.state == "done" and not turn.pending),
            ("nothing was paid", stage.refunds(old) == 0),
            ("the reply says so", "did not" in turn.reply.lower()),
        ]

    yield stage.says("A small refund: policy allows it by itself.", AGENT, f"refund order {small}", paid)
    yield stage.says("A larger one: a manager must sign.", AGENT, f"refund order {medium}", waits)
    yield stage.is_refused("The requester tries to sign it herself and is refused.", AGENT)
    yield stage.is_refused("She tries with her second account; it is the same person.", SECOND_ACCOUNT)
    yield stage.signs("Her manager countersigns, and the refund is paid, once.", MANAGER, paid_later)
    yield stage.says("An order delivered too long ago: policy denies it.", AGENT, f"refund order {old}", denied)


def _proof(stage: _Stage) -> Scene:
    def act() -> tuple[str, list[Check]]:
        audit = stage.assistant.core.desk.audit
        count = audit.verify()
        refused = sum(1 for _ in audit.records(kind="review.refused"))
        got = f"The log is whole: {count} records. Both refused signatures stand in it."
        return got, [("both refusals are recorded", refused >= 2)]

    return stage.scene("Everything that happened can be proved.", "anybody", "verifies the hash chain", act)


def narrate(scene: Scene, number: int) -> None:
    """Shows one scene to a person."""
    title = Text(f"\n{number}. {scene.told}", style="bold")
    show(title)
    show(Text(safe(f"{scene.who} {scene.did}"), style="cyan"))
    markdown(scene.got)
    if scene.as_told:
        say(f"✓ as told ({scene.seconds:.1f} s)", style="green")
    for what in scene.missed:
        say(f"✗ not as told: {what}", style="bold red")


def _status(stage: _Stage) -> str:
    return str((stage.records.get("invoice", SHOWN_INVOICE) or {}).get("status", ""))


def _quotes(reply: str) -> list[str]:
    """Quoted passages of the reply: Markdown block quotes, and text in quotation marks long enough to be one."""
    import re

    blocks = [line.lstrip("> ").strip() for line in reply.splitlines() if line.startswith(">")]
    marked = re.findall(r"[“\"]([^”\"\n]{20,})[”\"]", reply)
    return [quote.strip('“”"… ') for quote in (*blocks, *marked) if quote]
