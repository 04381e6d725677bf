"""The settings say which model to ask, where, and how patiently; they are read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ...policies.domain.templates import BASE_CURRENCY
from ...policies.errors import BadInput
from .cost import Price, parse_prices

OPENAI = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4.1-mini"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One endpoint that speaks OpenAI's chat completions.

    Attributes:
        base_url: the endpoint, ending before ``/chat/completions``.
        api_key: sent as the bearer token; local endpoints often need none.
        model: asked first.
        fallback_model: asked when the first one fails, at the same endpoint; ``None`` for no second try.
        timeout_s: seconds without a sign of life before an attempt is given up.
        answer_timeout_s: seconds that one whole answer may take.
        max_retries: further attempts per model after the first, for failures that may pass.
        backoff_s: seconds before the first retry; doubles with each one, plus jitter.
        longest_wait_s: the longest pause before a retry; an endpoint that asks for more is not waited for.
        temperature: 0 for the most repeatable answers; ``None`` leaves it to models that refuse any.
        context_tokens: how much one request may hold, messages, tools and answer together.
        cheaper_model: asked in place of the others when a budget that says so runs low; ``None`` for none.
        prices: what the models cost; what has no price is not paid for from any budget, and not asked where one is.
        currency: of the prices.
        answer_tokens: the longest answer that is paid for.
    """

    base_url: str = OPENAI
    api_key: str = field(default="none", repr=False)
    model: str = DEFAULT_MODEL
    fallback_model: str | None = None
    timeout_s: float = 60.0
    answer_timeout_s: float = 300.0
    max_retries: int = 3
    backoff_s: float = 0.5
    longest_wait_s: float = 30.0
    temperature: float | None = 0.0
    context_tokens: int = 24_000
    cheaper_model: str | None = None
    prices: tuple[Price, ...] = ()
    currency: str = BASE_CURRENCY
    answer_tokens: int = 2_000

    @property
    def models(self) -> tuple[str, ...]:
        """The models in the order they are asked."""
        fallback = self.fallback_model
        return (self.model, fallback) if fallback and fallback != self.model else (self.model,)

    def price(self, model: str) -> Price | None:
        """What a model costs, or ``None`` when nobody said."""
        return next((price for price in self.prices if price.model == model), None)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ModelSettings | None":
        """The settings in these variables, or ``None`` when no model is configured.

        ``OPENAI_API_KEY`` or ``OPENAI_BASE_URL`` configures one; ``COUNTERSIGN_MODEL`` names it (at any other endpoint
        than OpenAI's it must), and ``COUNTERSIGN_FALLBACK_MODEL`` the second. ``COUNTERSIGN_MODEL_TIMEOUT``,
        ``COUNTERSIGN_MODEL_RETRIES``, ``COUNTERSIGN_TEMPERATURE`` (a number or ``none``) and
        ``COUNTERSIGN_CONTEXT_TOKENS`` are optional. For budgets, ``COUNTERSIGN_MODEL_PRICES`` says what 1,000 tokens
        cost (see :func:`.cost.parse_prices`), in ``COUNTERSIGN_PRICE_CURRENCY``, ``COUNTERSIGN_CHEAPER_MODEL`` which
        model is asked when money runs low, and ``COUNTERSIGN_ANSWER_TOKENS`` how long an answer may be. Empty variables
        count as unset.

        Raises:
            BadInput: a variable holds what cannot be used; the message names it and never shows a key.
        """
        key, url = _text(env, "OPENAI_API_KEY"), _text(env, "OPENAI_BASE_URL")
        if not key and not url:
            return None
        model = _model(env, "COUNTERSIGN_MODEL")
        if url and not model and urlsplit(url).hostname != urlsplit(OPENAI).hostname:
            raise BadInput(
                f"OPENAI_BASE_URL is set to {url}, but no model is named. Set COUNTERSIGN_MODEL to one that it serves "
                "(its /models address lists them), or unset OPENAI_BASE_URL to work without a model."
            )
        return cls(
            base_url=_url(url) if url else OPENAI,
            api_key=_key(key) if key else "none",
            model=model or DEFAULT_MODEL,
            fallback_model=_model(env, "COUNTERSIGN_FALLBACK_MODEL") or None,
            timeout_s=_number(env, "COUNTERSIGN_MODEL_TIMEOUT", 60.0, 1.0, 3600.0),
            max_retries=int(_number(env, "COUNTERSIGN_MODEL_RETRIES", 3, 0, 10, whole=True)),
            temperature=_temperature(env),
            context_tokens=int(_number(env, "COUNTERSIGN_CONTEXT_TOKENS", 24_000, 2_000, 2_000_000, whole=True)),
            cheaper_model=_model(env, "COUNTERSIGN_CHEAPER_MODEL") or None,
            prices=parse_prices(_text(env, "COUNTERSIGN_MODEL_PRICES"), "COUNTERSIGN_MODEL_PRICES"),
            currency=_currency(env),
            answer_tokens=int(_number(env, "COUNTERSIGN_ANSWER_TOKENS", 2_000, 16, 200_000, whole=True)),
        )


def _text(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() for char in url):
        raise BadInput(f"OPENAI_BASE_URL is {url!r}, which is no web address; give one like http://127.0.0.1:8000/v1.")
    if parts.username or parts.password:
        raise BadInput("OPENAI_BASE_URL holds a user name or password; put the secret into OPENAI_API_KEY instead.")
    return url.rstrip("/")


def _key(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BadInput(
            "OPENAI_API_KEY holds characters that no key has (spaces, line breaks or non-ASCII); copy it again."
        )
    return key


def _model(env: Mapping[str, str], name: str) -> str:
    model = _text(env, name)
    if not model.isprintable() or " " in model or len(model) > 200:
        raise BadInput(f"{name} is {model[:60]!r}, which is no model name; give one like {DEFAULT_MODEL}.")
    return model


def _currency(env: Mapping[str, str]) -> str:
    given = _text(env, "COUNTERSIGN_PRICE_CURRENCY") or BASE_CURRENCY
    if not (len(given) == 3 and given.isascii() and given.isalpha() and given.isupper()):
        raise BadInput(f"COUNTERSIGN_PRICE_CURRENCY is {given[:20]!r}; give a currency's code, such as EUR.")
    return given


def _temperature(env: Mapping[str, str]) -> float | None:
    if _text(env, "COUNTERSIGN_TEMPERATURE").lower() == "none":
        return None
    return _number(env, "COUNTERSIGN_TEMPERATURE", 0.0, 0.0, 2.0)


def _number(
    env: Mapping[str, str], name: str, default: float, low: float, high: float, *, whole: bool = False
) -> float:
    given = _text(env, name)
    if not given:
        return default
    try:
        number: float = int(given) if whole else float(given)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        kind = "a whole number" if whole else "a number"
        raise BadInput(f"{name} is {given[:60]!r}; give {kind} from {low:g} to {high:g}.")
    return number
