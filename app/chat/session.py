"""In a conversation at the terminal messages go to the assistant; lines that begin with / are commands."""

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...policies.domain.decision import Priority
from ...policies.errors import BadInput, CountersignError
from ...policies.review.answers import list_allowed_answers
from ...policies.review.review import AnswerType, Review
from ...policies.review.wording import format_signers
from ...tools.extraction.documents import TextDocument, load_text_document
from ..access.inbox import find_answerable_id, find_review, find_sent_back, sort_by_urgency
from ..access.unmasking import unmask_line, unmask_text
from ..terminal.console import can_ask, make_error_console, print_markdown, print_note, print_renderable, print_text
from ..views.review_view import format_review
from ..views.turn_view import TurnPrinter, show_turn
from .review_answers import describe_answer

if TYPE_CHECKING:
    from ...graphs.assistant.sync import Assistant

HELP_TEXT = """\
Say what you need, or:
  /history              what was said in this conversation
  /reviews              what waits for you and what of yours waits; at a terminal you can answer there
  /show ID              everything about one review
  /approve ID           countersign it
  /reject ID REASON     say no, for good
  /respond ID WORDS     answer in words instead of letting it run
  /changes ID WHAT      send it back, to be changed
  /delegate ID USER     ask another person; a word to them may follow
  /withdraw ID          take back your own request; why may follow
  /file PATH            bring a text, PDF, Word, HTML or e-mail file along with the next message
  /thread NAME          go to another conversation
  /quit                 leave (or Ctrl-D); what waits goes on waiting
Ctrl-C stops a turn; it goes on with your next message."""
MAX_MESSAGES = 40
MAX_NEWS = 20


class ChatSession:
    """One person's conversation.

    Args:
        assistant: an open assistant.
        who: id of the principal, authenticated by the caller.
        thread: the conversation to begin with.

    Raises:
        NotAllowed: nobody in the directory has this id.
    """

    def __init__(self, assistant: "Assistant", who: str, thread: str) -> None:
        self._assistant = assistant
        self._principal = assistant.principal(who)
        self._who = who
        self._thread = thread
        self._files: list[TextDocument] = []
        self._seen = 0
        self._shown: set[str] = set()

    def welcome(self) -> None:
        """Says who talks, goes on with what was left behind, and what waits."""
        said = self._assistant.history(as_user=self._who, thread=self._thread)
        print_note(
            f"You are {self._principal.name or self._who}. Conversation {self._thread!r}, {len(said)} messages. /help"
        )
        self._catch_up()
        self._tell_news(said[-1].seq if said else 0)
        self._show_waiting()

    def goodbye(self) -> None:
        """Says that nothing is lost."""
        waiting = len(self._assistant.waiting(as_user=self._who))
        print_note(
            f"{waiting} of your requests wait for others; come back for them any time." if waiting else "Goodbye."
        )

    def take(self, line: str) -> bool:
        """Takes one line; returns whether the conversation goes on. Errors are told, and change nothing."""
        line = line.strip()
        if not line:
            return True
        if line in ("/quit", "/exit"):
            return False
        try:
            self._tell_news(self._seen)
            if line.startswith("/"):
                self._command(*line[1:].split(maxsplit=1))
            else:
                self._say(line)
        except CountersignError as error:
            print_note(str(error), style="bold")
        except KeyboardInterrupt:
            print_note("Stopped. Nothing is lost; it goes on with your next message.")
        return True

    def _say(self, text: str) -> None:
        teller, turn = TurnPrinter(), None
        with closing(
            self._assistant.stream(text, as_user=self._who, thread=self._thread, documents=self._files)
        ) as events:
            for event in events:
                teller.tell(event)
                turn = event.turn or turn
                if event.kind == "caught_up":
                    self._mark_shown(str(event.data["run"]), str(event.data["state"]))
        self._files = []
        if turn is not None:
            self._mark_shown(turn.run, turn.state)
            teller.show_end(turn)
            self._offer([review for review in turn.pending if review.refuse(self._principal) is None])
        self._remind()

    def _command(self, name: str = "", rest: str = "") -> None:
        commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: print_text(HELP_TEXT),
            "history": self._history,
            "reviews": self._reviews,
            "show": self._show,
            "approve": lambda given: self._answer(given, "approve"),
            "reject": lambda given: self._answer(given, "reject"),
            "respond": lambda given: self._answer(given, "respond"),
            "changes": lambda given: self._answer(given, "request_changes"),
            "delegate": self._delegate,
            "withdraw": self._withdraw,
            "file": self._file,
            "thread": self._go_to,
        }
        if name not in commands:
            raise BadInput(f"There is no command /{name}; /help lists them. A message must not begin with a slash.")
        commands[name](rest.strip())

    def _history(self, _rest: str) -> None:
        messages = self._assistant.history(as_user=self._who, thread=self._thread)
        if not messages:
            print_text("Nothing has been said here yet.")
        for message in messages[-MAX_MESSAGES:]:
            print_text("You" if message.role == "user" else "Countersign", style="bold")
            print_markdown(message.text)

    def _reviews(self, _rest: str) -> None:
        inbox = self._assistant.pending(as_user=self._who)
        own = self._assistant.waiting(as_user=self._who)
        if not inbox and not own:
            print_text("Nothing waits for you, and nothing of yours waits.")
        now = datetime.now(UTC)
        for review in sort_by_urgency(own, now):
            late = " OVERDUE" if review.overdue(now) else ""
            print_text(
                f"Yours, waiting for {format_signers(review)}: {review.review_id}  {self._read(review.summary)}{late}"
            )
        for review in (inbox := sort_by_urgency(inbox, now)):
            print_text(f"For you: {review.review_id}  {self._read(review.summary)}{_format_urgency(review, now)}")
        self._offer(inbox)

    def _show(self, given: str) -> None:
        self._show_review(self._review(given))

    def _show_review(self, review: Review) -> None:
        before = find_sent_back(self._assistant.core.services.reviews, review)
        text = format_review(review, self._principal, datetime.now(UTC), before)
        print_renderable(unmask_text(self._assistant.core.services.masker, self._principal, text))

    def _read(self, line: str) -> str:
        """A line as the person at the keyboard may read it."""
        return unmask_line(self._assistant.core.services.masker, self._principal, line)

    def _delegate(self, given: str) -> None:
        review_id, _, rest = given.partition(" ")
        to, _, message = rest.strip().partition(" ")
        if not to:
            raise BadInput("Name the review and the person: /delegate ID USER. `countersign users` lists everybody.")
        self._answer(f"{review_id} {message}", "delegate", to=to)

    def _answer(self, given: str, decision: str, to: str = "") -> None:
        review_id, _, message = given.partition(" ")
        found = find_answerable_id(self._assistant.core.services.reviews, self._principal, review_id)
        turn = self._assistant.answer(found, decision, as_user=self._who, message=message.strip(), to=to)
        after = self._assistant.core.services.reviews.get(found)
        for line in describe_answer(self._assistant, after, turn):
            print_text(line)

    def _withdraw(self, given: str) -> None:
        review_id, _, reason = given.partition(" ")
        review = self._review(review_id)
        turn = self._assistant.withdraw(review.review_id, as_user=self._who, reason=reason.strip())
        print_text(f"{review.review_id} is withdrawn.")
        if turn is not None:
            self._mark_shown(turn.run, turn.state)
            show_turn(turn)

    def _file(self, given: str) -> None:
        if not given:
            raise BadInput("Name a file: /file PATH. It goes along with your next message.")
        path = Path(given).expanduser()
        document = load_text_document(path)
        self._files.append(document)
        print_text(f"{document.name} ({len(document.text):,} characters) goes along with your next message.")

    def _go_to(self, given: str) -> None:
        if not given:
            raise BadInput("Name a conversation: /thread NAME.")
        said = self._assistant.history(as_user=self._who, thread=given)
        self._thread = given
        self._seen = said[-1].seq if said else 0
        print_text(f"Conversation {given!r}, {len(said)} messages.")

    def _offer(self, reviews: list[Review]) -> None:
        """At a terminal, asks about each review in turn."""
        if not can_ask():
            return
        for review in reviews:
            self._show_review(review)
            again = AnswerType.CHANGES in list_allowed_answers(review, self._principal)
            make_error_console().print(f"[a]pprove, [r]eject, {'[c]hanges, ' if again else ''}or [s]kip? ", end="")
            choice = sys.stdin.readline().strip().lower()[:1]
            if choice == "a":
                self._answer(review.review_id, "approve")
            elif choice == "r" or (choice == "c" and again):
                make_error_console().print("Why? " if choice == "r" else "What should change? ", end="")
                decision = "reject" if choice == "r" else "request_changes"
                self._answer(f"{review.review_id} {sys.stdin.readline().strip()}", decision)

    def _review(self, given: str) -> Review:
        return find_review(self._assistant.core.services.reviews, self._principal, given)

    def _catch_up(self) -> None:
        for turn in self._assistant.catch_up(as_user=self._who):
            self._mark_shown(turn.run, turn.state)
            show_turn(turn)

    def _mark_shown(self, run: str, state: str) -> None:
        """Remembers whose reply stands on the screen; work that waits has not replied yet."""
        if state != "waiting":
            self._shown.add(run)

    def _tell_news(self, seen: int) -> None:
        """Shows replies that came while nobody was asking: of work that a reviewer or the time has brought to its end.

        Args:
            seen: number of the last message that was there before.
        """
        latest = self._assistant.history(as_user=self._who, thread=self._thread, limit=MAX_NEWS)
        for message in latest:
            if message.seq > seen and message.role == "assistant" and message.run not in self._shown:
                print_note(f"Meanwhile: {message.text}")
        self._seen = latest[-1].seq if latest else 0

    def _remind(self) -> None:
        inbox = len(self._assistant.pending(as_user=self._who))
        if inbox:
            print_note(f"{inbox} {'reviews wait' if inbox > 1 else 'review waits'} for you: /reviews")

    def _show_waiting(self) -> None:
        """One line on what waits, for whom, and how much of it is overdue."""
        now = datetime.now(UTC)
        inbox, own = self._assistant.pending(as_user=self._who), self._assistant.waiting(as_user=self._who)
        told = [f"{_format_counts(inbox, now)} for you"] if inbox else []
        told += [f"{_format_counts(own, now)} of yours for others"] if own else []
        if told:
            print_note(f"Waiting: {'; '.join(told)}. /reviews shows them.")


def _format_counts(reviews: list[Review], now: datetime) -> str:
    late = sum(review.overdue(now) for review in reviews)
    return f"{len(reviews)}{f' ({late} overdue)' if late else ''}"


def _format_urgency(review: Review, now: datetime) -> str:
    """What makes a review more pressing than others, if anything does."""
    marks = ["OVERDUE"] if review.overdue(now) else []
    marks += [f"{review.priority} priority"] if Priority(review.priority).rank > Priority.NORMAL.rank else []
    return f" ({', '.join(marks)})" if marks else ""
