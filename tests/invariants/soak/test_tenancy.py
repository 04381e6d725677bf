"""Fifty look-alike tenants use one memory in every way and order; nobody ever sees, changes or hears of another's."""

import os
from collections import Counter
from pathlib import Path

import pytest
from chroma_process import running
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tenancy_machine import ACTIONS, machine_for

OPERATIONS = int(os.environ.get("COUNTERSIGN_SOAK_STEPS", "0"))
A_LIFE = 250 if OPERATIONS else 50


@pytest.mark.parametrize("where", ["embedded", "server"])
def test_nobody_meets_another_tenant(where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One item too many is a leak, one too few a loss; each of two processes' doors must agree with the model."""
    tally: Counter[str] = Counter()
    wanted = OPERATIONS or 150
    long = settings(
        max_examples=-(-wanted // A_LIFE) + 1,
        stateful_step_count=A_LIFE,
        derandomize=not OPERATIONS,
        database=None,
        phases=(Phase.generate, Phase.shrink) if OPERATIONS else (Phase.generate,),
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    if where == "server":
        with running(tmp_path / "server") as server:
            run_state_machine_as_test(machine_for(tmp_path, tally, server), settings=long)
    else:
        run_state_machine_as_test(machine_for(tmp_path, tally, None), settings=long)
    if OPERATIONS:
        with capsys.disabled():
            print(f"\n{tally.total()} operations, {where}: " + ", ".join(f"{n} {name}" for name, n in tally.items()))
    assert tally.total() >= wanted
    assert len(tally) >= len(set(ACTIONS)) // 2
