"""What a person can answer to a review, and what each answer needs. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..errors import BadInput

MAX_WORDS = 20_000
"""The most characters of a message."""


class AnswerType(StrEnum):
    """What a person can do; the first four names are those of LangChain's human-in-the-loop schema.

    ``request_changes`` sends it back to whoever asked, ``delegate`` asks another person who may answer, and
    ``withdraw`` is for the requester alone.
    """

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    RESPOND = "respond"
    CHANGES = "request_changes"
    DELEGATE = "delegate"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer.

    Attributes:
        message: the reason (required to reject), what to change (required to request changes) or the reply that
            stands in for the tool's result (respond).
        args: the whole new arguments (edit).
        to: user id of the person to ask (delegate).
    """

    type: AnswerType
    message: str = ""
    args: dict[str, Any] | None = None
    to: str = ""

    def check(self) -> None:
        """Refuses an answer that lacks what its type needs.

        Raises:
            BadInput: a rejection without a reason, a response without a text, an edit without arguments, changes that
                are not named, a delegation to nobody; words that are no text or too many.
        """
        if not isinstance(self.message, str) or not isinstance(self.to, str) or "\x00" in self.message + self.to:
            raise BadInput("What is said with an answer, and whom it is delegated to, must be text.")
        if len(self.message) > MAX_WORDS:
            raise BadInput(f"The message has {len(self.message):,} characters; at most {MAX_WORDS:,} are kept.")
        if self.type in _NEED_WORDS and not self.message.strip():
            raise BadInput(_NEED_WORDS[self.type])
        if (self.type is AnswerType.DELEGATE) != bool(self.to):
            raise BadInput("A delegation, and only a delegation, names the person to ask.")
        if (self.type is AnswerType.EDIT) != (self.args is not None):
            raise BadInput("An edit, and only an edit, needs the new arguments.")


_NEED_WORDS = {
    AnswerType.REJECT: "A rejection needs a reason; say why, so that the requester can act on it.",
    AnswerType.RESPOND: "A response needs a text; it stands in for the tool's result.",
    AnswerType.CHANGES: "Say which changes you want, so that the requester can make them.",
}
