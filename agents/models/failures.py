"""This module says why one try at a model failed, in a person's words, and whether trying again can help."""

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_PREFIX = re.compile(r"^Error code: \d+(?: - )?")
TRANSIENT_CODES = {408, 409, 425, 429}
_NEVER_REACHED = ("ConnectError", "ConnectTimeout")


class ModelFailure(Exception):
    """One try failed.

    Attributes:
        reason: one sentence without secrets.
        passing: the same request may succeed later.
        final: no other model of the endpoint would do better.
        retry_after: seconds that the endpoint asked to wait, or 0.
        free: the endpoint refused or was never reached, so that nothing was read and nothing costs.
    """

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        final: bool = False,
        retry_after: float = 0.0,
        free: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.final = final
        self.retry_after = retry_after
        self.free = free


def classify_failure(error: Exception) -> ModelFailure:
    """What an error from the client or from the stream means."""
    import openai

    match error:
        case ModelFailure():
            return error
        case openai.AuthenticationError():
            # The body may repeat the key.
            return ModelFailure("the endpoint refused the key (401); check OPENAI_API_KEY", final=True, free=True)
        case openai.APIStatusError():
            spent = error.code == "insufficient_quota"
            passing = not spent and (error.status_code in TRANSIENT_CODES or error.status_code >= 500)
            hint = parse_retry_after(error.response.headers.get("retry-after", "")) if passing else 0.0
            said = f"error {error.status_code}{_format_message(error.message)}"
            return ModelFailure(said, passing=passing, retry_after=hint, free=error.status_code < 500)
        case openai.APITimeoutError() | TimeoutError():
            return ModelFailure("no answer in time", passing=True)
        case openai.APIConnectionError():
            never = type(error.__cause__).__name__ in _NEVER_REACHED
            return ModelFailure("the connection failed or broke off", passing=True, free=never)
        case openai.APIError():
            return ModelFailure(f"the endpoint reported an error{_format_message(error.message)}", passing=True)
        case _:
            # Malformed bodies surface as whatever the parsers stumble over.
            return ModelFailure(f"the answer does not follow the protocol ({type(error).__name__})", passing=True)


def parse_retry_after(header: str) -> float:
    """Seconds to wait according to a Retry-After header: a number or an HTTP date; 0 when it says nothing usable.

    Source: RFC 9110, section 10.2.3.
    """
    try:
        return min(max(float(header), 0.0), 86_400.0) if header else 0.0
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.fromtimestamp(time.time(), UTC)).total_seconds(), 0.0)


def _format_message(message: str) -> str:
    line = "".join(char if char.isprintable() else " " for char in _PREFIX.sub("", message))
    line = " ".join(line.split())
    return f": {line[:160]}" if line else ""
