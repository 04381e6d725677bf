"""The invocation is one call of one tool body: permit, timeout, result check, and retries where repeating is safe.

Reads, which change nothing, give their results with what the reader must not see masked.
"""

import asyncio
import inspect
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from ...policies.domain.canonical import make_plain_data
from ...policies.domain.decision import Decision
from ...policies.errors import CountersignError, Unavailable
from ..connectors.circuit_breaker import CircuitBreakers
from ..outcome import Outcome, Status
from ..spec import ToolContext, ToolSpec, issue_permit, withdraw_permit
from ..summary import mask_fields

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0


class BrokenResult(Exception):
    """The tool answered, but not with what its contract promises."""


async def attempt_call(
    spec: ToolSpec, args: BaseModel, context: ToolContext, breakers: CircuitBreakers
) -> dict[str, Any]:
    """Runs the body and returns its checked result as plain JSON data.

    A transient failure (``Unavailable``, a timeout) is tried again up to ``spec.retries`` times with exponential
    back-off and jitter, but only for reads and for writes that the system de-duplicates by key. The system's breaker
    is told whether it answered; whoever calls has asked it before.

    Raises:
        BrokenResult: the result does not fit the tool's result model.
        TimeoutError: a try of a write took too long, even if a later one was refused.
        Exception: whatever the body raised, once retries are used up.
    """
    tries = 1 + spec.retries if spec.idempotent or not spec.writes else 1
    retrying = AsyncRetrying(
        stop=stop_after_attempt(tries),
        wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
        retry=retry_if_exception_type((Unavailable, TimeoutError)),
        reraise=True,
    )
    overran = False
    try:
        async for turn in retrying:
            with turn:
                try:
                    found = await _call_once(spec, args, context)
                except TimeoutError:
                    overran = True
                    raise
    except Exception as error:
        if isinstance(error, Unavailable | TimeoutError):
            breakers.record_failure(spec.system)
        if overran and spec.writes and not isinstance(error, TimeoutError):
            # The try that overran cannot be stopped; whatever the last one said, the effect may still come.
            raise TimeoutError(f"an earlier try took too long, the last one said: {error}") from error
        raise
    breakers.record_success(spec.system)
    return check_result(spec, found)


async def _call_once(spec: ToolSpec, args: BaseModel, context: ToolContext) -> Any:
    permitted = replace(context, permit=issue_permit())
    try:
        async with asyncio.timeout(spec.timeout):
            if inspect.iscoroutinefunction(spec.run):
                return await cast(Awaitable[BaseModel], spec.run(args, permitted))
            return await asyncio.to_thread(spec.run, args, permitted)
    finally:
        withdraw_permit(permitted.permit)


def check_result(spec: ToolSpec, found: Any) -> dict[str, Any]:
    """The result as plain JSON data, if it is what the tool's contract promises.

    Raises:
        BrokenResult: it is not.
    """
    try:
        model = spec.result.model_validate(found.model_dump(warnings=False) if isinstance(found, BaseModel) else found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BrokenResult(
            f"{spec.name} returned a result that breaks its contract at {where!r}: {first['msg']}"
        ) from None
    data: dict[str, Any] = make_plain_data(model.model_dump(mode="json"))
    return data


async def run_read(
    spec: ToolSpec, args: BaseModel, context: ToolContext, decision: Decision, breakers: CircuitBreakers
) -> Outcome:
    """Makes the call; whatever goes wrong is an outcome with a reason, and nothing was changed by it."""
    digest, down = decision.digest, False
    try:
        value = await attempt_call(spec, args, context, breakers)
    except CountersignError as error:
        message, down = str(error), isinstance(error, Unavailable)
    except TimeoutError:
        message, down = f"{spec.system} did not answer in {spec.timeout} s.", True
    except Exception as error:  # noqa: BLE001 - a tool's fault is an answer here, and the log keeps its name
        message = f"{spec.name} failed ({type(error).__name__}: {error}); its owner is {spec.owner}."
    else:
        masked = mask_fields(value, decision.obligations.mask)
        return Outcome(Status.SUCCEEDED, digest, masked, untrusted=spec.untrusted)
    # What went wrong may be said in the words of what was read.
    return Outcome(Status.FAILED, digest, message=message, untrusted=spec.untrusted, unavailable=down)
