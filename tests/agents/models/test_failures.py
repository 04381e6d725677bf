"""What goes wrong between us and a model is waited for, tried again, or said; nobody waits for ever."""

import dataclasses
import time
from typing import Any

import langchain_openai  # noqa: F401 - loading it takes seconds, which no time-out below is about
import pytest
from countersign.agents.models.pool import ModelPool, ModelSettings
from countersign.policies.errors import Unavailable
from countersign.policies.limits.budgets import LIFETIME
from model_pool import ASK, pool
from openai_server import OpenAIServer
from openai_wire import Request


async def test_too_many_requests_waits_as_told(openai_server: OpenAIServer) -> None:
    """Would break if a 429 were an error, or Retry-After were ignored."""
    openai_server.say(openai_server.failure(429, retry_after="0.2"), "Now.")
    start = time.monotonic()
    answer = await pool(openai_server).complete(ASK)
    assert answer.text == "Now."
    assert time.monotonic() - start >= 0.2
    assert [attempt.outcome for attempt in answer.attempts] == ["error 429: scripted failure"]


async def test_endpoint_that_asks_for_too_long_is_not_waited_for(openai_server: OpenAIServer) -> None:
    """Would break if Retry-After could hold a turn for an hour."""
    openai_server.say(openai_server.failure(429, retry_after="3600"), "From the second.")
    answer = await pool(openai_server, fallback_model="second").complete(ASK)
    assert (answer.text, answer.model) == ("From the second.", "second")
    assert len(openai_server.requests) == 2


async def test_fallback_model_after_server_errors(openai_server: OpenAIServer) -> None:
    """Would break if a failing model were final while another is configured."""

    def script(request: Request) -> Any:
        return openai_server.failure(500) if request.model == "scripted" else openai_server.answer("Here.")

    openai_server.script(script)
    answer = await pool(openai_server, fallback_model="second", max_retries=2).complete(ASK)
    assert (answer.text, answer.model) == ("Here.", "second")
    assert [request.model for request in openai_server.requests] == ["scripted"] * 3 + ["second"]


async def test_all_models_failing_is_told(openai_server: OpenAIServer) -> None:
    """Would break if the last error were a stack trace or named no way out."""
    openai_server.script(lambda _: openai_server.failure(503, "overloaded"))
    with pytest.raises(Unavailable, match=r"scripted: error 503: overloaded.*second: error 503.*OPENAI_BASE_URL"):
        await pool(openai_server, fallback_model="second", max_retries=1).complete(ASK)
    assert len(openai_server.requests) == 4


async def test_refused_key_is_not_tried_again(openai_server: OpenAIServer) -> None:
    """Would break if a wrong key were hammered against the endpoint, or printed."""
    openai_server.script(lambda _: openai_server.failure(401, "Incorrect API key provided: test-key"))
    with pytest.raises(Unavailable, match="check OPENAI_API_KEY") as caught:
        await pool(openai_server, fallback_model="second").complete(ASK)
    assert len(openai_server.requests) == 1
    assert "test-key" not in str(caught.value)


async def test_bad_request_is_not_repeated_but_the_fallback_is_asked(openai_server: OpenAIServer) -> None:
    """Would break if a model that does not exist were asked four times, or the fallback never."""
    openai_server.say(openai_server.failure(404, "no such model"), "Hi.")
    answer = await pool(openai_server, fallback_model="second").complete(ASK)
    assert answer.model == "second"
    assert len(openai_server.requests) == 2


async def test_silence_is_a_timeout(openai_server: OpenAIServer) -> None:
    """Would break if a hanging endpoint held the turn for ever, before or during the answer."""
    openai_server.script(lambda _: openai_server.answer("", then="hang"))
    models = ModelPool(dataclasses.replace(pool(openai_server).settings, timeout_s=1.0, max_retries=1))
    with pytest.raises(Unavailable, match="no answer in time"):
        await models.complete(ASK)
    assert len(openai_server.requests) == 2


async def test_endless_trickle_is_ended(openai_server: OpenAIServer) -> None:
    """Would break if an endpoint could hold a turn by sending a letter now and then."""
    openai_server.script(lambda _: openai_server.answer("x" * 500, piece=1, pause=0.02))
    models = ModelPool(dataclasses.replace(pool(openai_server).settings, answer_timeout_s=0.3, max_retries=0))
    with pytest.raises(Unavailable, match="no answer in time"):
        await models.complete(ASK)


async def test_a_late_first_word_does_not_outlast_the_answer(openai_server: OpenAIServer) -> None:
    """Would break if patience for the first word let a question live longer than the money reserved for it."""

    def late(_: Request) -> Any:
        openai_server.stopping.wait(12)
        return openai_server.answer("Late.")

    openai_server.script(late)
    models = ModelPool(
        dataclasses.replace(pool(openai_server).settings, timeout_s=10, answer_timeout_s=0.3, max_retries=0)
    )
    start = time.monotonic()
    with pytest.raises(Unavailable, match="no answer in time"):
        await models.complete(ASK)
    assert time.monotonic() - start < 6
    assert models.settings.answer_timeout_s < ModelSettings().answer_timeout_s < LIFETIME.total_seconds()


@pytest.mark.parametrize("then", ["drop", "cut"])
async def test_broken_stream_is_tried_again(openai_server: OpenAIServer, then: str) -> None:
    """Would break if half an answer passed for a whole one."""
    openai_server.say(openai_server.answer("The refund was", then=then), "The refund was denied.")
    answer = await pool(openai_server).complete(ASK)
    assert answer.text == "The refund was denied."
    assert len(answer.attempts) == 1


async def test_shown_text_is_never_silently_replaced(openai_server: OpenAIServer) -> None:
    """Would break if a second attempt were glued to the first one's text."""
    openai_server.say(openai_server.answer("The refund was", then="drop"), "Never asked.")
    shown: list[str] = []
    with pytest.raises(Unavailable, match="already shown"):
        await pool(openai_server, fallback_model="second").complete(ASK, [], shown.append)
    assert len(openai_server.requests) == 1


async def test_listener_is_told_to_start_over(openai_server: OpenAIServer) -> None:
    """Would break if the reset did not come exactly between the two attempts."""
    openai_server.say(openai_server.answer("Half an", then="drop"), "A whole answer.")
    shown: list[str] = []
    answer = await pool(openai_server).complete(ASK, [], shown.append, lambda: shown.append("|"))
    assert "".join(shown) == "Half an|A whole answer."
    assert answer.text == "A whole answer."


async def test_listener_errors_are_its_own(openai_server: OpenAIServer) -> None:
    """Would break if an interrupt raised while showing text were taken for a model failure and retried."""
    openai_server.say("Hello there.")

    def refuse(_: str) -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        await pool(openai_server).complete(ASK, [], refuse)
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize(
    "body", ['{"choices": [', "data: {oops\n\n", 'data: {"choices": 5}\n\n', "<html>busy</html>", ""]
)
async def test_body_that_is_not_the_protocol(openai_server: OpenAIServer, body: str) -> None:
    """Would break if a malformed body crashed the turn."""
    raw = openai_server.raw(body, content_type="text/event-stream")
    openai_server.say(raw, "Fine.")
    answer = await pool(openai_server).complete(ASK)
    assert answer.text == "Fine."


async def test_error_event_inside_the_stream(openai_server: OpenAIServer) -> None:
    """Would break if an error that comes with status 200 were taken for the end of the answer."""
    event = 'data: {"error": {"message": "engine died"}}\n\n'
    openai_server.say(openai_server.raw(event, content_type="text/event-stream"), "Fine.")
    answer = await pool(openai_server).complete(ASK)
    assert answer.text == "Fine."
    assert "engine died" in answer.attempts[0].outcome
