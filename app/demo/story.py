"""The story shows what Countersign does: real work on the sample company, each step checked as it happens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ...policies.errors import BadInput, NotAllowed
from ...tools.sample_company import demo_orders
from ...tools.sample_company.generate.billing import SHOWN_INVOICE
from ...tools.sample_company.generate.contracts import SHOWN_CONTRACT
from ..terminal.console import print_markdown, print_text

if TYPE_CHECKING:
    from ...graphs.assistant.session import Turn
    from ...graphs.assistant.sync import Assistant

EXIT_NOT_AS_TOLD = 1
PARALEGAL, COUNSEL, CLERK, CONTROLLER = "noah.lind", "eva.stern", "lena.brandt", "karl.weiss"
THREAD = "demo"
NOTHING_WAITS = "There is nothing to sign."
SHOWN_FIRST_LINES, SHOWN_LAST_LINES = 14, 5  # lines of a long reply that are shown; the whole is in the history
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

    def __init__(self, assistant: "Assistant") -> None:
        self.assistant = assistant
        self.records = assistant.core.services.registry.services.records
        self.waiting = ""

    def scene(self, told: str, who: str, did: str, act: Act) -> Scene:
        started = perf_counter()
        got, checks = act()
        missed = tuple(what for what, held in checks if not held)
        return Scene(told, who, did, got, missed, perf_counter() - started)

    def says(self, told: str, who: str, text: str, check: Callable[["Turn"], list[Check]]) -> Scene:
        def act() -> tuple[str, list[Check]]:
            turn = self.assistant.send(text, as_user=who, thread=THREAD)
            self.waiting = turn.pending[0].review_id if turn.pending else ""
            return turn.reply, check(turn)

        return self.scene(told, who, f"says “{text}”", act)

    def signs(
        self, told: str, who: str, check: Callable[["Turn | None"], list[Check]], *, rejects_because: str = ""
    ) -> Scene:
        review_id, decision = self.waiting, "reject" if rejects_because else "approve"

        def act() -> tuple[str, list[Check]]:
            if not review_id:
                return NOTHING_WAITS, [("the step before opened a review", False)]
            turn = self.assistant.answer(review_id, decision, as_user=who, message=rejects_because)
            return turn.reply if turn else "Signed; more signatures are needed.", check(turn)

        return self.scene(told, who, f"{decision}s {review_id}{rejects_because and f': “{rejects_because}”'}", act)

    def is_refused(self, told: str, who: str) -> Scene:
        review_id = self.waiting

        def act() -> tuple[str, list[Check]]:
            if not review_id:
                return NOTHING_WAITS, [("the step before opened a review", False)]
            try:
                self.assistant.answer(review_id, "approve", as_user=who)
            except NotAllowed as refusal:
                still = [review.review_id for review in self.assistant.waiting(as_user=AGENT)]
                return str(refusal), [("the review still waits", review_id in still)]
            return "It was approved.", [("the approval is refused", False)]

        return self.scene(told, who, f"tries to approve {review_id}", act)

    def refunds(self, order_id: str) -> int:
        return self.records.count("refund", where={"order_id": order_id})


def play_story(assistant: "Assistant") -> Iterator[Scene]:
    """The story, scene by scene.

    Raises:
        BadInput: the company has no order that the story could be about, or the story was played here before.
    """
    stage = _Stage(assistant)
    if _status(stage) in ("posted", "paid"):
        raise BadInput("The story has been played in this data folder already; name a new one, or leave --home out.")
    yield from _legal(stage)
    yield from _finance(stage)
    yield from _support(stage)
    yield _proof(stage)


def _legal(stage: _Stage) -> Iterator[Scene]:
    def waits(turn: "Turn") -> list[Check]:
        return [
            ("counsel must sign", _seats(turn) == ["counsel"]),
            ("nothing was approved", _contract(stage) != "approved"),
        ]

    def reviewed(turn: "Turn | None") -> list[Check]:
        review = dict(turn.data[0]["data"].get("review", {})) if turn and turn.data else {}
        text = str((stage.records.get("contract", SHOWN_CONTRACT) or {}).get("text", ""))
        quoted = [item for item in (*review.get("risks", ()), *review.get("clauses", ())) if item["start"] is not None]
        return [
            ("the work is done", turn is not None and turn.state == "done"),
            ("it has risks of high level", bool(review.get("high_risks"))),
            ("every quote is verbatim", all(item["quote"] == text[item["start"] : item["end"]] for item in quoted)),
            ("clauses and risks are quoted", len(quoted) > 1),
            ("the contract is not approved", _contract(stage) != "approved"),
        ]

    told = "A contract is reviewed. It has grave risks, so approving it is for counsel."
    yield stage.says(told, PARALEGAL, f"review contract {SHOWN_CONTRACT}", waits)
    told = "Counsel says no, with a reason; the findings come with the words of the contract."
    yield stage.signs(told, COUNSEL, reviewed, rejects_because="renegotiate the liability cap and the renewal first")


def _finance(stage: _Stage) -> Iterator[Scene]:
    def explained(turn: "Turn") -> list[Check]:
        return [
            ("the answer is about the invoice", SHOWN_INVOICE in turn.reply),
            ("the price is named as the cause", "price" in turn.reply.lower()),
            ("nothing was posted", _status(stage) != "posted"),
        ]

    def waits(turn: "Turn") -> list[Check]:
        return [
            ("a controller must sign", _seats(turn) == ["controller"]),
            ("nothing was posted", _status(stage) != "posted"),
        ]

    def posted(turn: "Turn | None") -> list[Check]:
        return [
            ("the work is done", turn is not None and turn.state == "done"),
            ("the invoice is posted", _status(stage) == "posted"),
        ]

    yield stage.says("A stuck invoice is explained.", CLERK, f"why is invoice {SHOWN_INVOICE} stuck?", explained)
    told = "The supplier is asked to put it right. Posting it all the same is not for the clerk alone."
    yield stage.says(told, CLERK, f"handle invoice {SHOWN_INVOICE}", waits)
    yield stage.signs("A controller countersigns, and only then it is posted.", CONTROLLER, posted)


def _support(stage: _Stage) -> Iterator[Scene]:
    small = str(demo_orders.find_refundable_order(stage.records, 0, 10_000)["id"])
    medium = str(demo_orders.find_refundable_order(stage.records, 10_000, 100_000)["id"])
    old = str(demo_orders.find_order_too_old(stage.records)["id"])

    def paid(turn: "Turn") -> list[Check]:
        return [("it is done at once", turn.state == "done"), ("the refund is recorded", stage.refunds(small) == 1)]

    def waits(turn: "Turn") -> list[Check]:
        return [
            ("a support manager must sign", _seats(turn) == ["support_manager"]),
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
        audit = stage.assistant.core.services.audit
        count = audit.verify()
        refused = sum(1 for _ in audit.records(kind="review.refused"))
        got = f"The log is whole: {count} records. Both refused signatures stand in it."
        return got, [("both refusals are recorded", refused >= 2)]

    return stage.scene("Everything that happened can be proved.", "anybody", "verifies the hash chain", act)


def narrate_scene(scene: Scene, number: int) -> None:
    """Shows one scene to a person."""
    lines = scene.got.splitlines()
    print_text(f"\n{number}. {scene.told}", style="bold")
    print_text(f"{scene.who} {scene.did}", style="cyan")
    hidden = len(lines) - SHOWN_FIRST_LINES - SHOWN_LAST_LINES
    if hidden <= 1:
        print_markdown(scene.got)
    else:
        print_markdown("\n".join(lines[:SHOWN_FIRST_LINES]))
        print_text(f"… {hidden} more lines …", style="dim")
        print_markdown("\n".join(lines[-SHOWN_LAST_LINES:]))
    if scene.as_told:
        print_text(f"✓ as told ({scene.seconds:.1f} s)", style="green")
    for what in scene.missed:
        print_text(f"✗ not as told: {what}", style="bold red")


def _status(stage: _Stage) -> str:
    return str((stage.records.get("invoice", SHOWN_INVOICE) or {}).get("status", ""))


def _contract(stage: _Stage) -> str:
    return str((stage.records.get("contract", SHOWN_CONTRACT) or {}).get("status", ""))


def _seats(turn: "Turn") -> list[str]:
    return [seat for review in turn.pending for seat in review.seats]
