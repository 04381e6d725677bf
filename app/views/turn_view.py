"""A turn is shown to people and programs, while it runs and when it has ended."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..terminal.console import make_error_console, make_output_console, print_markdown, print_note, print_text
from ..terminal.unicode_safety import escape_unsafe
from .review_view import serialize_review

if TYPE_CHECKING:
    from ...graphs.assistant.session import Progress, Turn
    from ...policies.domain.principal import Principal


def serialize_turn(turn: "Turn", reader: "Principal") -> dict[str, Any]:
    """The whole turn as plain JSON data."""
    return {
        "run": turn.run,
        "thread": turn.thread,
        "state": str(turn.state),
        "reply": turn.reply,
        "citations": list(turn.citations),
        "pending": [serialize_review(review, reader, datetime.now(UTC)) for review in turn.pending],
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
        print_markdown(rest)
    if turn.citations:
        print_text(f"Sources: {', '.join(turn.citations)}", style="dim")
    for review in turn.pending:
        print_text(f"Waiting: `countersign reviews show {review.review_id}`", style="dim")


class TurnPrinter:
    """Tells what happens during a turn: steps as dim lines on stderr, a model's words on stdout as they come."""

    def __init__(self) -> None:
        self.text = ""
        self._watched = make_error_console().is_terminal
        self._live = make_output_console().is_terminal

    def tell(self, event: "Progress") -> None:
        """Shows one event; events that nobody watches are left out."""
        match event.kind:
            case "text" if self._live:
                piece = str(event.data.get("text", ""))
                self.text += piece
                make_output_console().print(escape_unsafe(piece), end="")
            case "restart" if self.text:
                self._break_off()
                print_note("… the answer broke off; it is asked for again.")
            case "decision" if self.text:
                self._break_off()  # those were words on the way to a call, not the reply
                self.tell(event)
            case "caught_up":
                print_note(f"Meanwhile: {event.data.get('text', '')}")
            case "text" | "restart" | "turn":
                pass
            case _ if self._watched and (line := _line(event.kind, event.data)):
                print_note(f"  {line}")

    def show_end(self, turn: "Turn") -> None:
        """Shows the turn, without repeating words that stand there already."""
        streamed = self.text
        if streamed:
            self._break_off()
        show_turn(turn, streamed=streamed)

    def _break_off(self) -> None:
        self.text = ""
        print_text()


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
