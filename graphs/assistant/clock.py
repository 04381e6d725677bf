"""The clock moves waiting work on: any open process reminds, escalates, ends reviews, and resumes what was left behind.

Nothing is kept here. What is due stands in the database, so a restart forgets nothing, and of several processes that
look at once each change is made by one.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import AsyncAssistant

EVERY_SECONDS = 15.0

log = logging.getLogger(__name__)


async def keep_time(assistant: "AsyncAssistant", every: float = EVERY_SECONDS) -> None:
    """Looks at intervals for what is due, for ever; cancel it to end.

    Args:
        every: seconds between two looks; the first comes after one interval, so that a short call pays nothing.
    """
    while True:
        await asyncio.sleep(every)
        try:
            await assistant.catch_up()
            if assistant.learner:
                assistant.learner.ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, without a timer no review would end any more
            log.warning("What is due could not be done and is tried again in %g s: %s", every, error)
