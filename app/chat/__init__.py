"""A conversation at the terminal.

`session` is the conversation with its commands, `input` reads lines, and `review_answers` gives a reviewer's answer and
says what came of it.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .first_steps import describe_first_steps as describe_first_steps
    from .input import read_lines as read_lines
    from .review_answers import answer_reviews as answer_reviews
    from .session import ChatSession as ChatSession

__getattr__ = export_lazily(
    __name__,
    {
        "first_steps": "describe_first_steps",
        "input": "read_lines",
        "review_answers": "answer_reviews",
        "session": "ChatSession",
    },
)
