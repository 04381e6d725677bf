"""A long life in which everything happens in any order: messages, answers, replays, forks, time, roles and rules."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from soak_environment import Stage
from soak_machine import machine_for

STEPS = int(os.environ.get("COUNTERSIGN_SOAK_STEPS", "0"))
A_LIFE = 50
SHORT = 6


def test_soak(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the order, the invariants hold after every step."""
    tally: Counter[str] = Counter()
    begun = time.monotonic()
    long = settings(
        max_examples=-(-STEPS * 11 // (10 * A_LIFE)) if STEPS else SHORT,  # some actions find nothing to do
        stateful_step_count=A_LIFE,
        derandomize=not STEPS,
        database=None,
        phases=(Phase.generate, Phase.shrink) if STEPS else (Phase.generate,),
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(machine_for(stage, tmp_path, tally), settings=long)
    finally:
        with capsys.disabled():
            print(report(tally, time.monotonic() - begun))
    assert sum(tally[name] for name in tally if name.startswith("step: ")) >= STEPS


def report(tally: Counter[str], seconds: float) -> str:
    """What happened, so that a life in which nothing happens is seen."""
    steps = sum(tally[name] for name in tally if name.startswith("step: "))
    lines = [f"{steps} steps in {seconds:.0f} s, {1000 * seconds / max(1, steps):.0f} ms each"]
    return "\n".join(["", *lines, *(f"{count:7} {name}" for name, count in sorted(tally.items()))])
