"""This package asks language models over any OpenAI-compatible endpoint.

`pool` asks the first choice and then the fallback, and `settings` says which and how patiently. `client` and `stream`
receive an answer, `answer` is its checked value, and `failures` classifies what went wrong. `tokens` estimates how long
a text is, and `cost` what an answer costs. What a model answers is a proposal; nothing here runs a tool.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .answer import ModelAnswer as ModelAnswer
    from .answer import ModelCall as ModelCall
    from .answer import make_answer_message as make_answer_message
    from .cost import charge_to as charge_to
    from .pool import ModelPool as ModelPool
    from .settings import ModelSettings as ModelSettings
    from .tokens import OMISSION_NOTE as OMISSION_NOTE
    from .tokens import PER_MESSAGE as PER_MESSAGE
    from .tokens import clip_text as clip_text
    from .tokens import compute_message_room as compute_message_room
    from .tokens import count_messages as count_messages
    from .tokens import count_tokens as count_tokens
    from .tokens import count_tools as count_tools
    from .tokens import trim_text as trim_text

__getattr__ = export_lazily(
    __name__,
    {
        "answer": "make_answer_message ModelAnswer ModelCall",
        "cost": "charge_to",
        "pool": "ModelPool",
        "settings": "ModelSettings",
        "tokens": (
            "clip_text compute_message_room count_messages count_tokens count_tools OMISSION_NOTE PER_MESSAGE trim_text"
        ),
    },
)
