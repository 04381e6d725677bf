"""The number of tokens is estimated, offline and for any model, and corrected by what the endpoint counts.

Models cut text differently and the common tokenizers download their vocabularies, so texts are measured by what all of
them do: a short word is one token, a longer one a token for about six letters, an inner capital begins another, digits
and symbols are one each, and characters beyond ASCII at least one each. Compared with MiniLM's own WordPiece tokenizer,
whose 30,000 pieces cut finer than those of today's models, the estimate stays above on contracts, policies, chat and
JSON (``tests/agents/models/test_tokens.py`` measures it). It remains an estimate: :func:`compute_message_room` leaves a
tenth of the window free. It is additive over texts joined by a line break: no joined text costs more than its parts and
the breaks.

With an answer an endpoint says how many tokens the request had. What it counts for each thousand of the estimate is the
measure of the model, and the room for the next request is reckoned by it. A measure rises at once, because a request
that does not fit is lost, and falls by a twentieth of the way with each answer, because one odd count says little. It
stands in the log with every answer, so each request's budget can be explained, and the next process goes on with it.
"""

import json
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

PER_MESSAGE = 5
PER_CALL = 8
SAFETY = 0.9
OMISSION_NOTE = "[… a part is left out here …]"
LONG_WORD = 16
LETTERS_PER_TOKEN = 6
# No token of the estimate covers more characters than this, single spaces included.
MOST_CHARS_PER_TOKEN = 9

_LETTERS = string.ascii_letters.encode()
_SYMBOLS = bytes(code for code in range(256) if code not in _LETTERS + b" \t\n")
_TO_WORDS = bytes(code if code in _LETTERS else 0x20 for code in range(256))
_HUMPS = re.compile(rb"[a-z](?=[A-Z])")
_BLANKS = re.compile(rb"[ \t]{2,8}")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_REMEMBERED = 4096
_known: dict[int, int] = {}


def count_tokens(text: str) -> int:
    """The estimated number of tokens in a text."""
    # Assembling counts most texts several times. Hashes are kept, never the texts: memory must be able to forget.
    mark = hash(text)
    found = _known.get(mark)
    if found is None:
        found = _count(text)
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[mark] = found
    return found


def _count(text: str) -> int:
    # Whatever is not ASCII becomes a question mark, one symbol each.
    data = text.encode("ascii", "replace")
    sizes = Counter(map(len, data.translate(_TO_WORDS).split()))
    total = sum(_word(size) * times for size, times in sizes.items())
    total += len(data) - len(data.translate(None, _SYMBOLS)) + data.count(b"\n") + len(_HUMPS.findall(data))
    if b"  " in data or b"\t" in data:
        total += len(_BLANKS.findall(data))
    return total if text.isascii() else total + 2 * len(_ASTRAL.findall(text))


def _word(size: int) -> int:
    # Longer than any common word: encoded data, which no vocabulary holds.
    return -(-size // (LETTERS_PER_TOKEN if size <= LONG_WORD else 2))


def count_messages(messages: "Sequence[BaseMessage]") -> int:
    """The estimated tokens of a request's messages, with the marks that a chat format puts around each."""
    total = 0
    for message in messages:
        total += PER_MESSAGE + count_tokens(str(message.text))
        for call in (*getattr(message, "tool_calls", ()), *getattr(message, "invalid_tool_calls", ())):
            shown = call["args"] if isinstance(call["args"], str) else json.dumps(call["args"], default=str)
            total += PER_CALL + count_tokens(str(call["name"])) + count_tokens(str(call["id"])) + count_tokens(shown)
        total += count_tokens(getattr(message, "tool_call_id", ""))
    return total


def count_tools(tools: Sequence[Mapping[str, Any]]) -> int:
    """The estimated tokens of the tool schemas that go with a request."""
    return sum(PER_CALL + count_tokens(json.dumps(dict(tool), default=str)) for tool in tools)


def compute_message_room(
    context_tokens: int, tools: Sequence[Mapping[str, Any]] = (), answer_tokens: int = 2_000
) -> int:
    """The budget for :func:`..context.assembly.assemble_context`: the window less tools, answer and a safety margin
    of a tenth.

    The answer is given a quarter of a small window at most.
    """
    usable = int(context_tokens * SAFETY)
    return max(0, usable - count_tools(tools) - min(answer_tokens, usable // 4))


def trim_text(text: str, limit: int) -> str:
    """The text when it costs at most ``limit`` tokens; else its beginning and end around a note of what is missing.

    The beginning gets two thirds. Empty when not even the note fits.
    """
    if len(text) <= limit * MOST_CHARS_PER_TOKEN and count_tokens(text) <= limit:
        return text
    low, high, best = 0, min(len(text), limit * MOST_CHARS_PER_TOKEN), ""
    while low <= high:
        kept = (low + high) // 2
        candidate = _keep_ends(text, kept)
        if count_tokens(candidate) <= limit:
            best, low = candidate, kept + 1
        else:
            high = kept - 1
    return best


def clip_text(text: str, limit: int) -> str:
    """A text that cannot fit into ``limit`` tokens anyway, cut to what might be shown of it; any other as it is.

    Cheap for texts of any size, so that nobody can make a request slow by bringing a huge one.
    """
    most = limit * MOST_CHARS_PER_TOKEN
    return text if len(text) <= most + 100 else _keep_ends(text, most)


def _keep_ends(text: str, kept: int) -> str:
    head = kept - kept // 3
    tail = text[len(text) - kept // 3 :].lstrip()
    return "\n".join(part for part in (text[:head].rstrip(), OMISSION_NOTE, tail) if part)


EVEN = 1000
LEAST, MOST = 700, 2000
"""Whatever an endpoint says, a request is reckoned at seven tenths of the estimate at least and at twice it at most:
no usual vocabulary is further away, and one odd count must not stop all work."""
SHORTEST = 200
"""Tokens of the smallest request that says something; of a smaller one the chat format makes up too much."""
DECAY_DIVISOR = 20
STEP = 10
MOST_MODELS = 16


@dataclass(frozen=True, slots=True)
class TokenMeasure:
    """What a model counts for each thousand estimated tokens, and from how many answers that is known."""

    per_mille: int = EVEN
    answers: int = 0

    def adjust(self, estimated: int, counted: int) -> "TokenMeasure":
        """The measure when a request of so many estimated tokens had so many by the model's own count."""
        if estimated < SHORTEST or counted <= 0:
            return self
        seen = min(max(-(-counted * 1000 // estimated), LEAST), MOST)
        falls = self.per_mille - max((self.per_mille - seen) // DECAY_DIVISOR, 1)
        return TokenMeasure(seen if seen >= self.per_mille else falls, self.answers + 1)

    def window(self, tokens: int) -> int:
        """How many estimated tokens a window of the model's own tokens holds."""
        return tokens * 1000 // (-(-self.per_mille // STEP) * STEP)

    def record(self) -> dict[str, int]:
        """As plain JSON data."""
        return {"per_mille": self.per_mille, "answers": self.answers}


class TokenMeasures:
    """The measures of several models. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, TokenMeasure] = {}
        self._begun = False

    def restore(self, told: Callable[[], Mapping[str, Any] | None]) -> None:
        """Goes on, once, with what :meth:`record` gave when it was written down last."""
        with self._lock:
            if self._begun:
                return
            for model, known in (told() or {}).items():
                per_mille = min(max(int(known.get("per_mille", EVEN)), LEAST), MOST)
                self._known[str(model)] = TokenMeasure(per_mille, int(known.get("answers", 0)))
            self._begun = True

    def get_highest(self, models: Iterable[str]) -> TokenMeasure:
        """The measure for a request that any of the models may get: that of the one which counts most."""
        with self._lock:
            return max((self._known.get(model, TokenMeasure()) for model in models), key=lambda one: one.per_mille)

    def learn(self, model: str, estimated: int, counted: int) -> None:
        """Takes in what a model counted."""
        with self._lock:
            self._known[model] = self._known.pop(model, TokenMeasure()).adjust(estimated, counted)
            while len(self._known) > MOST_MODELS:
                del self._known[next(iter(self._known))]

    def record(self) -> dict[str, dict[str, int]]:
        """All of it as plain JSON data."""
        with self._lock:
            return {model: known.record() for model, known in self._known.items()}
