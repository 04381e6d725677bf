"""The pool asks models at one endpoint, a first choice and a fallback, patiently, and hears them sceptically.

What a model answers is a proposal; nothing here runs anything. A failure that may pass (429, 5xx, time-outs, broken
connections, answers that do not follow the protocol) is tried again with exponential back-off and full jitter, and
Retry-After is honoured. There is one mechanism for that, here: the client's own retries are off, since they end where
the stream begins. Then the fallback model is asked, and then a person is told.

Text that was already shown is never silently replaced: when an attempt fails after some of its text was delivered,
`on_restart` is called before the next one, and without `on_restart` there is no next one.

Tracing and callbacks of LangChain are off, whatever the environment says: prompts go to the endpoint and nowhere else.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from threading import Lock
from typing import TYPE_CHECKING, Any

from ...policies.errors import Unavailable
from .answer import Attempt, ModelAnswer, ModelCall, Usage
from .client import load_chat_class
from .cost import ModelBudget, bound_tokens, get_model_budget
from .failures import ModelFailure, classify_failure
from .settings import ModelSettings
from .stream import AnswerBuilder
from .tokens import TokenMeasures, count_messages, count_tokens, count_tools

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage, BaseMessageChunk
    from langchain_openai import ChatOpenAI
    from tenacity import RetryCallState

__all__ = ["ModelAnswer", "ModelCall", "ModelPool", "ModelSettings", "Usage"]

OnText = Callable[[str], None]
OnRestart = Callable[[], None]


class ModelPool:
    """Asks the configured models. Opening it is free: nothing is imported or connected before the first question.

    Safe to use from several tasks, threads and event loops: no connection outlives the answer it was made for.

    Args:
        settings: which models, where; ``measures`` of them say how their count of tokens differs from the estimate.
        paid: nothing is asked of a model unless somebody pays for it (see :mod:`.cost`).
    """

    def __init__(self, settings: ModelSettings, *, paid: bool = False) -> None:
        self.settings = settings
        self.measures = TokenMeasures()
        self._paid, self._lock = paid, Lock()
        self._clients: dict[str, ChatOpenAI] = {}
        self._http: Any = None

    async def complete(
        self,
        messages: "Sequence[BaseMessage]",
        tools: Sequence[Mapping[str, Any]] = (),
        on_text: OnText | None = None,
        on_restart: OnRestart | None = None,
    ) -> ModelAnswer:
        """One answer, streamed.

        Args:
            messages: the whole conversation to send, oldest first.
            tools: OpenAI tool schemas (``{"type": "function", "function": {...}}``), names as :mod:`.answer` makes
                them.
            on_text: called with each new piece of text; what it raises ends the call.
            on_restart: called when an attempt failed after text was delivered and another begins: drop that text.

        Raises:
            Unavailable: no model gave a usable answer; the message says what each of them did.
            OverBudget: there is no money for it.
        """
        talk, budget = _Delivery(on_text, on_restart), get_model_budget()
        if self._paid and budget is None:
            raise Unavailable("Nobody pays for this question to a model, so it was not asked.")
        for model in budget.choose(self.settings.models) if budget else self.settings.models:
            try:
                return await self._persist(model, messages, tools, talk, budget)
            except ModelFailure as failure:
                if failure.final or not talk.may_restart:
                    break
        raise Unavailable(_describe_failure(self.settings, talk))

    async def _persist(
        self,
        model: str,
        messages: "Sequence[BaseMessage]",
        tools: Sequence[Mapping[str, Any]],
        talk: "_Delivery",
        budget: ModelBudget | None,
    ) -> ModelAnswer:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        limit = self.settings.longest_wait_s
        back_off = wait_random_exponential(multiplier=self.settings.backoff_s, max=limit)

        def worth_it(error: BaseException) -> bool:
            return isinstance(error, ModelFailure) and error.passing and error.retry_after <= limit and talk.may_restart

        def wait(state: "RetryCallState") -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after if isinstance(error, ModelFailure) else 0.0
            return asked + back_off(state) if asked else back_off(state)

        retrying = AsyncRetrying(
            retry=retry_if_exception(worth_it),
            stop=stop_after_attempt(self.settings.max_retries + 1),
            wait=wait,
            reraise=True,
        )
        answer: ModelAnswer = await retrying(self._attempt, model, messages, tools, talk, budget)
        return answer

    async def _attempt(
        self,
        model: str,
        messages: "Sequence[BaseMessage]",
        tools: Sequence[Mapping[str, Any]],
        talk: "_Delivery",
        budget: ModelBudget | None,
    ) -> ModelAnswer:
        found = AnswerBuilder()
        if budget is None:
            return await self._ask(model, messages, tools, talk, found)
        ticket = budget.reserve(model, bound_tokens(messages, tools), self.settings.answer_tokens)
        cost: tuple[int, int] | None = None
        try:
            answer = await self._ask(model, messages, tools, talk, found, most=self.settings.answer_tokens)
            if not answer.usage.estimated:  # an estimate may be too low, and nobody would ever know
                cost = answer.usage.input_tokens, answer.usage.output_tokens
        except ModelFailure as failure:
            cost = found.tokens or ((0, 0) if failure.free and not found.text else None)
            raise
        finally:
            budget.settle(ticket, model, cost)
        return answer

    async def _ask(
        self,
        model: str,
        messages: "Sequence[BaseMessage]",
        tools: Sequence[Mapping[str, Any]],
        talk: "_Delivery",
        found: AnswerBuilder,
        most: int | None = None,
    ) -> ModelAnswer:
        talk.begin()
        start = time.monotonic()
        try:
            await self._listen(model, messages, tools, talk, found, most)
            calls = found.calls()
            if found.finish_reason == "tool_calls" and not calls:
                raise ModelFailure("the answer announced tool calls, and none could be read", passing=True)
        except ModelFailure as failure:
            talk.attempts.append(Attempt(model, failure.reason, round(time.monotonic() - start, 3)))
            raise
        if found.tokens:
            usage = Usage(*found.tokens)
        else:
            said = count_tokens(found.text) + sum(count_tokens(call.raw_args) + 8 for call in calls)
            usage = Usage(count_messages(messages) + count_tools(tools), said, estimated=True)
        return ModelAnswer(
            found.text, calls, model, usage, found.finish_reason, found.cut, attempts=tuple(talk.attempts)
        )

    async def _listen(
        self,
        model: str,
        messages: "Sequence[BaseMessage]",
        tools: Sequence[Mapping[str, Any]],
        talk: "_Delivery",
        found: AnswerBuilder,
        most: int | None,
    ) -> None:
        from langsmith import tracing_context

        loop = asyncio.get_running_loop()
        end = loop.time() + self.settings.answer_timeout_s
        heard: list[Exception] = []
        try:
            # An async generator keeps no context of its own, so tracing is switched off around its reader.
            with tracing_context(enabled=False):
                async with (
                    asyncio.timeout(min(self.settings.timeout_s, self.settings.answer_timeout_s)) as limit,
                    aclosing(self._chunks(model, messages, tools, most)) as chunks,
                ):
                    async for chunk in chunks:
                        limit.reschedule(min(end, loop.time() + self.settings.timeout_s))
                        if isinstance(chunk, Exception):
                            heard.append(chunk)
                            break
                        if piece := found.add(chunk):
                            talk.deliver(piece)
                        if found.full:
                            break
        except TimeoutError as error:
            if not limit.expired():
                raise
            heard.append(error)
        # Nothing that matters comes after the finish reason, only the count of tokens.
        if heard and not found.finish_reason:
            raise classify_failure(heard[0]) from heard[0]
        if not found.finish_reason:
            raise ModelFailure("the answer broke off", passing=True)

    async def _chunks(
        self, model: str, messages: "Sequence[BaseMessage]", tools: Sequence[Mapping[str, Any]], most: int | None
    ) -> "AsyncGenerator[BaseMessageChunk | Exception]":
        """The stream, with its errors as values: so an error of the listener is never taken for one of the model."""
        more: dict[str, Any] = {"tools": [dict(tool) for tool in tools]} if tools else {}
        if most is not None:
            more["max_tokens"] = most
        try:
            async for chunk in self._client(model).astream(list(messages), config={"callbacks": []}, **more):
                yield chunk
        except Exception as error:  # noqa: BLE001 - parsers of malformed answers raise anything
            yield error

    def _client(self, model: str) -> "ChatOpenAI":
        with self._lock:
            if model not in self._clients:
                from openai import DEFAULT_CONNECTION_LIMITS, DefaultAsyncHttpxClient
                from pydantic import SecretStr

                if self._http is None:
                    # A kept connection belongs to one event loop, and a sync door makes a loop for each call.
                    limits = type(DEFAULT_CONNECTION_LIMITS)(max_connections=100, max_keepalive_connections=0)
                    self._http = DefaultAsyncHttpxClient(timeout=self.settings.timeout_s, limits=limits)
                self._clients[model] = load_chat_class()(
                    model=model,
                    # Always given, so that no gateway or proxy setting of another library can redirect prompts.
                    base_url=self.settings.base_url,
                    api_key=SecretStr(self.settings.api_key),
                    temperature=self.settings.temperature,
                    timeout=self.settings.timeout_s,
                    max_retries=0,
                    stream_usage=True,
                    use_responses_api=False,
                    stream_chunk_timeout=None,
                    http_async_client=self._http,
                )
            return self._clients[model]


class _Delivery:
    """What the caller has heard so far, and what failed, over all attempts of one question."""

    def __init__(self, on_text: OnText | None, on_restart: OnRestart | None) -> None:
        self._on_text = on_text
        self._on_restart = on_restart
        self._delivered = False
        self.attempts: list[Attempt] = []

    @property
    def left_partial(self) -> bool:
        return self._delivered

    @property
    def may_restart(self) -> bool:
        return not self._delivered or self._on_restart is not None

    def begin(self) -> None:
        if self._delivered and self._on_restart is not None:
            self._on_restart()
            self._delivered = False

    def deliver(self, piece: str) -> None:
        if self._on_text is not None:
            self._delivered = True
            self._on_text(piece)


def _describe_failure(settings: ModelSettings, talk: _Delivery) -> str:
    outcomes = Counter(f"{attempt.model}: {attempt.outcome}" for attempt in talk.attempts)
    tried = "; ".join(outcome if times == 1 else f"{outcome}, {times} times" for outcome, times in outcomes.items())
    broken = " Part of an answer was already shown; it is not complete." if talk.left_partial else ""
    return (
        f"No model at {settings.base_url} gave an answer ({tried}).{broken} Check OPENAI_BASE_URL, OPENAI_API_KEY and "
        "COUNTERSIGN_MODEL and try again, or unset OPENAI_BASE_URL and OPENAI_API_KEY to work without a model."
    )
