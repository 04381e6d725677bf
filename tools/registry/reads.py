"""Reads: calls that change nothing, with what the reader must not see masked."""

from pydantic import BaseModel

from ...policies.domain.decision import Decision
from ...policies.errors import CountersignError, Unavailable
from ..connectors.circuit_breaker import Breakers
from ..outcome import Outcome, Status
from ..spec import ToolContext, ToolSpec
from ..summary import mask
from .invocation import attempt


async def read(
    spec: ToolSpec, args: BaseModel, context: ToolContext, decision: Decision, breakers: Breakers
) -> Outcome:
    """Makes the call; whatever goes wrong is an outcome with a reason, and nothing was changed by it."""
    digest, down = decision.digest, False
    try:
        value = await attempt(spec, args, context, breakers)
    except CountersignError as error:
        message, down = str(error), isinstance(error, Unavailable)
    except TimeoutError:
        message, down = f"{spec.system} did not answer in {spec.timeout} s.", True
    except Exception as error:  # noqa: BLE001 - a tool's fault is an answer here, and the log keeps its name
        message = f"{spec.name} failed ({type(error).__name__}: {error}); its owner is {spec.owner}."
    else:
        masked = mask(value, decision.obligations.mask)
        return Outcome(Status.SUCCEEDED, digest, masked, untrusted=spec.untrusted)
    # What went wrong may be said in the words of what was read.
    return Outcome(Status.FAILED, digest, message=message, untrusted=spec.untrusted, unavailable=down)
