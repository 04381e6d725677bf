"""The script in docs/traps says what plain middleware does today, and the table beside it names tests that exist."""

import re
import runpy
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT, TABLE = ROOT / "docs/traps/plain_middleware.py", ROOT / "docs/traps/README.md"
HAPPENS, ERROR, GONE = "happens", "ends in an error", "does not happen"
TODAY = {
    (1, "batched"): [HAPPENS],
    (1, "per_call"): [GONE],
    (2, "batched"): [HAPPENS],
    (2, "per_call"): [HAPPENS],
    (3, "batched"): [HAPPENS],
    (3, "per_call"): [HAPPENS],
    (4, "batched"): [HAPPENS],
    (4, "per_call"): [HAPPENS],
    (5, "langgraph"): [HAPPENS],
    (6, "langgraph"): [HAPPENS] * 3,
    (7, "langgraph"): [HAPPENS],
    (8, "per_call"): [GONE, HAPPENS],
    (9, "batched"): [ERROR],
    (9, "per_call"): [ERROR],
    (10, "batched"): [HAPPENS],
    (10, "per_call"): [HAPPENS],
}
"""What the script found with the pinned versions; a release that mends a trap shows here, and then in the table."""


@pytest.fixture(scope="module")
def script() -> Mapping[str, Any]:
    pytest.importorskip("langchain", reason="langchain is not installed; it is in the `dev` extra")
    return runpy.run_path(str(SCRIPT))


def test_the_script_shows_what_the_table_says(script: Mapping[str, Any]) -> None:
    """Documentation that calls a mended trap open, or an open one mended, would be an untruth about somebody's work."""
    seen = list(script["show"]())
    found: dict[tuple[int, str], list[str]] = {}
    for item in seen:
        found.setdefault((item.trap, item.where), []).append(item.verdict)
    assert found == TODAY
    lines = {(item.trap, item.where): item.line for item in seen}
    assert lines[1, "batched"] == "shown pay(10, acme), state edited, approved, ran pay(9999, evil)"
    assert lines[4, "batched"].endswith("ran pay(10, acme), pay(10, acme)")


def test_the_table_is_about_the_installed_versions(script: Mapping[str, Any]) -> None:  # noqa: ARG001 - skips
    """The table names the versions it was made with."""
    text = TABLE.read_text(encoding="utf-8")
    for package in ("langchain", "langgraph"):
        assert f"{package} {version(package)}" in text, f"run {SCRIPT.name} again and look at the table"


def test_every_trap_has_a_test_that_proves_it() -> None:
    """A trap whose test was renamed or removed would be a promise without a proof."""
    text = TABLE.read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_trap_\w+)`", text))
    code = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_traps_*.py"))
    exist = set(re.findall(r"def (test_trap_\w+)\(", code))
    assert named == exist
    assert {int(name.split("_")[2]) for name in exist} == set(range(1, 11))
