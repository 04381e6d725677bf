"""The loop in a thread of its own ends only after its work has let go."""

import asyncio
import time

import pytest
from countersign.graphs.assistant.event_loop import BackgroundLoop


@pytest.mark.parametrize("started", [True, False])
def test_closing_waits_until_the_work_has_let_go(started: bool) -> None:
    """Files that are closed under work that still uses them would crash the process."""
    told: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            time.sleep(0.2)  # as a database does, in a thread or not
            told.append("let go")

    portal = BackgroundLoop()
    portal.on_close(lambda: told.append("closed"))
    portal.keep_doing(work)
    if started:
        time.sleep(0.1)
    began = time.monotonic()
    portal.close()
    assert told in (["let go", "closed"], ["closed"])
    assert told == ["let go", "closed"] or not started
    assert time.monotonic() - began < 30
