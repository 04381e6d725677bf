"""Settings from the environment: none means no model, nonsense is refused in words."""

import pytest
from countersign.agents.models.settings import DEFAULT_MODEL, OPENAI, ModelSettings
from countersign.policies.errors import BadInput


@pytest.mark.parametrize("env", [{}, {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "  "}, {"COUNTERSIGN_MODEL": "m"}])
def test_no_key_and_no_address_means_no_model(env: dict[str, str]) -> None:
    """Would break if the assistant tried to reach a model that nobody configured."""
    assert ModelSettings.from_env(env) is None


def test_key_alone_means_openai() -> None:
    """Would break if the plain case needed more settings, or a second model were asked unbidden."""
    found = ModelSettings.from_env({"OPENAI_API_KEY": "sk-1"})
    assert found == ModelSettings(base_url=OPENAI, api_key="sk-1", model=DEFAULT_MODEL)
    assert found.models == (DEFAULT_MODEL,)


def test_all_settings() -> None:
    """Would break if a documented variable had no effect."""
    found = ModelSettings.from_env(
        {
            "OPENAI_BASE_URL": "http://127.0.0.1:8000/v1/",
            "COUNTERSIGN_MODEL": "qwen3:8b",
            "COUNTERSIGN_FALLBACK_MODEL": "small",
            "COUNTERSIGN_MODEL_TIMEOUT": "12.5",
            "COUNTERSIGN_MODEL_RETRIES": "0",
            "COUNTERSIGN_TEMPERATURE": "none",
            "COUNTERSIGN_CONTEXT_TOKENS": "8000",
        }
    )
    assert found is not None
    assert (found.base_url, found.models) == ("http://127.0.0.1:8000/v1", ("qwen3:8b", "small"))
    assert (found.timeout_s, found.max_retries, found.temperature, found.context_tokens) == (12.5, 0, None, 8000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "localhost:8000"),
        ("OPENAI_BASE_URL", "file:///etc/passwd"),
        ("OPENAI_BASE_URL", "http://"),
        ("OPENAI_BASE_URL", "http://host:99999/v1"),
        ("OPENAI_BASE_URL", "http://me:secret@host/v1"),
        ("OPENAI_API_KEY", "sk-1\nX-Header: 1"),
        ("COUNTERSIGN_MODEL", "two words"),
        ("COUNTERSIGN_FALLBACK_MODEL", "a\tb"),
        ("COUNTERSIGN_MODEL_TIMEOUT", "soon"),
        ("COUNTERSIGN_MODEL_TIMEOUT", "nan"),
        ("COUNTERSIGN_MODEL_RETRIES", "-1"),
        ("COUNTERSIGN_MODEL_RETRIES", "1.5"),
        ("COUNTERSIGN_TEMPERATURE", "hot"),
        ("COUNTERSIGN_CONTEXT_TOKENS", "10"),
    ],
)
def test_nonsense_is_refused(name: str, value: str) -> None:
    """Would break if a slip in a variable surfaced later as a stack trace, or the message showed a secret."""
    env = {"OPENAI_API_KEY": "sk-1", "COUNTERSIGN_MODEL": "m", name: value}
    with pytest.raises(BadInput, match=name) as caught:
        ModelSettings.from_env(env)
    assert "X-Header" not in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_other_endpoints_need_a_model_name() -> None:
    """Would break if a local server were asked for OpenAI's default model."""
    with pytest.raises(BadInput, match="COUNTERSIGN_MODEL"):
        ModelSettings.from_env({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})


def test_key_is_not_shown() -> None:
    """Would break if printing the settings leaked the key."""
    assert "sk-secret" not in repr(ModelSettings(api_key="sk-secret"))
