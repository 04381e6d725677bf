"""A turn as people and programs see it, while it runs and when it has ended."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..terminal.console import err, markdown, note, out, say
from ..terminal.unicode_safety import safe
from .review_view import review_record

if TYPE_CHECKING:
    from ...graphs.assistant.session import Progress, Turn
    from ...policies.domain.principal import Principal


def turn_record(turn: "Turn", reader: "Principal") -> dict[str, Any]:
    """The whole turn as plain JSON data."""
    return {
        "run": turn.run,
        "thread": turn.thread,
        "state": str(turn.state),
        "reply": turn.reply,
        "citations": list(turn.citations),
        "pending": [review_record(review, reader, datetime.now(UTC)) for review in turn.pending],
        "data": [dict(finding) for finding in turn.data],
        "route": dict(turn.route),
    }


def show_turn(turn: "Turn", *, streamed: str = "") -> None:
    """The reply, what it rests on, and what waits.

    Args:
        streamed: what of the reply stands on the screen already.
    """
    rest = turn.reply.strip().removeprefix(streamed.strip()).strip()
    if rest:
        markdown(rest)
    if turn.citations:
        say(f"Sources: {', '.join(turn.citations)}", style="dim")
    for review in turn.pending:
        say(f"Waiting: `countersign reviews show {review.review_id}`", style="dim")


class Teller:
    """Tells what happens during a turn: steps as dim lines on stderr, a model's words on stdout as they come."""

    def __init__(self) -> None:
        self.text = ""
        self._watched = err().is_terminal
        self._live = out().is_terminal

    def tell(self, event: "Progress") -> None:
        """Shows one event; events that nobody watches are left out."""
        match event.kind:
            case "text" if self._live:
                piece = str(event.data.get("text", ""))
                self.text += piece
                out().print(safe(piece), end="")
            case "restart" if self.text:
                self._break_off()
                note("… the answer broke off; it is asked for again.")
            case "decision" if self.text:
                self._break_off()  # those were words on the way to a call, not the reply
                self.tell(event)
            case "caught_up":
                note(f"Meanwhile: {event.data.get('text', '')}")
            case "text" | "restart" | "turn":
                pass
            case _ if self._watched and (line := _line(event.kind, event.data)):
                note(f"  {line}")

    def show_end(self, turn: "Turn") -> None:
        """Shows the turn, without repeating words that stand there already."""
        streamed = self.text
        if streamed:
            self._break_off()
        show_turn(turn, streamed=streamed)

    def _break_off(self) -> None:
        self.text = ""
        say()


def _line(kind: str, data: Mapping[str, Any]) -> str:
    match kind:
        case "routed":
            agents = ", ".join(data.get("agents") or []) or "nobody"
            return f"routed to {agents}: {data.get('intent')} (by {data.get('how')})"
        case "step":
            return f"{data.get('playbook')}: {str(data.get('step')).replace('_', ' ')}"
        case "decision":
            return f"policy: {data.get('verdict')} {data.get('tool')}"
        case "tool.started":
            return f"{data.get('tool')} …"
        case "tool.ended":
            return f"{data.get('tool')}: {data.get('status')}"
        case "review":
            return f"{data.get('review_id')} is {str(data.get('state')).replace('_', ' ')}"
        case "answer.refused":
            return f"{data.get('review_id')}: {data.get('reason')}"
        case "fallback":
            return f"working without the model: {data.get('reason')}"
    return ""
