"""The page of settings says what the program reads: no variable, default or exit code is missing, none is made up."""

import re
from pathlib import Path

from countersign.agents.models.settings import DEFAULT_MODEL, ModelSettings
from countersign.app.access.backtests import EXIT_LOOSER
from countersign.app.cli.commands.chat import ask
from countersign.app.cli.commands.memory import ingest as memory_ingest
from countersign.app.cli.commands.policy import diff as bench_diff
from countersign.app.terminal.root_group import BROKEN_PIPE, INTERNAL_ERROR, INTERRUPTED
from countersign.policies.errors import CountersignError
from countersign.tools.connectors.port import Conflict

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/settings.md").read_text("utf-8")
ROOMS = ("policies", "memory", "tools", "agents", "graphs", "app")
ROW = re.compile(r"^\| `?(\w+)`? \| ([^|]+) \|", re.M)


def test_every_variable_that_is_read_is_on_the_page() -> None:
    """Whoever installs this looks in one place."""
    read: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            read |= set(re.findall(r'"((?:COUNTERSIGN|OPENAI)_[A-Z_]+)"', path.read_text("utf-8")))
    assert "COUNTERSIGN_HOME" in read
    assert {name for name, _ in ROW.findall(PAGE) if name.isupper()} == read


def test_the_defaults_are_the_programs() -> None:
    """A default that was changed is changed on the page too."""
    shown = {name: default.strip(" `") for name, default in ROW.findall(PAGE)}
    settings = ModelSettings.from_env({"OPENAI_API_KEY": "key"})
    assert settings is not None
    assert shown["COUNTERSIGN_MODEL"] == settings.model == DEFAULT_MODEL
    assert float(shown["COUNTERSIGN_MODEL_TIMEOUT"]) == settings.timeout_s
    assert int(shown["COUNTERSIGN_MODEL_RETRIES"]) == settings.max_retries
    assert float(shown["COUNTERSIGN_TEMPERATURE"]) == settings.temperature
    assert int(shown["COUNTERSIGN_CONTEXT_TOKENS"]) == settings.context_tokens
    assert int(shown["COUNTERSIGN_ANSWER_TOKENS"]) == settings.answer_tokens
    assert shown["COUNTERSIGN_PRICE_CURRENCY"] == settings.currency


def test_every_exit_code_is_on_the_page() -> None:
    """A script can tell what happened."""
    kinds: list[type[CountersignError]] = [CountersignError, Conflict, *CountersignError.__subclasses__()]
    codes = {kind.exit_code for kind in kinds}
    codes |= {EXIT_LOOSER, bench_diff.EXIT_DIFFERENT, memory_ingest.EXIT_SKIPPED, ask.EXIT_FAILED}
    codes |= {0, INTERNAL_ERROR, INTERRUPTED, BROKEN_PIPE}
    assert {int(name) for name, _ in ROW.findall(PAGE) if name.isdecimal()} == codes
